"""How an appeal is screened: accepted in its class, given back with a reason, supplemented, or answered on the spot.

Regulation 000 二(三); 001 二(三); 002 二(二); 003 一(六), 一(八); decisions §3.5, §3.24, §3.25.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from contracts.events import (
    AppealAccepted,
    AppealAnsweredAtOnce,
    AppealLinked,
    AppealReturned,
    Event,
    SupplementAsked,
)
from contracts.record import Instant
from libs.policy.directory import View
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.intake.appeal import Appeal
from services.intake.commands import Accept, AnswerAtOnce, AskForSupplement, Return
from services.intake.grounds import fact, in_screening, not_accepted, nothing_wanted, still_open, unknown
from services.intake.likeness import digest, pairs
from services.intake.served import Served


def ask_for_supplement(appeal: Appeal, command: AskForSupplement, *, now: Instant) -> Iterator[Event]:
    """The screener needs more from the enterprise (§3.24)."""
    in_screening(appeal)
    nothing_wanted(appeal)
    yield fact(SupplementAsked, appeal, command, now=now)


def accept(
    appeal: Appeal,
    command: Accept,
    *,
    now: Instant,
    scheme: Scheme,
    directory: View,
    project: Served | None = None,
) -> Iterator[Event]:
    """Screening ends with acceptance by district, content, level and class (001-18, 001-19, 002-19…21). Not for who is
    not eligible, unless that is set aside with a reason and a name (001-25, 000-03, §3.5). `project`: what the appeal
    names as the served project it is about."""
    in_screening(appeal)
    nothing_wanted(appeal)
    if command.category not in scheme.categories:
        unknown("category", command.category, scheme.categories)
    if command.level not in scheme.levels:
        unknown("level", command.level, scheme.levels)
    if not directory.knows_district(command.district):
        raise Refused(
            "unknown-district",
            f"{command.district} is no district of {directory.place.zh}",
            field="district",
            status=422,
        )
    named = (*filter(None, [command.lead]), *command.co_handlers)
    for unit in named:
        directory.unit(unit)
    _check_class(command.complexity, len(set(named)), scheme)
    overridden = None if is_eligible(appeal, scheme, project) else scheme.eligibility.otherwise
    if overridden is not None and not command.override:
        raise Refused(
            overridden,
            f"the enterprise is registered in {appeal.registered_in}; return the appeal, or give a reason to accept it",
            field="override",
        )
    yield fact(
        AppealAccepted, appeal, command, now=now,
        category=command.category, district=command.district, level=command.level,
        lead=command.lead, co_handlers=command.co_handlers, overridden=overridden,
        complexity=command.complexity, receiver=appeal.receiver,
        urgent=appeal.urgent if command.urgent is None else command.urgent,
    )  # fmt: skip


def is_eligible(appeal: Appeal, scheme: Scheme, project: Served | None) -> bool:
    """Registered where the scheme says (anywhere, where it says nothing), or, where the scheme hears projects, for a
    project with a signed agreement that is registered with 工商 (000-03)."""
    rule = scheme.eligibility
    if (appeal.registered_in or "").startswith(rule.registered_in or ""):
        return True
    return rule.projects and project is not None and project.entitled


def _check_class(complexity: str | None, units: int, scheme: Scheme) -> None:
    classes = list(scheme.complexities)
    if complexity is None and classes:
        raise Refused(
            "complexity", f"say how hard the matter is: one of {', '.join(classes)}", field="complexity", status=422
        )
    if complexity is None:
        return
    if complexity not in scheme.complexities:
        unknown("complexity", complexity, classes)
    least = _least_for_several(scheme)
    if units > 1 and least is not None and classes.index(complexity) < classes.index(least):
        raise Refused(
            "several-units",
            f"a matter of several units is {least} at least; choose that, or name one unit",
            field="complexity",
            status=422,
        )


def _least_for_several(scheme: Scheme) -> str | None:
    return next((name for name, complexity in scheme.complexities.items() if complexity.several), None)


class Proposal(NamedTuple):
    complexity: str | None
    because: Literal["several-units", "category-history", "first-class", "no-classes"]


def propose_complexity(scheme: Scheme, *, units: int, history: Iterable[str | None]) -> Proposal:
    """What the screener may set by one look, and why: several units make the class that the scheme says; else the class
    that the category's last matters had most often (`history`, the latest first, decides a tie); else the first."""
    if not scheme.complexities:
        return Proposal(None, "no-classes")
    least = _least_for_several(scheme)
    if units > 1 and least is not None:
        return Proposal(least, "several-units")
    known = Counter(word for word in history if word in scheme.complexities)
    if known:
        return Proposal(known.most_common(1)[0][0], "category-history")
    return Proposal(next(iter(scheme.complexities)), "first-class")


