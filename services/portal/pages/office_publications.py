"""Circulars, lists, cases worth learning from, reports: written by the office, waiting for a leader, or to be read."""

from typing import Any

from fastapi import APIRouter, Response

from contracts.record import PublicationNumber
from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.pages import here
from services.portal.pages.office_columns import SchemeName, scheme_named

LINES = 5
"""So many units a list's form has room for; saved, it has more."""
BASES: tuple[tuple[str, str, str], ...] = (
    ("ranking", "按评价排名", "by its ratings"),
    ("selection", "评选推荐", "chosen"),
    ("finding", "按查实情况", "because of what was found"),
)


def written(form: Form, scheme: str, kind: str) -> dict[str, Any]:
    """What disclosure takes of the form; only what was filled in."""
    body: dict[str, Any] = {"scheme": scheme, "kind": kind} | form.body(
        "publication", "period", "title", "text", "basis"
    )
    rows = zip(form.values.get("unit", []), form.values.get("name", []), form.values.get("why", []), strict=False)
    body["listed"] = [{"unit": unit, "name": name, "why": why} for unit, name, why in rows if unit]
    body["cases"] = form["cases"].replace("，", " ").replace(",", " ").split()
    reasons = zip(form.values.get("matter", []), form.values.get("reason", []), strict=False)
    body["reasons"] = [{"matter": matter, "reason": reason} for matter, reason in reasons if reason.strip()]
    return body


def begun(known: dict[str, Any] | None) -> Form:
    if known is None:
        return Form()
    form = Form.filled(period=known["period"], title=known["title"], text=known["text"], basis=known["basis"])
    for part in ("unit", "name", "why"):
        form.values[part] = [one[part] for one in known["listed"]]
    form.values["matter"] = [one["matter"] for one in known["reasons"]]
    form.values["reason"] = [one["reason"] for one in known["reasons"]]
    return form


async def _known(desk: Desk, number: str) -> dict[str, Any] | None:
    """The draft that is written anew; the number came in a form, so it is looked for among those that wait."""
    drafts = (await desk.get("disclosure", "/publications", waiting=True, limit=100))["publications"] if number else []
    return next((one for one in drafts if one["publication"] == number), None)


def routes() -> APIRouter:
    router = APIRouter(prefix="/office/publications", dependencies=[desk_of("office")])

    async def written_page(
        desk: Desk, scheme: str, kind: str, known: dict[str, Any] | None, form: Form | None = None
    ) -> Response:
        regulation = scheme_named(desk, scheme)
        if kind not in regulation.publications:
            raise Refused("no-such-page", "there is no such page", status=404)
        return desk.page(
            "office/write.html",
            form=form or begun(known),
            scheme=regulation,
            words=desk.words(regulation.ref),
            rule=regulation.publications[kind],
            kind=kind,
            known=known,
            units=here.units(desk, regulation.ref),
            bases=[(code, desk.t(zh, en)) for code, zh, en in BASES],
            lines=LINES,
        )

    @router.get("")
    async def every(desk: AtDesk) -> Response:
        drafts = await desk.get("disclosure", "/publications", waiting=True)
        published = await desk.get("disclosure", "/publications", limit=30)
        return desk.page(
            "office/publications.html",
            drafts=drafts["publications"],
            published=published["publications"],
            schemes=[scheme for scheme in here.newest_schemes(desk) if scheme.publications],
        )

    @router.get("/new/{scheme}/{kind}")
    async def new(desk: AtDesk, scheme: SchemeName, kind: str) -> Response:
        return await written_page(desk, scheme, kind, None)

    @router.get("/{number}")
    async def read(desk: AtDesk, number: PublicationNumber) -> Response:
        known = await desk.get("disclosure", f"/publications/{number}")
        return desk.page("office/publication.html", area="office", one=known, words=desk.words(known["scheme"]))

    @router.get("/{number}/text")
    async def anew(desk: AtDesk, number: PublicationNumber) -> Response:
        known = await desk.get("disclosure", f"/publications/{number}")
        return await written_page(desk, known["scheme"].partition("@")[0], known["kind"], known)

    @router.post("/new/{scheme}/{kind}")
    async def write(desk: AtDesk, scheme: SchemeName, kind: str) -> Response:
        form = await desk.form()
        regulation = scheme_named(desk, scheme)
        known = await _known(desk, form["publication"])

        async def act() -> Response:
            body = written(form, known["scheme"] if known else regulation.ref, kind)
            told = await desk.post("disclosure", "/publications", body, key=form.once)
            return desk.then(
                f"/office/publications/{told['publication']}",
                "已保存，等待领导审批",
                "Kept; it waits for a leader's approval",
            )

        return await desk.carry_out(form, act, lambda form: written_page(desk, scheme, kind, known, form))

    return router
