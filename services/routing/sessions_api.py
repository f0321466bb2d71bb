"""What can be asked about reception sessions over HTTP: planning, agenda, guests, opinions, and reading."""

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from contracts.case_number import number
from contracts.events import Event
from contracts.messages import Words
from contracts.record import CaseNumber, Code, Command, Party, SessionNumber
from libs.identity import Act, Caller, allow
from libs.policy.directory import Directory
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.session import SessionRule
from libs.service import Ask, Asked, Service, may
from libs.store import Collection
from services.routing import agenda, guests, opinions, sessions
from services.routing import session_commands as asked
from services.routing.case import Case
from services.routing.session import Invitation, Session, kind_key
from services.routing.session_work import ALL, Work

Rule = Callable[[Session, Any, Scheme], Iterable[Event]]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class NewSession(Body):
    scheme: str
    kind: Code
    held_on: date
    place: asked.Place = "hall"
    theme: str = ""


class Day(Body):
    held_on: date
    place: asked.Place = "hall"
    theme: str = ""


class Leader(Body):
    leader: Party | None = None
    reason: str = ""


class Duties(Body):
    duties: dict[Code, Party]


class Notice(Body):
    registration_from: date
    registration_until: date
    ways: tuple[Words, ...]


class CoordinationRecord(Body):
    secretary: Words
    units: tuple[Party, ...]
    record: Words
    proposals: tuple[asked.Proposal, ...] = ()


class TalkRecord(Body):
    unit: Party
    record: Words


class Agenda(Body):
    cases: tuple[CaseNumber, ...]


class Parts(Body):
    parts: tuple[Words, ...]


class Destination(Body):
    to: SessionNumber
    reason: Words


class Reason(Body):
    reason: Words


class Invitations(Body):
    units: tuple[Party, ...] = ()
    guests: tuple[CaseNumber, ...] = ()


class Receipt(Body):
    comes: bool
    person: str = ""


class Guest(Body):
    enterprise: Words
    person: Words
    phone: Words


class Screening(Body):
    accepted: bool
    reason: Words


class AttendanceList(Body):
    attendance: tuple[asked.Attendee, ...]


class OpinionGiven(Body):
    part: str = ""
    outcome: asked.Outcome
    text: Words
    units: tuple[Party, ...] = ()
    lead: Party | None = None
    due_on: date | None = None


class Text(Body):
    text: Words


class Judgement(Body):
    version: int
    approved: bool
    reason: str = ""


