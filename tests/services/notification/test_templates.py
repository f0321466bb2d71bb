"""The words of letters: none missing, none with a gap, none without use."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import ValidationError

from contracts.catalogue import heard_by
from contracts.events import EVENTS, CaseEvent, ClockRecomputed, ClockWarned, Event, SessionDated, SessionEvent
from contracts.record import derive_id
from libs.files import load_notices, load_schemes
from libs.policy.calendar import Calendar
from libs.policy.scheme import Letter, Scheme, Way, matches
from services.notification.domain import session_of
from services.notification.templates import (
    FETCHED,
    KEPT_APART,
    SECRET,
    Email,
    Missing,
    Template,
    load_templates,
    refuse_gaps,
    until,
    variables_of,
)

SCHEMES = load_schemes(Path("deploy/schemes"))
TEMPLATES = load_templates()
LETTERS = [(scheme, letter) for scheme in SCHEMES.values() for letter in scheme.letters]
CALENDAR = Calendar.from_years(load_notices(Path("deploy/calendars")))
FETCHED_VALUES = {name: f"<{name}>" for name in FETCHED}
SITE = "https://ztc.example"
AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
CASE, SESSION = "ZT-7K3M9QXA2B4D6F8H", "HY-7K3M9QXA2B4D6F8H"

SAMPLES = {
    "id": derive_id("sample"),
    "at": AT,
    "cause": "cause",
    "session": SESSION,
    "guest": CASE,
    "first": CASE,
    "to": CASE,
    **{
        name: f"{prefix}-7K3M9QXA2B4D6F8H"
        for name, prefix in {
            "visit": "ZF",
            "served": "FW",
            "report": "JB",
            "matter": "ML",
            "occurrence": "ZR",
            "finding": "WZ",
            "sample": "CY",
            "publication": "TB",
        }.items()
    },
    "held_on": date(2026, 3, 11),
    "due_on": date(2026, 3, 20),
    "period": "2026-03",
    "to_scheme": "chaozhou-direct-line@2021-11-08",
    "fallback": "water_bureau",
    "lead": "water_bureau",
    "by": "registry",
    **dict.fromkeys(
        ("items", "pending", "times", "enterprises", "working_days", "cases", "version", "round", "seconds"), 3
    ),
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
        "complexity": [*scheme.complexities] or [None],
        "duty": [*scheme.duties],
        "kind": _kinds(scheme, letter),
        "channel": [*scheme.channels],
        "step": [review.step for review in scheme.reviews],
        "trigger": [*scheme.oversight.accountability],
        "measure": [*scheme.oversight.measures],
        "case": [SESSION if _is_of_a_session(scheme, letter) else CASE],
        "clock": supervised if letter.after == "supervision.opened.v1" else [*scheme.clocks],
    }
    model = EVENTS[letter.after]
    choices: dict[str, list[Any]] = {}
    for name, field in model.model_fields.items():
        if get_origin(field.annotation) is Literal:
            choices[name] = [*get_args(field.annotation)]
        elif name in codes or name in SAMPLES:
            choices[name] = codes[name] if name in codes else [SAMPLES[name]]
    for values in product(*choices.values()):
        event = model.model_validate(dict(zip(choices, values, strict=True)))
        if matches(event, letter.when):
            yield event


def _kinds(scheme: Scheme, letter: Letter) -> list[Any]:
    if letter.after.startswith("publication."):
        return [*scheme.publications]
    return [*scheme.visits] if letter.after.startswith("visit.") else [*scheme.sessions]


def _is_of_a_session(scheme: Scheme, letter: Letter) -> bool:
    """Whether it is about a session, or about a limit of one."""
    clocks = [scheme.clocks[name] for name in letter.when.get("clock", ())]
    return issubclass(EVENTS[letter.after], SessionEvent) or any(
        event.startswith("session.") for clock in clocks for event in clock.from_
    )


def dated(scheme: Scheme) -> SessionDated | None:
    """What a letter about a session knows of it."""
    if not scheme.sessions:
        return None
    return SessionDated(
        id=derive_id("dated"),
        at=AT,
        cause="cause",
        case=SESSION,
        scheme=scheme.ref,
        kind=next(iter(scheme.sessions)),
        held_on=date(2026, 3, 11),
        place="hall",
        moved=False,
    )


def filled(
    template: Template, event: Event, scheme: Scheme, fetched: dict[str, Any] = FETCHED_VALUES, *, way: Way = "sms"
) -> dict[str, str]:
    session = dated(scheme) if session_of(event) else None
    return template.fill(event, scheme, fetched, way=way, site=SITE, session=session, calendar=CALENDAR)


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
        for way in letter.by:
            values = filled(template, event, scheme, way=way)
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


def test_no_service_is_asked_for_what_the_words_by_this_way_do_not_say() -> None:
    """The answer is fetched for the mail that carries it, not for the short message that only says there is one."""
    answered = TEMPLATES["answered"]
    assert answered.fetched("email") == {"addressee", "answer", "handler"}
    assert answered.fetched("sms") == set()
    scheme, letter = next(pair for pair in LETTERS if pair[1].template == "answered")
    event = next(possible(scheme, letter))
    assert filled(answered, event, scheme, {}, way="sms")
    with pytest.raises(Missing):
        filled(answered, event, scheme, {}, way="email")


def test_words_are_for_fields_that_the_event_has() -> None:
    for scheme, letter in LETTERS:
        for field in TEMPLATES[letter.template].words:
            assert field in EVENTS[letter.after].model_fields, f"{letter.template}: {scheme.ref}"


@pytest.mark.parametrize("gap", [None, "", "  "])
def test_a_variable_without_a_value_refuses_the_letter(gap: str | None) -> None:
    scheme, letter = next(pair for pair in LETTERS if pair[1].template == "rating-invitation")
    event = next(possible(scheme, letter))
    with pytest.raises(Missing) as missing:
        filled(TEMPLATES[letter.template], event, scheme, FETCHED_VALUES | {"link": gap})
    assert missing.value.variable == "link"


def test_what_other_services_tell_is_never_read_as_a_placeholder() -> None:
    template = Template(name="t", params=("answer", "site"), sms="{answer} {site}")
    scheme, letter = LETTERS[0]
    values = filled(template, next(possible(scheme, letter)), scheme, {"answer": "{site}{0}"})
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
    values = filled(TEMPLATES["due-soon"], event, scheme)
    assert "请抓紧办理，并在2026年3月2日 24:00前登录" in (TEMPLATES["due-soon"].sms or "").format_map(values)


# --- what a letter may say of whom ------------------------------------------------------------------------------------

SCHEME = SCHEMES["chaozhou-direct-line@2021-11-08"]


def letter(after: str, to: str, template: str = "t", **when: tuple[str, ...]) -> Letter:
    return Letter.model_validate(
        {"after": after, "to": to, "template": template, "by": ("email",), "law": "test", "when": when}
    )


def gap(wanted: Letter, text: str = "{site}") -> str:
    """Why a scheme with this letter is refused."""
    template = Template(name="t", params=tuple(variables_of(text)), email=Email(subject="信", body=text))
    scheme = SCHEME.model_copy(update={"letters": (wanted,)})
    with pytest.raises(ValueError, match="letter") as refused:
        refuse_gaps({"t": template}, {scheme.ref: scheme})
    return str(refused.value)


def test_a_letter_after_a_fact_that_is_not_heard_here_is_refused_when_schemes_load() -> None:
    assert "appeal.linked.v1" not in heard_by("notification")
    assert "notification does not hear of it" in gap(letter("appeal.linked", "office"))


def test_a_letter_to_somebody_whom_its_fact_does_not_name_is_refused_when_schemes_load() -> None:
    assert "nobody is 'enterprise'" in gap(letter("duty.missed", "enterprise"))
    assert "nobody is 'above'" in gap(letter("matter.recurred", "above"))
    assert "it names no unit" in gap(letter("matter.recurred", "unit"))
    assert "it names no guest" in gap(letter("session.dated", "guest"))


@pytest.mark.parametrize("variable", sorted(KEPT_APART))
@pytest.mark.parametrize("authority", ["discipline", "conduct"])
def test_letters_to_discipline_never_carry_what_was_said_in_the_case(variable: str, authority: str) -> None:
    """§3.16, 003-25: only the number crosses; the file is read where it is kept."""
    assert f"{variable} is nothing for '{authority}'" in gap(
        letter("case.rated", authority), f"{{{variable}}} {{site}}"
    )
    for scheme, wanted in LETTERS:
        if wanted.to == authority:
            assert not KEPT_APART & set(TEMPLATES[wanted.template].params), scheme.ref


def test_no_variable_is_an_enterprises_word() -> None:
    """Neither title nor text of an appeal can be put into any letter."""
    for name in ("text", "supplement", "opinion", "credit_code", "phone", "person"):
        with pytest.raises(ValidationError, match="no variable"):
            Template(name="t", params=(name,), sms=f"{{{name}}}")


def text_of(words: str, event: Event, scheme: Scheme = SCHEME) -> str:
    params = tuple(variables_of(words))
    return words.format_map(filled(Template(name="t", params=params, sms=words), event, scheme))


def made(type_: str, **fields: Any) -> Event:
    model = EVENTS[type_]
    known = {name: SAMPLES[name] for name in model.model_fields if name in SAMPLES}
    case = {"case": CASE} if issubclass(model, CaseEvent) else {}
    return model.model_validate(known | case | {"scheme": SCHEME.ref} | fields)


def test_a_letter_about_a_moved_limit_names_the_old_and_the_new_day() -> None:
    """§3.21: an official calendar that moves a due time is told."""
    event = made("clock.recomputed.v1", clock="reply", was=datetime(2026, 3, 3, 16, tzinfo=UTC))
    assert isinstance(event, ClockRecomputed)
    assert text_of("由{was}调整为{due}", event) == "由2026年3月3日 24:00前调整为2026年3月2日 24:00前"


def test_a_letter_about_a_session_names_its_day_and_place_whatever_its_own_fact_says() -> None:
    """001-05: an invitation says when and where."""
    event = made("session.invited.v1", case=SESSION, kind="reception", unit="water_bureau", guest=None)
    assert text_of("{kind}定于{held_on}在{place}举行", event) == ("“直通车”现场活动定于2026年3月11日在政务服务大厅举行")
    listed = made("case.put_on_agenda.v1", session=SESSION)
    assert text_of("{case}将于{held_on}研究", listed) == f"{CASE}将于2026年3月11日研究"


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ("2026", "2026年"),
        ("2026-H1", "2026年上半年"),
        ("2026-Q3", "2026年第三季度"),
        ("2026-07", "2026年7月"),
        ("2026-07-B", "2026年7月下半月"),
        ("2026-10-31", "2026年10月31日"),
    ],
)
def test_periods_are_written_as_officials_write_them(period: str, words: str) -> None:
    """003-35"""
    scheme = SCHEME.model_copy(update={"duties": {"ledger": SCHEME.channels["portal"]}})
    event = made("duty.reminded.v1", duty="ledger", period=period)
    assert text_of("{period}{duty}{due_on}", event, scheme) == f"{words}线上“直通车”平台2026年3月20日"


def test_a_limit_by_class_is_the_limit_of_the_cases_own_class() -> None:
    """Limits by class: 1, 2 or 3 working days, as the scheme says."""
    reply = SCHEME.clocks["reply"].model_copy(
        update={"within": {"simple": "1 working day", "complex": "3 working days"}}
    )
    scheme = SCHEME.model_copy(update={"clocks": SCHEME.clocks | {"reply": reply}})
    of = lambda complexity: made(  # noqa: E731
        "case.assigned.v1", rung="department", role="lead", task="handle", complexity=complexity
    )
    assert text_of("{limit-reply}", of("simple"), scheme) == "1个工作日"
    assert text_of("{limit-reply}", of("complex"), scheme) == "3个工作日"
    with pytest.raises(Missing, match="limit-reply"):
        text_of("{limit-reply}", of(None), scheme)


def test_a_limit_that_a_decision_sets_is_its_day() -> None:
    """§3.22: the day that a decision set."""
    carry_out = SCHEME.clocks["reply"].model_copy(update={"within": "as decided", "warn": ()})
    scheme = SCHEME.model_copy(update={"clocks": SCHEME.clocks | {"carry-out": carry_out}})
    event = made("case.assigned.v1", rung="department", role="lead", task="carry-out", due_on=date(2026, 4, 2))
    assert text_of("{limit-carry-out}", event, scheme) == "2026年4月2日前"
