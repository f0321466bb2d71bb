"""Who calls, and what they may do.

Every HTTP call carries a signed token that lives for minutes: subject, roles, unit, jurisdiction. One policy function
decides. Log-in and accounts belong to the pages; a token is how they, and services among themselves, speak.
Signature: HS256 (RFC 7518 §3.2) with the deployment's one secret, accepted with no other algorithm.
"""

import time
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.record import CaseNumber, Party
from libs.policy.refused import Refused

ISSUER = "zhitongche"
LIFETIME_SECONDS = 300
SKEW_SECONDS = 10

Role = Literal[
    "service",
    "enterprise",
    "channel",
    "operator",
    "screener",
    "registry-reviewer",
    "unit",
    "administrator",
    "superior",
    "office",
    "leader",
    "inspector",
    "discipline",
    "conduct",
    "liaison",
    "supervisor",
    "proxy",
    "provider",
    "ops",
]


class Act(StrEnum):
    """Everything that can be asked over HTTP."""

    FILE_APPEAL = "file-appeal"
    FILE_BATCH = "file-batch"
    ANSWER_AT_ONCE = "answer-at-once"
    ASK_FOR_LIKE = "ask-for-like"
    SUPPLEMENT_APPEAL = "supplement-appeal"
    WITHDRAW_APPEAL = "withdraw-appeal"
    FOLLOW_APPEAL = "follow-appeal"
    SCREEN_APPEAL = "screen-appeal"
    REVIEW_ENTERPRISE = "review-enterprise"
    COMPARE_ENTERPRISE = "compare-enterprise"
    KEEP_SERVED = "keep-served"
    READ_SERVED = "read-served"
    LOG_VISIT = "log-visit"
    READ_VISITS = "read-visits"
    MAKE_REPORT = "make-report"
    READ_RETALIATION_REPORT = "read-retaliation-report"
    READ_CONDUCT_REPORT = "read-conduct-report"
    READ_MATTERS = "read-matters"
    READ_DOSSIER = "read-dossier"
    READ_CONTACT = "read-contact"
    READ_ANSWER = "read-answer"
    UNMASK_CONTACT = "unmask-contact"
    READ_UNMASKINGS = "read-unmaskings"
    FIND_ENTERPRISE = "find-enterprise"
    FIND_OPEN_APPEALS = "find-open-appeals"
    ATTACH_FILE = "attach-file"
    WORK_ON_CASE = "work-on-case"
    READ_CASE = "read-case"
    READ_DECISIONS = "read-decisions"
    DECIDE_CASE = "decide-case"
    SIGN_REVIEW = "sign-review"
    RECLASSIFY = "reclassify"
    DECIDE_EXTENSION = "decide-extension"
    TRANSFER_CASE = "transfer-case"
    STRIKE_OFF = "strike-off"
    READ_LISTS = "read-lists"
    ASSIGN_SERVED = "assign-served"
    READ_DISPUTES = "read-disputes"
    DECIDE_DISPUTE = "decide-dispute"
    DESIGNATE_UNIT = "designate-unit"
    REVIEW_CLIMB = "review-climb"
    PREPARE_SESSION = "prepare-session"
    APPROVE_SESSION = "approve-session"
    GIVE_OPINION = "give-opinion"
    ATTEND_SESSION = "attend-session"
    READ_SESSION = "read-session"
    READ_OWN_CONTACT = "read-own-contact"
    CHANGE_CONTACT = "change-contact"
    READ_CONTACTS = "read-contacts"
    READ_REMITS = "read-remits"
    CHANGE_REMIT = "change-remit"
    READ_CLOCKS = "read-clocks"
    READ_DUE_TIMES = "read-due-times"
    READ_CALENDAR = "read-calendar"
    IMPORT_CALENDAR = "import-calendar"
    READ_NOTICES = "read-notices"
    READ_DUTIES = "read-duties"
    HAND_IN_EVIDENCE = "hand-in-evidence"
    REPORT_RECEIPT = "report-receipt"
    REPORT_CALL = "report-call"
    READ_CALLS = "read-calls"
    READ_LETTERS = "read-letters"
    RATE_CASE = "rate-case"
    READ_INVITATION = "read-invitation"
    READ_OVERSIGHT = "read-oversight"
    CALL_BACK = "call-back"
    CORRECT_RATING = "correct-rating"
    EXCLUDE_CASE = "exclude-case"
    APPROVE_EXCLUSION = "approve-exclusion"
    ORDER_UNIT = "order-unit"
    READ_ORDERS = "read-orders"
    LIST_RECTIFICATION = "list-rectification"
    DRAW_SAMPLE = "draw-sample"
    LOG_INSPECTION = "log-inspection"
    CHECK_EFFICIENCY = "check-efficiency"
    PROPOSE_FINDING = "propose-finding"
    DECIDE_FINDING = "decide-finding"
    WORK_ON_INSPECTION_FILE = "work-on-inspection-file"
    WORK_ON_REPORT = "work-on-report"
    APPROVE_EXPOSURE = "approve-exposure"
    READ_EXPOSURES = "read-exposures"
    APPROVE_SUMMARY = "approve-summary"
    READ_SUMMARY = "read-summary"
    WRITE_PUBLICATION = "write-publication"
    APPROVE_PUBLICATION = "approve-publication"
    READ_PUBLICATION = "read-publication"
    READ_REPORT = "read-report"
    ENTER_MARKS = "enter-marks"
    READ_FIGURES = "read-figures"
    READ_PERSONNEL = "read-personnel"
    READ_QUARANTINE = "read-quarantine"
    READ_FLOW = "read-flow"
    READ_DEAD_LETTERS = "read-dead-letters"
    SETTLE_DEAD_LETTERS = "settle-dead-letters"
    READ_TRACES = "read-traces"
    KEEP_ACCOUNTS = "keep-accounts"
    SEND_SIGN_IN_CODE = "send-sign-in-code"


