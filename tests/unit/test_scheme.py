"""A regulation is data with a closed vocabulary: what does not hold together is refused in a sentence that says where."""

import ast
import copy
import json
import re
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from contracts.events import EVENTS
from libs.files import load_schemes
from libs.policy import scheme as vocabulary
from libs.policy.period import Period
from libs.policy.publication import PublicField
from libs.policy.scheme import SchemeError, Schemes, matches, parse_scheme

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy/schemes/chaozhou-direct-line.2021-11-08.yaml"
TEXT = FILE.read_text(encoding="utf-8")


DATA = yaml.load(TEXT, yaml.CSafeLoader)


def with_(**changes: Any) -> str:
    """001 with changes at places: a value, or `...` to take the place out. `a__0__b_c` is `b-c` in the first of `a`."""
    data = copy.deepcopy(DATA)
    for place, value in changes.items():
        *path, last = (int(step) if step.isdigit() else step for step in place.split("__"))
        here: Any = data
        for step in path:
            here = here[step]
        key = last if isinstance(last, int) or last in here else last.replace("_", "-")
        if value is ...:
            del here[key]
        else:
            here[key] = value
    return json.dumps(data, default=str)  # JSON is YAML


def refusal(text: str) -> str:
    with pytest.raises(SchemeError) as refused:
        parse_scheme(text, source="001.yaml")
    return str(refused.value)


