"""What the office or a leader may decide about a case now, each with its form: whose decision it is, and what follows."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from libs.identity import Role
from libs.policy.refused import Refused
from services.portal.desk import Desk
from services.portal.form import Form
from services.portal.pages.session_deeds import Told

Say = Mapping[str, Told]
REASON: Say = {"reason": ("请填写理由", "Say why")}
TASKS = 3
"""So many groups of units can be given a task in one decision's form (分办)."""


class Decision(NamedTuple):
    """`path`: where `service` takes it, with `{case}` and `{dispatch}`; `follows`: what it means, told beside the button."""

    name: Told
    follows: Told
    service: str
    path: str
    body: Callable[[Form], Any]
    told: Told
    needed: Say = {}
    fields: tuple[str, ...] = ()


class Open(NamedTuple):
    """A decision that is open now. `about`: the hand-over, review step or request that it is about."""

    code: str
    decision: Decision
    dispatch: str = ""
    about: Mapping[str, Any] = {}


def _yes(form: Form, name: str) -> bool:
    return form[name] == "yes"


def _tasks(form: Form) -> Any:
    body: dict[str, Any] = form.body("outcome", "opinion")
    tasks: list[dict[str, Any]] = []
    for number in range(1, TASKS + 1):
        lead, others = form[f"lead{number}"], form.every(f"units{number}")
        units = list(dict.fromkeys([*([lead] if lead else []), *others]))
        if units:
            due = {"due_on": form[f"due_on{number}"]} if form[f"due_on{number}"] else {}
            tasks.append({"units": units} | ({"lead": lead} if lead else {}) | due)
    return body | ({"tasks": tasks} if form["outcome"] != "unresolved" else {})


def _transfer(form: Form) -> Any:
    scheme, _, channel = form["below"].partition(":")
    return form.body("reason") | {"to_scheme": scheme, "channel": channel}


