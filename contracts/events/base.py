"""What every fact has in common."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import StringConstraints

from contracts.record import CaseOrSession, Instant, Record, SchemeRef, derive_id

E = TypeVar("E", bound="Event")
C = TypeVar("C", bound="CaseEvent")
CalendarVersion = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{16})?$")]
Month = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}$")]
Subject = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9:_-]{0,80}$")]
PeriodKey = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[A-Z0-9]{1,5}){0,2}$")]
"""A recurring period in Asia/Shanghai: `2026` a year, `2026-H1` a half-year, `2026-Q3` a quarter, `2026-07` a month,
`2026-07-A` / `2026-07-B` the halves of a month. An occurrence that comes round once is named by its day: `2026-10-31`."""


class Event(Record, ABC):
    """A fact. `cause` is the id of the record that led to it; `key` the document it belongs to."""

    cause: str
    scheme: SchemeRef

    @property
    @abstractmethod
    def key(self) -> str: ...


class CaseEvent(Event):
    """A fact about one case, or (the number begins with HY) one reception session. `subject` narrows it to a part: one
    hand-over, one letter, one clock."""

    case: CaseOrSession
    subject: Subject = ""

    @property
    def key(self) -> str:
        return self.case

    @property
    def is_session(self) -> bool:
        return self.case.startswith("HY-")


def case_fact(kind: type[C], /, *, by: Record, case: str, scheme: str, at: datetime, **fields: Any) -> C:
    """The fact of this kind that follows from `by`; its id follows from its cause and subject."""
    subject = str(fields.get("subject", ""))
    name: str = kind.model_fields["type"].default
    identity = derive_id(by.id, name, case, subject)
    return kind(id=identity, cause=by.id, case=case, scheme=scheme, at=at, **fields)


def fact(kind: type[E], /, *, by: Record, scheme: str, at: Instant, again: str = "", **fields: Any) -> E:
    """A fact of this kind that is about no case; `again` tells apart several that follow from one record."""
    name: str = kind.model_fields["type"].default
    return kind(id=derive_id(by.id, name, again), cause=by.id, scheme=scheme, at=at, **fields)
