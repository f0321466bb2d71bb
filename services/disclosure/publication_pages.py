"""Publications over HTTP: written by the office, approved by a leader, read by everybody or by those inside."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from functools import partial
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from contracts.events import PeriodKey
from contracts.record import CaseNumber, Code, MatterNumber, Party, PublicationNumber
from libs.identity import Act, Caller, allow
from libs.policy.directory import Directory
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.service import Ask, Asked, Service, may
from libs.store import Collection
from services.disclosure import publications
from services.disclosure.answered import answered
from services.disclosure.choice import Schemes, own_of, several_of
from services.disclosure.domain import Entry
from services.disclosure.ledger import ATOM
from services.disclosure.press import Library, samples_of
from services.disclosure.publications import (
    ApprovePublication,
    Basis,
    Filled,
    Listed,
    Publication,
    Reason,
    WriteText,
    kind_of,
    number_of,
    refuse_open_cases,
    title_of,
)

Line = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(max_length=20_000, strip_whitespace=True)]
Limit = Annotated[int, Query(ge=1, le=100)]
INSIDE = frozenset({"report", "trend"})
"""Forms that are written for leaders; what else is not for the public is read by units too."""


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class ListedBody(Body):
    unit: Party
    name: Line = ""
    why: Line


class ReasonBody(Body):
    matter: MatterNumber
    reason: Line


class Written(Body):
    """`publication`: one that is written anew; else a new one, or, with `period`, the draft of that period. `title` is the
    kind's and the period's where none is given."""

    scheme: str
    kind: Code
    publication: PublicationNumber | None = None
    period: PeriodKey | None = None
    title: Line = ""
    text: Text = ""
    listed: tuple[ListedBody, ...] = ()
    basis: Basis = "ranking"
    cases: tuple[CaseNumber, ...] = ()
    reasons: tuple[ReasonBody, ...] = ()


class Approval(Body):
    version: int | None = None


def routes(
    service: Service,
    directory: Directory,
    entries: Collection[Entry],
    published: Collection[Publication],
    library: Library,
) -> APIRouter:
    router = APIRouter()
    chosen = partial(several_of, service.schemes, directory)

    async def found(ask: Ask, number: str) -> Publication:
        known = await published.get(number)
        if known is None or known.version == 0 or not service.sees(ask.caller, known.scheme):
            raise no_such()
        return known

    @router.post("/publications", status_code=201, dependencies=[may(Act.WRITE_PUBLICATION)])
    async def write(ask: Asked, body: Written) -> dict[str, Any]:
        """Somebody writes what is to be read; it waits for approval."""
        scheme = own_of(service, ask, body.scheme)
        kind = kind_of(scheme, body.kind)
        for listed in body.listed:
            directory.unit(listed.unit)
        known = await found(ask, body.publication) if body.publication else None
        if known is not None and (known.scheme, known.kind) != (scheme.ref, body.kind):
            raise Refused("other-kind", "that publication is of another kind", field="kind", status=422)
        period = body.period or (known.period if known else None)
        number = known.number if known else number_of(scheme.ref, body.kind, period or ask.id)
        refuse_open_cases(body.cases, {case: e for case in body.cases if (e := await entries.get(case))}, scheme)
        filled, samples = Filled(), dict[str, int]()
        if period:
            filled, rates = await library.filled(scheme, kind, period)
            samples = samples_of(rates)
        command = WriteText(
            id=ask.id,
            at=ask.at,
            by=ask.caller.subject,
            scheme=scheme.ref,
            kind=body.kind,
            period=period,
            title=body.title or (title_of(kind, period) if period else kind.zh),
            text=body.text,
            listed=tuple(Listed(**listed.model_dump()) for listed in body.listed),
            basis=body.basis,
            cases=body.cases,
            reasons=tuple(Reason(**reason.model_dump()) for reason in body.reasons),
            samples=samples,
            figures=filled,
            for_public=kind.for_public,
        )
        names = await names_in(body.cases)
        async with service.asked(ask, "write-publication", case=""):
            decide = partial(publications.write_text, command=command, now=ask.at, scheme=scheme, names=names)
            applied = service.counted(await published.apply(number, command, decide, kind="asked"))
        return {"publication": number, "version": applied.state.version}

    async def names_in(cases: Iterable[str]) -> tuple[str, ...]:
        """Whose cases these are, to be looked for in what is told of them; kept nowhere."""
        names: list[str] = []
        for case in cases:
            try:
                contact = await service.fetch("intake", f"/appeals/{case}/contact")
            except httpx.HTTPError:
                raise Refused("busy", "whose case it is cannot be asked now; try again", status=503) from None
            names += [contact["enterprise"], contact["name"]]
        return tuple(names)

    @router.post("/publications/{number}/approval", dependencies=[may(Act.APPROVE_PUBLICATION)])
    async def approve(ask: Asked, number: PublicationNumber, body: Approval) -> dict[str, Any]:
        """A leader who did not write it lets it be read."""
        known = await found(ask, number)
        command = ApprovePublication(id=ask.id, at=ask.at, by=ask.caller.subject, version=body.version)
        async with service.asked(ask, "approve-publication", case="", parent=await published.trace_of(number)):
            scheme = service.schemes[known.scheme]
            decide = partial(publications.approve, command=command, now=ask.at, scheme=scheme)
            applied = service.counted(await published.apply(number, command, decide, kind="asked"))
        return {"publication": number, "version": applied.state.version, "published_on": applied.state.published_on}

    @router.get("/publications", dependencies=[may(Act.READ_REPORT, Act.READ_PUBLICATION)])
    async def read_all(
        ask: Asked,
        waiting: bool = False,
        scheme: str | None = None,
        jurisdiction: str | None = None,
        kind: Code | None = None,
        limit: Limit = 50,
    ) -> dict[str, Any]:
        """What can be read inside, the newest first; with `waiting` the drafts that wait for approval."""
        allow(ask.caller, Act.READ_REPORT if waiting else Act.READ_PUBLICATION)
        where = "keys.waiting" if waiting else "keys.published"
        schemes = {ref: rules for ref, rules in chosen(scheme, jurisdiction).items() if service.sees(ask.caller, ref)}
        found = await page(where, schemes, kind, limit)
        return {"publications": [await shown(one) for one in found if may_read(one, ask)]}

    def may_read(one: Publication, ask: Ask) -> bool:
        return can_read(ask.caller, one, service.schemes[one.scheme])

    @router.get("/publications/{number}", dependencies=[may(Act.READ_PUBLICATION)])
    async def read(ask: Asked, number: PublicationNumber) -> dict[str, Any]:
        """One of them whole, a draft too: for those who may."""
        known = await found(ask, number)
        if not may_read(known, ask):
            raise no_such()
        return await shown(known) | {"version": known.version, "waiting": known.approved_at is None}

    async def page(place: str, schemes: Schemes, kind: str | None, limit: int) -> list[Publication]:
        where: dict[str, Any] = {place: {"$gt": ""}}
        if len(schemes) < len(service.schemes):
            where["keys.scheme"] = {"$in": [*schemes]}
        if kind is not None:
            where["keys.kind"] = kind
        cursor = published.mongo.find(where, {"state": 1}).sort(place, -1).limit(limit)
        return [Publication.model_validate(row["state"]) async for row in cursor]

    async def shown(one: Publication) -> dict[str, Any]:
        told = [entry for case in one.cases if (entry := await entries.get(case))]
        return as_read(one, service.schemes[one.scheme], directory, told)

    @router.get("/publications.json")
    async def as_json(
        request: Request,
        scheme: str | None = None,
        jurisdiction: str | None = None,
        kind: Code | None = None,
        limit: Limit = 50,
    ) -> Response:
        """What anybody may read, the newest first. No token is asked for."""
        found = await page("keys.public", chosen(scheme, jurisdiction), kind, limit)
        body = {"publications": [await shown(one) for one in found]}
        return answered(request, json.dumps(body, ensure_ascii=False), "application/json")

    @router.get("/publications.atom")
    async def as_atom(
        request: Request, scheme: str | None = None, jurisdiction: str | None = None, limit: Limit = 50
    ) -> Response:
        found = await page("keys.public", chosen(scheme, jurisdiction), None, limit)
        return answered(request, atom([await shown(one) for one in found]), "application/atom+xml")

    return router


def no_such() -> Refused:
    return Refused("no-such-publication", "there is no such publication for you", status=404)


def can_read(caller: Caller, one: Publication, scheme: Scheme) -> bool:
    """What is published for everybody, by everybody; drafts and what is written for leaders, by those who may."""
    kind = scheme.publications[one.kind]
    if one.approved_at is not None and (kind.for_public or kind.form not in INSIDE):
        return True
    try:
        allow(caller, Act.READ_REPORT)
    except Refused:
        return False
    return True


def as_read(one: Publication, scheme: Scheme, directory: Directory, told: Iterable[Entry]) -> dict[str, Any]:
    """All that is read of it. Cases are named as in the public ledger, never by receipt number; who wrote and who approved
    it is not told."""
    kind = scheme.publications[one.kind]
    names = {unit.unit: unit.zh for unit in directory.units}
    return {
        "publication": one.number,
        "scheme": one.scheme,
        "kind": one.kind,
        "form": kind.form,
        "title": one.title,
        "period": one.period,
        "published_on": one.published_on and one.published_on.isoformat(),
        "text": one.text,
        "listed": [listed.model_dump() | {"unit_name": names.get(listed.unit, "")} for listed in one.listed],
        "basis": one.basis if one.listed else None,
        "cases": [entry.number for entry in told],
        "reasons": [reason.model_dump() for reason in one.reasons],
        "figures": one.figures.model_dump(mode="json", exclude_none=True),
    }


def atom(shown: list[dict[str, Any]]) -> str:
    """A feed of the newest (RFC 4287); each day is given as its 0:00 in China."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")
    _add(feed, "id", "urn:zhitongche:publications")
    _add(feed, "title", "通报与公告")
    _add(feed, "updated", max((_instant(one["published_on"]) for one in shown), default=_instant("1970-01-01")))
    for one in shown:
        entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
        _add(entry, "id", f"urn:zhitongche:publication:{one['publication']}")
        _add(entry, "title", one["title"])
        _add(entry, "updated", _instant(one["published_on"]))
        _add(ET.SubElement(entry, f"{{{ATOM}}}author"), "name", one["scheme"].partition("@")[0])
        listed = [f"{x['unit_name']}{x['name']}：{x['why']}" for x in one["listed"]]
        _add(entry, "content", "\n".join(filter(None, [one["text"], *listed])) or one["title"])
    return ET.tostring(feed, encoding="unicode", xml_declaration=False)


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = text


def _instant(day: str) -> str:
    return f"{day}T00:00:00+08:00"