MAY: Mapping[Act, frozenset[Role]] = {
    Act.FILE_APPEAL: frozenset(
        {"enterprise", "operator", "channel", "service", "unit", "liaison", "supervisor", "conduct", "proxy"}
    ),
    Act.FILE_BATCH: frozenset({"operator", "unit", "office", "liaison", "supervisor", "conduct"}),
    Act.ANSWER_AT_ONCE: frozenset({"operator", "unit"}),
    Act.ASK_FOR_LIKE: frozenset({"enterprise", "operator", "screener", "liaison", "proxy"}),
    Act.SUPPLEMENT_APPEAL: frozenset({"enterprise", "operator", "channel", "service"}),
    Act.WITHDRAW_APPEAL: frozenset({"enterprise", "operator", "channel", "service"}),
    Act.FOLLOW_APPEAL: frozenset(
        {
            *("enterprise", "operator", "screener", "unit", "administrator", "ops"),
            *("liaison", "supervisor", "conduct", "proxy", "inspector", "discipline"),
        }
    ),
    Act.SCREEN_APPEAL: frozenset({"screener"}),
    Act.REVIEW_ENTERPRISE: frozenset({"registry-reviewer"}),
    Act.COMPARE_ENTERPRISE: frozenset({"screener", "registry-reviewer"}),
    Act.KEEP_SERVED: frozenset({"office", "unit", "liaison"}),
    Act.READ_SERVED: frozenset(
        {"service", "administrator", "office", "unit", "liaison", "leader", "inspector", "discipline"}
    ),
    Act.LOG_VISIT: frozenset({"liaison", "unit", "office", "leader", "conduct", "supervisor"}),
    Act.READ_VISITS: frozenset(
        {"service", "office", "unit", "liaison", "leader", "inspector", "discipline", "conduct"}
    ),
    Act.MAKE_REPORT: frozenset({"enterprise", "operator", "supervisor"}),
    Act.READ_RETALIATION_REPORT: frozenset({"discipline"}),
    Act.READ_CONDUCT_REPORT: frozenset({"conduct"}),
    Act.READ_MATTERS: frozenset({"service", "screener", "office", "leader"}),
    Act.READ_DOSSIER: frozenset(
        {
            "service",
            "enterprise",
            "operator",
            "screener",
            "unit",
            "administrator",
            "superior",
            "office",
            "leader",
            "inspector",
            "discipline",
            "liaison",
            "supervisor",
            "conduct",
            "proxy",
        }
    ),
    Act.READ_CONTACT: frozenset({"service"}),
    Act.READ_ANSWER: frozenset({"service", "enterprise"}),
    Act.UNMASK_CONTACT: frozenset({"operator", "screener", "unit", "administrator", "office", "leader"}),
    Act.READ_UNMASKINGS: frozenset({"inspector", "leader"}),
    Act.FIND_ENTERPRISE: frozenset({"operator", "screener", "liaison"}),
    Act.FIND_OPEN_APPEALS: frozenset({"operator", "screener"}),
    Act.ATTACH_FILE: frozenset(
        {"enterprise", "operator", "channel", "service", "unit", "liaison", "supervisor", "conduct", "proxy"}
    ),
    Act.WORK_ON_CASE: frozenset({"unit"}),
    Act.READ_CASE: frozenset(
        {"service", "unit", "administrator", "superior", "office", "leader", "inspector", "discipline", "ops"}
    ),
    Act.READ_DECISIONS: frozenset(
        {"enterprise", "service", "unit", "administrator", "superior", "office", "leader", "ops"}
    ),
    Act.DECIDE_CASE: frozenset({"leader"}),
    Act.SIGN_REVIEW: frozenset({"leader", "office"}),
    Act.RECLASSIFY: frozenset({"office", "screener"}),
    Act.DECIDE_EXTENSION: frozenset({"office", "leader"}),
    Act.TRANSFER_CASE: frozenset({"office"}),
    Act.STRIKE_OFF: frozenset({"office"}),
    Act.READ_LISTS: frozenset({"office", "leader", "administrator", "superior", "screener"}),
    Act.ASSIGN_SERVED: frozenset({"administrator"}),
    Act.READ_DISPUTES: frozenset({"administrator", "superior"}),
    Act.DECIDE_DISPUTE: frozenset({"administrator"}),
    Act.DESIGNATE_UNIT: frozenset({"superior"}),
    Act.REVIEW_CLIMB: frozenset({"office"}),
    Act.PREPARE_SESSION: frozenset({"office"}),
    Act.APPROVE_SESSION: frozenset({"leader"}),
    Act.GIVE_OPINION: frozenset({"leader", "office"}),
    Act.ATTEND_SESSION: frozenset({"enterprise", "operator", "channel", "unit", "office"}),
    Act.READ_SESSION: frozenset(
        {"service", "office", "leader", "unit", "administrator", "superior", "inspector", "ops"}
    ),
    Act.READ_OWN_CONTACT: frozenset({"unit"}),
    Act.CHANGE_CONTACT: frozenset({"unit", "administrator"}),
    Act.READ_CONTACTS: frozenset({"administrator"}),
    Act.READ_REMITS: frozenset({"service", "administrator"}),
    Act.CHANGE_REMIT: frozenset({"administrator"}),
    Act.READ_CLOCKS: frozenset(
        {"service", "unit", "office", "administrator", "inspector", "discipline", "leader", "ops"}
    ),
    Act.READ_CALENDAR: frozenset({"service", "office", "administrator", "inspector", "leader", "ops"}),
    Act.READ_DUE_TIMES: frozenset(
        {
            "service",
            "screener",
            "registry-reviewer",
            "unit",
            "administrator",
            "superior",
            "office",
            "leader",
            "inspector",
            "ops",
        }
    ),
    Act.IMPORT_CALENDAR: frozenset({"administrator"}),
    Act.READ_NOTICES: frozenset({"service"}),
    Act.READ_DUTIES: frozenset(
        {"service", "unit", "liaison", "office", "administrator", "inspector", "leader", "ops", "discipline", "conduct"}
    ),
    Act.HAND_IN_EVIDENCE: frozenset({"unit", "liaison", "office", "inspector", "leader", "discipline", "conduct"}),
    Act.REPORT_RECEIPT: frozenset({"provider"}),
    Act.REPORT_CALL: frozenset({"operator"}),
    Act.READ_CALLS: frozenset({"operator", "ops"}),
    Act.READ_LETTERS: frozenset({"ops"}),
    Act.RATE_CASE: frozenset({"enterprise", "operator"}),
    Act.READ_INVITATION: frozenset({"service"}),
    Act.READ_OVERSIGHT: frozenset({"inspector", "leader", "office", "ops"}),
    Act.CALL_BACK: frozenset({"unit", "office", "operator", "inspector"}),
    Act.CORRECT_RATING: frozenset({"unit", "office"}),
    Act.EXCLUDE_CASE: frozenset({"office"}),
    Act.APPROVE_EXCLUSION: frozenset({"leader", "inspector"}),
    Act.ORDER_UNIT: frozenset({"inspector", "leader"}),
    Act.READ_ORDERS: frozenset({"unit", "inspector", "leader", "office"}),
    Act.LIST_RECTIFICATION: frozenset({"office"}),
    Act.DRAW_SAMPLE: frozenset({"inspector", "office"}),
    Act.LOG_INSPECTION: frozenset({"inspector", "office", "discipline", "conduct"}),
    Act.CHECK_EFFICIENCY: frozenset({"discipline"}),
    Act.PROPOSE_FINDING: frozenset({"inspector", "office", "discipline", "conduct"}),
    Act.DECIDE_FINDING: frozenset({"leader", "inspector", "office", "discipline", "conduct"}),
    Act.WORK_ON_INSPECTION_FILE: frozenset({"discipline"}),
    Act.WORK_ON_REPORT: frozenset({"discipline", "conduct"}),
    Act.APPROVE_EXPOSURE: frozenset({"conduct", "leader"}),
    Act.READ_EXPOSURES: frozenset({"service"}),
    Act.APPROVE_SUMMARY: frozenset({"leader"}),
    Act.READ_SUMMARY: frozenset({"office", "leader"}),
    Act.WRITE_PUBLICATION: frozenset({"office", "conduct"}),
    Act.APPROVE_PUBLICATION: frozenset({"leader"}),
    Act.READ_PUBLICATION: frozenset({"office", "leader", "inspector", "conduct", "unit", "liaison", "supervisor"}),
    Act.READ_REPORT: frozenset({"office", "leader", "inspector", "conduct"}),
    Act.ENTER_MARKS: frozenset({"office"}),
    Act.READ_FIGURES: frozenset({"office", "leader", "inspector", "ops"}),
    Act.READ_PERSONNEL: frozenset({"office"}),
    Act.READ_QUARANTINE: frozenset({"ops"}),
    Act.READ_FLOW: frozenset({"ops"}),
    Act.READ_DEAD_LETTERS: frozenset({"ops"}),
    Act.SETTLE_DEAD_LETTERS: frozenset({"ops"}),
    Act.READ_TRACES: frozenset({"ops"}),
    Act.KEEP_ACCOUNTS: frozenset({"service", "administrator"}),
    Act.SEND_SIGN_IN_CODE: frozenset({"service"}),
}
"""Which roles may ask for what. Whose case it is comes on top: see `allow`."""


