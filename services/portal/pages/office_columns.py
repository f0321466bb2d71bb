"""What is published month by month: the columns' drafts with what is held back and why; marks; figures of a regulation."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from contracts.events import PeriodKey
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.pages import here

Month = Annotated[str, Path(pattern=r"^\d{4}-\d{2}$")]
SchemeName = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,60}$")]


def scheme_named(desk: Desk, name: str) -> Scheme:
    """One of the regulations of the visitor's level. Raises `Refused` (404)."""
    for scheme in here.newest_schemes(desk):
        if scheme.scheme == name:
            return scheme
    raise Refused("no-such-page", "there is no such page", status=404)


async def month_of(desk: Desk, scheme: Scheme, month: str) -> dict[str, Any]:
    """A month's column, with the entries that it shows."""
    summary = await desk.get("disclosure", f"/summaries/{month}", scheme=scheme.ref)
    entries = await desk.get_or({"entries": []}, "disclosure", f"/summaries/{month}/entries", scheme=scheme.ref)
    draft = summary["waiting"] or summary["public"]
    figures = draft["content"]["figures"] if draft else None
    shown = {"summary": summary, "draft": draft, "figures": figures, "entries": entries["entries"]}
    return shown | {"scheme": scheme, "words": desk.words(scheme.ref), "month": month}


def routes() -> APIRouter:
    router = APIRouter(prefix="/office", dependencies=[desk_of("office")])

    @router.get("/columns")
    async def columns(desk: AtDesk) -> Response:
        found = await desk.get("disclosure", "/summaries")
        return desk.page("office/columns.html", months=found["summaries"])

    @router.get("/columns/{scheme}/{month}")
    async def column(desk: AtDesk, scheme: SchemeName, month: Month) -> Response:
        return desk.page("office/column.html", area="office", **await month_of(desk, scheme_named(desk, scheme), month))

    @router.get("/figures")
    async def every(desk: AtDesk) -> Response:
        return desk.page("office/figures.html", schemes=here.newest_schemes(desk), scheme=None, known=None, period=None)

    @router.get("/figures/{scheme}")
    async def figures(
        desk: AtDesk, scheme: SchemeName, period: Annotated[PeriodKey | None, Query()] = None
    ) -> Response:
        return await figures_page(desk, scheme_named(desk, scheme), period)

    async def figures_page(desk: Desk, scheme: Scheme, period: str | None, form: Form | None = None) -> Response:
        known = await desk.get("disclosure", f"/figures/{scheme.ref}", period=period)
        return desk.page(
            "office/figures.html",
            form=form or Form.filled(month=f"{desk.today:%Y-%m}"),
            schemes=here.newest_schemes(desk),
            scheme=scheme,
            words=desk.words(scheme.ref),
            known=known,
            period=period,
            units=here.units(desk, scheme.ref),
        )

    @router.post("/figures/{scheme}/marks")
    async def marks(desk: AtDesk, scheme: SchemeName) -> Response:
        """The office's and a third party's marks beside the enterprises'. 002-31"""
        form = await desk.form()
        regulation = scheme_named(desk, scheme)

        async def act() -> Response:
            body = {"scheme": regulation.ref} | form.body("month", "unit", "office", "third_party")
            await desk.post("disclosure", "/marks", body, key=form.once)
            return desk.then(
                f"/office/figures/{scheme}", "评分已保存；再次填写将替换", "Kept; entered again it is replaced"
            )

        needed = {
            "month": desk.t("请填写月份", "Say which month"),
            "unit": desk.t("请选择单位", "Choose the unit"),
            "office": desk.t("请填写 0 至 100 的评分", "Give 0 to 100"),
            "third_party": desk.t("请填写 0 至 100 的评分", "Give 0 to 100"),
        }
        return await desk.carry_out(form, act, lambda form: figures_page(desk, regulation, None, form), needed=needed)

    @router.get("/personnel/{scheme}.csv")
    async def personnel(desk: AtDesk, scheme: SchemeName, period: Annotated[PeriodKey, Query()]) -> Response:
        """For the personnel department (002-34)."""
        params = {"scheme": scheme_named(desk, scheme).ref, "period": period}
        answer = await desk.office.peers.ask(desk.caller(), "GET", "disclosure", "/personnel.csv", params=params)
        kept = {"content-disposition": answer.headers["content-disposition"]}
        return Response(answer.content, media_type=answer.headers["content-type"], headers=kept)

    return router
