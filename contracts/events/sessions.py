"""What routing says of reception sessions. Their number begins with HY; limits and letters run on it as on a case."""

from datetime import date
from typing import Literal

from contracts.events.base import CaseEvent
from contracts.record import CaseNumber, Code, Party


class SessionEvent(CaseEvent):
    """A fact about one session; `kind` is the session's word in the scheme."""

    kind: Code


class SessionDated(SessionEvent):
    """A person confirmed the session's date, or moved it; what depends on the date counts from here."""

    type: Literal["session.dated.v1"] = "session.dated.v1"
    held_on: date
    place: Literal["hall", "enterprise"]
    moved: bool


class SessionAnnounced(SessionEvent):
    """The notice with time, ways and days of registration stands before the public (预告)."""

    type: Literal["session.announced.v1"] = "session.announced.v1"
    held_on: date


class WindowOpened(SessionEvent):
    """Appeals are taken in for this session (开放平台)."""

    type: Literal["session.window_opened.v1"] = "session.window_opened.v1"


class WindowClosed(SessionEvent):
    """Appeals that come from now on wait for the next session (临时关闭)."""

    type: Literal["session.window_closed.v1"] = "session.window_closed.v1"


class DirectorySubmitted(SessionEvent):
    """The compiled directory of appeals and replies went to the office (报送目录)."""

    type: Literal["session.directory_submitted.v1"] = "session.directory_submitted.v1"
    items: int
    pending: int


class SessionCoordinated(SessionEvent):
    """The duty secretary called the units together and proposed what the session should hear."""

    type: Literal["session.coordinated.v1"] = "session.coordinated.v1"


class AgendaApproved(SessionEvent):
    """The leader who attends fixed the agenda (审定议程)."""

    type: Literal["session.agenda_approved.v1"] = "session.agenda_approved.v1"
    items: int


class SessionInvited(SessionEvent):
    """A unit's head, or the principal of the enterprise that brought `guest`, was invited; `subject` is the invitation."""

    type: Literal["session.invited.v1"] = "session.invited.v1"
    unit: Party | None = None
    guest: CaseNumber | None = None


class SessionHeld(SessionEvent):
    """The session took place."""

    type: Literal["session.held.v1"] = "session.held.v1"
    items: int


class OpinionsApproved(SessionEvent):
    """The opinions document was approved in this version (处理意见)."""

    type: Literal["session.opinions_approved.v1"] = "session.opinions_approved.v1"
    version: int


class SessionMinuted(SessionEvent):
    """The minutes stand (会议纪要)."""

    type: Literal["session.minuted.v1"] = "session.minuted.v1"


class SessionCancelled(SessionEvent):
    """The session will not take place; its items wait for the next."""

    type: Literal["session.cancelled.v1"] = "session.cancelled.v1"