def session_routes(
    service: Service, held: Collection[Session], cases: Collection[Case], directory: Directory, work: Work
) -> APIRouter:
    router = APIRouter()

    async def found(ask: Ask, session: str) -> Session:
        known = await held.get(session)
        if known is None or not known.known or not service.sees(ask.caller, known.scheme):
            raise Refused("no-such-session", "there is no such session", field="session", status=404)
        return known

    def rule_of(session: Session) -> SessionRule:
        return service.schemes[session.scheme].sessions[session.kind]

    async def of_kind(session: Session) -> list[Session]:
        where = {"keys.kind": kind_key(session.scheme, session.kind)}
        all_of_kind = await held.find(where, sort="keys.day", limit=ALL)
        return [one for one in all_of_kind if one.session != session.session and not one.cancelled]

    async def before(session: Session, day: date) -> list[Session]:
        return [one for one in await of_kind(session) if one.day is not None and one.day < day]

    async def dated_before(session: Session, day: date) -> list[Session]:
        return [one for one in await before(session, day) if one.held_on is not None]

    async def apply(ask: Ask, session: str, command: Command, decide: Callable[[Session], Iterable[Event]]) -> Any:
        async with service.asked(ask, command.type, case=session, parent=await held.trace_of(session)):
            applied = service.counted(await held.apply(session, command, decide, kind="asked"))
        return {"session": session, "said": [fact.type for fact in applied.said]}

    async def carry_out(ask: Ask, number: str, kind: type[Command], rule: Any, **words: Any) -> Any:
        """Ask a known session for something that its scheme's rules decide on."""
        scheme = service.schemes[(await found(ask, number)).scheme]
        command = kind(id=ask.id, at=ask.at, by=ask.caller.subject, **words)
        return await apply(ask, number, command, lambda session: rule(session, command, scheme=scheme))

    async def is_worked(scheme: str, day: date) -> bool:
        return (await service.fetch("deadline", f"/days/{scheme}/{day}"))["working"]

    def rota(session: Session) -> list[str]:
        return [unit.unit for unit in directory.running(session.scheme).leaders(rule_of(session).chair)]

    async def turn(session: Session, day: date) -> str | None:
        led = [one.leader for one in await before(session, day) if one.leader]
        return sessions.whose_turn(rota(session), led[-1] if led else None)

    # Planning ---------------------------------------------------------------------------------------------------------

    @router.post("/sessions", status_code=201, dependencies=[may(Act.PREPARE_SESSION)])
    async def create(ask: Asked, body: NewSession) -> dict[str, Any]:
        service.refuse_elsewhere(ask.caller, body.scheme)
        ref = _in_force(body.scheme, body.held_on)
        scheme = service.schemes[ref]
        if body.kind not in scheme.sessions:
            kinds = ", ".join(scheme.sessions) or "none"
            raise Refused("unknown-kind", f"the sessions of {scheme.scheme} are: {kinds}", field="kind", status=422)
        new = number("HY", scheme.scheme, body.kind, ask.key)
        blank = Session(session=new, scheme=ref, kind=body.kind)
        leader = await turn(blank, body.held_on)
        fields = body.model_dump() | {"scheme": ref, "leader": leader}
        command = asked.CreateSession(id=ask.id, at=ask.at, by=ask.caller.subject, **fields)
        working = await is_worked(ref, body.held_on)
        first = not await dated_before(blank, body.held_on)
        rule = partial(sessions.create, command=command, now=ask.at, scheme=scheme, working=working, first=first)
        answer = await apply(ask, new, command, rule)
        await work.later_session_known(ref, body.kind, command.id)
        await work.let_lapse(blank, command.id)
        return answer

    def _in_force(name: str, day: date) -> str:
        scheme = service.schemes.in_force(name.partition("@")[0], day)
        if scheme is None:
            raise Refused("unknown-scheme", f"no version of {name!r} is in force on {day}", field="scheme", status=422)
        return scheme.ref

    @router.post("/sessions/{session}/date", dependencies=[may(Act.PREPARE_SESSION)])
    async def set_date(ask: Asked, session: SessionNumber, body: Day) -> dict[str, Any]:
        known = await found(ask, session)
        fields: dict[str, Any] = body.model_dump() | {"leader": await turn(known, body.held_on)}
        command = asked.DateSession(id=ask.id, at=ask.at, by=ask.caller.subject, **fields)
        rule = partial(
            sessions.date_session,
            command=command,
            now=ask.at,
            scheme=service.schemes[known.scheme],
            working=await is_worked(known.scheme, body.held_on),
            first=not await dated_before(known, body.held_on),
        )
        answer = await apply(ask, session, command, rule)
        await work.later_session_known(known.scheme, known.kind, command.id)
        await work.let_lapse(known, command.id)
        return answer

    @router.post("/sessions/{session}/leader", dependencies=[may(Act.PREPARE_SESSION)])
    async def set_leader(ask: Asked, session: SessionNumber, body: Leader) -> dict[str, Any]:
        known = await found(ask, session)
        leader = body.leader or await turn(known, known.day or ask.at.date())
        chairs = rota(known) or [u.unit for u in directory.running(known.scheme).place.units if u.kind == "leader"]
        possible = chairs if not rule_of(known).chair or rota(known) else []
        rule = partial(sessions.settle_leader, leaders=possible)
        return await carry_out(ask, session, asked.SettleLeader, rule, leader=leader, reason=body.reason)

    @router.post("/sessions/{session}/duties", dependencies=[may(Act.PREPARE_SESSION)])
    async def set_duties(ask: Asked, session: SessionNumber, body: Duties) -> dict[str, Any]:
        for unit in body.duties.values():
            directory.unit(unit)
        return await carry_out(ask, session, asked.SetDuties, sessions.set_duties, duties=body.duties)

    @router.post("/sessions/{session}/announcement", dependencies=[may(Act.PREPARE_SESSION)])
    async def announce(ask: Asked, session: SessionNumber, body: Notice) -> dict[str, Any]:
        rule = partial(sessions.announce, now=ask.at)
        notice = asked.Announcement(**body.model_dump())
        return await carry_out(ask, session, asked.Announce, rule, announcement=notice)

    @router.post("/sessions/{session}/cancellation", dependencies=[may(Act.PREPARE_SESSION)])
    async def cancel(ask: Asked, session: SessionNumber, body: Reason) -> dict[str, Any]:
        rule = partial(sessions.cancel, now=ask.at)
        return await carry_out(ask, session, asked.CancelSession, rule, **body.model_dump())

    # Directory and agenda ---------------------------------------------------------------------------------------------

    async def waiting(session: Session) -> list[Case]:
        """Cases that wait for a session of this kind."""
        listed = await cases.find({"keys.listed_for": session.kind}, limit=ALL)
        return [case for case in listed if _of_scheme(case, session)]

    def _of_scheme(case: Case, session: Session) -> bool:
        return case.scheme.partition("@")[0] == session.scheme.partition("@")[0]

    async def compiled(session: Session) -> tuple[asked.Entry, ...]:
        """The cases of the issue that stand at this level, and those that wait, with their replies (001-28, §3.1)."""
        mine = [
            case
            for item in session.items.values()
            if item.live and item.standing != "rolled-over" and (case := await cases.get(item.case)) is not None
        ]
        scheme = service.schemes[session.scheme]
        below = {rung.rung for rung in scheme.ladder if rung.holder in ("county", "township")}
        chosen = {case.case: case for case in (*mine, *await waiting(session)) if case.handed_over and not case.over}
        return tuple(
            asked.Entry(case=case.case, reply_pending=case.answered_by is None and bool(case.open_dispatches()))
            for case in chosen.values()
            if case.rung not in below
        )

    @router.get("/sessions/{session}/directory", dependencies=[may(Act.READ_SESSION)])
    async def read_directory(ask: Asked, session: SessionNumber) -> list[dict[str, Any]]:
        return [entry.model_dump() for entry in await compiled(await found(ask, session))]

    @router.post("/sessions/{session}/directory", dependencies=[may(Act.PREPARE_SESSION)])
    async def submit_directory(ask: Asked, session: SessionNumber) -> dict[str, Any]:
        rule = partial(agenda.submit_directory, now=ask.at)
        entries = await compiled(await found(ask, session))
        return await carry_out(ask, session, asked.SubmitDirectory, rule, entries=entries)

    @router.post("/sessions/{session}/coordination", dependencies=[may(Act.PREPARE_SESSION)])
    async def coordinate(ask: Asked, session: SessionNumber, body: CoordinationRecord) -> dict[str, Any]:
        rule = partial(agenda.coordinate, now=ask.at)
        words = body.model_dump()
        return await carry_out(ask, session, asked.Coordinate, rule, **words)

    @router.post("/sessions/{session}/items/{case}/talk", dependencies=[may(Act.WORK_ON_CASE)])
    async def talk(ask: Asked, session: SessionNumber, case: CaseNumber, body: TalkRecord) -> dict[str, Any]:
        allow(ask.caller, Act.WORK_ON_CASE, unit=body.unit)
        words = body.model_dump() | {"case": case}
        return await carry_out(ask, session, asked.RecordTalk, agenda.record_talk, **words)

    @router.post("/sessions/{session}/agenda", dependencies=[may(Act.PREPARE_SESSION)])
    async def submit_agenda(ask: Asked, session: SessionNumber, body: Agenda) -> dict[str, Any]:
        known = await found(ask, session)
        states = [state for case in body.cases if (state := await cases.get(case)) is not None]
        eligible = {state.case for state in states if state.accepted and not state.over and _of_scheme(state, known)}
        rule = partial(agenda.submit_agenda, eligible=eligible)
        return await carry_out(ask, session, asked.SubmitAgenda, rule, cases=body.cases)

    @router.post("/sessions/{session}/agenda-approval", dependencies=[may(Act.APPROVE_SESSION)])
    async def approve_agenda(ask: Asked, session: SessionNumber) -> dict[str, Any]:
        rule = partial(agenda.approve_agenda, now=ask.at)
        return await carry_out(ask, session, asked.ApproveAgenda, rule, leader=ask.caller.unit)

    @router.post("/sessions/{session}/items/{case}/split", dependencies=[may(Act.PREPARE_SESSION)])
    async def split(ask: Asked, session: SessionNumber, case: CaseNumber, body: Parts) -> dict[str, Any]:
        return await carry_out(ask, session, asked.SplitItem, agenda.split_item, case=case, parts=body.parts)

    @router.post("/sessions/{session}/items/{case}/move", dependencies=[may(Act.PREPARE_SESSION)])
    async def move(ask: Asked, session: SessionNumber, case: CaseNumber, body: Destination) -> dict[str, Any]:
        rule = partial(agenda.move_item, target=await held.get(body.to))
        return await carry_out(ask, session, asked.MoveItem, rule, case=case, **body.model_dump())

    @router.post("/sessions/{session}/items/{case}/withdrawal", dependencies=[may(Act.PREPARE_SESSION)])
    async def withdraw(ask: Asked, session: SessionNumber, case: CaseNumber, body: Reason) -> dict[str, Any]:
        return await carry_out(ask, session, asked.WithdrawItem, agenda.withdraw_item, case=case, reason=body.reason)

    # Guests -----------------------------------------------------------------------------------------------------------

    @router.post("/sessions/{session}/invitations", dependencies=[may(Act.PREPARE_SESSION)])
    async def invite(ask: Asked, session: SessionNumber, body: Invitations) -> dict[str, Any]:
        view = directory.running((await found(ask, session)).scheme)
        rule = partial(guests.invite, now=ask.at, directory=view)
        return await carry_out(ask, session, asked.Invite, rule, **body.model_dump())

    @router.post("/sessions/{session}/invitations/{invitation}/receipt", dependencies=[may(Act.ATTEND_SESSION)])
    async def receipt(ask: Asked, session: SessionNumber, invitation: str, body: Receipt) -> dict[str, Any]:
        invited = (await found(ask, session)).invitations.get(invitation)
        if "office" not in ask.caller.roles and (invited is None or not _is_for(invited, ask.caller)):
            raise Refused("no-such-invitation", "there is no such invitation for you", status=404)
        words = body.model_dump() | {"invitation": invitation}
        return await carry_out(ask, session, asked.AnswerInvitation, guests.answer_invitation, **words)

    @router.post("/sessions/{session}/registrations", status_code=201, dependencies=[may(Act.ATTEND_SESSION)])
    async def register(ask: Asked, session: SessionNumber, body: Guest) -> dict[str, Any]:
        unit = ask.caller.unit if "unit" in ask.caller.roles else None
        words = body.model_dump() | {"nominated_by": "unit" if unit else "self", "unit": unit}
        answer = await carry_out(ask, session, asked.Register, guests.register, **words)
        return answer | {"registration": ask.id}

    @router.post("/sessions/{session}/registrations/{registration}/screening", dependencies=[may(Act.PREPARE_SESSION)])
    async def screen(ask: Asked, session: SessionNumber, registration: str, body: Screening) -> dict[str, Any]:
        words = body.model_dump() | {"registration": registration}
        return await carry_out(ask, session, asked.ScreenRegistration, guests.screen_registration, **words)

    @router.post("/sessions/{session}/attendance", dependencies=[may(Act.PREPARE_SESSION)])
    async def attendance(ask: Asked, session: SessionNumber, body: AttendanceList) -> dict[str, Any]:
        rule = partial(guests.record_attendance, now=ask.at)
        return await carry_out(ask, session, asked.RecordAttendance, rule, attendance=body.attendance)

    # The session and what comes of it ---------------------------------------------------------------------------------

    @router.post("/sessions/{session}/items/{case}/opinion", dependencies=[may(Act.GIVE_OPINION)])
    async def opinion(ask: Asked, session: SessionNumber, case: CaseNumber, body: OpinionGiven) -> dict[str, Any]:
        view = directory.running((await found(ask, session)).scheme)
        rule = partial(opinions.give_opinion, now=ask.at, directory=view)
        return await carry_out(ask, session, asked.GiveOpinion, rule, case=case, **body.model_dump())

    @router.post("/sessions/{session}/holding", dependencies=[may(Act.PREPARE_SESSION)])
    async def hold(ask: Asked, session: SessionNumber) -> dict[str, Any]:
        return await carry_out(ask, session, asked.HoldSession, partial(opinions.hold, now=ask.at))

    @router.post("/sessions/{session}/opinions-document", dependencies=[may(Act.PREPARE_SESSION)])
    async def draft(ask: Asked, session: SessionNumber, body: Text) -> dict[str, Any]:
        return await carry_out(ask, session, asked.DraftOpinions, opinions.draft_opinions, text=body.text)

    @router.post("/sessions/{session}/opinions-document/submission", dependencies=[may(Act.PREPARE_SESSION)])
    async def submit(ask: Asked, session: SessionNumber) -> dict[str, Any]:
        return await carry_out(ask, session, asked.SubmitOpinions, opinions.submit_opinions)

    @router.post("/sessions/{session}/opinions-document/approval", dependencies=[may(Act.APPROVE_SESSION)])
    async def judge(ask: Asked, session: SessionNumber, body: Judgement) -> dict[str, Any]:
        rule = partial(opinions.judge_opinions, now=ask.at)
        words = body.model_dump() | {"leader": ask.caller.unit}
        return await carry_out(ask, session, asked.JudgeOpinions, rule, **words)

    @router.post("/sessions/{session}/minutes", dependencies=[may(Act.PREPARE_SESSION)])
    async def minutes(ask: Asked, session: SessionNumber, body: Text) -> dict[str, Any]:
        rule = partial(sessions.keep_minutes, now=ask.at)
        return await carry_out(ask, session, asked.KeepMinutes, rule, text=body.text)

    # Reading ----------------------------------------------------------------------------------------------------------

    @router.get("/sessions", dependencies=[may(Act.READ_SESSION)])
    async def listing(ask: Asked, scheme: str, kind: Code | None = None) -> list[dict[str, Any]]:
        where = {"keys.scheme": scheme.partition("@")[0]} if kind is None else {"keys.kind": kind_key(scheme, kind)}
        return [_short(session) for session in await held.find(where, sort="keys.day", limit=ALL)]

    @router.get("/sessions/{session}", dependencies=[may(Act.READ_SESSION)])
    async def read(ask: Asked, session: SessionNumber) -> dict[str, Any]:
        """Persons who registered or came are for the office alone."""
        known = await found(ask, session)
        private = set[str]() if "office" in ask.caller.roles else {"registrations", "attendance"}
        return known.model_dump(mode="json", exclude={"owed", "settled", *private}) | _short(known)

    return router


def _is_for(invited: Invitation, caller: Caller) -> bool:
    """A unit answers for itself, an enterprise as guest with its case; an operator types for any guest."""
    if invited.guest is None:
        return "unit" in caller.roles and invited.unit == caller.unit
    return caller.case == invited.guest or "operator" in caller.roles


def _short(session: Session) -> dict[str, Any]:
    standing = (
        "cancelled" if session.cancelled
        else "held" if session.held_at
        else "dated" if session.held_on
        else "proposed"
    )  # fmt: skip
    window = "closed" if session.closed_at else "open" if session.opened_at else "not-open"
    return {
        "session": session.session,
        "scheme": session.scheme,
        "kind": session.kind,
        "held_on": session.day.isoformat() if session.day else None,
        "standing": standing,
        "window": window,
        "leader": session.leader,
        "awaits": _awaits(session),
    }


def _awaits(session: Session) -> str | None:
    """What the leader who attends is asked to approve now: the `agenda`, the `opinions`, or nothing."""
    if session.ahead and session.agenda_asked_by and not session.agenda_approved:
        return "agenda"
    last = session.document[-1] if session.document else None
    return "opinions" if last and last.submitted and not last.judged else None