class Caller(BaseModel):
    """Who is speaking. `case`: an enterprise's token is good for this one case only. `unit`: for whom staff act, or
    the channel that a channel's token speaks for. `jurisdiction`: the level of government at which alone the token is
    good; empty for those who belong to none: services, enterprises, channels, providers, operations."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str
    roles: frozenset[Role]
    unit: Party | None = None
    jurisdiction: str = ""
    case: CaseNumber | None = None


FOR = " for "
"""Between who acts and in whose place: `zhang.min for li.wei`. Neither a name of an account nor of a unit has spaces."""


def on_behalf(who: str, whom: str) -> str:
    """The subject of somebody who acts in another's place; records name both."""
    return f"{who}{FOR}{whom}"


def same_person(one: str, other: str) -> bool:
    """Whether two subjects have somebody in common, as who acts or in whose place: where two must agree, a substitute
    and the one substituted are one."""
    return not set(one.split(FOR)).isdisjoint(other.split(FOR))


def allow(caller: Caller, *acts: Act, unit: str | None = None, case: str | None = None) -> None:
    """The one policy. Raises `Refused` (403) when these roles may do none of this, or (404) when the unit or case named
    is not the caller's: whoever may not see a case learns nothing about whether it exists."""
    needed = frozenset[Role]().union(*(MAY[act] for act in acts))
    fitting = needed & caller.roles
    if not fitting:
        raise Refused("not-allowed", f"this needs one of the roles {', '.join(sorted(needed))}", status=403)
    if unit is not None and fitting == frozenset({"unit"}) and caller.unit != unit:
        raise Refused("no-such-case", "there is no such case for you", status=404)
    if case is not None and fitting == frozenset({"enterprise"}) and caller.case != case:
        raise Refused("no-such-case", "there is no such case for you", status=404)


