"""The timelines of the schemes: stories with dates, each told by an article, lived through in a city without servers.

How to read and write them stands at the top of `chaozhou-direct-line.yaml`.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from contracts.catalogue import CATALOGUE
from contracts.events import CaseEvent, Event
from contracts.messages import Contact, Dossier
from libs.files import load_schemes
from libs.policy.refused import Refused
from libs.policy.shanghai import SHANGHAI
from services.evaluation import domain as evaluation
from services.intake import domain as intake
from services.routing import domain as routing
from tests.schemes.city import DIRECTORY, ROOT, City

HERE = Path(__file__).parent
SCHEMES = {scheme.scheme: scheme for scheme in load_schemes(ROOT / "deploy/schemes").values()}
STORIES = [
    pytest.param(file.stem, story, id=story["title"])
    for file in sorted(HERE.glob("*.yaml"))
    for story in yaml.safe_load(file.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("scheme", "story"), STORIES)
def test_what_the_article_says_happens_on_the_day_it_says(scheme: str, story: dict[str, Any]) -> None:
    told = Telling(City(SCHEMES[scheme]))
    for entry in story["timeline"]:
        told.live(entry)
    everything_heard_twice_changes_nothing(told.city)


def everything_heard_twice_changes_nothing(city: City) -> None:
    before = {name: book.state for name, book in city.books.items()}
    for fact in list(city.facts):
        for service in CATALOGUE[fact.type].consumers:
            if service in city.books and isinstance(fact, CaseEvent):
                assert city.hear(service, fact) == []
    assert {name: book.state for name, book in city.books.items()} == before


def test_every_row_of_this_regulation_in_scope_has_a_timeline_or_a_test_of_its_own() -> None:
    told = {
        row
        for file in HERE.glob("*.yaml")
        for s in yaml.safe_load(file.read_text(encoding="utf-8"))
        for row in s["rows"]
    }
    elsewhere = {
        row
        for file in (ROOT / "tests").rglob("test_*.py")
        for row in re.findall(r"001-\d\d", file.read_text(encoding="utf-8"))
    }
    in_scope = {f"001-{n:02}" for n in (*range(12, 28), *range(38, 46), 48, 49)}
    assert in_scope <= told | elsewhere


def instant(text: str) -> datetime:
    """`2026-02-25 24:00` is the end of that day."""
    day, _, hour = str(text).partition(" ")
    start = datetime.combine(datetime.fromisoformat(day), time(), SHANGHAI)
    hours, minutes = map(int, hour.split(":"))
    return start + timedelta(hours=hours, minutes=minutes)


class Telling:
    """Lives through one story and compares."""

    def __init__(self, city: City) -> None:
        self.city = city
        self._said_at_last: list[str] = []

    def live(self, entry: dict[str, Any]) -> None:
        self.city.until(instant(entry["at"]))
        acts = entry.get("do", [])
        for act in [acts] if isinstance(acts, str) else acts:
            if "refused" in entry:
                with pytest.raises(Refused) as refused:
                    self._do(act)
                assert refused.value.rule == entry["refused"], act
            else:
                self._do(act)
        facts = self.city.fresh()
        for wanted in entry.get("said", []):
            assert any(_fits(fact, wanted) for fact in facts), f"{entry['at']}: {wanted} not among {_short(facts)}"
        for unwanted in entry.get("not said", []):
            assert not any(_fits(fact, unwanted) for fact in facts), f"{entry['at']}: {unwanted} among {_short(facts)}"
        for clock, due in entry.get("due", {}).items():
            known = self.city.due(clock)
            assert known == instant(due), f"{clock} is due {known and known.astimezone(SHANGHAI)}, not {due}"

    def _do(self, act: str) -> None:
        for pattern, name in ACTS:
            if match := re.fullmatch(pattern, act):
                getattr(self, name)(**match.groupdict())
                return
        raise AssertionError(f"nobody knows how to “{act}”; see ACTS in {__file__}")

    # Who does what ----------------------------------------------------------------------------------------------------

    def file(self, channel: str, registered: str | None = None, unregistered: str | None = None) -> None:
        dossier = Dossier(
            enterprise="潮州市某陶瓷有限公司",
            credit_code="91445102MA3AGYGLU6",
            contact=Contact(name="陈明", phone="13400000001"),
            title="用电",
            text="频繁停电",
        )
        command = self._command(intake.FileAppeal, channel=channel, dossier=dossier, entered_by="话务员")
        self._ask("intake", command, partial(intake.file_appeal, scheme=self.city.scheme))
        found = None if unregistered else registered or "445102"
        self._ask("intake", self._command(intake.MatchRegistry, registered_in=found), intake.match_registry)

    def review(self, verdict: str) -> None:
        verified = verdict == "verifies"
        command = self._command(
            intake.ReviewEnterprise, matches=verified, registered_in="445102" if verified else None, reason="查档"
        )
        self._ask("intake", command, partial(intake.review_enterprise, scheme=self.city.scheme))

    def accept(self, category: str, level: str, with_: str | None = None, override: str | None = None) -> None:
        command = self._command(
            intake.Accept, category=category, district="445102", level=level,
            co_handlers=(with_,) if with_ else (), override="主要生产基地在本市" if override else None,
        )  # fmt: skip
        self._ask("intake", command, partial(intake.accept, scheme=self.city.scheme, directory=DIRECTORY))

    def give_back(self, reason: str) -> None:
        command = self._command(intake.Return, reason=reason, explanation="说明")
        self._ask("intake", command, partial(intake.return_appeal, scheme=self.city.scheme))

    def ask_supplement(self) -> None:
        self._ask("intake", self._command(intake.AskForSupplement, text="请补充"), intake.ask_for_supplement)

    def supplement(self) -> None:
        self._ask("intake", self._command(intake.GiveSupplement, text="补充"), intake.give_supplement)

    def withdraw(self) -> None:
        self._ask("intake", self._command(intake.Withdraw), intake.withdraw)

    def unit(self, unit: str, act: str, proposed: str | None = None) -> None:
        scheme, words = self.city.scheme, {"result": "结果", "answer": "答复"}
        kind, rule, fields = {
            "takes it": (routing.Take, routing.take, {}),
            "objects": (
                routing.ObjectTo,
                partial(routing.object_to, scheme=scheme, directory=DIRECTORY),
                {"reason": "非本单位职责", "proposed": proposed},
            ),
            "tells its progress": (routing.TellProgress, routing.tell_progress, {"text": "正在核实"}),
            "replies": (routing.Reply, partial(routing.reply, scheme=scheme), {"outcome": "solved", **words}),
            "replies that it goes by law": (
                routing.Reply,
                partial(routing.reply, scheme=scheme),
                {"outcome": "by-law", **words},
            ),
            "cannot solve it": (
                routing.DeclareUnresolved,
                partial(routing.declare_unresolved, scheme=scheme),
                {"opinion": "需上级协调"},
            ),
            "decides finally": (routing.DecideFinally, routing.decide_finally, {"talk": "已沟通", "answer": "维持"}),
        }[act]
        self._ask("routing", self._command(kind, dispatch=self._dispatch(unit), **fields), rule)

    def administrator(self, verdict: str, unit: str, to: str | None = None) -> None:
        command = self._command(
            routing.DecideDispute,
            dispatch=self._dispatch(unit),
            grant=verdict == "grants",
            unit=to or unit,
            reason="职责",
        )
        rule = partial(routing.decide_dispute, scheme=self.city.scheme, directory=DIRECTORY)
        self._ask("routing", command, rule)

    def superior(self, to: str) -> None:
        disputed = next(d for d in self.city.books["routing"].state.dispatches.values() if d.status == "disputed")
        command = self._command(routing.Designate, dispatch=disputed.dispatch, unit=to, reason="指定")
        self._ask("routing", command, partial(routing.designate, directory=DIRECTORY))

    def office(self, verdict: str, unit: str) -> None:
        command = self._command(
            routing.ReviewClimb, dispatch=self._dispatch(unit), climbs=verdict == "lists", unit=None, reason="审核"
        )
        self._ask("routing", command, partial(routing.review_climb, scheme=self.city.scheme, directory=DIRECTORY))

    def invitation(self) -> None:
        self.city.deliver_invitation()

    def rate(self, rating: str) -> None:
        command = self._command(evaluation.Rate, rating=rating)
        self.city.ask("evaluation", command, lambda case: evaluation.rate(
            case, command, now=self.city.now, scheme=self.city.scheme
        ))  # fmt: skip

    def rate_again(self, rating: str) -> None:
        command = self._command(evaluation.RateAgain, rating=rating)
        self.city.ask("evaluation", command, lambda case: evaluation.rate_again(
            case, command, now=self.city.now, scheme=self.city.scheme
        ))  # fmt: skip

    def _dispatch(self, unit: str) -> str:
        of_unit = [d for d in self.city.books["routing"].state.dispatches.values() if d.unit == unit]
        assert of_unit, f"{unit} has no hand-over"
        return of_unit[-1].dispatch

    def _command(self, kind: type[Any], **fields: Any) -> Any:
        return kind(id=str(uuid4()), at=self.city.now, by="test", **fields)

    def _ask(self, service: str, command: Any, rule: Callable[..., Iterable[Event]]) -> None:
        self.city.ask(service, command, partial(rule, command=command, now=self.city.now))


UNIT = r"(?P<unit>[a-z]+_[a-z]+)"
ACTS = (
    (r"an enterprise files through (?P<channel>[a-z0-9-]+)", "file"),
    (r"an enterprise registered in (?P<registered>\d{6}) files through (?P<channel>[a-z0-9-]+)", "file"),
    (r"an (?P<unregistered>unregistered) enterprise files through (?P<channel>[a-z0-9-]+)", "file"),
    (r"the second review (?P<verdict>verifies|refuses) it", "review"),
    (r"the screener accepts it as (?P<category>[a-z]+) for the (?P<level>city|county)", "accept"),
    (
        r"the screener accepts it as (?P<category>[a-z]+) for the (?P<level>city|county) with (?P<with_>[a-z_]+)",
        "accept",
    ),
    (
        r"the screener accepts it as (?P<category>[a-z]+) for the (?P<level>city|county) (?P<override>all the same)",
        "accept",
    ),
    (r"the screener returns it as (?P<reason>[a-z-]+)", "give_back"),
    (r"the screener asks for a supplement", "ask_supplement"),
    (r"the enterprise supplements it", "supplement"),
    (r"the enterprise withdraws it", "withdraw"),
    (rf"{UNIT} (?P<act>objects), proposing (?P<proposed>[a-z_]+)", "unit"),
    (
        rf"{UNIT} (?P<act>takes it|tells its progress|replies|replies that it goes by law|cannot solve it|decides finally)",
        "unit",
    ),
    (rf"the administrator (?P<verdict>grants) {UNIT} its objection, to (?P<to>[a-z_]+)", "administrator"),
    (rf"the administrator (?P<verdict>refuses) {UNIT} its objection", "administrator"),
    (r"the superior designates (?P<to>[a-z_]+)", "superior"),
    (rf"the office (?P<verdict>lists|gives back) what {UNIT} could not solve", "office"),
    (r"the invitation is delivered", "invitation"),
    (r"the enterprise rates it (?P<rating>satisfied|dissatisfied)", "rate"),
    (r"the enterprise rates it again, (?P<rating>satisfied|dissatisfied)", "rate_again"),
)


def _fits(fact: Event, wanted: str) -> bool:
    name, *words = wanted.split()
    values = {str(value) for value in fact.model_dump().values()}
    return fact.type == f"{name}.v1" and all(word in values for word in words)


def _short(facts: list[Event]) -> list[str]:
    return [fact.type.removesuffix(".v1") for fact in facts]
