"""Accountability: a finding against a unit is proposed by one, and decided on by another."""

from typing import Any

from fastapi import APIRouter, Response

from contracts.record import CaseNumber, FindingNumber
from libs.identity import Act, same_person
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.pages.oversight import THEIR_WORK, can, chosen, schemes, shown, units

STATED = ("grave-effect", "suspected-violation")
"""What no record shows: the proposer states it."""
ANY_OF = frozenset({"repeated", "climbed"})
"""One of these two is enough."""
HOME = "/supervision/accountability"


async def findings_page(desk: Desk, ref: str, form: Form | None = None) -> Response:
    offered = [one for one in schemes(desk) if one.oversight.accountability]
    here = chosen(offered, ref)
    items = (await desk.get("evaluation", "/findings", scheme=here.ref))["items"] if here else []
    items.sort(key=lambda one: one["decided"] is not None)
    return shown(
        desk, "findings", form=form, offered=offered, here=here, items=items, units=units(desk),
        words=desk.words(here.ref if here else None), triggers=triggers(desk, here) if here else [],
    )  # fmt: skip


def triggers(desk: Desk, scheme: Scheme) -> list[tuple[str, str]]:
    """Each trigger with what it needs, and where it leads."""
    return [
        (code, f"{desk.t(rule.zh, rule.en)} {needs(desk, scheme, code)}")
        for code, rule in scheme.oversight.accountability.items()
    ]


def needs(desk: Desk, scheme: Scheme, trigger: str) -> str:
    rule = scheme.oversight.accountability[trigger]
    words = desk.words(scheme.ref)
    either = [words.name("because", need) for need in rule.needs if need in ANY_OF]
    wanted = [desk.t("或", " or ").join(either)] if either else []
    wanted += [words.name("because", need) for need in rule.needs if need not in ANY_OF]
    named = desk.t("、", ", ").join(wanted)
    ends = [_named(desk, scheme, measure) for measure in rule.measures]
    ends += [desk.t("移送纪检监察机关", "referral to the discipline authority")] if rule.refers else []
    leads = desk.t("、", ", ").join(ends)
    if not wanted:
        return desk.t(f"（可采取：{leads}）", f"(leads to: {leads})")
    return desk.t(f"（须有：{named}；可采取：{leads}）", f"(needs: {named}; leads to: {leads})")


def _named(desk: Desk, scheme: Scheme, measure: str) -> str:
    known = scheme.oversight.measures[measure]
    return desk.t(known.zh, known.en)


async def finding_page(desk: Desk, finding: str, form: Form | None = None) -> Response:
    known = await desk.get("evaluation", f"/findings/{finding}")
    scheme = desk.scheme(known["scheme"])
    rule = scheme.oversight.accountability[known["trigger"]]
    own = same_person(known["proposed_by"], desk.visitor.subject)
    decides = can(desk, Act.DECIDE_FINDING) and bool(desk.visitor.roles & set(rule.by)) and not own
    measures = desk.options({code: scheme.oversight.measures[code] for code in rule.measures})
    return shown(
        desk, "finding", form=form, finding=known, scheme=scheme, rule=rule, own=own, decides=decides, measures=measures,
        needs=needs(desk, scheme, known["trigger"]), words=desk.words(scheme.ref),
    )  # fmt: skip


def routes() -> APIRouter:
    router = APIRouter(prefix=HOME, dependencies=[THEIR_WORK])

    @router.get("")
    async def findings(desk: AtDesk, scheme: str = "", case: CaseNumber | None = None) -> Response:
        form = Form.filled(cases=case) if case else None
        return await findings_page(desk, scheme, form)

    @router.post("")
    async def propose(desk: AtDesk) -> Response:
        form = await desk.form()
        ref = form["scheme"]

        async def act() -> Response:
            body: dict[str, Any] = form.body("scheme", "unit", "trigger", "grounds")
            body |= {
                "cases": form["cases"].replace("，", " ").replace(",", " ").split(),
                "states": form.every("states"),
            }
            told = await desk.post("evaluation", "/findings", body, key=form.once)
            return desk.then(
                f"{HOME}/{told['finding']}", "问责建议已提出，由他人决定", "Proposed; somebody else decides on it"
            )

        needed = {
            "unit": desk.t("请选择责任单位", "Choose the unit"),
            "trigger": desk.t("请选择问责情形", "Choose what it is for"),
            "grounds": desk.t("请写明事实和依据", "Give the facts and grounds"),
        }
        return await desk.carry_out(form, act, lambda form: findings_page(desk, ref, form), needed=needed)

    @router.get("/{finding}")
    async def look(desk: AtDesk, finding: FindingNumber) -> Response:
        return await finding_page(desk, finding)

    @router.post("/{finding}/decision")
    async def decide(desk: AtDesk, finding: FindingNumber) -> Response:
        form = await desk.form()
        approve = form["approve"] == "yes"

        async def act() -> Response:
            if not form["approve"]:
                raise Refused("missing", "choose what is decided", field="approve", status=422)
            body = {"approve": approve} | ({"measure": form["measure"]} if approve and form["measure"] else {})
            await desk.post("evaluation", f"/findings/{finding}/decision", body, key=form.once)
            return desk.then(f"{HOME}/{finding}", "已作出决定", "It is decided")

        return await desk.carry_out(
            form, act, lambda form: finding_page(desk, finding, form), fields=("approve", "measure")
        )

    return router
