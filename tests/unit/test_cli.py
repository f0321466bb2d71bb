"""`ztc`: quick to answer, friendly when something is missing, and able to tell the story of a case in two languages.

`stories/silent_enterprise.json` was recorded from a running system: what the services answered about one case, and its
spans.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError
from rich.console import Console, RenderableType
from typer.testing import CliRunner

from contracts.case_number import receipt_number
from contracts.events import EVENTS, CaseClosed, CaseDecided, CaseEvent
from deploy.traces import Span, Spans
from deploy.ztc.case import DEPLOY, DIRECTORY
from deploy.ztc.cli import COMMANDS, app
from deploy.ztc.story import CaseStory, Told, render_case
from deploy.ztc.waterfall import in_tree_order, instants
from libs.files import load_directory, load_schemes
from libs.identity import Tokens
from libs.languages import Lang
from libs.policy.refused import Refused
from libs.wording import Catalogue, Words

RECORDED: dict[str, Any] = json.loads((Path(__file__).parent / "stories/silent_enterprise.json").read_text("utf-8"))
CASE: str = RECORDED["case"]
NEW_CASE = "ZT-0000000000000001"
SPANS = [Span(**span) for span in RECORDED["spans"]]
SCHEMES = load_schemes(DEPLOY / "schemes")
SCHEME = SCHEMES["chaozhou-direct-line@2021-11-08"]
UNITS = load_directory(DIRECTORY)
SECRET = "a secret of at least thirty-two characters"
SCHEME_FILE = DEPLOY / "schemes" / "chaozhou-direct-line.2021-11-08.yaml"


def ztc(*words: object, **environment: str) -> tuple[int, str]:
    runner = CliRunner(env={"COLUMNS": "160", **environment})
    result = runner.invoke(app, [str(word) for word in words], catch_exceptions=False)
    return result.exit_code, result.output


def drawn(what: RenderableType, width: int = 160) -> str:
    console = Console(file=StringIO(), width=width)
    console.print(what)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def line_with(text: str, said: str) -> str:
    return next(line for line in said.splitlines() if text in line)


# The command itself ---------------------------------------------------------------------------------------------------


def test_help_is_quick_because_it_imports_nothing_that_a_command_needs() -> None:
    look = "import sys; from typer.testing import CliRunner; from deploy.ztc.cli import app; "
    look += "said = CliRunner().invoke(app, ['--help']).output; print(said, *sys.modules, sep='|')"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    assert all(command in said for command in COMMANDS)
    imported = {module.partition(".")[0] for module in said.strip().split("|")}
    assert not imported & {"pydantic", "httpx", "aio_pika", "pymongo", "fastapi", "libs", "contracts"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_there_when_it_is_called(command: str) -> None:
    code, said = ztc(command, "--help")
    assert code == 0, said
    assert f"ztc {command}" in said or f"root {command}" in said


def test_a_misspelt_command_is_answered_with_the_one_that_was_meant() -> None:
    code, said = ztc("cas", CASE)
    assert code == 2
    assert "Did you mean 'case'?" in said


def test_the_version_is_the_installed_one() -> None:
    assert ztc("version") == (0, "0.1.0\n")


# Schemes --------------------------------------------------------------------------------------------------------------


def test_a_scheme_that_can_be_used_is_summed_up_with_the_articles_it_rests_on() -> None:
    code, said = ztc("scheme", "check", SCHEME_FILE, "--lang", "zh")
    assert code == 0, said
    assert f"OK {SCHEME_FILE}: {SCHEME.ref}  {SCHEME.hash}" in said
    reply = line_with("reply ", said)
    assert all(part in reply for part in ("10个工作日", "case.assigned", "supervise", "二(三)"))
    assert "潮府办函〔2021〕52号" in said
    assert all(clock in said for clock in SCHEME.clocks)


def test_every_problem_of_a_scheme_is_a_sentence_that_says_where(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    text = SCHEME_FILE.read_text(encoding="utf-8")
    broken.write_text(
        text.replace("within: 10 working days", "within: soon").replace("up: session", "up: heaven"), "utf-8"
    )
    code, said = ztc("scheme", "check", SCHEME_FILE, broken, tmp_path / "missing.yaml")
    assert code == 1
    assert f"OK {SCHEME_FILE}" in said
    assert f"✗ {broken}: clocks.reply.within: unknown period 'soon'" in said
    assert f"✗ {tmp_path / 'missing.yaml'}: No such file or directory" in said


# Words ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("event", [name for name, kind in EVENTS.items() if issubclass(kind, CaseEvent)])
def test_every_event_of_a_case_has_a_sentence_in_both_languages_even_when_nothing_more_is_known(
    event: str, lang: Lang
) -> None:
    said = Words(lang, SCHEME, UNITS).sentence(event, {})
    assert said
    assert not set("[]{}") & set(said)


NAMED_BY_SCHEMES = {
    "clock": lambda scheme: scheme.clocks,
    "template": lambda scheme: (letter.template for letter in scheme.letters),
    "audience": lambda scheme: (letter.to for letter in scheme.letters),
    "way": lambda scheme: (way for letter in scheme.letters for way in letter.by),
    "complexity": lambda scheme: scheme.complexities,
    "kind": lambda scheme: scheme.sessions,
    "level": lambda scheme: (*scheme.levels, *scheme.rating.scale),
    "step": lambda scheme: (review.step for review in scheme.reviews),
    "rung": lambda scheme: (rung.rung for rung in scheme.ladder),
    "outcome": lambda scheme: (*scheme.outcomes, *get_args(CaseDecided.model_fields["outcome"].annotation)),
}


@pytest.mark.parametrize("field", NAMED_BY_SCHEMES)
@pytest.mark.parametrize("ref", SCHEMES)
def test_what_a_scheme_names_by_a_code_is_called_something_in_both_languages(ref: str, field: str) -> None:
    scheme = SCHEMES[ref]
    zh, en = (Words(lang, scheme, UNITS) for lang in (Lang.ZH, Lang.EN))
    codes = {code for code in NAMED_BY_SCHEMES[field](scheme) if code != "summary-drafted"}
    assert not {code for code in codes if zh.name(field, code).isascii()}
    assert not {code for code in codes if "-" in code and en.name(field, code) == code}


def test_how_a_case_ended_is_called_something_in_both_languages() -> None:
    zh = Words(Lang.ZH, SCHEME, UNITS)
    assert not {
        code for code in get_args(CaseClosed.model_fields["outcome"].annotation) if zh.name("outcome", code).isascii()
    }


def test_a_rating_is_told_in_the_words_of_the_schemes_own_scale() -> None:
    words = Words(Lang.ZH, SCHEMES["suqian-window@2024-02-23"], UNITS)
    codes = {"rating": "dissatisfied", "level": "very-dissatisfied"}
    assert words.sentence("case.rated.v1", codes) == "满意度评价：不满意（非常不满意）"


def test_the_time_that_something_without_a_limit_took_is_told_in_days_and_hours() -> None:
    words = Words(Lang.ZH, SCHEMES["kaihua-call-and-answer@2024-03-04"], UNITS)
    assert words.sentence("clock.measured.v1", {"clock": "leaders", "seconds": "187200"}) == "领导研究用时2 天 4 小时"
    assert words.name("seconds", "3") == "不到 1 分钟"


def test_a_sentence_names_units_and_what_the_scheme_names() -> None:
    zh, en = (Words(lang, SCHEME, UNITS) for lang in (Lang.ZH, Lang.EN))
    codes = {"unit": "shi_shuiwu", "outcome": "explained"}
    assert zh.sentence("case.replied.v1", codes) == "市税务局回复处理意见：政策不允许，已作解释"
    assert (
        en.sentence("case.replied.v1", codes)
        == "The handling opinion came from Tax Service: policy does not allow it, which was explained"
    )


def test_a_code_may_have_a_sentence_of_its_own() -> None:
    words = Words(Lang.ZH, SCHEME, UNITS)
    assert words.sentence("case.taken.v1", {"unit": "shi_shuiwu", "deemed": "true"}) == "市税务局逾时未接收，视为接收"
    assert words.sentence("case.taken.v1", {"unit": "shi_shuiwu", "deemed": "false"}) == "市税务局接收诉求"


def test_without_its_scheme_a_sentence_shows_the_codes() -> None:
    assert Words(Lang.ZH, None, UNITS).sentence("case.answered.v1", {"outcome": "solved"}) == "答复企业：solved"


def test_a_wording_that_needs_what_may_be_unknown_is_refused() -> None:
    with pytest.raises(ValidationError, match="unit may be unknown"):
        Catalogue.model_validate({"events": {"case.taken": {"zh": "{unit}接收", "en": "taken"}}, "codes": {}})


def test_a_limit_that_ends_at_midnight_ends_at_24_o_clock_of_the_day_before() -> None:
    words = Words(Lang.ZH, SCHEME, UNITS)
    assert words.until(datetime(2026, 3, 17, 16, tzinfo=UTC)) == "2026-03-17 24:00"
    assert words.until(datetime(2026, 3, 17, 3, tzinfo=UTC)) == "2026-03-17 11:00"


# The story ------------------------------------------------------------------------------------------------------------


def story(**changes: Any) -> CaseStory:
    recorded: dict[str, Any] = {name: RECORDED[name] for name in ("appeal", "clocks", "letters")}
    recorded["spans"] = SPANS
    return CaseStory.of(CASE, schemes=SCHEMES, directory=UNITS, **recorded | changes)


def test_the_story_is_told_in_chinese_in_the_order_of_business_time() -> None:
    said = drawn(render_case(story()))
    happened = [line.strip() for line in said.splitlines() if line.startswith(" 2026-")]
    assert happened[:6] == [
        "2026-01-23 17:00   企业经线上“直通车”平台提交诉求，予以预受理",
        "2026-01-23 17:00   企业信息与法人库匹配",
        "2026-01-27 09:00   甄别完毕，予以受理（税费，市级职能范围）",
        "2026-01-27 09:00   分派市税务局办理（主办）",
        "2026-01-27 09:00   事项登记在册，抄送督查室（市税务局）",
        "2026-01-27 11:00   市税务局接收诉求",
    ]
    assert happened == sorted(happened, key=lambda line: line[:16])


def test_the_story_is_told_in_english_as_well() -> None:
    said = drawn(render_case(story(), Lang.EN))
    assert "2026-01-27 09:00   The case was handed to Tax Service as lead" in said
    assert "Trace b95860dbd847496c8cd1146ac787011a: 7 services, 125 spans" in said


def test_the_head_says_under_which_law_through_which_channel_and_how_far() -> None:
    head = drawn(render_case(story())).split("经过")[0]
    assert all(
        part in head for part in (CASE, "潮府办函〔2021〕52号", "线上“直通车”平台", "2026-01-23 17:00", "办理中")
    )


def test_limits_tell_who_answers_by_when_and_how_it_ended() -> None:
    reply = line_with("回复处理意见  ", drawn(render_case(story())))
    assert all(part in reply for part in ("市税务局", "10个工作日", "2026-02-10 24:00", "按时 2026-02-04 09:00"))


def test_what_has_no_limit_tells_how_long_it_took() -> None:
    measured = {
        "clock": "rating", "unit": None, "started": "2026-01-27T01:00:00Z", "status": "measured", "seconds": 90000,
    }  # fmt: skip
    told = line_with("未定天数", drawn(render_case(story(clocks=[measured]), trace=False)))
    assert "用时 1 天 1 小时" in told


def test_letters_tell_to_whom_by_which_way_and_what_became_of_them() -> None:
    letter = line_with("登记抄送", drawn(render_case(story())))
    assert all(part in letter for part in ("市政府督查室", "邮件", "已送达", "2026-01-27 09:00"))


def test_a_missed_duty_is_called_overdue_and_a_right_that_ended_is_not() -> None:
    words = Words(Lang.ZH, SCHEME, UNITS)
    assert words.sentence("clock.missed.v1", {"clock": "reply"}) == "超期：回复处理意见时限届满"
    assert "超期" not in words.sentence("clock.missed.v1", {"clock": "objection"})
    late = [clock | {"status": "late"} for clock in RECORDED["clocks"] if clock["clock"] in ("reply", "rating")]
    said = drawn(render_case(story(clocks=late), trace=False))
    assert "超期完成" in line_with("10个工作日", said)
    assert "期满" in line_with("5个自然日", said)


def test_services_and_trace_tell_the_same_and_an_event_that_both_know_is_told_once() -> None:
    whole, left = story().told(), story(appeal=None).told()
    assert [(fact.at, fact.type) for fact in whole] == [(fact.at, fact.type) for fact in left]


def test_without_spans_the_services_tell_the_story() -> None:
    said = story(spans=()).told()
    assert said[0] == Told(datetime(2026, 1, 23, 9, tzinfo=UTC), "appeal.filed.v1", {"channel": "portal"})
    assert "链路" not in drawn(render_case(story(spans=())))


# The waterfall --------------------------------------------------------------------------------------------------------


def span(name: str, start: int, parent: str = "", at: datetime | None = None) -> Span:
    business = at.isoformat() if at else ""
    return Span("t", name, parent, "intake", name, "server", start, start + 1, "", business, CASE, {})


NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


def test_what_happens_within_a_minute_of_business_time_is_one_instant() -> None:
    soon, later = NOW + timedelta(seconds=59), NOW + timedelta(seconds=60)
    groups = instants([span("a", 1, at=NOW), span("b", 2, at=soon), span("c", 3, at=later)])
    assert [(group.at, [s.name for s in group.spans]) for group in groups] == [(NOW, ["a", "b"]), (later, ["c"])]


def test_a_span_without_business_time_stands_where_it_began() -> None:
    groups = instants([span("a", 1, at=NOW), span("c", 3), span("b", 2, at=NOW + timedelta(days=1))])
    assert [[s.name for s in group.spans] for group in groups] == [["a"], ["b", "c"]]


def test_children_stand_under_their_parents_and_a_child_of_another_instant_at_the_left() -> None:
    spans = [span("b", 2, parent="long ago"), span("d", 3), span("c", 4, parent="b")]
    assert [(depth, s.name) for depth, s in in_tree_order(spans)] == [(0, "b"), (1, "c"), (0, "d")]


def test_the_trace_shows_real_milliseconds_and_the_long_waits_between() -> None:
    said = drawn(render_case(story()))
    assert "2026-01-27 09:00  +3 天 16 小时 ─" in said
    assert "2026-01-29 09:00  +1 天 ─" in said
    first = line_with("receive appeal.submitted.v1", said)
    assert first.startswith("gateway")
    assert "375.6 ms" in first


def test_a_span_that_failed_says_with_what() -> None:
    failed = [replace(SPANS[0], error_type="Conflict"), *SPANS[1:]]
    assert "receive appeal.submitted.v1  ✗ Conflict" in drawn(render_case(story(spans=failed)))


# Asking ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", [CASE, CASE.lower(), f" {CASE[3:7]} {CASE[7:]}", CASE.replace("1", "I").replace("0", "o")]
)
def test_a_receipt_number_is_understood_however_it_was_read_out(typed: str) -> None:
    assert receipt_number(typed) == CASE


@pytest.mark.parametrize("typed", ["", "ZT-123", CASE + "0", CASE[:-1] + "U"])
def test_what_is_no_receipt_number_is_said_to_be_none(typed: str, tmp_path: Path) -> None:
    code, said = ztc("case", typed, "--folder", tmp_path)
    assert code == 1
    assert "is no receipt number" in said


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a system that ended has left: its spans."""
    with closing(Spans.write(tmp_path / "spans.sqlite")) as spans:
        spans.add(SPANS)
    return tmp_path


