"""Files of an appeal: uploaded first, then named by the filing, or added to an appeal that is there.

The appeal lists what it has; here stands what was uploaded, by whom, and until when it waits for an appeal. What no appeal
lists by then is deleted. The contents lie in blobs, never in a case's document.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from contracts.events import Event
from contracts.record import CaseNumber, Command, Instant, Record
from libs.policy.refused import Refused
from services.intake.appeal import Appeal
from services.intake.commands import AddAttachment, Attached
from services.intake.files.naming import Kind
from services.intake.grounds import still_open

AttachmentId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")]
PER_APPEAL = 5
WAITING_PER_PERSON = 20
WAITS = timedelta(days=1)
"""So long an upload waits for a filing that names it."""
SETTLES = timedelta(hours=1)
"""So long after it was named the filing has certainly been kept, or not."""


class Upload(Command):
    """`case`: the appeal it is for, where there is one already."""

    type: Literal["upload"] = "upload"
    name: str
    kind: Kind
    bytes: int
    case: CaseNumber | None = None


class Claim(Command):
    """A filing names it."""

    type: Literal["claim"] = "claim"
    case: CaseNumber


class Settle(Command):
    """Its appeal lists it: it stays for good."""

    type: Literal["settle"] = "settle"


class Attachment(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    by: str = ""
    name: str = ""
    kind: Kind = "pdf"
    bytes: int = 0
    added_at: Instant | None = None
    case: CaseNumber | None = None
    claimed_at: Instant | None = None
    settled: bool = False

    @property
    def waits_until(self) -> datetime | None:
        if self.settled or self.added_at is None:
            return None
        return self.claimed_at + SETTLES if self.claimed_at else self.added_at + WAITS

    @property
    def attached(self) -> Attached:
        assert self.added_at is not None
        return Attached(id=self.id, name=self.name, kind=self.kind, bytes=self.bytes, added_at=self.added_at)


def empty(id: str) -> Attachment:
    return Attachment(id=id)


def keys(attachment: Attachment) -> dict[str, Any]:
    return {
        "next_due": attachment.waits_until,
        "waiting_of": attachment.by if attachment.case is None else None,
    }


def evolve(attachment: Attachment, record: Record) -> Attachment:
    match record:
        case Upload():
            told = record.model_dump(include={"by", "name", "kind", "bytes", "case"})
            claimed = record.at if record.case else None
            return attachment.model_copy(update=told | {"added_at": record.at, "claimed_at": claimed})
        case Claim():
            return attachment.model_copy(update={"case": record.case, "claimed_at": record.at})
        case Settle():
            return attachment.model_copy(update={"settled": True})
        case _:
            return attachment


def claim(attachment: Attachment, command: Claim) -> Iterator[Event]:
    """Only by who uploaded it, once, in time; whoever else tries learns nothing about whether it exists."""
    until = attachment.waits_until
    if attachment.by != command.by or until is None or attachment.case not in (None, command.case):
        raise no_such_file("attachments")
    if attachment.case is None and command.at >= until:
        raise Refused(
            "attachment-expired", "this file waited too long; upload it again", field="attachments", status=422
        )
    yield from ()


def add(appeal: Appeal, command: AddAttachment) -> Iterator[Event]:
    """As long as the appeal is open and has room."""
    has_room(appeal)
    yield from ()


def has_room(appeal: Appeal) -> None:
    still_open(appeal)
    if len(appeal.attachments) >= PER_APPEAL:
        raise Refused("too-many-files", f"an appeal may have {PER_APPEAL} files", field="file")


def no_such_file(field: str = "") -> Refused:
    return Refused("no-such-file", "there is no such file for you", field=field, status=422 if field else 404)
