"""The board of duties: who owes what for which period, who has not done it, and what shows that it was done."""

from collections import Counter
from typing import Any, Literal

from fastapi import APIRouter, Response

from contracts.events import PeriodKey
from contracts.record import Code, DutyNumber, Party
from libs.identity import Act
from libs.policy.duty import EACH_SERVED, DutyRule
from libs.policy.recurring import turn_of
from libs.policy.scheme import Scheme
from libs.wording import Catalogue
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.pages.oversight import THEIR_WORK, can, chosen, schemes, shown

PERIODS = 6
PERIODS_OF_MANY = 3
"""Fewer where every enterprise served makes an occurrence of its own."""
PAGE = 200
MOST = 2000
STATUSES = ("missing", "open", "missed", "late", "met")
Status = Literal["missing", "open", "missed", "late", "met"]


def latest(rule: DutyRule, scheme: Scheme, desk: Desk) -> list[str]:
    """The periods that the board shows, the latest first; none of before the scheme was in force."""
    if rule.every is None:
        return [str(rule.once)]
    turn, periods = turn_of(rule.every, desk.today), list[str]()
    count = PERIODS_OF_MANY if rule.who == EACH_SERVED else PERIODS
    while len(periods) < count and turn.last >= scheme.in_force.from_:
        periods.append(turn.key)
        turn = turn.before
    return periods


async def occurrences(desk: Desk, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: str | None = None
    while len(found) < MOST:
        page = await desk.get("deadline", "/duties", after=after, limit=PAGE, **asked)
        found += page["duties"]
        after = page["next"]
        if after is None:
            break
    return found


def board(owed: list[dict[str, Any]]) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """By unit, then by period."""
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for one in owed:
        rows.setdefault(one["unit"], {}).setdefault(one["period"], []).append(one)
    return rows


def counted(cell: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """How many of a cell stand how, what is worst first."""
    counts = Counter(one["status"] for one in cell)
    return [(status, counts[status]) for status in STATUSES if counts[status]]


async def duty_page(desk: Desk, number: str, form: Form | None = None) -> Response:
    duty = await desk.get("deadline", f"/duties/{number}")
    mine = can(desk, Act.HAND_IN_EVIDENCE) and desk.visitor.unit == duty["unit"]
    codes = Catalogue.load().codes["evidence"]
    kinds = [(kind, desk.t(codes[kind].zh, codes[kind].en)) for kind in duty["takes"]]
    return shown(desk, "duty", form=form, duty=duty, mine=mine, kinds=kinds, words=desk.words(duty["scheme"]))


def routes() -> APIRouter:
    router = APIRouter(prefix="/supervision/duties", dependencies=[THEIR_WORK])

    @router.get("")
    async def duties(
        desk: AtDesk, scheme: str = "", duty: Code | Literal[""] = "", status: Status = "missing",
        unit: Party | Literal[""] = "", period: PeriodKey | Literal[""] = "",
    ) -> Response:  # fmt: skip
        offered = [one for one in schemes(desk) if one.duties]
        here = chosen(offered, scheme)
        if here is None:
            return shown(desk, "duties", offered=offered, here=None)
        duty = duty if duty in here.duties else ""
        rule = here.duties[duty] if duty else None
        wanted = {"scheme": here.scheme, "duty": duty or None, "unit": unit or None, "period": period or None}
        listed = await occurrences(desk, status=status, **wanted)
        periods = latest(rule, here, desk) if rule else []
        of_board = [] if not rule else await occurrences(desk, scheme=here.scheme, duty=duty, period=periods)
        return shown(
            desk, "duties", offered=offered, here=here, duty=duty, rule=rule, state=status, statuses=STATUSES, unit=unit,
            period=period, listed=sorted(listed, key=lambda one: (one["last"], one["unit"])), periods=periods,
            rows=sorted(board(of_board).items()), counted=counted, words=desk.words(here.ref),
        )  # fmt: skip

    @router.get("/{number}")
    async def one(desk: AtDesk, number: DutyNumber) -> Response:
        return await duty_page(desk, number)

    @router.post("/{number}/evidence")
    async def hand_in(desk: AtDesk, number: DutyNumber) -> Response:
        form = await desk.form()

        async def act() -> Response:
            await desk.post(
                "deadline", f"/duties/{number}/evidence", form.body("kind", "reference", "note"), key=form.once
            )
            return desk.then(f"/supervision/duties/{number}", "佐证材料已提交", "The evidence is handed in")

        needed = {
            "kind": desk.t("请选择材料种类", "Choose what kind of evidence it is"),
            "reference": desk.t("请填写文号或存放位置", "Give its number or where it is kept"),
        }
        return await desk.carry_out(form, act, lambda form: duty_page(desk, number, form), needed=needed)

    return router