DECISIONS: Mapping[str, Decision] = {
    "climb-review": Decision(
        ("审核上报", "Review the climb"),
        ("同意后提交上一层级研究；退回则由原单位继续办理，时限重新计算。",
         "Up to the next rung, or back to the unit with its days anew."),
        "routing", "/cases/{case}/climb-review",
        lambda form: form.body("dispatch", "unit", "to", "reason") | {"climbs": _yes(form, "climbs")},
        ("审核结果已登记", "Reviewed"), REASON, ("climbs", "to", "unit"),
    ),
    "judgement": Decision(
        ("研判未解决", "Judge it unresolved"),
        ("单位逾期未办，认定尚未得到有效解决，提交上一层级。",
         "The unit let its limit pass: the matter counts as unresolved and climbs."),
        "routing", "/cases/{case}/judgement", lambda form: form.body("dispatch", "opinion"),
        ("已认定未解决，提交上一层级", "Found unresolved; it climbs"), {"opinion": ("请填写研判意见",
         "Write the opinion")},
    ),
    "extension-decision": Decision(
        ("审批延期", "Decide on more time"),
        ("批准后该时限顺延，企业收到通知；申请人不能自己审批。",
         "Granted, the limit moves and the enterprise is told. Never by who asked."),
        "routing", "/cases/{case}/extension-decision",
        lambda form: form.body("dispatch", "clock", "reason") | {"grant": _yes(form, "grant")},
        ("延期申请已审批", "Decided"), REASON, ("grant",),
    ),
    "review": Decision(
        ("审核签批", "Sign the review"),
        ("通过后进入下一环节或交办；不通过退回办公室完善。同一人不能办理两个环节。",
         "Approved, it goes to the next step or the unit; else back to the office. Nobody takes two steps."),
        "routing", "/cases/{case}/review",
        lambda form: form.body("step",
         "reason") | {"approved": _yes(form, "approved"), "to_session": bool(form["to_session"])},
        ("签批意见已登记", "Signed"), REASON, ("approved", "to_session"),
    ),
    "resubmission": Decision(
        ("完善后重新报审", "Submit it again"),
        ("从第一个审核环节重新开始。", "The steps begin anew."),
        "routing", "/cases/{case}/resubmission",
        lambda form: form.body("lead", "reason") | {"co_handlers": form.every("co_handlers")},
        ("已重新报审", "Submitted again"), REASON, ("lead", "co_handlers"),
    ),
    "class": Decision(
        ("调整难易分级", "Change its class"),
        ("办理时限按新的分级计算。", "Its limits follow the new class."),
        "routing", "/cases/{case}/class", lambda form: form.body("complexity", "reason"), ("分级已调整", "Changed"),
        {"complexity": ("请选择分级", "Choose the class"), **REASON},
    ),
    "transfer": Decision(
        ("交下级办理", "Hand it down"),
        ("由下级按其工作机制办理，本级跟踪到答复为止。",
         "Worked on below by the mechanism there, and followed until it is answered."),
        "routing", "/cases/{case}/transfer", _transfer, ("已交下级办理", "Handed down"),
        {"below": ("请选择下级工作机制", "Choose the mechanism"), **REASON}, ("to_scheme", "channel"),
    ),
    "striking-off": Decision(
        ("问题清单销号", "Strike it off the problem list"),
        ("问题解决后销号，不再列入清单。", "The matter is solved and leaves the list."),
        "routing", "/cases/{case}/striking-off", lambda form: form.body("reason"), ("已销号", "Struck off"), REASON,
    ),
    "decision": Decision(
        ("作出处理决定", "Decide the case"),
        ("“可以解决”交单位落实，限期办理；“仍未解决”提交上一层级；“政策不允许”由单位向企业解释。",
         "Solved: units carry it out by a day. Unresolved: it climbs. Not allowed: a unit explains."),
        "routing", "/cases/{case}/dispatches/{dispatch}/decision", _tasks, ("决定已作出，责任单位已收到通知",
         "Decided; the units are told"),
        {"outcome": ("请选择处理结论", "Choose what is found"), "opinion": ("请填写意见", "Write the opinion")},
        ("tasks", "lead", "due_on"),
    ),
    "exclusion": Decision(
        ("申请剔除", "Ask to leave it out of the rates"),
        ("须由他人批准；批准后单独统计，不改善任何比率。",
         "Somebody else approves; it is then counted apart and improves no rate."),
        "evaluation", "/cases/{case}/exclusion", lambda form: form.body("reason",
         "grounds"), ("剔除申请已提交，等待审批", "Asked; it waits for approval"),
        {"reason": ("请选择剔除原因", "Choose the reason"), "grounds": ("请填写依据", "Give the grounds")},
    ),
    "exclusion-approval": Decision(
        ("审批剔除", "Decide on leaving it out"),
        ("批准后不计入考核比率；申请人不能自己批准。", "Approved, it enters no rate. Never by who asked."),
        "evaluation", "/cases/{case}/exclusion/approval", lambda form: {"approve": _yes(form, "approve")},
        ("剔除申请已审批", "Decided"), {}, ("approve",),
    ),
    "rectification": Decision(
        ("列入挂牌整改", "List it for rectification"),
        ("明确责任主体和期限，整改到位后摘牌。", "A unit answers for it by a day, until it is lifted."),
        "evaluation", "/cases/{case}/rectification", lambda form: form.body("unit", "due_on"), ("已挂牌", "Listed"),
        {"unit": ("请选择责任主体", "Choose the unit"), "due_on": ("请填写期限", "Say until when")},
    ),
    "lifting": Decision(
        ("整改摘牌", "Lift the rectification"),
        ("凭整改佐证摘牌。", "By the evidence that it is put right."),
        "evaluation", "/cases/{case}/rectification/lifting", lambda form: form.body("evidence"), ("已摘牌", "Lifted"),
        {"evidence": ("请填写整改佐证", "Give the evidence")},
    ),
}  # fmt: skip

EXCLUSIONS: tuple[tuple[str, str, str], ...] = (
    ("malicious", "恶意诉求或重复骚扰", "malicious, or harassing"),
    ("not-governmental", "不属于政府职责", "no business of the government"),
    ("force-majeure", "不可抗力", "force majeure"),
    ("error", "登记差错", "filed by mistake"),
)
BY: Mapping[str, frozenset[Role]] = {
    "review": frozenset({"office", "leader"}),
    "extension-decision": frozenset({"office", "leader"}),
    "decision": frozenset({"leader"}),
    "exclusion-approval": frozenset({"leader", "inspector"}),
}
"""Whose decisions these are; the others are the office's."""


