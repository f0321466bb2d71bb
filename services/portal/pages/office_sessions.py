"""The secretary's sessions: the list, calling one, and one page that walks through its steps in order."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from contracts.record import CaseNumber, SessionNumber
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.pages import here
from services.portal.pages.session_deeds import DEEDS, ITEM_DEEDS, RECEIPT, SCREENING, Deed, deed_of
from services.portal.pages.session_steps import Step, limit_of, must_wait, next_of, steps_of

DUTIES: tuple[tuple[str, str, str], ...] = (
    ("organisation", "组织协调", "Organisation"),
    ("publicity", "宣传报道", "Publicity"),
    ("petition-reception", "信访接待", "Receiving petitioners"),
    ("order", "秩序维护", "Order"),
)
"""What is shared out on the day (001-34)."""
Id = Annotated[str, Path(pattern=r"^[0-9A-Za-z-]{1,64}$")]
BESIDE = frozenset({"cancellation", "items"})
"""Pages of a session that are none of its steps."""


async def session_page(desk: Desk, number: str, step: str = "", case: str = "", form: Form | None = None) -> Response:
    session = await desk.get("routing", f"/sessions/{number}")
    words = desk.words(session["scheme"])
    scheme = desk.scheme(session["scheme"])
    rule = scheme.sessions[session["kind"]]
    steps = steps_of(session, rule)
    coming = next_of(steps)
    shown = next((one for one in steps if one.code == step), None) or (None if step in BESIDE else coming)
    clocks = (await desk.post("deadline", "/clocks", {"cases": [number]})).get(number, [])
    directory = await desk.get_or([], "routing", f"/sessions/{number}/directory") if rule.agenda else []
    waiting = await desk.get_or([], "routing", "/waiting-for-session")
    cases = [*session["items"], *(entry["case"] for entry in directory), *waiting]
    return desk.page(
        "office/session.html",
        form=form or _begun(session, shown, step),
        session=session,
        words=words,
        rule=rule,
        steps=steps,
        coming=coming,
        shown=shown,
        step=shown.code if shown else step,
        item=session["items"].get(case),
        waits=bool(shown and must_wait(shown, session, desk.today)),
        limit=limit_of(coming, clocks, scheme),
        clocks=clocks,
        directory=directory,
        waiting=[one for one in waiting if one not in session["items"]],
        titles=await here.titles_of(desk, cases),
        others=[
            one
            for one in await desk.get_or([], "routing", "/sessions", scheme=session["scheme"].partition("@")[0])
            if one["session"] != number and one["standing"] in ("proposed", "dated")
        ],
        units=here.units(desk, session["scheme"]),
        leaders=here.units(desk, session["scheme"], "leader"),
        duties=DUTIES,
    )


async def paper_page(desk: Desk, number: str, area: str) -> Response:
    """The opinions document and the minutes, to be printed or kept as PDF by the browser."""
    session = await desk.get("routing", f"/sessions/{number}")
    return desk.page(
        "office/paper.html",
        session=session,
        rule=desk.scheme(session["scheme"]).sessions[session["kind"]],
        words=desk.words(session["scheme"]),
        titles=await here.titles_of(desk, session["items"]),
        area=area,
    )


def _begun(session: dict[str, Any], shown: Step | None, step: str) -> Form:
    """The form of a step as it begins: with what is known already."""
    match shown.code if shown else step:
        case "date":
            day = session["held_on"] or session["proposed_on"]
            return Form.filled(held_on=day, place=session["place"], theme=session["theme"] or None)
        case "leader":
            return Form.filled(leader=session["leader"])
        case "duties":
            return Form.filled(**{f"duty-{duty}": unit for duty, unit in session["duties"].items()})
        case "announcement":
            notice = session["announcement"] or {}
            told = {"registration_until": session["held_on"]} | notice
            return Form.filled(**(told | {"ways": "\n".join(notice.get("ways", ()))}))
        case "coordination":
            known = session["coordination"] or {}
            return Form.filled(
                secretary=known.get("secretary"), record=known.get("record"), units=known.get("units", [])
            )
        case "document":
            return Form.filled(text=session["document"][-1]["text"] if session["document"] else None)
        case "minutes":
            return Form.filled(text=session["minutes"])
        case _:
            return Form()


def routes() -> APIRouter:
    router = APIRouter(prefix="/office/sessions", dependencies=[desk_of("office")])

    async def listing(desk: Desk, form: Form | None = None) -> Response:
        kinds = [
            (f"{scheme.scheme}:{kind}", f"{desk.t(rule.zh, rule.en)}（{desk.t(scheme.title.zh, scheme.title.en)}）")
            for scheme in here.newest_schemes(desk)
            for kind, rule in scheme.sessions.items()
        ]
        return desk.page("office/sessions.html", form=form, sessions=await here.sessions_of(desk), kinds=kinds)

    async def carried_out(desk: Desk, session: str, deed: Deed, path: str, case: str = "") -> Response:
        form = await desk.form()
        here = f"/office/sessions/{session}"

        async def act() -> Response:
            await desk.post("routing", f"/sessions/{session}/{path}", deed.body(form), key=form.once)
            return desk.then(f"{here}?step={deed.step}" if deed.stays else here, *deed.told)

        async def again(form: Form) -> Response:
            return await session_page(desk, session, deed.step, case, form)

        needed = {name: desk.t(*says) for name, says in deed.needed.items()}
        return await desk.carry_out(form, act, again, needed=needed, fields=deed.fields)

    @router.get("")
    async def every(desk: AtDesk) -> Response:
        return await listing(desk)

    @router.post("")
    async def call(desk: AtDesk) -> Response:
        form = await desk.form()

        async def act() -> Response:
            scheme, _, kind = form["kind"].partition(":")
            body = {"scheme": scheme, "kind": kind} | form.body("held_on", "place", "theme")
            called = await desk.post("routing", "/sessions", body, key=form.once)
            return desk.then(
                f"/office/sessions/{called['session']}",
                "活动已建立，请按顺序完成以下步骤",
                "Called; its steps follow below",
            )

        needed = {
            "kind": desk.t("请选择活动类型", "Choose what kind of session"),
            "held_on": desk.t("请选择日期", "Choose the day"),
        }
        return await desk.carry_out(form, act, lambda form: listing(desk, form), needed=needed)

    @router.get("/{session}")
    async def show(desk: AtDesk, session: SessionNumber, step: str = "", case: str = "") -> Response:
        return await session_page(desk, session, step, case)

    @router.get("/{session}/paper")
    async def paper(desk: AtDesk, session: SessionNumber) -> Response:
        return await paper_page(desk, session, "office")

    @router.post("/{session}/invitations/{invitation}/receipt")
    async def take_receipt(desk: AtDesk, session: SessionNumber, invitation: Id) -> Response:
        return await carried_out(desk, session, RECEIPT, f"invitations/{invitation}/receipt")

    @router.post("/{session}/registrations/{registration}/screening")
    async def screen(desk: AtDesk, session: SessionNumber, registration: Id) -> Response:
        return await carried_out(desk, session, SCREENING, f"registrations/{registration}/screening")

    @router.post("/{session}/items/{case}/{deed}")
    async def on_item(desk: AtDesk, session: SessionNumber, case: CaseNumber, deed: str) -> Response:
        what = deed_of(ITEM_DEEDS, deed)
        return await carried_out(desk, session, what, f"items/{case}/{deed}", case)

    @router.post("/{session}/{deed}")
    async def on_session(desk: AtDesk, session: SessionNumber, deed: str) -> Response:
        what = deed_of(DEEDS, deed)
        return await carried_out(desk, session, what, what.path or deed)

    return router