@pytest.fixture
def running(folder: Path) -> Iterator[Path]:
    """A folder whose services answer what was recorded, to who comes with a token of the right kind."""
    answers = {
        f"/appeals/{CASE}": RECORDED["appeal"],
        f"/cases/{CASE}/clocks": RECORDED["clocks"],
        f"/cases/{CASE}/letters": RECORDED["letters"],
        f"/appeals/{NEW_CASE}": RECORDED["appeal"],
        f"/cases/{NEW_CASE}/letters": [],
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                caller = Tokens(SECRET).read((self.headers["authorization"] or "").removeprefix("Bearer "))
                known = "ops" in caller.roles and self.path in answers
            except Refused:
                known = False
            body = answers[self.path] if known else {"detail": "there is no such case for you"}
            self.send_response(200 if known else 404)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        describe(folder, server.server_port)
        yield folder
        server.shutdown()
        serving.join()


def describe(folder: Path, port: int) -> None:
    (folder / "secret").write_text(SECRET)
    system = {
        "pid": 1,
        "urls": dict.fromkeys(("intake", "deadline", "notification"), f"http://127.0.0.1:{port}"),
        "token_secret_file": str(folder / "secret"),
        "spans": str(folder / "spans.sqlite"),
    }
    (folder / "system.json").write_text(json.dumps(system))


def test_a_running_system_is_asked_for_the_whole_story(running: Path) -> None:
    code, said = ztc("case", CASE, "--folder", running, LANG="zh_CN.UTF-8", LC_ALL="")
    assert code == 0, said
    assert all(part in said for part in ("办理中", "市税务局接收诉求", "2026-02-10 24:00", "收件告知", "链路"))
    code, said = ztc("case", CASE, "--folder", running, "--no-trace", LANG="C.UTF-8", LC_ALL="")
    assert "The case was taken by Tax Service" in said
    assert "Trace" not in said


def test_a_case_in_which_no_limit_has_begun_yet_has_a_story_as_well(running: Path) -> None:
    code, said = ztc("case", NEW_CASE, "--folder", running, "--lang", "en")
    assert code == 0, said
    assert "The enterprise filed its appeal" in said
    assert "Limits" not in said


def test_a_case_that_nobody_knows_is_answered_with_a_sentence(running: Path) -> None:
    code, said = ztc("case", "ZT-0000000000000000", "--folder", running)
    assert (code, said.strip()) == (1, "✗ intake answered 404: there is no such case for you")


def test_after_the_system_ended_its_trace_still_tells_the_story(folder: Path) -> None:
    code, said = ztc("case", CASE, "--folder", folder, "--lang", "zh")
    assert code == 0, said
    assert "start one with `ztc up`" in said
    assert "市税务局接收诉求" in said


def test_a_system_that_was_killed_is_not_waited_for(folder: Path) -> None:
    describe(folder, port=1)
    code, said = ztc("case", CASE, "--folder", folder, "--lang", "zh")
    assert code == 0, said
    assert "intake does not answer at http://127.0.0.1:1" in said
    assert "市税务局接收诉求" in said


@pytest.mark.parametrize("words", [("case", CASE), ("dead", "list"), ("dead", "show", "x"), ("dead", "replay", "x")])
def test_where_nothing_runs_and_nothing_was_left_it_is_said_what_to_start(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    code, said = ztc(*words, "--folder", tmp_path)
    assert code == 1
    assert f"no system runs in {tmp_path}; start one with `ztc up`" in said


def test_dead_letters_are_asked_of_services_that_run(folder: Path) -> None:
    describe(folder, port=1)
    code, said = ztc("dead", "list", "--folder", folder)
    assert code == 1
    assert "intake does not answer at http://127.0.0.1:1; start the system again" in said
