"""Intake's rules: how an appeal is filed, verified, screened, supplemented, returned and withdrawn.

Regulation 001 二(二), 二(三); decisions §3.5, §3.6, §3.24.
"""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from stdnum import numdb
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError as NotANumber

from contracts.events import (
    AppealAccepted,
    AppealFiled,
    AppealMismatched,
    AppealReturned,
    AppealSupplemented,
    AppealVerified,
    AppealWithdrawn,
    CaseClosed,
    CaseEvent,
    ClockMissed,
    Event,
    SupplementAsked,
    case_fact,
)
from contracts.messages import Dossier
from contracts.record import Command, Instant, Record
from libs.policy.directory import View
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme

# --- what is asked ----------------------------------------------------------------------------------------------------


class FileAppeal(Command):
    """An enterprise's appeal comes in. `entered_by`: who typed it, where somebody typed for the enterprise."""

    type: Literal["file-appeal"] = "file-appeal"
    channel: str
    dossier: Dossier
    entered_by: str | None = None
    call: str | None = None


class MatchRegistry(Command):
    """What the legal-person registry says: the registering authority of the enterprise, None when nothing matches."""

    type: Literal["match-registry"] = "match-registry"
    registered_in: str | None


class ReviewEnterprise(Command):
    """The second review (二次审核) of an enterprise that the registry did not match."""

    type: Literal["review-enterprise"] = "review-enterprise"
    matches: bool
    registered_in: str | None
    reason: str


class AskForSupplement(Command):
    type: Literal["ask-for-supplement"] = "ask-for-supplement"
    text: str


class GiveSupplement(Command):
    type: Literal["give-supplement"] = "give-supplement"
    text: str


class Accept(Command):
    """`override`: why a reason to return that holds only in principle (原则上) is set aside; by names who did."""

    type: Literal["accept"] = "accept"
    category: str
    district: str
    level: str
    lead: str | None = None
    co_handlers: tuple[str, ...] = ()
    override: str | None = None


class Return(Command):
    type: Literal["return"] = "return"
    reason: str
    explanation: str


class Withdraw(Command):
    type: Literal["withdraw"] = "withdraw"


class Suggest(Command):
    """The enterprise's suggestion on how things are done (意见建议反馈, 001-49)."""

    type: Literal["suggest"] = "suggest"
    text: str


# --- what is known ----------------------------------------------------------------------------------------------------


