"""Sessions of the web (会话): kept here, named in the browser by a random number whose hash alone is stored.

All instants are wall time. A session is of an account, of an enterprise that proved a contact on file, or of a browser
that just filed an appeal and may follow that one.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.record import CaseNumber, Command, Instant, Record

ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=2)
"""How exactly it is known when a session was last used."""

Factor = Literal["password", "totp", "provider"]


class Pair(BaseModel):
    """An enterprise's identity: its credit code together with a telephone that its appeals named. One without the other
    opens nothing: whoever files with somebody else's code sees what was filed from the own telephone."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    credit_code: str
    phone: str


class Session(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    session: str
    created_at: Instant | None = None
    seen_at: Instant | None = None
    account: str = ""
    factors: frozenset[Factor] = frozenset()
    enterprise: Pair | None = None
    receipts: tuple[CaseNumber, ...] = ()
    act_as: str = ""


class BeginSession(Command):
    type: Literal["begin-session"] = "begin-session"
    account: str = ""
    factors: frozenset[Factor] = frozenset()
    enterprise: Pair | None = None
    receipts: tuple[CaseNumber, ...] = ()


class SeeSession(Command):
    type: Literal["see-session"] = "see-session"


class KeepReceipt(Command):
    type: Literal["keep-receipt"] = "keep-receipt"
    case: CaseNumber


class ActAs(Command):
    """For another account; "": for oneself."""

    type: Literal["act-as"] = "act-as"
    account: str


def empty(session: str) -> Session:
    return Session(session=session)


def evolve(session: Session, record: Record) -> Session:
    match record:
        case BeginSession():
            given = {name: getattr(record, name) for name in ("account", "factors", "enterprise", "receipts")}
            return session.model_copy(update={**given, "created_at": record.at, "seen_at": record.at})
        case SeeSession():
            return session.model_copy(update={"seen_at": record.at})
        case ActAs():
            return session.model_copy(update={"act_as": record.account})
        case KeepReceipt():
            kept = (*(one for one in session.receipts if one != record.case), record.case)
            return session.model_copy(update={"receipts": kept[-50:]})
        case _:
            return session


def keys(session: Session) -> Mapping[str, Any]:
    return {"ends_at": session.created_at and session.created_at + ABSOLUTE}


def is_alive(session: Session, now: datetime, idle: timedelta) -> bool:
    """Used within `idle`, begun within twelve hours."""
    if session.created_at is None or session.seen_at is None:
        return False
    return now < session.created_at + ABSOLUTE and now < session.seen_at + idle
