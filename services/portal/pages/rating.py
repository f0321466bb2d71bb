"""Judging an answer: the link opens a page, only the tap rates, so that previews and robots vote for nobody. 003-06"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from contracts.record import CaseNumber
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.navigation import Place
from services.portal.pages.following import case_page, followed
from services.portal.pages.judging import after_silence, levels_of, thanks
from services.portal.peers import Unreachable

PLACES: tuple[Place, ...] = ()
WAYS = {"": "sms-link", "device": "window-device", "qr": "qr"}
"""How the page was come to, by what its address says."""
LinkCode = Annotated[str, Query(alias="c", max_length=64)]


async def opened(desk: Desk, case: str, code: str) -> dict[str, Any]:
    """How the case stands for who holds the link. Raises `Refused` (404) for a wrong code as for a case that is not."""
    return await desk.office.peers.post(
        desk.visitor.invited(case), "evaluation", f"/cases/{case}/invitation", {"code": code}
    )


async def rating_page(desk: Desk, case: str, code: str, way: str, form: Form | None = None) -> Response:
    judgement = await opened(desk, case, code)
    scheme = desk.scheme(judgement["scheme"])
    answer = desk.page(
        "rating/show.html",
        form=form,
        case=case,
        code=code,
        way=way,
        device=way == "device",
        judgement=judgement,
        scheme=scheme,
        words=desk.words(judgement["scheme"]),
        answer=await _answer(desk, case),
        levels=levels_of(desk, scheme),
        silence=after_silence(desk, scheme),
    )
    # The address is a key: it is neither kept nor handed on, and no search engine lists it.
    answer.headers["cache-control"] = "no-store"
    answer.headers["referrer-policy"] = "no-referrer"
    answer.headers["x-robots-tag"] = "noindex, nofollow"
    return answer


async def _answer(desk: Desk, case: str) -> dict[str, Any] | None:
    """What was answered, for who holds the link; the page can be used without."""
    try:
        return await desk.office.peers.get(desk.visitor.invited(case), "routing", f"/cases/{case}/answer")
    except (Refused, Unreachable):
        return None


def which(form: Form) -> str:
    """The first judgement or the second, as the page asked for it."""
    return "second-rating" if form["what"] == "second-rating" else "rating"


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/r/{case}")
    async def show(desk: AtDesk, case: CaseNumber, code: LinkCode = "", way: str = "") -> Response:
        return await rating_page(desk, case, code, way if way in WAYS else "")

    @router.post("/r/{case}")
    async def rate(desk: AtDesk, case: CaseNumber) -> Response:
        form = await desk.form()
        code, way = form["c"], form["way"] if form["way"] in WAYS else ""
        judgement = await opened(desk, case, code)

        async def act() -> Response:
            body = {"code": code, "rating": form["rating"], "way": WAYS[way]}
            await desk.office.peers.post(
                desk.visitor.invited(case), "evaluation", f"/cases/{case}/{which(form)}", body, key=form.once
            )
            back = f"/r/{case}?c={code}" + (f"&way={way}" if way else "")
            return desk.then(back, *thanks(desk, desk.scheme(judgement["scheme"]), form["rating"]))

        async def again(form: Form) -> Response:
            return await rating_page(desk, case, code, way, form)

        return await desk.carry_out(form, act, again, needed=_needed(desk))

    @router.post("/my/{case}/rating")
    async def rate_my_own(desk: AtDesk, case: CaseNumber) -> Response:
        """The enterprise on its own page needs no code: it is known there."""
        appeal = await followed(desk, case)
        form = await desk.form()

        async def act() -> Response:
            body = {"rating": form["rating"], "way": "web"}
            await desk.post("evaluation", f"/cases/{case}/{which(form)}", body, case=case, key=form.once)
            return desk.then(f"/my/{case}", *thanks(desk, desk.scheme(appeal["scheme"]), form["rating"]))

        async def again(form: Form) -> Response:
            return await case_page(desk, case, form)

        return await desk.carry_out(form, act, again, needed=_needed(desk))

    return router


def _needed(desk: Desk) -> dict[str, str]:
    return {"rating": desk.t("请点选一项评价", "Tap one of the words")}
