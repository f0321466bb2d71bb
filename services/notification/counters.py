"""How many short messages one number got on one day. The number is not kept, only its keyed hash together with the day."""

import hashlib
import hmac
from datetime import date, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.record import Command, Instant, Record, derive_id
from libs.policy.refused import Refused
from libs.policy.shanghai import day_of, midnight


class CountMessage(Command):
    """One short message to this number, whose day ends at `day_ends`."""

    type: Literal["count-message"] = "count-message"
    day_ends: Instant


class Share(BaseModel):
    """What one number got on one day. `forgotten_at`: when nobody asks for it any more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    messages: int = 0
    forgotten_at: Instant | None = None


def empty(key: str) -> Share:
    return Share()


def evolve(share: Share, record: Record) -> Share:
    match record:
        case CountMessage():
            return Share(messages=share.messages + 1, forgotten_at=record.day_ends)
        case _:
            return share


def keys(share: Share) -> dict[str, Any]:
    return {"next_due": share.forgotten_at}


Of = Literal["letters", "codes"]
"""What a number's share of a day is of. Codes that somebody asked for have their own: whoever gets many letters of cases
must still be able to sign in."""


def share_of(phone: str, day: date, *, of: Of = "letters", secret: str) -> str:
    """The key of a number's day: the same for the same number, and nobody without the secret can try numbers."""
    return hmac.new(secret.encode(), f"sms-share|{of}|{phone}|{day.isoformat()}".encode(), hashlib.sha256).hexdigest()


def count_message(message: str, *, now: datetime) -> CountMessage:
    """A message, named by its id, counts once a day, however often it is tried."""
    tomorrow = midnight(day_of(now) + timedelta(days=1))
    identity = derive_id("count", message, day_of(now).isoformat())
    return CountMessage(id=identity, at=now, by="notification", day_ends=tomorrow)


def admit(share: Share, *, cap: int) -> None:
    """Raises `Refused` when the number has had its share of the day."""
    if share.messages >= cap:
        raise Refused("daily-cap", f"this number got {cap} short messages today")
