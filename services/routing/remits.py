"""What a level's units and leaders answer for (职责分工), as its administrators changed it: a department's categories, a
leader's portfolio, whether a post is held, whose turn it is in the rota. What is handed over already stays where it is."""

from collections.abc import Container, Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.events import Event
from contracts.record import Command, Instant, Party, Record
from libs.policy.directory import Jurisdiction, Unit
from libs.policy.refused import Refused
from libs.policy.remits import CHANGEABLE, Remit, Remits


class ChangeRemit(Command):
    """From now on the unit answers for this, all of it. `rota`: the level's leaders in the order of their turns from now on;
    empty where it stays."""

    type: Literal["change-remit"] = "change-remit"
    unit: Party
    remit: Remit
    rota: tuple[Party, ...]


class AddUnit(Command):
    """A unit, or a leader's post, that the directory file does not have. It has no door of its own, and answers for nothing
    yet."""

    type: Literal["add-unit"] = "add-unit"
    unit: Unit


class Changed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Instant
    by: str


class LevelRemits(BaseModel):
    """What was changed at one level of government, by whom and when last. `changes`: how often."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    remits: Remits
    changed: dict[Party, Changed] = {}
    changes: int = 0


def empty(jurisdiction: str) -> LevelRemits:
    return LevelRemits(remits=Remits(jurisdiction=jurisdiction))


def evolve(level: LevelRemits, record: Record) -> LevelRemits:
    """A category that one unit is given is taken from whoever had it."""
    if isinstance(record, AddUnit):
        added = (*level.remits.added, record.unit)
        return _changed(level, level.remits.model_copy(update={"added": added}), record.unit.unit, record)
    if not isinstance(record, ChangeRemit):
        return level
    given = set(record.remit.categories)
    others = {
        unit: remit.model_copy(update={"categories": tuple(c for c in remit.categories if c not in given)})
        for unit, remit in level.remits.of.items()
    }
    remits = level.remits.model_copy(
        update={"of": others | {record.unit: record.remit}, "rota": record.rota or level.remits.rota}
    )
    return _changed(level, remits, record.unit, record)


def _changed(level: LevelRemits, remits: Remits, unit: str, command: Command) -> LevelRemits:
    return LevelRemits(
        remits=remits,
        changed=level.changed | {unit: Changed(at=command.at, by=command.by)},
        changes=level.changes + 1,
    )


def keys(level: LevelRemits) -> dict[str, Any]:
    return {}


def change_remit(
    level: LevelRemits, command: ChangeRemit, *, place: Jurisdiction, categories: Container[str], seen: int
) -> Iterator[Event]:
    """`place`: the level as the file has it; `categories`: those that its schemes know; `seen`: how many changes there were
    when it was decided. Raises `Refused` naming what does not fit the unit, is unknown, or would be nobody's."""
    if level.changes != seen:
        raise Refused(
            "remit-changed-meanwhile", "somebody changed this level's remits meanwhile; look again", field="seen"
        )
    now = level.remits.over(place)
    unit = next(unit for unit in now.units if unit.unit == command.unit)
    _fits(unit, command.remit, categories)
    after = {c for one in evolve(level, command).remits.over(place).units for c in one.categories}
    if lost := sorted({c for one in now.units for c in one.categories} - after):
        raise Refused(
            "nobody-answers-then",
            f"nobody would answer for {', '.join(lost)}; give it to another department first, which takes it from here",
            field="categories",
            status=422,
        )
    return iter(())


def add_unit(level: LevelRemits, command: AddUnit, *, place: Jurisdiction, taken: Container[str]) -> Iterator[Event]:
    """`place`: the level as the file has it; `taken`: the codes of other levels' units and of channels. Raises `Refused`
    naming what is wrong."""
    units = level.remits.over(place).units
    if command.unit.unit in taken or any(unit.unit == command.unit.unit for unit in units):
        raise Refused("unit-taken", f"{command.unit.unit} is the code of another unit", field="unit")
    ranks = {unit.rank for unit in units if unit.rank}
    if command.unit.kind == "leader" and command.unit.rank not in ranks:
        raise Refused(
            "no-such-rank", f"a post has one of the ranks {', '.join(sorted(ranks))}", field="rank", status=422
        )
    return iter(())


def rota_of(place: Jurisdiction) -> list[str]:
    """The level's leaders in the order of their turns."""
    return [unit.unit for unit in place.units if unit.kind == "leader"]


def with_turn(place: Jurisdiction, post: str, turn: int | None) -> tuple[str, ...]:
    """The leaders' order once this post has the turn, counted from 1; empty where that changes nothing. Raises `Refused` for
    a turn that there is not."""
    before = rota_of(place)
    if turn is None:
        return ()
    if post not in before or not 1 <= turn <= len(before):
        raise Refused("no-such-turn", f"the rota has turns 1 to {len(before)}", field="turn", status=422)
    rota = [one for one in before if one != post]
    rota.insert(turn - 1, post)
    return () if rota == before else tuple(rota)


def _fits(unit: Unit, remit: Remit, categories: Container[str]) -> None:
    for field, value in remit:
        if field not in CHANGEABLE[unit.kind] and value != Remit.model_fields[field].default:
            raise Refused("not-its-remit", f"{unit.zh} has no {field}", field=field, status=422)
    for field in ("categories", "portfolio", "assists"):
        if unknown := [code for code in getattr(remit, field) if code not in categories]:
            raise Refused(
                "unknown-category", f"no regulation of this level knows {unknown[0]!r}", field=field, status=422
            )
