"""Calls that are to be made: letters that only a call can deliver, and enterprises to be called back."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from contracts.record import CaseNumber
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.navigation import Place
from services.portal.pages import here

PLACES: tuple[Place, ...] = (Place("/calls", "待拨电话", "Calls to make", frozenset({"operator"})),)

LetterId = Annotated[str, Path(pattern=r"^[A-Za-z0-9:._-]{1,120}$")]
PURPOSE = "电话回访企业"


async def letters_to_read_out(desk: Desk) -> list[dict[str, Any]]:
    """Whom to call because no other way led to them, the longest waiting first."""
    return await desk.get("notification", "/calls")


async def call_backs(desk: Desk) -> list[dict[str, Any]]:
    """Enterprises to be asked how their matter stands: where the regulation leaves it to the hotline, or a sample drew it."""
    schemes = [s for s in desk.office.service.schemes.values() if here.runs(desk, s.ref)]
    asked = [scheme for scheme in schemes if scheme.rating.call_back or scheme.oversight.sampling]
    found = await asyncio.gather(
        *(desk.get_or({"items": []}, "evaluation", "/call-backs", scheme=scheme.ref, limit=100) for scheme in asked)
    )
    return [
        item | {"scheme": scheme.ref}
        for scheme, listed in zip(asked, found, strict=True)
        for item in listed["items"]
        if item["sample"] or not (scheme.rating.call_back and scheme.rating.call_back.solver)
    ]


async def call_page(desk: Desk, letter: str, form: Form | None = None) -> Response:
    wanted = next((one for one in await letters_to_read_out(desk) if one["letter"] == letter), None)
    if wanted is None:
        raise Refused("no-such-call", "nobody is to be called because of this letter", status=404)
    call = await desk.get("notification", f"/calls/{letter}")
    return desk.page("calls/call.html", form=form, wanted=wanted, call=call, words=desk.words())


async def call_back_page(
    desk: Desk, case: str, form: Form | None = None, contact: dict[str, Any] | None = None
) -> Response:
    wanted = next((one for one in await call_backs(desk) if one["case"] == case), None)
    appeal = await desk.get("intake", f"/appeals/{case}")
    dossier = await desk.get_or(None, "intake", f"/appeals/{case}/dossier")
    rule = desk.scheme(appeal["scheme"]).rating.call_back
    words = desk.words(appeal["scheme"])
    ways = [(way, words.name("way", way)) for way in (rule.by if rule else ("phone", "on-site"))]
    return desk.page(
        "calls/call_back.html", form=form, case=case, wanted=wanted, appeal=appeal, dossier=dossier, contact=contact,
        words=words, ways=ways,
    )  # fmt: skip


def routes() -> APIRouter:
    router = APIRouter(prefix="/calls", dependencies=[desk_of("operator")])

    @router.get("")
    async def listed(desk: AtDesk) -> Response:
        letters, backs = await asyncio.gather(letters_to_read_out(desk), call_backs(desk))
        return desk.page("calls/list.html", letters=letters, backs=backs, words=desk.words())

    @router.get("/back/{case}")
    async def call_back(desk: AtDesk, case: CaseNumber) -> Response:
        return await call_back_page(desk, case)

    @router.post("/back/{case}/number")
    async def number(desk: AtDesk, case: CaseNumber) -> Response:
        """The number to call; that it was looked at is kept by intake and shown to the supervisor."""
        seen = await desk.post("intake", f"/appeals/{case}/unmasking", {"purpose": PURPOSE})
        return await call_back_page(desk, case, contact=seen["contact"])

    @router.post("/back/{case}")
    async def called_back(desk: AtDesk, case: CaseNumber) -> Response:
        form = await desk.form()

        async def act() -> Response:
            body = form.body("way", "note") | {"solved": form["solved"] == "yes"}
            done = await desk.post("evaluation", f"/cases/{case}/call-back", body, key=form.once)
            if done["solved"]:
                return desk.then("/calls", f"{case} 回访已记录：已解决", f"{case}: called back, solved")
            return desk.then(
                "/calls",
                f"{case} 回访已记录：未解决，将按规定继续办理",
                f"{case}: called back, not solved; it is followed up",
            )

        needed = {
            "way": desk.t("请选择回访方式", "Choose how"),
            "solved": desk.t("请选择问题是否解决", "Say whether it is solved"),
            "note": desk.t("请记录企业的说法", "Write down what the enterprise says"),
        }
        return await desk.carry_out(form, act, lambda form: call_back_page(desk, case, form), needed=needed)

    @router.get("/{letter}")
    async def call(desk: AtDesk, letter: LetterId) -> Response:
        return await call_page(desk, letter)

    @router.post("/{letter}")
    async def called(desk: AtDesk, letter: LetterId) -> Response:
        form = await desk.form()

        async def act() -> Response:
            told = form["result"] == "told"
            body = {"letter": letter, "way": "call", "delivered": told} | ({} if told else {"reason": form["result"]})
            await desk.post("notification", "/receipts", body, key=form.once)
            if told:
                return desk.then("/calls", "已告知企业并记录", "Told, and on record")
            return desk.then(
                "/calls", "未接通，已记录；将按规则处理", "Not reached; on record and followed by the rules"
            )

        needed = {"result": desk.t("请选择通话结果", "Choose what came of the call")}
        return await desk.carry_out(form, act, lambda form: call_page(desk, letter, form), needed=needed)

    return router
