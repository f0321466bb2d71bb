"""The regulations in force as they work here: channels, limits and the ladder with their articles, and what an amendment
changed."""

from typing import Any

from fastapi import APIRouter, Response

from libs.identity import Act, allow
from libs.policy.amendment import changes
from libs.policy.period import Period
from libs.policy.refused import Refused
from libs.policy.scheme import AS_DECIDED, Clock, Scheme
from services.portal.desk import AtDesk, Desk

CHANNELS: dict[str, tuple[str, str]] = {
    "online": ("网上", "online"), "window": ("窗口", "window"), "hotline": ("热线", "hotline"),
    "officer": ("工作人员上门", "an officer"), "letter": ("信函", "letter"),
    "transfer": ("层级转办", "another level of government"), "session": ("接待活动", "a session"),
}  # fmt: skip
HOLDERS: dict[str, tuple[str, str]] = {
    "county": ("县（区）", "county"), "department": ("部门", "department"), "township": ("镇（街道）", "township"),
    "session": ("会议", "session"), "office": ("办公室", "office"), "leader": ("领导", "leader"),
    "superior": ("上级政府", "the government above"),
}  # fmt: skip
FOLLOWS: dict[str, tuple[str, str]] = {
    "deem-taken": ("视为接收", "counts as taken"),
    "supervise": ("督办", "a supervision order"),
    "default-satisfied": ("默认满意", "counts as satisfied"),
    "close-unrated": ("不评价办结", "closes unrated"),
    "return-unsupplemented": ("退回", "is returned"),
    "office-judges": ("办公室研判", "the office judges"),
    "climb": ("上升一级", "climbs"),
    "tell-above": ("告知上级", "the level above is told"),
}


def versions_of(desk: Desk, name: str) -> list[Scheme]:
    """Every version of a regulation that this visitor's level runs, the oldest first. Raises `Refused` (404)."""
    allow(desk.caller(), Act.KEEP_ACCOUNTS)
    service = desk.office.service
    found = [s for ref, s in service.schemes.items() if s.scheme == name and service.sees(desk.caller(), ref)]
    if not found:
        raise Refused("unknown-scheme", "there is no such regulation for you", status=404)
    return sorted(found, key=lambda scheme: scheme.in_force.from_)


def in_force(desk: Desk, versions: list[Scheme]) -> Scheme:
    """The version by which an appeal filed today is handled; the first one while none is in force yet."""
    return next((s for s in reversed(versions) if s.in_force.from_ <= desk.today), versions[0])


def within(desk: Desk, scheme: Scheme, clock: Clock) -> str:
    """A limit in words; one per class where they differ."""
    match clock.within:
        case None:
            return desk.t("只测用时", "only measured")
        case str() as text:
            return _period(desk, text)
        case by_class:
            words = desk.words(scheme.ref)
            return desk.t("；", "; ").join(
                f"{words.name('complexity', name)}{desk.t('：', ': ')}{_period(desk, text)}"
                for name, text in by_class.items()
            )


def _period(desk: Desk, text: str) -> str:
    if text == AS_DECIDED:
        return desk.t("按决定的期限", "as decided")
    period = Period.parse(text)
    return desk.t(period.zh, period.en)


def shown(desk: Desk, scheme: Scheme) -> dict[str, Any]:
    words = desk.words(scheme.ref)
    return {
        "scheme": scheme,
        "words": words,
        "within": lambda clock: within(desk, scheme, clock),
        "events": lambda events: desk.t("；", "; ").join(words.sentence(event, {}) for event in events),
        "kind_of": lambda channel: desk.t(*CHANNELS[channel.kind]),
        "holder_of": lambda rung: desk.t(*HOLDERS[rung.holder]),
        "follows": lambda clock: desk.t("、", ", ").join(desk.t(*FOLLOWS[one]) for one in clock.missed),
    }


def routes() -> APIRouter:
    router = APIRouter(prefix="/admin/schemes")

    @router.get("")
    async def every(desk: AtDesk) -> Response:
        allow(desk.caller(), Act.KEEP_ACCOUNTS)
        service = desk.office.service
        names = dict.fromkeys(s.scheme for ref, s in service.schemes.items() if service.sees(desk.caller(), ref))
        known = [(versions, in_force(desk, versions)) for versions in (versions_of(desk, name) for name in names)]
        runs = {name: desk.office.directory.by_scheme.get(name) for name in names}
        return desk.page("administration/schemes.html", known=known, runs=runs)

    @router.get("/{name}")
    async def show(desk: AtDesk, name: str) -> Response:
        versions = versions_of(desk, name)
        return await _version(desk, versions, in_force(desk, versions))

    @router.get("/{name}/{since}")
    async def version(desk: AtDesk, name: str, since: str) -> Response:
        versions = versions_of(desk, name)
        for scheme in versions:
            if scheme.in_force.from_.isoformat() == since:
                return await _version(desk, versions, scheme)
        raise Refused("unknown-scheme", "there is no such version", status=404)

    return router


async def _version(desk: Desk, versions: list[Scheme], scheme: Scheme) -> Response:
    """With what it changed of the version before it."""
    at = versions.index(scheme)
    before = versions[at - 1] if at else None
    return desk.page(
        "administration/scheme.html",
        versions=versions,
        current=in_force(desk, versions),
        before=before,
        changes=changes(before, scheme) if before else [],
        **shown(desk, scheme),
    )