class ProposedCategory(NamedTuple):
    category: str | None
    because: Literal["enterprise-chose", "same-matter", "named-in-words", "nothing-known"]


def propose_category(appeal: Appeal, scheme: Scheme, earlier: Iterable[Appeal]) -> ProposedCategory:
    """What the screener may set by one look, and why: what the enterprise chose; else what the same matter was accepted
    as before; else the category whose name its words share most pairs of characters with."""
    assert appeal.dossier is not None
    if appeal.dossier.category is not None:
        return ProposedCategory(appeal.dossier.category, "enterprise-chose")
    before = [one.category for one in earlier if one.category in scheme.categories]
    if before:
        return ProposedCategory(before[-1], "same-matter")
    words = pairs(f"{appeal.dossier.title}\n{appeal.dossier.text}")
    shared = {name: len(pairs(category.zh) & words) for name, category in scheme.categories.items()}
    likest = max(shared, key=lambda name: shared[name])
    if shared[likest]:
        return ProposedCategory(likest, "named-in-words")
    return ProposedCategory(None, "nothing-known")


def return_appeal(
    appeal: Appeal, command: Return, *, now: Instant, scheme: Scheme, original: Appeal | None = None
) -> Iterator[Event]:
    """Screening ends with a reason from the scheme's closed list, explained (001-24, 001-25, 002-14). A duplicate names
    the case it repeats (`original`), of the same enterprise; what is unclear is asked about first."""
    still_open(appeal)
    not_accepted(appeal)
    if command.reason not in scheme.returns:
        unknown("reason", command.reason, scheme.returns)
    reason = scheme.returns[command.reason]
    if reason.after_supplement and not appeal.supplements:
        raise Refused(
            "ask-first",
            "ask the enterprise for a supplement first; it is returned only when that does not help",
            field="reason",
        )
    if reason.duplicate:
        _check_duplicate(appeal, original)
        yield fact(AppealLinked, appeal, command, now=now, subject=command.duplicate_of, to=command.duplicate_of)
    yield fact(AppealReturned, appeal, command, now=now, reason=command.reason)


def _check_duplicate(appeal: Appeal, original: Appeal | None) -> None:
    if original is None or original.dossier is None or original.case == appeal.case:
        raise Refused("duplicate-of", "name the case that this one repeats", field="duplicate_of", status=422)
    assert appeal.dossier is not None
    if digest(original.dossier.credit_code) != digest(appeal.dossier.credit_code):
        raise Refused(
            "duplicate-of", "the case named is another enterprise's; like matters stay apart", field="duplicate_of"
        )


def answer_at_once(appeal: Appeal, command: AnswerAtOnce, *, now: Instant, scheme: Scheme) -> Iterator[Event]:
    """Whoever receives a question through such a channel answers it there and then; there is no case (003-18, 003-05,
    002-10). Counted apart from the cases."""
    still_open(appeal)
    not_accepted(appeal)
    if scheme.at_once is None or appeal.channel not in scheme.at_once.channels:
        raise Refused(
            "not-at-once", f"what comes through {appeal.channel} is screened and handed over, not answered here"
        )
    yield fact(AppealAnsweredAtOnce, appeal, command, now=now, how=command.how)
