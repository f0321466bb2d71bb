"""What is given to be read: circulars, lists, typical cases, reports, announcements (通报、榜单、案例、报告、公告).

Drafted by a person, or by itself when its period ends; looked through for personal data before anybody can approve it;
approved by somebody other than its author; published by that. Rows 002-28 to 002-33, 003-07, 003-21, 003-22, 003-42,
003-43, 004-20, 004-22, 001-45; decisions §3.16, §3.18, §4.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal, TypeVar

from contracts.case_number import number
from contracts.events import (
    Event,
    PublicationApproved,
    PublicationDrafted,
    PublicationEvent,
    PublicationPublished,
    fact,
)
from contracts.record import Command, Instant, Record
from libs.identity import same_person
from libs.policy.in_words import period_in_words
from libs.policy.personal import found_in
from libs.policy.publication import PublicationKind
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of
from services.disclosure.domain import Entry
from services.disclosure.figures import Figures
from services.disclosure.part import Part
from services.disclosure.workings import TOO_FEW, Duties, Promises, Recurring, Score

F = TypeVar("F", bound=PublicationEvent)

Basis = Literal["ranking", "selection", "finding"]
"""Why somebody stands on a list: by its ratings, because it was chosen, or because of what was found."""

_BASES: Mapping[str, tuple[Basis, ...]] = {
    "positive-list": ("ranking", "selection"),
    "negative-list": ("ranking", "finding"),
}


class Listed(Part):
    """A unit on a list, or one of its people (the best liaison officer, 作风之星), and what for."""

    unit: str
    name: str = ""
    why: str


class Reason(Part):
    """Why a recurring matter is not solved yet (未解决原因). 002-28"""

    matter: str
    reason: str


class Filled(Part):
    """Figures that were filled in; only those that the scheme names for this kind."""

    rates: Figures | None = None
    scores: tuple[Score, ...] | None = None
    duties: dict[str, Duties] | None = None
    corrections: int | None = None
    missed: dict[str, int] | None = None
    recurring: tuple[Recurring, ...] | None = None
    commitments: Promises | None = None


class AwaitTurn(Command):
    """At `due` the period is over and a draft is written."""

    type: Literal["await-turn"] = "await-turn"
    scheme: str
    kind: str
    period: str
    due: Instant


class WriteFigures(Command):
    """The period is over and was counted."""

    type: Literal["write-figures"] = "write-figures"
    title: str
    figures: Filled
    for_public: bool


class WriteText(Command):
    """A person wrote it, or wrote it anew. `samples`: explicit ratings of each unit listed, in the period."""

    type: Literal["write-text"] = "write-text"
    scheme: str
    kind: str
    period: str | None
    title: str
    text: str
    listed: tuple[Listed, ...] = ()
    basis: Basis = "ranking"
    cases: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    samples: dict[str, int] = {}
    figures: Filled
    for_public: bool


class ApprovePublication(Command):
    """`version`: the one that was read, where the approver names it."""

    type: Literal["approve-publication"] = "approve-publication"
    version: int | None = None


class Publication(Part):
    number: str
    scheme: str = ""
    kind: str = ""
    period: str | None = None
    due: Instant | None = None
    """When it is to be drafted by itself; None when it is not, or was."""
    version: int = 0
    title: str = ""
    text: str = ""
    authors: tuple[str, ...] = ()
    """Everybody who wrote at it; a draft that wrote itself has none."""
    listed: tuple[Listed, ...] = ()
    basis: Basis = "ranking"
    cases: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    samples: dict[str, int] = {}
    figures: Filled = Filled()
    for_public: bool = False
    drafted_on: date | None = None
    approved_by: str = ""
    approved_at: Instant | None = None

    @property
    def published_on(self) -> date | None:
        return day_of(self.approved_at) if self.approved_at else None


def empty(number: str) -> Publication:
    return Publication(number=number)


def keys(publication: Publication) -> Mapping[str, Any]:
    """`published`: where it stands among all that can be read; `public`: among what anybody can."""
    place = f"{publication.published_on}:{publication.number}" if publication.published_on else None
    return {
        "next_due": publication.due,
        "scheme": publication.scheme,
        "kind": publication.kind,
        "published": place,
        "public": place if publication.for_public else None,
        "waiting": f"{publication.drafted_on}:{publication.number}" if publication.version and not place else None,
    }


def number_of(scheme: str, kind: str, turn: str) -> str:
    """One number for each period of a kind; `turn` is the period, or what tells apart those that do not come round."""
    return number("TB", scheme, kind, turn)


def evolve(publication: Publication, record: Record) -> Publication:
    match record:
        case AwaitTurn():
            told = {"scheme": record.scheme, "kind": record.kind, "period": record.period, "due": record.due}
            return publication.model_copy(update=told)
        case WriteFigures() if publication.approved_at is not None:
            return publication.model_copy(update={"due": None})
        case WriteFigures():
            told = {"due": None, "figures": record.figures, "for_public": record.for_public}
            told |= {"title": publication.title or record.title}
            return _drafted(publication.model_copy(update=told), record)
        case WriteText():
            told = {field: getattr(record, field) for field in _WRITTEN}
            told["authors"] = tuple(dict.fromkeys((*publication.authors, record.by)))
            return _drafted(publication.model_copy(update=told), record)
        case ApprovePublication():
            return publication.model_copy(update={"approved_by": record.by, "approved_at": record.at})
        case _:
            return publication


_WRITTEN = tuple(sorted(WriteText.model_fields.keys() & Publication.model_fields.keys()))


def _drafted(publication: Publication, record: Command) -> Publication:
    return publication.model_copy(update={"version": publication.version + 1, "drafted_on": day_of(record.at)})


# --- rules ------------------------------------------------------------------------------------------------------------


def write_figures(publication: Publication, command: WriteFigures, *, now: datetime) -> list[Event]:
    """It waits for approval with its figures. Nothing is told of one that was approved before its period ended."""
    return [] if publication.approved_at else [_fact(PublicationDrafted, publication, by=command, at=now)]


def write_text(
    publication: Publication, command: WriteText, *, now: datetime, scheme: Scheme, names: tuple[str, ...] = ()
) -> list[Event]:
    """It waits for approval. `names`: of enterprises and people that its cases are about, looked for and forgotten. Raises
    `Refused` when it is approved already, for personal data in it, for a list that its form or its sample does not bear."""
    if publication.approved_at is not None:
        raise Refused("approved-already", "what was approved stays as it is; publish a correction", status=409)
    kind = kind_of(scheme, command.kind)
    _refuse_list(command, kind)
    if kind.form == "typical-case" and not command.cases:
        raise Refused("no-case", "a typical case is told of a closed case; name it", field="cases", status=422)
    refuse_personal(command, names=names)
    refuse_small_sample(command, scheme)
    told = publication.model_copy(update={"scheme": command.scheme, "kind": command.kind})
    return [_fact(PublicationDrafted, told, by=command, at=now)]


def approve(publication: Publication, command: ApprovePublication, *, now: datetime, scheme: Scheme) -> list[Event]:
    """By somebody other than its author; it can be read from then on. Raises `Refused`."""
    if publication.approved_at is not None:
        return []
    if publication.version == 0:
        raise Refused("not-drafted", "this is not drafted yet, so it cannot be approved", status=404)
    if any(same_person(command.by, author) for author in publication.authors):
        raise Refused(
            "own-work", "whoever wrote at it cannot approve it; ask somebody else", field="approver", status=403
        )
    if command.version not in (None, publication.version):
        raise Refused(
            "draft-changed", "the draft was written anew since; read it and approve that one", field="version"
        )
    form = kind_of(scheme, publication.kind).form
    if form in _BASES and not publication.listed:
        raise Refused("nobody-listed", "the list names nobody yet; write who stands on it and what for", field="listed")
    # Law and sample may have been others when it was written.
    refuse_personal(publication)
    refuse_small_sample(publication, scheme)
    kinds = (PublicationApproved, PublicationPublished)
    return [_fact(kind, publication, by=command, at=now) for kind in kinds]


def kind_of(scheme: Scheme, kind: str) -> PublicationKind:
    """Raises `Refused` for a kind that the scheme does not know."""
    if kind not in scheme.publications:
        known = ", ".join(scheme.publications) or "none"
        raise Refused("unknown-kind", f"{scheme.ref} publishes {known}", field="kind", status=422)
    return scheme.publications[kind]


def _refuse_list(command: WriteText, kind: PublicationKind) -> None:
    bases = _BASES.get(kind.form)
    if bases is None:
        if command.listed:
            raise Refused("no-list", f"a {kind.form} lists nobody", field="listed", status=422)
        return
    if not command.listed:
        raise Refused("nobody-listed", "write who stands on the list and what for", field="listed", status=422)
    if command.basis not in bases:
        raise Refused("wrong-basis", f"a {kind.form} rests on {' or '.join(bases)}", field="basis", status=422)


def refuse_personal(draft: WriteText | Publication, *, names: tuple[str, ...] = ()) -> None:
    """Raises `Refused` naming where personal data was found and of which kind, never what. §4"""
    for where, text in _texts(draft):
        if found := found_in(text, names=names):
            detail = f"{where} contains a {' and a '.join(found)}; take it out"
            raise Refused("personal-data", detail, field=where, status=422)


def _texts(draft: WriteText | Publication) -> Iterable[tuple[str, str]]:
    yield "title", draft.title
    yield "text", draft.text
    for place, listed in enumerate(draft.listed):
        yield f"listed[{place}].name", listed.name
        yield f"listed[{place}].why", listed.why
    for place, reason in enumerate(draft.reasons):
        yield f"reasons[{place}].reason", reason.reason


def refuse_small_sample(draft: WriteText | Publication, scheme: Scheme) -> None:
    """Raises `Refused` for a list by ratings over no stated period, or with too few of them. §3.18"""
    if not draft.listed or draft.basis != "ranking":
        return
    if draft.period is None:
        raise Refused("no-window", "a ranking needs a period; name it", field="period", status=422)
    least = scheme.publication.minimum_sample
    for place, listed in enumerate(draft.listed):
        if (sample := draft.samples.get(listed.unit, 0)) < least:
            detail = f"{listed.unit}: {sample} explicit ratings in {draft.period}, a ranking needs {least} ({TOO_FEW})"
            raise Refused("sample-too-small", detail, field=f"listed[{place}]", status=422)


def refuse_open_cases(cases: tuple[str, ...], entries: Mapping[str, Entry], scheme: Scheme) -> None:
    """Only what is closed, and of this mechanism, is told of as a case. 002-29"""
    for place, case in enumerate(cases):
        entry = entries.get(case)
        if entry is None or entry.scheme.partition("@")[0] != scheme.scheme or entry.closed is None or not entry.ended:
            raise Refused("not-closed", "a case is told of when it is closed", field=f"cases[{place}]", status=422)


def title_of(kind: PublicationKind, period: str) -> str:
    return f"{period_in_words(period)}{kind.zh}"


def _fact(kind: type[F], publication: Publication, *, by: Record, at: datetime) -> F:
    return fact(kind, by=by, scheme=publication.scheme, at=at, publication=publication.number, kind=publication.kind)