def is_of(caller: Caller, jurisdiction: str) -> bool:
    """Whether what this level of government runs is the caller's business at all: `allow` says what of it."""
    return caller.jurisdiction in ("", jurisdiction)


class Tokens:
    """Makes and reads tokens for one deployment. A token's life is technical time, never business time."""

    def __init__(self, secret: str) -> None:
        if len(secret) < 32:
            raise ValueError("the signing secret needs at least 32 characters")
        self._key = OctKey.import_key(secret)

    def sign(self, caller: Caller, *, seconds: int = LIFETIME_SECONDS) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "iat": now,
            "exp": now + seconds,
            **caller.model_dump(mode="json", exclude={"subject"}),
        }
        return jwt.encode({"alg": "HS256"}, claims | {"sub": caller.subject}, self._key)

    def read(self, token: str) -> Caller:
        """The caller a token names. Raises `Refused` (401) when it is forged, expired or not ours."""
        try:
            claims = jwt.decode(token, self._key, algorithms=["HS256"]).claims
            now = time.time()
            if claims["iss"] != ISSUER or not claims["iat"] - SKEW_SECONDS <= now < claims["exp"] + SKEW_SECONDS:
                raise ValueError("not in its time")
            if claims["exp"] - claims["iat"] > LIFETIME_SECONDS:
                raise ValueError("lives too long")
            fields = {key: claims[key] for key in ("roles", "unit", "jurisdiction", "case")}
            return Caller(subject=claims["sub"], **fields)
        except (JoseError, KeyError, TypeError, ValueError, ValidationError):
            raise Refused("bad-token", "the token is missing, expired or not ours; sign in again", status=401) from None
