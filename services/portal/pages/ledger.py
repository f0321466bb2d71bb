"""The public ledger with its search, and the monthly columns with their rates and rankings."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.portal.desk import AtDesk, Desk
from services.portal.form import Form
from services.portal.pages.public import ANYBODY, Jurisdiction, read

Month = Annotated[str, Query(pattern=r"^\d{4}-\d{2}$")]
SHORTEST = 2


def told(desk: Desk, entry: dict[str, Any]) -> list[tuple[str, str]]:
    """An entry's fields as people read them: what each is called, and what it says."""
    scheme, words = desk.scheme(entry["scheme"]), desk.words(entry["scheme"])
    rows: list[tuple[str, str]] = []
    for field, wording in scheme.publication.fields.items():
        value = entry.get(field)
        if value in (None, "") or field == "entry":
            continue
        named = {"rating": "rating", "rated_again": "rating", "closed": "outcome"}.get(field, field)
        said = words.name(named, value) if isinstance(value, str) else str(value)
        rows.append((desk.t(wording.zh, wording.en), said))
    return rows


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/ledger")
    async def ledger(
        desk: AtDesk,
        jurisdiction: Jurisdiction = None,
        month: Month | None = None,
        before: Annotated[str | None, Query(pattern=r"^[0-9:A-Z-]{1,60}$")] = None,
    ) -> Response:
        page = await read(desk, "/ledger.json", jurisdiction=jurisdiction, month=month, before=before, limit=20)
        return desk.page(
            "public/ledger.html", entries=page["entries"], following=page["next"], jurisdiction=jurisdiction,
            month=month, looked_for="",
        )  # fmt: skip

    @router.post("/ledger")
    async def search(desk: AtDesk) -> Response:
        """By words: they come in the form's body and stand in no address."""
        form = await desk.form()
        if len(form["text"]) < SHORTEST:
            form.errors["text"] = desk.t("请至少输入两个字", "Type at least two characters")
            return desk.page(
                "public/ledger.html", form=form, status=422, entries=[], following=None, jurisdiction=None, month=None,
                looked_for="",
            )  # fmt: skip
        found = await desk.office.peers.post(ANYBODY, "disclosure", "/ledger/search", {"text": form["text"][:50]})
        return desk.page(
            "public/ledger.html", form=Form.filled(text=form["text"]), entries=found["entries"], following=None,
            jurisdiction=None, month=None, looked_for=form["text"],
        )  # fmt: skip

    @router.get("/ledger/{number}")
    async def entry(desk: AtDesk, number: str) -> Response:
        found = await read(desk, f"/ledger/{number}.json")
        return desk.page("public/entry.html", entry=found, rows=told(desk, found), words=desk.words(found["scheme"]))

    @router.get("/columns")
    async def columns(desk: AtDesk, jurisdiction: Jurisdiction = None) -> Response:
        months = (await read(desk, "/summaries.json", jurisdiction=jurisdiction))["summaries"]
        return desk.page("public/columns.html", months=months, jurisdiction=jurisdiction)

    @router.get("/columns/{scheme}/{month}")
    async def column(desk: AtDesk, scheme: str, month: str) -> Response:
        """One month as it was approved: rates with what they are made of, explicit and defaulted apart."""
        shown = await read(desk, f"/summaries/{month}/public", scheme=scheme)
        return desk.page("public/column.html", column=shown, words=desk.words(shown["scheme"]))

    return router
