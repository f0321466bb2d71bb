"""Cases that go to another level of government and are followed here until answered there (000-08, 000-18, 001-19)."""

from collections.abc import Iterator

from contracts.events import CaseTransferred, Event, TransferAnswered
from contracts.record import Instant
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.policy.shanghai import day_of
from services.routing.case import Case
from services.routing.commands import TransferDown
from services.routing.facts import Terms, about, handed_to, recall_open, still_open


def transfer_down(case: Case, command: TransferDown, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """The office hands the case to a level below that has a mechanism of its own (000-08, 001-06)."""
    still_open(case)
    if not case.accepted:
        raise Refused("not-accepted", "only an accepted appeal can be handed down")
    if case.answered_by is not None or (case.transfer and case.transfer.answered_as is None):
        raise Refused("answered-or-away", "this case is answered, or with another level of government")
    below = _scheme_below(command, now=now, terms=terms)
    yield from recall_open(case, command, now=now, reason="reassigned")
    yield about(CaseTransferred, case, command, now=now, channel=command.channel, to_scheme=below.ref, direction="down")


def answer_passed_on(case: Case, event: TransferAnswered, *, now: Instant, terms: Terms) -> Iterator[Event]:
    """What the other level answered goes back to the unit that led here last, or to the office, which passes it on to the
    enterprise and answers here."""
    if case.over or case.transfer is None or case.transfer.answered_as is not None or case.open_dispatches():
        return
    last = case.last_lead()
    unit = last.unit if last else terms.directory.audience("office").unit
    rung = last.rung if last else terms.scheme.levels[case.level].rung
    yield handed_to(case, event, unit, now=now, rung=rung)


def _scheme_below(command: TransferDown, *, now: Instant, terms: Terms) -> Scheme:
    name = command.to_scheme.partition("@")[0]
    scheme = terms.schemes.in_force(name, day_of(now))
    if scheme is None:
        raise Refused("unknown-scheme", f"no scheme {name!r} is in force", field="to_scheme", status=422)
    place = terms.directory.directory.jurisdiction_of(name)
    if place.under != terms.directory.place.jurisdiction:
        raise Refused(
            "not-below", f"{place.zh} does not stand under {terms.directory.place.zh}", field="to_scheme", status=422
        )
    channel = scheme.channels.get(command.channel)
    if channel is None or channel.kind != "transfer":
        raise Refused(
            "unknown-channel", f"{scheme.scheme} takes no transfers through {command.channel!r}",
            field="channel", status=422,
        )  # fmt: skip
    return scheme
