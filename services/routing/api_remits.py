"""Units' and leaders' remits over HTTP."""

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.record import Code, Party
from libs.identity import Act, is_of
from libs.policy.directory import Contact, Jurisdiction, Unit
from libs.policy.refused import Refused
from libs.policy.remits import CHANGEABLE, Remit, Remits, lay_over
from libs.service import Ask, Asked, Service, may
from libs.store import Collection
from services.routing.contacts import ChangeContact, UnitContact
from services.routing.remits import AddUnit, ChangeRemit, LevelRemits, add_unit, change_remit, empty, rota_of, with_turn

MOST_LEVELS = 1000


class ChangedRemit(Remit):
    """`turn`: in the rota, of a leader, counted from 1; `seen`: how many changes of the level there were when this was
    decided (`changes`)."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    turn: Annotated[int, Field(ge=1)] | None = None
    seen: Annotated[int, Field(ge=0)]


class NewUnit(BaseModel):
    """`rank`: of a leader's post; by it schemes and rotas name it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    jurisdiction: Code
    unit: Party
    kind: Literal["department", "office", "leader"]
    zh: Annotated[str, StringConstraints(min_length=2, max_length=50, strip_whitespace=True)]
    en: Annotated[str, StringConstraints(min_length=2, max_length=100, strip_whitespace=True)]
    rank: Code | None = None
    contact: Contact


async def read_remits(service: Service, levels: Collection[LevelRemits]) -> None:
    """The service's directory stands as the store has it, whichever replica took the change in."""
    lay_over(service.directory, [level.remits for level in await levels.find({}, limit=MOST_LEVELS)])


def routes(service: Service, levels: Collection[LevelRemits], contacts: Collection[UnitContact]) -> APIRouter:
    router = APIRouter()

    filed = {place.jurisdiction: place for place in service.directory.file.jurisdictions}

    def level_of(ask: Ask, unit: str) -> Jurisdiction:
        """The unit's level as the file has it. Raises `Refused` (404) for a unit of no level that is the caller's."""
        name = service.directory.place_of(unit)
        if not name or not is_of(ask.caller, name):
            raise Refused("no-such-unit", "your level of government has no such unit", field="unit", status=404)
        return filed[name]

    @router.get("/remits", dependencies=[may(Act.READ_REMITS)])
    async def remits(ask: Asked) -> list[Remits]:
        """What was changed of the directory file, by level: for those who go by it."""
        known = await levels.find({}, limit=MOST_LEVELS)
        return [level.remits for level in known if is_of(ask.caller, level.remits.jurisdiction)]

    @router.post("/units", status_code=201, dependencies=[may(Act.CHANGE_REMIT)])
    async def add(ask: Asked, body: NewUnit) -> dict[str, Any]:
        """A unit or post that the directory file does not have, with its liaison person, whom it still confirms. What it
        answers for is said next."""
        if body.jurisdiction not in filed or not is_of(ask.caller, body.jurisdiction):
            raise Refused("no-such-level", "no such level of government is yours", field="jurisdiction", status=404)
        await read_remits(service, levels)
        new = Unit.model_validate(body.model_dump(exclude={"jurisdiction", "contact"}))
        command = AddUnit(id=ask.id, at=ask.at, by=ask.caller.subject, unit=new)
        elsewhere = (place for place in service.directory.jurisdictions if place.jurisdiction != body.jurisdiction)
        taken = {unit.unit for place in elsewhere for unit in place.units}
        taken |= {channel.party for channel in service.directory.channels}
        rule = partial(add_unit, command=command, place=filed[body.jurisdiction], taken=taken)
        async with service.asked(ask, command.type, case=""):
            service.counted(await levels.apply(body.jurisdiction, command, rule, kind="asked"))
            named = ChangeContact(id=ask.id, at=ask.at, by=ask.caller.subject, contact=body.contact, by_unit=False)
            await contacts.apply(body.unit, named, lambda contact: (), kind="asked")
        await read_remits(service, levels)
        return {"unit": body.unit}

    @router.get("/units/{unit}/remit", dependencies=[may(Act.READ_REMITS)])
    async def remit(ask: Asked, unit: Party) -> dict[str, Any]:
        """What the unit answers for now, what of it can be changed, its turn in the rota, when that was last changed and by
        whom; `seen`: to be sent along with a change."""
        place = level_of(ask, unit)
        level = await levels.get(place.jurisdiction) or empty(place.jurisdiction)
        now = level.remits.over(place)
        (known,) = [one for one in now.units if one.unit == unit]
        rota = rota_of(now)
        return {
            "unit": unit,
            "zh": known.zh,
            "en": known.en,
            "kind": known.kind,
            "changeable": CHANGEABLE[known.kind],
            **Remit.of(known).model_dump(),
            "turn": rota.index(unit) + 1 if unit in rota else None,
            "turns": len(rota),
            "answered_for": {c: one.unit for one in now.units if one.kind == "department" for c in one.categories},
            "changed": level.changed.get(unit),
            "seen": level.changes,
        }

    @router.put("/units/{unit}/remit", dependencies=[may(Act.CHANGE_REMIT)])
    async def change(ask: Asked, unit: Party, body: ChangedRemit) -> dict[str, Any]:
        """All of what the unit answers for from now on. A category is taken from the department that had it."""
        place = level_of(ask, unit)
        level = await levels.get(place.jurisdiction) or empty(place.jurisdiction)
        command = ChangeRemit(
            id=ask.id,
            at=ask.at,
            by=ask.caller.subject,
            unit=unit,
            remit=Remit.model_validate(body.model_dump(exclude={"turn", "seen"})),
            rota=with_turn(level.remits.over(place), unit, body.turn),
        )
        categories = {code for s in service.schemes.values() if s.scheme in place.schemes for code in s.categories}
        rule = partial(change_remit, command=command, place=place, categories=categories, seen=body.seen)
        async with service.asked(ask, command.type, case=""):
            service.counted(await levels.apply(place.jurisdiction, command, rule, kind="asked"))
        await read_remits(service, levels)
        return {"unit": unit, "changed": {"at": ask.at, "by": ask.caller.subject}}

    return router
