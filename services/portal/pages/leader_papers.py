"""Papers that a leader approves: agendas, opinions documents, columns, publications. Never by who asked for it."""

from fastapi import APIRouter, Response

from contracts.record import PublicationNumber, SessionNumber
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.pages.leader import told_of
from services.portal.pages.office_columns import Month, SchemeName, month_of, scheme_named
from services.portal.pages.office_sessions import paper_page


async def session_page(desk: Desk, number: str, form: Form | None = None) -> Response:
    session = await desk.get("routing", f"/sessions/{number}")
    return desk.page(
        "leader/session.html",
        form=form,
        session=session,
        words=desk.words(session["scheme"]),
        items=await told_of(desk, session),
        last=session["document"][-1] if session["document"] else None,
    )


def routes() -> APIRouter:
    router = APIRouter(prefix="/leader", dependencies=[desk_of("leader")])

    @router.get("/sessions/{session}")
    async def show(desk: AtDesk, session: SessionNumber) -> Response:
        return await session_page(desk, session)

    @router.get("/sessions/{session}/paper")
    async def paper(desk: AtDesk, session: SessionNumber) -> Response:
        return await paper_page(desk, session, "leader")

    @router.post("/sessions/{session}/agenda")
    async def approve_agenda(desk: AtDesk, session: SessionNumber) -> Response:
        form = await desk.form()

        async def act() -> Response:
            await desk.post("routing", f"/sessions/{session}/agenda-approval", key=form.once)
            return desk.then("/leader", "议程已审定，办公室随即发出邀请", "Approved; the office sends the invitations")

        return await desk.carry_out(form, act, lambda form: session_page(desk, session, form))

    @router.post("/sessions/{session}/opinions-document")
    async def judge_opinions(desk: AtDesk, session: SessionNumber) -> Response:
        form = await desk.form()
        approved = form["approved"] == "yes"

        async def act() -> Response:
            body = {"version": form["version"], "approved": approved, "reason": form["reason"]}
            path = f"/sessions/{session}/opinions-document/approval"
            await desk.post("routing", path, body, key=form.once)
            if approved:
                return desk.then(
                    "/leader",
                    "处理意见已审定，发送企业、责任单位和督查室",
                    "Approved; it goes to enterprises, units and inspection",
                )
            return desk.then("/leader", "已退回办公室修改", "Given back to the office")

        needed = {} if approved else {"reason": desk.t("退回请说明需要修改的内容", "Say what is to be changed")}
        return await desk.carry_out(form, act, lambda form: session_page(desk, session, form), needed=needed)

    @router.get("/columns/{scheme}/{month}")
    async def column(desk: AtDesk, scheme: SchemeName, month: Month) -> Response:
        return await column_page(desk, scheme, month)

    async def column_page(desk: Desk, scheme: str, month: str, form: Form | None = None) -> Response:
        known = await month_of(desk, scheme_named(desk, scheme), month)
        return desk.page("office/column.html", form=form, area="leader", **known)

    @router.post("/columns/{scheme}/{month}")
    async def approve_column(desk: AtDesk, scheme: SchemeName, month: Month) -> Response:
        form = await desk.form()

        async def act() -> Response:
            body = {"leader": desk.visitor.name, "scheme": scheme_named(desk, scheme).ref} | form.body("version")
            await desk.post("disclosure", f"/summaries/{month}/approval", body, key=form.once)
            return desk.then("/leader", "月度专栏已批准公开", "The column stands before the public")

        return await desk.carry_out(form, act, lambda form: column_page(desk, scheme, month, form))

    @router.get("/publications/{number}")
    async def publication(desk: AtDesk, number: PublicationNumber) -> Response:
        return await publication_page(desk, number)

    async def publication_page(desk: Desk, number: str, form: Form | None = None) -> Response:
        known = await desk.get("disclosure", f"/publications/{number}")
        words = desk.words(known["scheme"])
        return desk.page("office/publication.html", form=form, area="leader", one=known, words=words)

    @router.post("/publications/{number}")
    async def approve_publication(desk: AtDesk, number: PublicationNumber) -> Response:
        form = await desk.form()

        async def act() -> Response:
            await desk.post("disclosure", f"/publications/{number}/approval", form.body("version"), key=form.once)
            return desk.then("/leader", "已批准发布", "Approved and published")

        return await desk.carry_out(form, act, lambda form: publication_page(desk, number, form))

    return router
