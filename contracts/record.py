"""What every fact and every command has in common."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid5

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

IDS = UUID("6f1c1f0e-6d0b-5b0e-9c1b-1f3b1d1f2a01")


def _utc_milliseconds(value: datetime) -> datetime:
    utc = value.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


Instant = Annotated[AwareDatetime, AfterValidator(_utc_milliseconds)]
"""A moment in UTC, to the millisecond: what the store can keep."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]
"""A short word of a scheme's vocabulary (a category, a rung, a reason); never a person's words."""

Party = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{3,32}$")]
"""A unit or channel outside; also the name of its vhost and user, hence no character a broker pattern could read."""

_NUMBER = "-[0-9A-HJKMNP-TV-Z]{16}$"

CaseNumber = Annotated[str, StringConstraints(pattern=rf"^ZT{_NUMBER}")]
"""The receipt number of an appeal and the key of its documents in every service."""

SessionNumber = Annotated[str, StringConstraints(pattern=rf"^HY{_NUMBER}")]
"""A reception session (场次)."""

CaseOrSession = Annotated[str, StringConstraints(pattern=rf"^(ZT|HY){_NUMBER}")]
"""What limits and letters run on."""

VisitNumber = Annotated[str, StringConstraints(pattern=rf"^ZF{_NUMBER}")]
"""A call, visit or survey (走访)."""

ServedNumber = Annotated[str, StringConstraints(pattern=rf"^FW{_NUMBER}")]
"""An enterprise or project that a scheme serves (服务对象). It tells nothing of its credit code."""

ReportNumber = Annotated[str, StringConstraints(pattern=rf"^JB{_NUMBER}")]
"""A protected report (举报)."""

MatterNumber = Annotated[str, StringConstraints(pattern=rf"^ML{_NUMBER}")]
"""A kind of matter that several enterprises brought (苗头)."""

DutyNumber = Annotated[str, StringConstraints(pattern=rf"^ZR{_NUMBER}")]
"""One occurrence of a duty (责任)."""

FindingNumber = Annotated[str, StringConstraints(pattern=rf"^WZ{_NUMBER}")]
"""A finding for which a unit may be called to account (问责)."""

SampleNumber = Annotated[str, StringConstraints(pattern=rf"^CY{_NUMBER}")]
"""A sample of closed cases (抽样)."""

PublicationNumber = Annotated[str, StringConstraints(pattern=rf"^TB{_NUMBER}")]
"""A circular, list, report or announcement (通报)."""

SchemeRef = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+@[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
"""A regulation and the day its version came into force."""


def derive_id(*parts: str) -> str:
    """The id that follows from its cause: whoever derives it again gets the same one."""
    return str(uuid5(IDS, "|".join(parts)))


class Record(BaseModel):
    """Something that happened or was asked, at a business instant. Never changed afterwards."""

    # Validation errors are logged and traced; the values they carry may be personal data.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    type: Any
    """The record's name; each record pins it to one literal."""
    id: str
    at: Instant


class Command(Record):
    """Something asked of one service by somebody. It is kept in that service's history and never published, so it may
    carry a person's words. `by` names who asked."""

    by: str
