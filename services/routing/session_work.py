"""What a session owes its cases and the sessions after it, carried over: each once in effect, whenever a crash comes."""

from collections.abc import Callable
from datetime import date
from functools import partial

from contracts.record import derive_id
from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of
from libs.service import Service
from libs.store import Collection
from services.routing import items, sessions
from services.routing.case import Case
from services.routing.facts import Terms
from services.routing.issue import CarryInto, IntoCase
from services.routing.session import Effect, Session, kind_key
from services.routing.session_commands import CancelSession, Nudge, OpenWindow, Settle, TakeOver

ALL = 1000
"""More sessions of one kind than will ever be open at once."""


class Work:
    """Carries over what sessions owe. `terms`: what the rules of a case go by, by its scheme."""

    def __init__(
        self, service: Service, held: Collection[Session], cases: Collection[Case], terms: Callable[[str], Terms]
    ) -> None:
        self._service = service
        self._sessions = held
        self._cases = cases
        self._terms = terms

    async def __call__(self, number: str) -> None:
        session = await self._sessions.get(number)
        if session is None:
            return
        done: list[str] = []
        stalled: list[str] = []
        for effect in session.owed:
            if effect.stalled:
                continue
            (done if await self._carry(session, effect) else stalled).append(effect.id)
        if not done and not stalled:
            return
        settle = Settle(
            id=derive_id("settle", number, str(session.settled)),
            at=self._service.clock.now(),
            by="routing",
            done=tuple(done),
            stalled=tuple(stalled),
        )
        await self._sessions.apply(number, settle, lambda session: (), kind="asked")
        if stalled and await self._after(session) is not None:
            # One became known between the look and the note that there is none.
            await self._nudge(number, settle.id)

    async def later_session_known(self, scheme: str, kind: str, cause: str) -> None:
        """What waited for a session of this kind can go on."""
        for waiting in await self._sessions.find({"keys.stalled": kind_key(scheme, kind)}, limit=ALL):
            await self._nudge(waiting.session, cause)

    async def _nudge(self, number: str, cause: str) -> None:
        nudge = Nudge(id=derive_id("nudge", number, cause), at=self._service.clock.now(), by="routing")
        await self._sessions.apply(number, nudge, lambda session: (), kind="asked")

    async def _carry(self, session: Session, effect: Effect) -> bool:
        """False where the session that it is meant for is not known yet."""
        match effect.what:
            case "hand-on":
                return await self._hand_on(session, effect)
            case "open-next":
                return await self._open_next(session, effect)
            case what:
                await self._into_case(session, effect, what)
                return True

    async def _into_case(self, session: Session, effect: Effect, what: IntoCase) -> None:
        item = session.items[effect.case]
        scheme = self._scheme(session)
        command = CarryInto(
            id=derive_id(session.session, effect.id),
            at=effect.at,
            by=session.session,
            scheme=session.scheme,
            session=session.session,
            kind=session.kind,
            what=what,
            held_on=session.held_on,
            reply_pending=item.reply_pending,
            leader=session.leader,
            opinions=tuple(item.opinions.values()),
            explained_as=scheme.decisions.explained if scheme.decisions else None,
        )
        # Limits count from when the session did it, not from when the case heard of it.
        await self._cases.apply(
            effect.case,
            command,
            lambda case: items.carry(case, command, now=effect.at, terms=self._terms(case.scheme or session.scheme)),
            kind="asked",
        )

    async def _hand_on(self, session: Session, effect: Effect) -> bool:
        case = await self._cases.get(effect.case)
        if case is not None and case.over:
            return True
        wished = await self._sessions.get(effect.to) if effect.to else None
        target = wished if wished is not None and wished.ahead else await self._after(session)
        if target is None:
            return False
        command = TakeOver(
            id=derive_id(session.session, effect.id), at=effect.at, by=session.session, case=effect.case,
            directly=target is wished,
        )  # fmt: skip
        await self._sessions.apply(target.session, command, lambda session: (), kind="asked")
        return True

    async def _open_next(self, session: Session, effect: Effect) -> bool:
        target = await self._after(session)
        if target is None:
            return False
        command = OpenWindow(id=derive_id(session.session, effect.id), at=effect.at, by=session.session)
        rule = partial(sessions.open_window, command=command, scheme=self._scheme(target))
        await self._sessions.apply(target.session, command, rule, kind="asked")
        return True

    async def _after(self, session: Session) -> Session | None:
        """The next session of the same kind that is still to be held, on a day that has not passed."""
        earliest = max(session.day or date.min, day_of(self._service.clock.now()))
        ahead = await self.ahead_of_kind(session.scheme, session.kind)
        return next((s for s in ahead if s.session != session.session and s.day and s.day >= earliest), None)

    async def ahead_of_kind(self, scheme: str, kind: str) -> list[Session]:
        """The sessions of this kind that are still to be held, in the order of their days."""
        where = {"keys.kind": kind_key(scheme, kind), "keys.ahead": True}
        return await self._sessions.find(where, sort="keys.day", limit=ALL)

    async def let_lapse(self, dated: Session, cause: str) -> None:
        """A proposed day that passed without a person's confirming it will not come any more; what waited for it waits
        for the session that was `dated` now."""
        today = day_of(self._service.clock.now())
        for session in await self.ahead_of_kind(dated.scheme, dated.kind):
            if session.held_on is None and session.day is not None and session.day < today:
                command = CancelSession(
                    id=derive_id("lapse", session.session, cause), at=self._service.clock.now(), by="routing",
                    reason="nobody confirmed its day",
                )  # fmt: skip
                rule = partial(sessions.cancel, command=command, now=command.at, scheme=self._scheme(session))
                await self._sessions.apply(session.session, command, rule, kind="asked")

    def _scheme(self, session: Session) -> Scheme:
        return self._service.schemes[session.scheme]
