"""The acts of a unit on its hand-over: what each form has, what it asks routing for, and what is said when it is done."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from libs.wording import Words
from services.portal.desk import Desk
from services.portal.form import Form

Says = tuple[str, str]
"""The same in Chinese and in English."""


def _fields(**named: str) -> Callable[[Form], dict[str, Any]]:
    """A body whose fields are read from the form's fields of these names; empty ones are left out."""
    return lambda form: {field: form[name] for field, name in named.items() if form[name]}


@dataclass(frozen=True)
class Act:
    """`needed`: what to do about a field that is empty; `public`: the field that the enterprise will read; `stays`: on the
    page afterwards, else back to the queue."""

    told: Says
    body: Callable[[Form], dict[str, Any]] = lambda form: {}
    needed: Mapping[str, Says] = field(default_factory=dict[str, Says])
    public: str = ""
    stays: bool = True


ACTS: Mapping[str, Act] = {
    "taking": Act(("已接收，办理时限从交办时起算", "Taken; the limit runs from the hand-over")),
    "objection": Act(
        (
            "异议已提交，等待管理员裁定；裁定前原时限照常计算",
            "The objection is in; the limit runs on until it is decided",
        ),
        _fields(reason="reason", proposed="proposed"),
        {
            "reason": ("请说明为什么不属于本单位职责", "Say why the matter is not yours"),
            "proposed": ("请选择建议承办单位", "Choose the unit you propose"),
        },
        stays=False,
    ),
    "progress": Act(
        ("进展已记录，并告知企业", "The progress is on record and the enterprise is told"),
        _fields(text="progress"),
        {"progress": ("请填写办理进展", "Say what has been done so far")},
        public="progress",
    ),
    "co-handlers": Act(
        ("已邀请协办单位，对方已收到交办", "The co-handlers have it in their queues"),
        lambda form: {"units": form.every("units")},
        {"units": ("请至少选择一个协办单位", "Choose at least one unit")},
    ),
    "reply": Act(
        ("答复已提交，并通知企业", "The reply is in and the enterprise is told"),
        _fields(outcome="outcome", result="result", answer="answer"),
        {
            "outcome": ("请选择办理结果", "Choose what became of it"),
            "result": ("请填写内部办理结果", "Say what was done"),
            "answer": ("请填写给企业的答复", "Write the answer to the enterprise"),
        },
        public="answer",
        stays=False,
    ),
    "unresolved": Act(
        ("已报告仍无法解决，意见已随诉求上报", "It is reported unresolved, with your opinion"),
        _fields(opinion="opinion", to="to"),
        {
            "opinion": (
                "请填写处理意见：难在哪里、建议怎么办",
                "Give your opinion: what is in the way, what you propose",
            )
        },
        stays=False,
    ),
    "extension": Act(
        ("延期申请已提交；批准前原时限照常计算", "More time is asked for; until it is granted the limit stands"),
        lambda form: {**_fields(clock="clock", reason="why")(form), "working_days": _number(form["working_days"])},
        {
            "clock": ("请选择要延长的时限", "Choose the limit"),
            "working_days": ("请填写延长几个工作日", "Say how many working days"),
            "why": ("请填写延期理由", "Give the reason"),
        },
    ),
    "plan": Act(
        ("解决方案已明确，列入问题清单", "The plan is fixed and the matter is on the problem list"),
        _fields(plan="plan"),
        {"plan": ("请填写解决方案", "Write the plan")},
    ),
    "report": Act(
        ("书面报告已报送", "The written report is sent"),
        _fields(text="report"),
        {"report": ("请填写落实情况", "Say how the decision was carried out")},
    ),
    "final-decision": Act(
        ("最后处理决定已提交，并通知企业", "The final decision is in and the enterprise is told"),
        _fields(talk="talk", answer="final_answer"),
        {
            "talk": ("请记录与企业沟通的情况", "Note the talk with the enterprise"),
            "final_answer": ("请填写最后处理决定", "Write the final decision"),
        },
        public="final_answer",
        stays=False,
    ),
    "commitment": Act(
        ("承诺事项已登录", "The commitment is entered"),
        _fields(leader="leader", person="person", due_on="due_on", measures="measures"),
        {
            "leader": ("请填写责任领导", "Name the responsible leader"),
            "person": ("请填写具体责任人", "Name the responsible person"),
            "due_on": ("请填写完成时限", "Give the last day"),
            "measures": ("请填写工作措施", "Say what will be done"),
        },
    ),
}

FINAL = frozenset({"reply", "unresolved", "final-decision"})
"""Acts that end the unit's work: nobody does them on a state that one has not seen."""


def _number(typed: str) -> int | str:
    """What the service then refuses at the field, where it is no number."""
    return int(typed) if typed.isdecimal() and len(typed) < 6 else typed


# --- what a clerk has seen of a case, and what is new --------------------------------------------------------------------


def standing_of(handling: Mapping[str, Any]) -> str:
    """How the case stands, to be compared when the clerk acts: each hand-over's state, and how much was told."""
    states = {one["dispatch"]: one["status"] for one in handling["dispatches"].values()}
    return json.dumps([states, len(handling["progress"])], separators=(",", ":"))


def changes(seen: str, handling: Mapping[str, Any], words: Words, desk: Desk) -> tuple[str, ...]:
    """What is new since `seen`, in the visitor's language. Something else typed there counts as nothing seen."""
    try:
        states, told = json.loads(seen)
        progress = handling["progress"][int(told) :]
        before = dict(states)
    except (TypeError, ValueError):
        return ()
    new: list[str] = []
    for one in handling["dispatches"].values():
        unit, state = words.name("unit", one["unit"]), words.name("standing", one["status"])
        if one["dispatch"] not in before:
            new.append(desk.t(f"新交办给{unit}", f"newly handed to {unit}"))
        elif before[one["dispatch"]] != one["status"]:
            new.append(desk.t(f"{unit}：{state}", f"{unit}: {state}"))
    new += [f"{words.name('unit', said['unit'])}：{said['text']}" for said in progress]
    return tuple(new)
