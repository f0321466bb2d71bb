"""What a leader decides on a case before it, and who carries it out (000-21, 000-22, 002-21, 003-11)."""

from collections.abc import Iterator, Sequence

from contracts.events import CaseDecided, Event
from contracts.record import Instant, Record
from libs.policy.refused import Refused
from libs.policy.shanghai import day_of
from services.routing.case import Case, Dispatch
from services.routing.commands import Decide, DecidedTask
from services.routing.facts import Terms, about, handed_to, recall_open, taken_by_working, workable
from services.routing.ladder import cannot_solve


def decide(case: Case, command: Decide, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The leader's explicit opinion: solved so (units carry it out), not to be had (a unit explains why), or still
    unresolved (up). Split (分办) is several tasks, sign (批办) one unit, joint (会办) a lead with co-handlers."""
    dispatch = workable(case, command)
    if terms.directory.unit(dispatch.unit).kind != "leader":
        raise Refused("leaders-only", "only a leader decides; a unit replies or says that it cannot solve the matter")
    if command.outcome == "unresolved":
        if command.tasks:
            raise Refused("decides-nothing", "what is unresolved has no tasks; it goes up", field="tasks", status=422)
        yield _decided(case, command, dispatch, None, now=now)
        yield from cannot_solve(case, command, dispatch, now=now, terms=terms)
        return
    tasks = command.tasks or _to_explain(case, dispatch)
    checked(tasks, now=now, terms=terms)
    yield from taken_by_working(case, command, dispatch, now=now)
    for number, task in enumerate(tasks, 1):
        yield _decided(case, command, dispatch, task, now=now, number=number)
    yield from recall_open(case, command, now=now, reason="reassigned", but=dispatch)
    yield from tasks_handed(case, command, tasks, now=now, rung=dispatch.rung)


def checked(tasks: Sequence[DecidedTask], *, now: Instant, terms: Terms) -> None:
    """Raises `Refused` for a decision that nobody could carry out: without units, several of them without a lead, a
    unit that is not of this level or has two tasks, or a day that has passed."""
    if not tasks:
        raise Refused("nobody-to-act", "name who carries the decision out", field="tasks", status=422)
    needs_lead = terms.scheme.decisions is None or terms.scheme.decisions.needs_lead
    named = [unit for task in tasks for unit in units_of(task)]
    for task in tasks:
        if not units_of(task):
            raise Refused("nobody-to-act", "name who carries the decision out", field="tasks", status=422)
        if task.lead is None and len(task.units) > 1 and needs_lead:
            raise Refused(
                "decision-without-lead", "several units carry it out: name the one that leads", field="lead", status=422
            )
        if task.due_on is not None and task.due_on < day_of(now):
            raise Refused("past-day", "the last day to carry it out has passed already", field="due_on", status=422)
    for unit in named:
        terms.directory.unit(unit)
    if len(set(named)) != len(named):
        raise Refused("named-twice", "a unit has one task in a decision", field="tasks", status=422)


def units_of(task: DecidedTask) -> tuple[str, ...]:
    """Who leads comes first."""
    lead = task.lead or next(iter(task.units), None)
    return () if lead is None else (lead, *(unit for unit in task.units if unit != lead))


def tasks_handed(case: Case, by: Record, tasks: Sequence[DecidedTask], *, now: Instant, rung: str) -> Iterator[Event]:
    """The hand-overs of a decision: for each task one lead, and those that work with it."""
    for task in tasks:
        for number, unit in enumerate(units_of(task)):
            role = "co-handler" if number else "lead"
            yield handed_to(case, by, unit, now=now, rung=rung, role=role, task="carry-out", due_on=task.due_on)


def _decided(
    case: Case, command: Decide, dispatch: Dispatch, task: DecidedTask | None, *, now: Instant, number: int = 1
) -> Event:
    return about(
        CaseDecided,
        case,
        command,
        now=now,
        # The first is the leader's own hand-over, decided by it; further ones are parts of a matter that was split.
        subject=dispatch.dispatch if number == 1 else f"{dispatch.dispatch}:{number}",
        rung=dispatch.rung,
        outcome=command.outcome,
        lead=units_of(task)[0] if task else None,
        due_on=task.due_on if task else None,
    )


def _to_explain(case: Case, dispatch: Dispatch) -> tuple[DecidedTask, ...]:
    """Nobody named: the unit that led below carries it out, or explains it to the enterprise."""
    below = [d.unit for d in case.dispatches.values() if d.role == "lead" and d.unit != dispatch.unit]
    return (DecidedTask(units=(below[-1],)),) if below else ()