async def open_decisions(desk: Desk, case: str, handling: dict[str, Any] | None) -> list[Open]:
    """What the visitor may decide about the case now. The services have the last word."""
    if handling is None:
        return []
    orders, reviews, excluded = await asyncio.gather(
        desk.get_or({}, "evaluation", f"/cases/{case}/orders"),
        desk.get_or([], "routing", "/waiting-for-review"),
        desk.get_or({"items": []}, "evaluation", "/exclusions", scheme=handling["scheme"]),
    )
    review = next((one for one in reviews if one["case"] == case), None)
    asked = next((one for one in excluded["items"] if one["case"] == case), None)
    found = _open(desk, handling, orders, review, asked)
    return [one for one in found if BY.get(one.code, frozenset({"office"})) & desk.visitor.roles]


def _open(
    desk: Desk,
    case: dict[str, Any],
    orders: dict[str, Any],
    review: dict[str, Any] | None,
    exclusion: dict[str, Any] | None,
) -> Iterator[Open]:
    scheme = desk.scheme(case["scheme"])
    over = case["closed"] or case["withdrawn"] or case["returned"] or case["answered_at_once"]
    if exclusion:
        yield _of("exclusion-approval", about=exclusion)
    if not over:
        yield from _of_hand_overs(desk, case)
        if review and review["refused_by"]:
            yield _of("resubmission", about=review)
        elif review and desk.visitor.unit in review["posts"]:
            yield _of("review", about=review)
        if scheme.complexities:
            yield _of("class")
        if below(desk, case["scheme"]):
            yield _of("transfer")
        if scheme.oversight.rectification and not case["up_for_rectification"]:
            yield _of("rectification")
    if case["plan"] and not case["plan"]["struck_off"]:
        yield _of("striking-off", about=case["plan"])
    if case["up_for_rectification"]:
        yield _of("lifting", about=orders.get("rectification") or {})
    yield _of("exclusion")


def _of_hand_overs(desk: Desk, case: dict[str, Any]) -> Iterator[Open]:
    scheme = desk.scheme(case["scheme"])
    judged = scheme.clocks_missed_with("office-judges")
    for dispatch in case["dispatches"].values():
        working = dispatch["status"] in ("offered", "taken", "disputed")
        number = dispatch["dispatch"]
        if dispatch["status"] == "unresolved" and dispatch["rung"] == case["rung"] and not case["listed"]:
            yield _of("climb-review", dispatch)
        if working and dispatch["role"] == "lead" and judged & set(case["missed"].get(number, ())):
            yield _of("judgement", dispatch)
        if working and dispatch["unit"] == desk.visitor.unit:
            yield _of("decision", dispatch)
        for asked in dispatch["extensions"] if working else ():
            if asked["status"] == "asked":
                yield _of("extension-decision", dispatch, asked)


def _of(code: str, dispatch: Mapping[str, Any] | None = None, about: Mapping[str, Any] | None = None) -> Open:
    known = dict(dispatch or {})
    return Open(code, DECISIONS[code], known.get("dispatch", ""), known | dict(about or {}))


def chosen(found: list[Open], code: str, dispatch: str = "") -> Open | None:
    """The one that was asked for; else the first, where there is one that somebody waits for."""
    fitting = [one for one in found if one.code == code and dispatch in ("", one.dispatch)]
    if code and not fitting:
        raise Refused("no-such-page", "this cannot be decided now", status=404)
    return fitting[0] if fitting else None


def below(desk: Desk, scheme: str) -> list[tuple[str, str]]:
    """Mechanisms of the levels below that take a case handed down, with the channel through which they do."""
    directory = desk.office.directory
    here = directory.run_by(scheme)
    found: dict[str, str] = {}
    for one in desk.office.service.schemes.values():
        place = directory.by_scheme.get(one.scheme)
        if place and place.under == here:
            for channel, rule in one.channels.items():
                if rule.kind == "transfer":
                    name = f"{desk.t(place.zh, place.en)}：{desk.t(one.title.zh, one.title.en)}"
                    found[f"{one.scheme}:{channel}"] = name
    return list(found.items())
