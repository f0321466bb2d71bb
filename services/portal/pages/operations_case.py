"""A case's whole path by its number: what happened, limits, letters, the services' work, and what hangs."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response

from contracts.case_number import receipt_number
from contracts.record import CaseNumber
from libs.policy.refused import Refused
from libs.wording import Words
from services.portal.desk import AtDesk, Desk, desk_of
from services.portal.form import Form
from services.portal.pages.operations import from_all, shown
from services.portal.peers import Unreachable
from services.portal.progress import course
from services.portal.rendering import codes
from services.portal.traces import receiver_of, spans_of
from services.portal.waterfall import drawn, milliseconds

SPANS_IN_THE_TABLE = 400


async def path_of(desk: Desk, case: str) -> dict[str, Any]:
    """Everything that is known of a case. Raises `Refused` (404) when nobody knows it."""
    appeal, clocks, letters, spans, (dead, _), (stuck, silent) = await asyncio.gather(
        desk.get_or(None, "intake", f"/appeals/{case}", case=case),
        desk.get_or([], "deadline", f"/cases/{case}/clocks", case=case),
        desk.get_or([], "notification", f"/cases/{case}/letters"),
        _spans(desk, case),
        from_all(desk, "/dead", limit=1000),
        from_all(desk, "/stuck"),
    )
    if appeal is None and not clocks and not letters and not spans:
        raise Refused("no-such-case", "there is no such case for you", status=404)
    scheme = appeal and appeal["scheme"]
    words = desk.words(scheme)
    happened = course(appeal["steps"]) if appeal else []
    steps = [(datetime.fromisoformat(step["at"]), _says(words, step)) for step in happened]
    return {
        "case": case,
        "appeal": appeal,
        "scheme": desk.scheme(scheme) if scheme else None,
        "chart": drawn(words, desk.now, steps=steps, clocks=clocks, letters=letters, spans=spans or []),
        "steps": steps,
        "clocks": clocks,
        "letters": letters,
        "spans": spans,
        "errors": [span for span in spans or () if span["error_type"]],
        "most": SPANS_IN_THE_TABLE,
        "milliseconds": milliseconds,
        "dead": [(name, letter) for name, told in dead for letter in told["letters"] if letter["case"] == case],
        "stuck": [(name, row) for name, told in stuck for row in told if row["key"] == case],
        "silent": silent,
        **shown(desk),
        "words": words,
    }


def _says(words: Words, step: Mapping[str, Any]) -> str:
    return words.sentence(step["what"], codes(step))


async def _spans(desk: Desk, case: str) -> list[dict[str, Any]] | None:
    """None where they cannot be had here."""
    if not receiver_of(desk):
        return None
    try:
        return await spans_of(desk, case)
    except Unreachable:
        return None


def routes() -> APIRouter:
    router = APIRouter(prefix="/operations/cases", dependencies=[desk_of("ops")])

    async def asking(desk: Desk, form: Form) -> Response:
        return desk.page("operations/find_case.html", form=form)

    @router.get("")
    async def ask(desk: AtDesk) -> Response:
        return await asking(desk, Form())

    @router.post("")
    async def find(desk: AtDesk) -> Response:
        form = await desk.form()

        async def act() -> Response:
            try:
                case = receipt_number(form["number"])
            except ValueError:
                raise Refused(
                    "not-a-number", "a receipt number is ZT- and 16 letters and digits", field="number", status=422
                ) from None
            return desk.on(f"/operations/cases/{case}")

        needed = {"number": desk.t("请填写受理编号", "Type the number of the case")}
        return await desk.carry_out(form, act, lambda form: asking(desk, form), needed=needed, fields=("number",))

    @router.get("/{case}")
    async def show(desk: AtDesk, case: CaseNumber) -> Response:
        elsewhere = not receiver_of(desk)
        return desk.page("operations/case.html", elsewhere=elsewhere, **await path_of(desk, case))

    return router
