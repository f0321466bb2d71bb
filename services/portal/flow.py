"""How work flows through the services, side by side, and what is wrong with it in words. Pure.

The bounds here are the machine's: above them a person who is on call should look. No regulation knows them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from libs.languages import Lang
from libs.wording import Words

BACKLOG = 200
UNSENT_SECONDS = 60.0
LATE_SECONDS = 120.0

NAMES: dict[str, tuple[str, str]] = {
    "intake": ("受理", "Intake"),
    "routing": ("分派办理", "Routing"),
    "deadline": ("时限", "Deadlines"),
    "notification": ("通知", "Notification"),
    "evaluation": ("评价督查", "Evaluation"),
    "disclosure": ("信息公开", "Disclosure"),
    "gateway": ("对接网关", "Gateway"),
    "portal": ("网页门户", "Portal"),
}


@dataclass(frozen=True)
class Watched:
    """A service as it was found. `flow`: what `GET /flow` told; None when it does not answer."""

    service: str
    flow: dict[str, Any] | None


@dataclass(frozen=True)
class Trouble:
    """Something to do about. `grave`: work stands still."""

    service: str
    grave: bool
    zh: str
    en: str
    zh_do: str
    en_do: str
    path: str = ""


def name_of(service: str, lang: Lang) -> str:
    """What a service is called in front of people."""
    return NAMES.get(service, (service, service))[lang is Lang.EN]


def length(seconds: float, words: Words) -> str:
    """`12 秒`, `3 分钟`, `2 天 4 小时`."""
    if seconds < 60:
        return words.either(f"{seconds:.0f} 秒", f"{seconds:.0f} s")
    return words.name("seconds", str(int(seconds)))


def troubles(all_watched: Iterable[Watched]) -> list[Trouble]:
    """What is wrong, what stands still first."""
    found = [trouble for watched in all_watched for trouble in _of(watched)]
    return sorted(found, key=lambda trouble: not trouble.grave)


def _of(watched: Watched) -> Iterator[Trouble]:
    name, flow = watched.service, watched.flow
    if flow is None:
        yield Trouble(
            name, True, "没有回应", "does not answer",
            "看该服务的进程是否在运行，必要时重新启动；发给它的消息都在队列里等着，不会丢失。",
            "See whether its process runs and start it again; messages for it wait in its queue and are not lost.",
        )  # fmt: skip
        return
    for part in flow["silent"]:
        zh = {"broker": "消息中间件", "store": "数据库"}[part]
        yield Trouble(
            name, True, f"连不上{zh}", f"gets no answer from the {part}",
            f"看{zh}是否在运行、磁盘是否已满；恢复后服务会自己接着做。",
            f"See whether the {part} runs and its disk has room; the service goes on by itself once it is back.",
        )  # fmt: skip
    yield from _of_figures(name, flow)


def _of_figures(name: str, flow: dict[str, Any]) -> Iterator[Trouble]:
    queue, due, unsent = flow["queue"], flow["due"], flow["unsent"]
    if queue and not queue["consumers"]:
        yield Trouble(
            name, True, "没有人在取消息", "nobody takes its messages",
            "服务进程在，但没有连到队列：重新启动它。", "The process runs but does not consume: start it again.",
        )  # fmt: skip
    if queue and queue["depth"] > BACKLOG:
        yield Trouble(
            name, False, f"积压 {queue['depth']} 条消息", f"{queue['depth']} messages wait",
            "看每分钟处理数：在减少就等；不动就看“卡住的工作”和错误。",
            "Look at the rate: if it works them off, wait; if it does not, see what is stuck and the errors.",
            "/operations/stuck",
        )  # fmt: skip
    if flow["dead"]:
        yield Trouble(
            name, False, f"有 {flow['dead']} 条死信", f"{flow['dead']} dead letters",
            "逐条看原因：排除后重放，确认没人需要再丢弃。",
            "Look at the reason of each: replay once it is mended, discard what nobody needs.",
            "/operations/dead",
        )  # fmt: skip
    if unsent["documents"] and unsent["oldest_seconds"] > UNSENT_SECONDS:
        yield Trouble(
            name, True, f"有 {unsent['documents']} 份记录的消息没发出", f"facts of {unsent['documents']} documents unsent",
            "看消息中间件是否正常；恢复后会自动补发。", "See whether the broker is well; they leave by themselves after.",
            "/operations/stuck",
        )  # fmt: skip
    if due and due["late_seconds"] > LATE_SECONDS:
        yield Trouble(
            name, False, f"有 {due['waiting']} 项到期工作没做", f"{due['waiting']} pieces of due work are late",
            "看“卡住的工作”里的原因。", "See the reason among what is stuck.", "/operations/stuck",
        )  # fmt: skip
    if flow["failing"]:
        yield Trouble(
            name, False, f"有 {flow['failing']} 项到期工作反复失败", f"{flow['failing']} pieces of due work keep failing",
            "看“卡住的工作”：写明了哪件、失败几次。", "See what is stuck: which one, and how often it failed.",
            "/operations/stuck",
        )  # fmt: skip