# --- what is refused --------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown word": ({"color": "red"}, "001.yaml: color: unknown word; remove it or see libs/policy/scheme.py"),
    "an unknown word deep within": (
        {"clocks__reply__whithin": "2 hours"}, "001.yaml: clocks.reply.whithin: unknown word; remove it"
    ),
    "a missing part": ({"channels": ...}, "001.yaml: channels: must be given"),
    "a missing citation": ({"clocks__reply__law": ...}, "001.yaml: clocks.reply.law: must be given"),
    "an empty citation": ({"clocks__reply__law": ""}, "001.yaml: clocks.reply.law: String should have at least 1"),
    "no channel": ({"channels": {}}, "001.yaml: channels: Dictionary should have at least 1 item"),
    "a channel of no kind": ({"channels__window__kind": "pigeon"}, "001.yaml: channels.window.kind: Input should be"),
    "an unknown event": (
        {"clocks__reply__from": "case.forgotten"},
        "001.yaml: clocks.reply.from.0: no event is called 'case.forgotten'; the catalogue lists them all",
    ),
    "an unknown event that stops": (
        {"clocks__reply__until__0": "case.replid"}, "001.yaml: clocks.reply.until.0: no event is called 'case.replid'"
    ),
    "an unknown event that calls for a letter": (
        {"letters__0__after": "appeal.lost"}, "001.yaml: letters.0.after: no event is called 'appeal.lost'"
    ),
    "an unknown period": (
        {"clocks__reply__within": "10 workdays"}, "001.yaml: clocks.reply.within: unknown period '10 workdays'; the words"
    ),
    "an unknown period of warning": ({"clocks__reply__warn": ["soon"]}, "001.yaml: clocks.reply.warn.0: unknown period"),
    "a warning before a length of time that is none": (
        {"clocks__reply__warn": ["the 25th"]}, "001.yaml: clocks.reply.warn: 'the 25th' has no length, so nothing can be"
    ),
    "an unknown consequence": (
        {"clocks__reply__missed": ["fine"]}, "001.yaml: clocks.reply.missed.0: Input should be 'deem-taken'"
    ),
    "a clock that nothing stops": ({"clocks__reply__until": []}, "001.yaml: clocks.reply.until: Tuple should have at least"),
    "a clock started and stopped by the same event": (
        {"clocks__reply__until": ["case.assigned"]},
        "001.yaml: clocks.reply: it is started and stopped by the same event, so nobody can stop it",
    ),
    "a clock started and voided by the same event": (
        {"clocks__reply__void": ["case.assigned"]},
        "001.yaml: clocks.reply: it is started and stopped by the same event, so nobody can stop it",
    ),
    "a clock that waits for what only a session says": (
        {"clocks__reply__until": ["session.held"]},
        "clocks.reply: nobody can stop it after case.assigned.v1: session.held.v1 is said of a session, not of what",
    ),
    "a clock that waits for what the scheme rules out": (
        {"clocks__reply__until": ["case.struck_off"]},
        "nobody can stop it after case.assigned.v1: case.struck_off.v1 is only said under `problem_list`",
    ),
    "a clock that the scheme never starts": (
        {"clocks__reply__from": "case.plan_fixed", "clocks__reply__when": {}},
        "clocks.reply: it can never start: case.plan_fixed.v1 is only said under `problem_list`",
    ),
    "a clock that ends with what is about no case": (
        {"clocks__reply__until": ["case.replied", "visit.logged"]},
        "clocks.reply: visit.logged.v1 is about no case and no session, so no clock can start or end with it",
    ),
    "a pause without an end": (
        {"clocks__screening__pauses__0__until": []},
        "001.yaml: clocks.screening.pauses: a pause that starts with appeal.mismatched.v1 and never ends",
    ),
    "a pause that ends as it begins": (
        {"clocks__screening__pauses__0__until": ["appeal.mismatched"]},
        "001.yaml: clocks.screening.pauses: a pause that starts with appeal.mismatched.v1 and never ends",
    ),
    "a condition on a field that the event has not": (
        {"clocks__reply__when": {"mood": ["good"]}}, "001.yaml: clocks.reply.when: case.assigned.v1 has no field 'mood'"
    ),
    "a condition on a value that the field never has": (
        {"clocks__reply__when": {"task": ["handel"]}},
        "001.yaml: clocks.reply.when: task of case.assigned.v1 is never 'handel'",
    ),
    "a condition on a rung that is not on the ladder": (
        {"clocks__reply__when": {"rung": ["moon"]}}, "001.yaml: clocks.reply.when: rung of case.assigned.v1 is never 'moon'"
    ),
    "a letter about a clock that there is not": (
        {"letters__16__when": {"clock": ["replies"]}},
        "001.yaml: letters[16].when: clock of clock.warned.v1 is never 'replies'",
    ),
    "a letter's condition on a field that the event has not": (
        {"letters__5__when": {"mood": ["good"]}}, "001.yaml: letters[5].when: case.assigned.v1 has no field 'mood'"
    ),
    "two rungs of one name": ({"ladder__1__rung": "county"}, "ladder: two rungs have the same name"),
    "a rung without a holder": ({"ladder__0__holder": ...}, "001.yaml: ladder.0.holder: must be given"),
    "a rung held by nobody there is": ({"ladder__0__holder": "king"}, "001.yaml: ladder.0.holder: Input should be"),
    "a way up to no rung": ({"ladder__0__up": "moon"}, "ladder.county.up: there is no rung 'moon' to climb to"),
    "a circle": (
        {"ladder__2__up": "county"},
        "ladder: from 'county' it climbs in a circle (county → department → session → county) and ends nowhere",
    ),
    "a rung that climbs to itself": (
        {"ladder__1__up": "department"}, "from 'department' it climbs in a circle (department → department)"
    ),
    "a level on a rung without a way up": (
        {"levels__city__rung": "session"}, "levels.city: from rung 'session' nothing can climb"
    ),
    "a rung that nobody reaches": (
        {"ladder__0__up": "session", "levels__city__rung": "county"}, "ladder.department: no appeal can ever reach it"
    ),
    "a level on no rung": ({"levels__city__rung": "moon"}, "levels.city.rung: there is no rung 'moon'"),
    "a reason of return that is not listed": (
        {"returns__not_local": ...}, "eligibility.otherwise: 'not-local' is not among the reasons in returns"
    ),
    "a second reason that is not listed": (
        {"eligibility__unsupplemented": "too-late"},
        "eligibility.unsupplemented: 'too-late' is not among the reasons in returns",
    ),
    "disputes bounded by no clock": ({"disputes__clock": "whim"}, "disputes.clock: there is no clock 'whim'"),
    "a name that no topic could carry": ({"scheme": "Chaozhou 1"}, "001.yaml: scheme: String should match pattern"),
    "words for the public that are not its business": (
        {"publication__fields": {"phone": {"zh": "电话", "en": "phone"}}}, "publication.fields.phone"
    ),
    "a ranking of nobody": ({"publication__minimum_sample": 0}, "publication.minimum_sample: Input should be greater"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_in_a_sentence_that_says_where(what: str):
    changes, sentence = REFUSED[what]
    assert sentence in refusal(with_(**changes))


def test_every_problem_is_told_at_once():
    told = refusal(with_(ladder__2__up="county", disputes__clock="whim"))
    assert "climbs in a circle" in told
    assert "there is no clock 'whim'" in told


def test_what_is_no_yaml_is_refused():
    assert refusal("scheme: [").startswith("001.yaml: not YAML")
    assert refusal("just a sentence").startswith("001.yaml: ")


# --- what is accepted -------------------------------------------------------------------------------------------------


def test_the_first_regulation_loads_as_it_stands():
    schemes = load_schemes(FILE.parent)
    scheme = schemes["chaozhou-direct-line@2021-11-08"]
    assert scheme.hash == sha256(TEXT.encode()).hexdigest()[:16]
    assert [rung.rung for rung in scheme.ladder] == ["county", "department", "session"]
    assert scheme.clocks["reply"].period == Period.parse("10 working days")
    assert scheme == parse_scheme(with_(), source="again").model_copy(update={"hash": scheme.hash})


def test_a_single_rung_needs_no_way_up():
    scheme = parse_scheme(
        with_(
            ladder=[{"rung": "department", "holder": "department", "zh": "部门", "en": "department", "law": "1"}],
            levels={"city": {"rung": "department", "zh": "市", "en": "city", "law": "1"}},
            letters=[],
        ),
        source="small",
    )
    assert scheme.rung("department").up is None


def test_whoever_changes_a_letter_of_the_file_changes_its_hash():
    assert parse_scheme(TEXT, source="a").hash != parse_scheme(TEXT + "\n", source="b").hash


def test_a_case_falls_under_the_version_in_force_on_its_day():
    first = parse_scheme(TEXT, source="first")
    second = parse_scheme(with_(in_force={"from": "2025-01-01"}), source="second")
    schemes = Schemes([first, second])
    name = first.scheme
    assert schemes.in_force(name, date(2021, 11, 7)) is None
    assert schemes.in_force(name, date(2021, 11, 8)) == first
    assert schemes.in_force(name, date(2024, 12, 31)) == first
    assert schemes.in_force(name, date(2025, 1, 1)) == second
    assert schemes.in_force("pigeons", date(2025, 1, 1)) is None


def test_a_regulation_that_ended_takes_no_more_cases():
    ended = parse_scheme(with_(in_force={"from": "2021-11-08", "to": "2024-06-30"}), source="ended")
    assert Schemes([ended]).in_force(ended.scheme, date(2024, 6, 30)) == ended
    assert Schemes([ended]).in_force(ended.scheme, date(2024, 7, 1)) is None


def test_a_condition_holds_when_every_field_has_one_of_its_values():
    class Fact:
        rung, task = "department", "handle"

    assert matches(Fact(), {})
    assert matches(Fact(), {"rung": ("county", "department"), "task": ("handle",)})
    assert not matches(Fact(), {"rung": ("county",), "task": ("handle",)})
    assert not matches(Fact(), {"mood": ("good",)})


# --- the law is nowhere else ------------------------------------------------------------------------------------------

PYTHON = [file for folder in ("libs", "services") for file in sorted((ROOT / folder).rglob("*.py"))]

ALSO_OURS = {
    "supplement": "a stage of intake, and a field of the dossier",
    "screening": "a stage of intake",
    "rating": "a field of events and of the ledger",
    "reply": "a command of a unit",
    "objection": "a message of a unit",
    "notice": "what a calendar is made of",
    "solved": "what a call-back found, and a field of its event",
    "directory": "a collection of routing",
    "left-off": "where a case stands with a session",
    "commitment": "an act of a unit",
    "portal": "the door of the pages, and the channel that they are",
}
"""Words of 001 that are ours as well, whatever a regulation calls its own things."""


def words_of_the_law() -> set[str]:
    """Every code that 001 gives, except those that the vocabulary gives to it."""
    scheme = parse_scheme(TEXT, source=FILE.name)
    given = {
        *scheme.channels, *scheme.returns, *scheme.levels, *scheme.categories, *scheme.outcomes, *scheme.clocks,
        *(rung.rung for rung in scheme.ladder),
        scheme.scheme, scheme.law.number, scheme.law.name, scheme.eligibility.registered_in,
    }  # fmt: skip
    return given - literals_of_the_vocabulary() - ALSO_OURS.keys()


def literals_of_the_vocabulary() -> set[str]:
    """Every word of a closed list, and every name of a part, in the vocabulary of schemes and of events."""
    lists = [vocabulary.Action, vocabulary.Audience, vocabulary.Way, PublicField]
    models = [
        part for part in vars(vocabulary).values() if isinstance(part, type) and issubclass(part, vocabulary.Part)
    ]
    for model in [*models, *EVENTS.values()]:
        lists += [field.annotation for field in model.model_fields.values()]
    return {word for annotation in lists for word in words_in(annotation)} | {
        name for model in models for name in model.model_fields
    }


def words_in(annotation: Any) -> Iterator[str]:
    for argument in get_args(annotation):
        if isinstance(argument, str):
            yield argument
        else:
            yield from words_in(argument)


def texts_in(file: Path) -> Iterator[str]:
    """Every text constant of a module that is no docstring."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in statements:
            yield node.value


def test_the_words_that_are_the_laws_own_are_known():
    assert {"hotline-12345", "litigation", "not-local", "no-supplement", "acceptance", "4451"} <= words_of_the_law()


def test_no_service_names_what_a_regulation_alone_decides():
    """Its channels, reasons, categories, outcomes, clocks and rungs."""
    words = words_of_the_law()
    found = {f"{file.relative_to(ROOT)}: {text}" for file in PYTHON for text in texts_in(file) if text in words}
    assert not found


def test_no_service_names_a_limit():
    limit = re.compile(r"\b\d+ (?:working|natural) days?\b|\b\d+ hours?\b")
    found = {
        f"{file.relative_to(ROOT)}: {text}"
        for file in PYTHON
        if file.name not in ("period.py",)
        for text in texts_in(file)
        if limit.search(text)
    }
    assert not found