class State(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(State):
    """One thing that happened, as the enterprise may read it."""

    at: Instant
    id: str
    what: str
    unit: str | None = None
    outcome: str | None = None


class Appeal(State):
    """An appeal as intake knows it; the only place where an appeal's words and the enterprise's data are kept."""

    case: str
    scheme: str = ""
    channel: str = ""
    filed_at: Instant | None = None
    dossier: Dossier | None = None
    entered_by: str | None = None
    call: str | None = None
    matched: bool = False
    verified: bool = False
    mismatched: bool = False
    registered_in: str | None = None
    supplement_wanted: str | None = None
    supplements: tuple[str, ...] = ()
    category: str | None = None
    district: str | None = None
    level: str | None = None
    returned: str | None = None
    explanation: str | None = None
    withdrawn: bool = False
    closed: str | None = None
    suggestions: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def filed(self) -> bool:
        return self.filed_at is not None

    @property
    def over(self) -> bool:
        return self.withdrawn or self.returned is not None or self.closed is not None

    @property
    def stage(self) -> str:
        """In one word where the appeal stands, for lists."""
        if self.withdrawn:
            return "withdrawn"
        if self.returned is not None:
            return "returned"
        if self.closed is not None:
            return "closed"
        if self.category is not None:
            return "in-hand"
        if self.supplement_wanted is not None:
            return "supplement"
        if self.mismatched and not self.verified:
            return "second-review"
        return "screening"


def empty(case: str) -> Appeal:
    return Appeal(case=case)


def keys(appeal: Appeal) -> dict[str, Any]:
    """What lists of appeals are found and sorted by; an unmatched appeal is due for matching from its filing on."""
    unmatched = appeal.filed and not appeal.matched and not appeal.over
    return {
        "stage": appeal.stage if appeal.filed else None,
        "filed_at": appeal.filed_at,
        "next_due": appeal.filed_at if unmatched else None,
    }


# --- what happened ----------------------------------------------------------------------------------------------------


def evolve(appeal: Appeal, record: Record) -> Appeal:
    """The appeal after a record. Events of other services may come in any order and leave the same appeal."""
    if isinstance(record, CaseEvent):
        appeal = _told(appeal, record)
    match record:
        case FileAppeal():
            return appeal.model_copy(
                update={
                    "channel": record.channel,
                    "dossier": record.dossier,
                    "entered_by": record.entered_by,
                    "call": record.call,
                    "filed_at": record.at,
                }
            )
        case AppealFiled():
            return appeal.model_copy(update={"scheme": record.scheme})
        case MatchRegistry():
            return appeal.model_copy(update={"matched": True, "registered_in": record.registered_in})
        case ReviewEnterprise():
            return appeal.model_copy(update={"registered_in": record.registered_in})
        case AppealMismatched():
            return appeal.model_copy(update={"mismatched": True})
        case AppealVerified():
            return appeal.model_copy(update={"verified": True})
        case AskForSupplement():
            return appeal.model_copy(update={"supplement_wanted": record.text})
        case GiveSupplement():
            return appeal.model_copy(
                update={"supplement_wanted": None, "supplements": (*appeal.supplements, record.text)}
            )
        case AppealAccepted():
            return appeal.model_copy(
                update={"category": record.category, "district": record.district, "level": record.level}
            )
        case Return():
            return appeal.model_copy(update={"explanation": record.explanation})
        case AppealReturned():
            return appeal.model_copy(update={"returned": record.reason, "supplement_wanted": None})
        case AppealWithdrawn():
            return appeal.model_copy(update={"withdrawn": True, "supplement_wanted": None})
        case Suggest():
            return appeal.model_copy(update={"suggestions": (*appeal.suggestions, record.text)})
        case CaseClosed():
            return appeal.model_copy(update={"closed": record.outcome})
        case _:
            return appeal


def _told(appeal: Appeal, event: CaseEvent) -> Appeal:
    step = Step(
        at=event.at,
        id=event.id,
        what=event.type,
        unit=getattr(event, "unit", None),
        outcome=getattr(event, "outcome", None) or getattr(event, "rating", None) or getattr(event, "reason", None),
    )
    return appeal.model_copy(update={"steps": tuple(sorted((*appeal.steps, step), key=lambda s: (s.at, s.id)))})


DIVISIONS = numdb.get("cn/loc")
"""Administrative divisions by GB/T 2260."""
NATIONAL = "100000"
"""The registering division of enterprises that the national authority registers."""


# --- rules ------------------------------------------------------------------------------------------------------------


def check_credit_code(code: str) -> None:
    """A unified social credit code by GB 32100-2015. Raises `Refused` for anything else; a personal id number in its
    place is told apart, because it must not be kept."""
    if ric.is_valid(code):
        raise Refused(
            "personal-id-number",
            "this is a person's identity number; give the enterprise's unified social credit code",
            field="dossier.credit_code",
            status=422,
        )
    try:
        uscc.validate(code)
        known_division = code[2:8] == NATIONAL or "province" in DIVISIONS.info(code[2:8])[0][1]
    except NotANumber:
        known_division = False
    if not known_division:
        raise Refused(
            "credit-code",
            "this is no unified social credit code (GB 32100-2015): its check digit or registering division does not fit",
            field="dossier.credit_code",
            status=422,
        )


def file_appeal(appeal: Appeal, command: FileAppeal, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """An appeal comes in through a channel of the scheme (001-12…14). Where somebody types, they are named."""
    if appeal.filed:
        raise Refused("already-filed", "this receipt number is taken by another filing; send a new key")
    channel = scheme.channels[command.channel]
    if channel.entered_by and not command.entered_by:
        raise Refused(
            "entered-by",
            f"who typed an appeal is recorded for the channel {command.channel}",
            field="entered_by",
            status=422,
        )
    known = command.dossier.category
    if known is not None and known not in scheme.categories:
        _unknown("category", known, scheme.categories)
    yield case_fact(
        AppealFiled,
        by=command, case=appeal.case, scheme=scheme.ref, at=now, channel=command.channel, scheme_hash=scheme.hash,
    )  # fmt: skip


def match_registry(appeal: Appeal, command: MatchRegistry, *, now: Instant) -> Iterator[Event]:
    """The registry knows the enterprise, or a second review is due (001-15, 001-16)."""
    if appeal.matched or appeal.over:
        return
    if command.registered_in is not None:
        yield _fact(AppealVerified, appeal, command, now=now, through="registry")
    else:
        yield _fact(AppealMismatched, appeal, command, now=now)


def review_enterprise(appeal: Appeal, command: ReviewEnterprise, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """市市场监督管理局 verifies what the registry did not match, or the appeal goes back (001-16)."""
    _still_open(appeal)
    if not appeal.mismatched or appeal.verified:
        raise Refused("nothing-to-review", "this enterprise needs no second review")
    if command.matches:
        if command.registered_in is None:
            raise Refused("registered-in", "say where it is registered", field="registered_in", status=422)
        yield _fact(AppealVerified, appeal, command, now=now, through="second-review")
    else:
        yield _fact(AppealReturned, appeal, command, now=now, reason=scheme.eligibility.unverified)


def ask_for_supplement(appeal: Appeal, command: AskForSupplement, *, now: Instant) -> Iterator[Event]:
    """The screener needs more from the enterprise (§3.24)."""
    _in_screening(appeal)
    if appeal.supplement_wanted is not None:
        raise Refused("supplement-pending", "a supplement has been asked for and is still to come")
    yield _fact(SupplementAsked, appeal, command, now=now)


def give_supplement(appeal: Appeal, command: GiveSupplement, *, now: Instant) -> Iterator[Event]:
    """The enterprise sends it."""
    _still_open(appeal)
    if appeal.supplement_wanted is None:
        raise Refused("no-supplement-asked", "nothing is asked for; file a new appeal for a new matter")
    yield _fact(AppealSupplemented, appeal, command, now=now)


def accept(appeal: Appeal, command: Accept, *, now: Instant, scheme: Scheme, directory: View) -> Iterator[Event]:
    """Screening ends with acceptance by district, content and level (001-18, 001-19). Not for an enterprise that is
    registered elsewhere, unless that is set aside with a reason and a name (001-25, §3.5)."""
    _in_screening(appeal)
    if appeal.supplement_wanted is not None:
        raise Refused("supplement-pending", "a supplement has been asked for and is still to come")
    if command.category not in scheme.categories:
        _unknown("category", command.category, scheme.categories)
    if command.level not in scheme.levels:
        _unknown("level", command.level, scheme.levels)
    if not directory.knows_district(command.district):
        raise Refused(
            "unknown-district",
            f"{command.district} is no district of {directory.place.zh}",
            field="district",
            status=422,
        )
    for unit in (*filter(None, [command.lead]), *command.co_handlers):
        directory.unit(unit)
    overridden = None if _local(appeal, scheme) else scheme.eligibility.otherwise
    if overridden is not None and not command.override:
        raise Refused(
            overridden,
            f"the enterprise is registered in {appeal.registered_in}; return the appeal, or give a reason to accept it",
            field="override",
        )
    yield _fact(
        AppealAccepted, appeal, command, now=now,
        category=command.category, district=command.district, level=command.level,
        lead=command.lead, co_handlers=command.co_handlers, overridden=overridden,
    )  # fmt: skip


def return_appeal(appeal: Appeal, command: Return, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """Screening ends with a reason from the scheme's closed list, explained (001-24, 001-25)."""
    _still_open(appeal)
    if appeal.category is not None:
        raise Refused("already-accepted", "this appeal has been accepted; the unit answers it")
    if command.reason not in scheme.returns:
        _unknown("reason", command.reason, scheme.returns)
    yield _fact(AppealReturned, appeal, command, now=now, reason=command.reason)


def return_unsupplemented(appeal: Appeal, event: ClockMissed, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """What was asked for did not come in time (§3.24)."""
    asked_for = event.clock in scheme.clocks_missed_with("return-unsupplemented")
    if asked_for and appeal.supplement_wanted is not None and not appeal.over:
        yield _fact(AppealReturned, appeal, event, now=now, reason=scheme.eligibility.unsupplemented)


def withdraw(appeal: Appeal, command: Withdraw, *, now: Instant) -> Iterator[Event]:
    """The enterprise may withdraw at any time until its case is closed."""
    _still_open(appeal)
    yield _fact(AppealWithdrawn, appeal, command, now=now)


def _local(appeal: Appeal, scheme: Scheme) -> bool:
    return (appeal.registered_in or "").startswith(scheme.eligibility.registered_in or "")


def _still_open(appeal: Appeal) -> None:
    if not appeal.filed:
        raise Refused("no-such-case", "there is no such case for you", status=404)
    if appeal.withdrawn:
        raise Refused("case-withdrawn", "this appeal has been withdrawn")
    if appeal.returned is not None:
        raise Refused("case-returned", "this appeal has been returned; a new filing is a new appeal")
    if appeal.closed is not None:
        raise Refused("case-closed", "this case is closed; a new matter is a new appeal")


def _in_screening(appeal: Appeal) -> None:
    _still_open(appeal)
    if appeal.category is not None:
        raise Refused("already-accepted", "this appeal has been accepted already")
    if not appeal.verified:
        raise Refused("not-verified", "the enterprise is not verified yet; wait for the registry or the second review")


def _unknown(field: str, value: str, known: Any) -> None:
    raise Refused(
        f"unknown-{field}", f"there is no {field} {value!r}; there are {', '.join(known)}", field=field, status=422
    )


def _fact(kind: Any, appeal: Appeal, by: Record, *, now: Instant, **fields: Any) -> Event:
    return case_fact(kind, by=by, case=appeal.case, scheme=appeal.scheme, at=now, **fields)
