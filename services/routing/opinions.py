"""Rules of the session itself and of what comes of it: opinions, holding, the opinions document (000 四(二)-(三),
001 二(八); §3.22)."""

from collections.abc import Iterator

from contracts.events import Event, OpinionsApproved, SessionHeld, case_fact
from contracts.record import Instant
from libs.policy.directory import View
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.session import SessionRule
from libs.policy.shanghai import day_of
from services.routing.agenda import attending
from services.routing.session import Session, Version
from services.routing.session_commands import DraftOpinions, GiveOpinion, HoldSession, JudgeOpinions, SubmitOpinions
from services.routing.sessions import dated, rule_of


def give_opinion(
    session: Session, command: GiveOpinion, *, now: Instant, scheme: Scheme, directory: View
) -> Iterator[Event]:
    """The leader hears the enterprise and gives an explicit opinion (000-19, 001-02): resolved by these units within a
    limit, unresolved, or explained because policy does not allow it. It may be changed until the session ends."""
    _on_its_day(session, scheme, now)
    item = session.items.get(command.case)
    if item is None or item.standing != "on-agenda":
        raise Refused("not-on-agenda", f"{command.case} is not on the approved agenda", field="case")
    if command.part not in (item.parts or ("",)):
        parts = ", ".join(item.parts) or "the whole item"
        raise Refused("no-such-part", f"this item is heard as: {parts}", field="part", status=422)
    for unit in command.units:
        directory.unit(unit)
    if command.lead is not None and command.lead not in command.units:
        raise Refused("lead-not-named", "the unit that leads is one of the units charged", field="lead", status=422)
    if command.outcome != "resolved" and command.units:
        raise Refused("nobody-charged", "only what is resolved charges units", field="units", status=422)
    if command.outcome == "resolved":
        _is_a_task(session, command, scheme)
    if command.outcome == "explained" and not (scheme.decisions and scheme.decisions.explained):
        raise Refused("cannot-explain", "this regulation has no outcome for what policy forbids", field="outcome")
    yield from ()


def _is_a_task(session: Session, command: GiveOpinion, scheme: Scheme) -> None:
    """Somebody does it (000-22: of several units one leads), until a day that the leader sets (001-02)."""
    if not command.units:
        raise Refused("decision-without-unit", "name the unit that carries it out", field="units", status=422)
    if len(command.units) > 1 and command.lead is None:
        raise Refused("decision-without-lead", "several units are charged: name the one that leads", field="lead")
    if command.due_on is None and scheme.sessions[session.kind].limits:
        raise Refused("decision-without-limit", "say until which day it is to be done", field="due_on", status=422)
    if command.due_on is not None and session.held_on is not None and command.due_on < session.held_on:
        raise Refused("limit-past", "the limit lies before the session", field="due_on", status=422)


def hold(session: Session, command: HoldSession, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """The session is over. No item closes without an explicit opinion (000-19)."""
    rule = _on_its_day(session, scheme, now)
    for item in session.on_agenda() if rule.opinions else ():
        for part in item.without_opinion():
            what = f"{item.case}, {part}," if part else item.case
            raise Refused(
                "item-without-opinion",
                f"{what} has no opinion; record the leader's opinion, move the item or withdraw it",
                field="items",
            )
    yield case_fact(
        SessionHeld,
        by=command, case=session.session, scheme=session.scheme, at=now, kind=session.kind,
        items=len(session.on_agenda()),
    )  # fmt: skip


def _on_its_day(session: Session, scheme: Scheme, now: Instant) -> SessionRule:
    rule = dated(session, scheme)
    assert session.held_on is not None
    if day_of(now) < session.held_on:
        raise Refused("not-yet-held", f"the session is on {session.held_on}")
    return rule


def draft_opinions(session: Session, command: DraftOpinions, *, scheme: Scheme) -> Iterator[Event]:
    """A version of the opinions document; each change is a new one (001-35)."""
    _open_document(session, scheme)
    yield from ()


def submit_opinions(session: Session, command: SubmitOpinions, *, scheme: Scheme) -> Iterator[Event]:
    """The last version goes to the leader (001-35)."""
    _open_document(session, scheme)
    if not session.document:
        raise Refused("no-document", "draft the opinions document first")
    if session.document[-1].submitted:
        raise Refused("submitted-already", "this version is submitted; a change is a new version")
    yield from ()


def judge_opinions(session: Session, command: JudgeOpinions, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """The leader who attended approves the version that was submitted, or gives it back; never its author (001-35). What
    was decided then goes to the enterprises, the units and supervision (001-36)."""
    rule = _open_document(session, scheme)
    last: Version | None = session.document[-1] if session.document else None
    if last is None or not last.submitted or last.judged:
        raise Refused("nothing-to-approve", "no version of the opinions document has been submitted")
    if last.version != command.version:
        raise Refused("other-version", f"version {last.version} was submitted; judge that one", field="version")
    attending(session, rule, command.leader, command.by, last.author)
    if command.approved:
        yield case_fact(
            OpinionsApproved,
            by=command, case=session.session, scheme=session.scheme, at=now, kind=session.kind, version=last.version,
        )  # fmt: skip


def _open_document(session: Session, scheme: Scheme) -> SessionRule:
    rule = rule_of(session, scheme)
    if not rule.opinions:
        raise Refused("no-document", "this kind of session has no opinions document")
    if session.held_at is None:
        raise Refused("not-held", "opinions are gathered when the session has been held")
    if session.approved:
        raise Refused("document-stands", "the opinions document is approved")
    return rule
