"""The words of letters: none missing, none with a gap, none without use."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import ValidationError

from contracts.events import EVENTS, ClockWarned, Event
from contracts.record import derive_id
from libs.files import load_schemes
from libs.policy.scheme import Letter, Scheme, matches
from services.notification.templates import (
    FETCHED,
    SECRET,
    Email,
    Missing,
    Template,
    load_templates,
    refuse_gaps,
    until,
)

SCHEMES = load_schemes(Path("deploy/schemes"))
TEMPLATES = load_templates()
LETTERS = [(scheme, letter) for scheme in SCHEMES.values() for letter in scheme.letters]
FETCHED_VALUES = {name: f"<{name}>" for name in FETCHED}
SITE = "https://ztc.example"
AT = datetime(2026, 3, 2, 4, tzinfo=UTC)

SAMPLES = {
    "id": derive_id("sample"),
    "at": AT,
    "cause": "cause",
    "case": "ZT-7K3M9QXA2B4D6F8H",
    "channel": "portal",
    "scheme_hash": "0" * 16,
    "district": "445102",
    "unit": "water_bureau",
    "proposed": "power_bureau",
    "deemed": False,
    "final": False,
    "due": datetime(2026, 3, 2, 16, tzinfo=UTC),
    "was": AT,
    "provisional": False,
    "month": "2026-03",
    "entries": 0,
    "rung_from": "county",
    "rung_to": "department",
    "by": "registry",
}


def possible(scheme: Scheme, letter: Letter) -> Iterator[Event]:
    """An event of every kind that can call for this letter: each code of the scheme in each field that names one."""
    supervised = [name for name, clock in scheme.clocks.items() if "supervise" in clock.missed]
    codes: dict[str, list[Any]] = {
        "scheme": [scheme.ref],
        "category": [*scheme.categories],
        "level": [*scheme.levels],
        "reason": [*scheme.returns],
        "outcome": [*scheme.outcomes],
        "rung": [rung.rung for rung in scheme.ladder],
        "clock": supervised if letter.after == "supervision.opened.v1" else [*scheme.clocks],
    }
    model = EVENTS[letter.after]
    choices: dict[str, list[Any]] = {}
    for name, field in model.model_fields.items():
        if get_origin(field.annotation) is Literal:
            choices[name] = [*get_args(field.annotation)]
        elif name in codes or name in SAMPLES:
            choices[name] = codes.get(name) or [SAMPLES[name]]
    for values in product(*choices.values()):
        event = model.model_validate(dict(zip(choices, values, strict=True)))
        if matches(event, letter.when):
            yield event


def named(pair: tuple[Scheme, Letter]) -> str:
    return pair[1].template


@pytest.mark.parametrize("pair", LETTERS, ids=named)
def test_every_letter_of_every_scheme_can_be_written_for_each_event_that_calls_for_it(
    pair: tuple[Scheme, Letter],
) -> None:
    scheme, letter = pair
    events = [*possible(scheme, letter)]
    assert events
    for event in events:
        template = TEMPLATES[letter.template]
        values = template.fill(event, scheme, FETCHED_VALUES, site=SITE)
        for way in letter.by:
            match template.text_for(way):
                case Email(subject=subject, body=body):
                    texts = [subject, body]
                case text:
                    texts = [text or ""]
            for text in texts:
                written = text.format_map(values)
                assert written.strip()
                assert not re.search(r"[{}]|None", written), written


@pytest.mark.parametrize("pair", LETTERS, ids=named)
def test_every_letter_says_what_to_do_next(pair: tuple[Scheme, Letter]) -> None:
    template = TEMPLATES[pair[1].template]
    for way in pair[1].by:
        assert template.variables_by(way) & {"site", "link"}, f"{template.name} by {way} leads nowhere"


def test_every_scheme_has_templates_and_words_for_every_way() -> None:
    refuse_gaps(TEMPLATES, SCHEMES)
    without = {name: template for name, template in TEMPLATES.items() if name != "receipt"}
    with pytest.raises(ValueError, match="no template 'receipt'"):
        refuse_gaps(without, SCHEMES)
    speechless = TEMPLATES["receipt"].model_copy(update={"sms": None})
    with pytest.raises(ValueError, match="no words for sms"):
        refuse_gaps(TEMPLATES | {"receipt": speechless}, SCHEMES)


def test_there_is_no_template_and_no_text_without_use() -> None:
    used = {(letter.template, way) for _, letter in LETTERS for way in letter.by}
    written = {
        (name, way)
        for name, template in TEMPLATES.items()
        for way in ("sms", "email", "call")
        if template.text_for(way) is not None
    }
    assert written == used


def test_short_messages_carry_neither_names_nor_answers() -> None:
    """What a lock screen shows, and what a provider keeps, is the number of a case and no more."""
    for template in TEMPLATES.values():
        assert not template.variables_by("sms") & {"addressee", "answer", "final"}, template.name


def test_words_are_for_fields_that_the_event_has() -> None:
    for scheme, letter in LETTERS:
        for field in TEMPLATES[letter.template].words:
            assert field in EVENTS[letter.after].model_fields, f"{letter.template}: {scheme.ref}"


@pytest.mark.parametrize("gap", [None, "", "  "])
def test_a_variable_without_a_value_refuses_the_letter(gap: str | None) -> None:
    scheme, letter = next(pair for pair in LETTERS if pair[1].template == "rating-invitation")
    event = next(possible(scheme, letter))
    with pytest.raises(Missing) as missing:
        TEMPLATES[letter.template].fill(event, scheme, FETCHED_VALUES | {"link": gap}, site=SITE)
    assert missing.value.variable == "link"


def test_what_other_services_tell_is_never_read_as_a_placeholder() -> None:
    template = Template(name="t", params=("answer", "site"), sms="{answer} {site}")
    scheme, letter = LETTERS[0]
    values = template.fill(next(possible(scheme, letter)), scheme, {"answer": "{site}{0}"}, site=SITE)
    assert "{answer} {site}".format_map(values) == "{site}{0} https://ztc.example"


@pytest.mark.parametrize(
    ("params", "text"),
    [(("case",), "{case} {site}"), (("case", "site"), "{case}"), (("phone",), "{phone}"), (("case", "case"), "{case}")],
)
def test_a_template_declares_exactly_what_it_uses_and_only_variables_that_there_are(
    params: tuple[str, ...], text: str
) -> None:
    with pytest.raises(ValidationError):
        Template(name="t", params=params, sms=text)


def test_a_rating_link_is_a_secret() -> None:
    assert "link" in SECRET


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (datetime(2026, 3, 2, 16, tzinfo=UTC), "2026年3月2日 24:00前"),
        (datetime(2026, 2, 28, 16, tzinfo=UTC), "2026年2月28日 24:00前"),
        (datetime(2026, 12, 31, 16, tzinfo=UTC), "2026年12月31日 24:00前"),
        (datetime(2026, 3, 2, 7, 30, tzinfo=UTC), "2026年3月2日 15:30前"),
        (datetime(2026, 3, 2, 16, 5, tzinfo=UTC), "2026年3月3日 00:05前"),
    ],
)
def test_midnight_is_the_end_of_the_day_before(due: datetime, words: str) -> None:
    assert until(due) == words


def test_a_warning_names_the_due_time_as_officials_write_it() -> None:
    scheme, letter = next(pair for pair in LETTERS if pair[1].template == "due-soon")
    event = next(possible(scheme, letter))
    assert isinstance(event, ClockWarned)
    values = TEMPLATES["due-soon"].fill(event, scheme, FETCHED_VALUES, site=SITE)
    assert "请抓紧办理，并在2026年3月2日 24:00前登录" in (TEMPLATES["due-soon"].sms or "").format_map(values)
