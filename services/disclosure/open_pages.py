"""What anybody may read beside the ledger: sessions to come, promises, and how to reach the offices. No token is asked for."""

import json
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from libs.policy.calendar import Calendar
from libs.policy.directory import Directory
from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of
from libs.service import Service
from libs.store import Collection
from services.disclosure.answered import answered
from services.disclosure.choice import several_of
from services.disclosure.commitment import Commitment
from services.disclosure.domain import Entry
from services.disclosure.sessions import Notice, Session, as_ics

Limit = Annotated[int, Query(ge=1, le=200)]
SESSIONS_AT_ONCE = 200


def routes(
    service: Service,
    directory: Directory,
    entries: Collection[Entry],
    sessions: Collection[Session],
    calendars: Mapping[str, Calendar],
) -> APIRouter:
    router = APIRouter()
    chosen = partial(several_of, service.schemes, directory)

    async def notices(scheme: str | None, jurisdiction: str | None) -> list[Notice]:
        """The announced sessions, the latest day first."""
        schemes = chosen(scheme, jurisdiction)
        where = {"keys.public": {"$gt": ""}}
        cursor = sessions.mongo.find(where, {"state": 1}).sort("keys.public", -1).limit(SESSIONS_AT_ONCE)
        found = [Session.model_validate(row["state"]) async for row in cursor]
        return [
            Notice(session, schemes[session.scheme], calendars[schemes[session.scheme].calendar])
            for session in found
            if session.scheme in schemes
        ]

    @router.get("/sessions.json")
    async def announced(request: Request, scheme: str | None = None, jurisdiction: str | None = None) -> Response:
        """When and where sessions are held, and until when and by which ways one registers. 001-07, 001-08"""
        shown = [notice.shown() for notice in await notices(scheme, jurisdiction)]
        return answered(request, json.dumps({"sessions": shown}, ensure_ascii=False), "application/json")

    @router.get("/sessions.ics")
    async def calendar(request: Request, scheme: str | None = None, jurisdiction: str | None = None) -> Response:
        """The same as a calendar that one subscribes to."""
        return answered(request, as_ics(await notices(scheme, jurisdiction)), "text/calendar; charset=utf-8")

    @router.get("/commitments.json")
    async def promised(
        request: Request, scheme: str | None = None, jurisdiction: str | None = None, limit: Limit = 100
    ) -> Response:
        """Who promised what by when, the newest first, and whether it was kept. 001-47"""
        schemes = chosen(scheme, jurisdiction)
        where: dict[str, Any] = {"keys.committed": {"$gt": ""}}
        found = await entries.find(
            where, sort="keys.committed", down=True, limit=limit, only=lambda entry: entry.scheme in schemes
        )
        today = day_of(service.clock.now())
        shown = [row for entry in found for row in promises_of(entry, today=today)]
        return answered(request, json.dumps({"commitments": shown}, ensure_ascii=False), "application/json")

    @router.get("/contacts.json")
    async def contacts(request: Request, jurisdiction: str | None = None) -> Response:
        """How anybody reaches the offices that run the mechanisms; nobody's own number. 000-11"""
        refs = chosen(None, jurisdiction)
        body = {"contacts": contacts_of(directory, [*refs.values()])}
        return answered(request, json.dumps(body, ensure_ascii=False), "application/json")

    return router


def promises_of(entry: Entry, *, today: date) -> list[dict[str, Any]]:
    """What the public reads of a case's promises; the case is named as in the ledger, never by its receipt number."""
    return [_promise(entry, one, today) for _, one in sorted(entry.commitments.items()) if one.version and one.sheet]


def _promise(entry: Entry, one: Commitment, today: date) -> dict[str, Any]:
    assert one.sheet
    return {
        "entry": entry.number,
        "scheme": entry.scheme,
        "unit": one.unit,
        **one.sheet.model_dump(mode="json"),
        "version": one.version,
        "published_on": one.published_on and one.published_on.isoformat(),
        "changed_on": one.changed_on and one.changed_on.isoformat(),
        "status": one.status(today, entry.answers),
    }


def contacts_of(directory: Directory, schemes: list[Scheme]) -> list[dict[str, Any]]:
    """The public addresses of each scheme's office."""
    found: list[dict[str, Any]] = []
    for name in sorted({scheme.scheme for scheme in schemes} & directory.by_scheme.keys()):
        view = directory.running(name)
        office = view.audience("office") if "office" in view.place.audiences else None
        if office and office.public:
            told = {"scheme": name, "jurisdiction": view.place.jurisdiction, "unit": office.unit, "name": office.zh}
            found.append(told | office.public.model_dump())
    return found
