"""Whom a party's message concerns and what is asked there on its behalf. Pure."""

from dataclasses import dataclass
from typing import Any

from contracts.case_number import case_number
from contracts.messages import (
    FinallyDecided,
    Message,
    Objected,
    Progressed,
    Replied,
    SubmitAppeal,
    SupplementAppeal,
    Taken,
    UnitMessage,
    Unresolved,
    WithdrawAppeal,
)
from libs.identity import Caller
from services.gateway.parties import Party


@dataclass(frozen=True)
class Errand:
    """One idempotent HTTP command for the service that owns the matter."""

    peer: str
    path: str
    body: dict[str, Any]
    key: str
    case: str


ACT: dict[type[Message], str] = {
    Taken: "taking",
    Objected: "objection",
    Progressed: "progress",
    Replied: "reply",
    Unresolved: "unresolved",
    FinallyDecided: "final-decision",
}
"""What routing calls each thing that a unit can say."""


def errand(message: Message, party: Party, message_id: str) -> Errand:
    """What to ask for. The key is the same each time the message comes, so its effect is one."""
    key = f"{party.name}:{message_id}"
    words = message.model_dump(mode="json", exclude={"type", "case", "dispatch"}, exclude_none=True)
    match message:
        case SubmitAppeal():
            channel = str(party.channel)
            # Derived as intake derives it, so that the span of receiving is the first of the case's trace.
            case = case_number(channel, f"{party.name}:{key}")
            return Errand("intake", "/appeals", words | {"channel": channel}, key, case)
        case WithdrawAppeal(case=case):
            return Errand("intake", f"/appeals/{case}/withdrawal", words, key, case)
        case SupplementAppeal(case=case):
            return Errand("intake", f"/appeals/{case}/supplement", words, key, case)
        case UnitMessage(case=case, dispatch=dispatch):
            return Errand("routing", f"/cases/{case}/dispatches/{dispatch}/{ACT[type(message)]}", words, key, case)
        case _:
            raise TypeError(f"nobody is asked about a {type(message).__name__}")


def caller_of(party: Party) -> Caller:
    """The party, spoken for by a service of ours: its acts count from when our door received them."""
    role = "unit" if party.channel is None else "channel"
    return Caller(subject=party.name, roles=frozenset({role, "service"}), unit=party.name)
