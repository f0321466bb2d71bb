"""The trace receiver: what it makes of a request, how it counts, and how it tells a broken story from a whole one."""

import gzip
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1 import trace_pb2
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from contracts.case_number import trace_id
from deploy.embedded.processes import Child, free_port, plain_environment
from deploy.trace_reading import tree
from deploy.traces import FILE, MAX_BYTES, Span, Spans, Unreadable, causal_problems, decoded
from libs.identity import Caller, Role, Tokens
from libs.telemetry import Tracer, first_of, otlp_exporter, start_tracing, traceparent

ROOT = Path(__file__).parents[2]
CASE, OTHER = "ZT-GFSD9XCVYTDG76K1", "ZT-0000000000000001"
TRACE, OTHER_TRACE = f"{trace_id(CASE):032x}", f"{trace_id(OTHER):032x}"


SECRET = "a secret by which operators read the spans"


def span(name: str, *, parent: str = "", start: int = 0, trace: str = TRACE, case: str = CASE) -> Span:
    return Span(trace, name, parent, "intake", name, "server", start, start + 5, "", "2026-03-02T01:15:00Z", case, {})


WHOLE = [
    span("a", start=1),
    span("b", parent="a", start=2),
    span("c", parent="b", start=9),
    span("d", parent="a", start=4),
]


def request(*, attributes: dict[str, AnyValue], failed: bool = False) -> bytes:
    code = trace_pb2.Status.STATUS_CODE_ERROR if failed else trace_pb2.Status.STATUS_CODE_UNSET
    one = trace_pb2.Span(
        trace_id=bytes.fromhex(TRACE), span_id=bytes(7) + b"\x02", parent_span_id=bytes(7) + b"\x01",
        name="process case.assigned.v1", kind=trace_pb2.Span.SPAN_KIND_CONSUMER,
        start_time_unix_nano=1_000, end_time_unix_nano=2_500_000,
        attributes=[KeyValue(key=key, value=value) for key, value in attributes.items()],
        status=trace_pb2.Status(code=code),
    )  # fmt: skip
    service = KeyValue(key="service.name", value=AnyValue(string_value="routing"))
    scopes = [trace_pb2.ScopeSpans(spans=[one])]
    resource = trace_pb2.ResourceSpans(resource=Resource(attributes=[service]), scope_spans=scopes)
    return ExportTraceServiceRequest(resource_spans=[resource]).SerializeToString()


def text(value: str) -> AnyValue:
    return AnyValue(string_value=value)


# Reading a request ----------------------------------------------------------------------------------------------------


def test_a_request_becomes_spans_with_what_matters_in_fields_and_the_rest_as_attributes() -> None:
    several = AnyValue(array_value=ArrayValue(values=[text("a"), AnyValue(int_value=7), AnyValue(bool_value=True)]))
    body = request(
        attributes={
            "case.id": text(CASE),
            "business.time": text("2026-03-02T01:15:00+00:00"),
            "rung": text("county"),
            "list": several,
        }
    )
    (found,) = decoded(body)
    assert found == Span(
        trace_id=TRACE, span_id="0000000000000002", parent_id="0000000000000001", service="routing",
        name="process case.assigned.v1", kind="consumer", start_ns=1_000, end_ns=2_500_000, error_type="",
        business_time="2026-03-02T01:15:00+00:00", case=CASE,
        attributes={"rung": "county", "list": ["a", 7, True]},
    )  # fmt: skip
    assert found.milliseconds == pytest.approx(2.499)


def test_a_span_that_failed_says_so_even_when_it_does_not_say_with_what() -> None:
    assert decoded(request(attributes={}, failed=True))[0].error_type == "error"
    assert decoded(request(attributes={"error.type": text("Conflict")}, failed=True))[0].error_type == "Conflict"


def test_a_packed_request_says_the_same_as_an_unpacked_one() -> None:
    body = request(attributes={"case.id": text(CASE)})
    assert decoded(gzip.compress(body), encoding="gzip") == decoded(body)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"\xff\xff\xff", ""),
        (b"not packed", "gzip"),
        (gzip.compress(request(attributes={}))[:-1], "gzip"),
        # Many empty parts: what fits would be a proper request.
        (gzip.compress(b"\n\x00" * (MAX_BYTES // 2 + 1)), "gzip"),
        (b"", "br"),
    ],
    ids=["no protobuf", "no gzip", "cut short", "a bomb", "unknown packing"],
)
def test_what_is_no_export_request_is_refused(body: bytes, encoding: str) -> None:
    with pytest.raises(Unreadable):
        decoded(body, encoding=encoding)


# Keeping --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def spans(tmp_path: Path) -> Iterator[Spans]:
    spans = Spans.write(tmp_path / FILE)
    yield spans
    spans.close()


def test_spans_come_back_as_they_went_in_ordered_by_their_begin_while_the_file_is_still_written(
    spans: Spans, tmp_path: Path
) -> None:
    late = replace(span("late", start=9), attributes={"unit": "shi_shuiwu", "字": ["一", 2]})
    spans.add([late, span("early", start=1), span("x", trace=OTHER_TRACE, case=OTHER)])
    reading = Spans.read(tmp_path / FILE)
    assert reading.spans_of(TRACE) == [span("early", start=1), late]
    reading.close()


def test_a_case_shows_its_trace_and_whatever_else_names_it(spans: Spans) -> None:
    unnamed, stray = span("unnamed", case="", start=1), span("stray", trace="f" * 32, start=2)
    spans.add([unnamed, stray, span("x", trace=OTHER_TRACE, case=OTHER)])
    assert spans.of_case(CASE) == [unnamed, stray]


def test_the_tally_counts_cases_their_traces_and_their_spans_but_no_other_work(spans: Spans) -> None:
    spans.add([*WHOLE, span("x", trace=OTHER_TRACE, case=OTHER), span("summary", trace="e" * 32, case="")])
    assert spans.tally() == {"cases": 2, "traces": 2, "spans": 5}


def test_a_batch_that_is_exported_twice_counts_once(spans: Spans) -> None:
    spans.add(WHOLE)
    spans.add(WHOLE)
    assert spans.all() == sorted(WHOLE, key=lambda s: s.start_ns)


def test_what_began_before_the_days_kept_is_forgotten(spans: Spans) -> None:
    spans.add([span("old", start=99), span("new", start=100)])
    assert spans.forget_before(100) == 1
    assert [kept.name for kept in spans.all()] == ["new"]


def test_a_file_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Spans.read(tmp_path / FILE)
    assert not list(tmp_path.iterdir())


# Judging --------------------------------------------------------------------------------------------------------------


def test_a_case_whose_spans_hang_together_under_one_root_has_no_problem() -> None:
    assert causal_problems(WHOLE) == []


def test_work_on_no_case_is_not_judged() -> None:
    assert causal_problems([span("a", case=""), span("b", case="", parent="gone")]) == []


def test_a_second_trace_of_a_case_is_a_problem() -> None:
    (problem,) = causal_problems([*WHOLE, span("x", trace=OTHER_TRACE)])
    assert problem == f"case {CASE} has 2 traces instead of one: {', '.join(sorted([TRACE, OTHER_TRACE]))}"


def test_a_trace_shared_by_two_cases_is_a_problem() -> None:
    (problem,) = causal_problems([*WHOLE, span("x", parent="a", start=3, case=OTHER)])
    assert problem == f"the trace {TRACE} is shared by 2 cases: {OTHER}, {CASE}"


def test_a_second_root_is_a_problem() -> None:
    (problem,) = causal_problems([*WHOLE, span("x", start=3)])
    assert problem == f"case {CASE} has 2 roots instead of one: intake “a” a, intake “x” x"


def test_a_second_root_is_a_problem_though_it_has_the_id_of_the_first(spans: Spans) -> None:
    spans.add([*WHOLE, span("a", start=7)])
    (problem,) = causal_problems(spans.all())
    assert problem == f"case {CASE} has 2 roots instead of one: intake “a” a, intake “a” a"


def test_a_missing_parent_is_a_problem() -> None:
    (problem,) = causal_problems([*WHOLE, span("x", parent="gone", start=3)])
    assert problem == f"case {CASE}: the parent gone of intake “x” x is missing"


def test_a_child_that_begins_before_its_parent_is_a_problem() -> None:
    (problem,) = causal_problems([*WHOLE, span("x", parent="c", start=3)])
    assert problem == f"case {CASE}: intake “x” x began 0.000 ms before its parent intake “c” c"


def test_whoever_knows_only_the_case_number_continues_its_trace_under_its_first_span() -> None:
    exporter = InMemorySpanExporter()
    tracing = start_tracing("gateway", exporter=exporter)
    tracer = Tracer(tracing)
    with tracer.span("receive the filing", kind=SpanKind.CONSUMER, case=CASE):
        with tracer.span("work of its own", kind=SpanKind.INTERNAL):
            pass
    with tracer.span("receive more", kind=SpanKind.CONSUMER, case=CASE, parent=first_of(CASE)):
        pass
    tracing.shutdown()
    by_name = {span.name: span for span in exporter.get_finished_spans()}
    first, more, own = (by_name[name].context for name in ("receive the filing", "receive more", "work of its own"))
    parent = by_name["receive more"].parent
    assert first
    assert more
    assert own
    assert parent
    assert (first.trace_id, first.span_id) == (more.trace_id, parent.span_id) == (trace_id(CASE), parent.span_id)
    assert own.trace_id != first.trace_id


# Telling operators ----------------------------------------------------------------------------------------------------


def test_a_case_is_told_as_a_tree_depth_first_with_every_span_once() -> None:
    late_child, stray, twin = (
        span("e", parent="c", start=3),
        span("f", parent="x", start=0),
        replace(WHOLE[0], start_ns=7),
    )
    rows = tree([*WHOLE, late_child, stray, twin])
    assert [(row["name"], row["depth"]) for row in rows] == [
        ("f", 0), ("a", 0), ("b", 1), ("c", 2), ("e", 3), ("d", 1), ("a", 0),
    ]  # fmt: skip


def test_a_very_deep_story_is_told_as_well() -> None:
    chain = [span(f"s{number}", parent=f"s{number - 1}" if number else "", start=number) for number in range(5000)]
    assert tree(chain)[-1]["depth"] == 4999


def test_of_what_a_span_says_only_the_known_is_told() -> None:
    says = {
        "scheme": "chaozhou",
        "fact.unit": "shui_wu",
        "letter.way": "sms",
        "messaging.system": "rabbitmq",
        "phone": "139",
    }
    (row,) = tree([replace(WHOLE[0], attributes=says)])
    assert row["attributes"].keys() == says.keys() - {"phone"}


def bearer(role: Role) -> dict[str, str]:
    return {"authorization": f"Bearer {Tokens(SECRET).sign(Caller(subject='somebody', roles=frozenset({role})))}"}


# The process ----------------------------------------------------------------------------------------------------------


async def test_the_receiver_keeps_what_a_service_exports_in_little_memory(tmp_path: Path) -> None:
    port = free_port()
    receiver = Child(
        "traces",
        [sys.executable, "-m", "deploy.traces", "--port", str(port), "--folder", str(tmp_path)],
        environment=plain_environment(ZTC_TOKEN_SECRET=SECRET),
        folder=ROOT,
        log=tmp_path / "traces.log",
    )
    at = datetime(2026, 3, 2, 1, 15, tzinfo=UTC)
    receiver.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:

            async def alive() -> None:
                (await http.get("/livez")).raise_for_status()

            await receiver.ready(alive, seconds=20)
            tracing = start_tracing("intake", exporter=otlp_exporter(str(http.base_url)))
            tracer = Tracer(tracing)
            with tracer.span("file-appeal", kind=SpanKind.SERVER, case=CASE, at=at):
                parent = traceparent()
            for number in range(3000):
                with tracer.span(
                    "publish", kind=SpanKind.PRODUCER, case=CASE, parent=parent, attributes={"rung": "county"}
                ):
                    pass
                if number % 400 == 0:
                    tracing.force_flush()
            with suppress(KeyError), tracer.span("late", kind=SpanKind.INTERNAL):
                raise KeyError("words that somebody typed")
            tracing.shutdown()
            refused = await http.post("/v1/traces", content=b"\xff", headers={"content-type": "application/x-protobuf"})
            unknown = await http.post("/v1/traces", json={})
            stranger = await http.get(f"/cases/{CASE}/spans")
            leader = await http.get(f"/cases/{CASE}/spans", headers=bearer("leader"))
            seen = await http.get(f"/cases/{CASE}/spans", headers=bearer("ops"))
            failed = await http.get("/errors?limit=5", headers=bearer("ops"))
            too_many = await http.get("/errors?limit=501", headers=bearer("ops"))
        memory = psutil.Process(receiver.pid).memory_info().rss
    finally:
        await receiver.stop(grace=5)

    assert (refused.status_code, unknown.status_code) == (400, 415)
    spans = Spans.read(tmp_path / FILE)
    assert spans.tally() == {"cases": 1, "traces": 1, "spans": 3001}
    found = spans.spans_of(TRACE)
    assert causal_problems(found) == []
    root = next(span for span in found if not span.parent_id)
    assert (root.service, root.kind, root.case, root.business_time) == ("intake", "server", CASE, at.isoformat())
    assert next(span for span in found if span.kind == "producer").attributes == {"rung": "county"}
    spans.close()
    assert [stranger.status_code, leader.status_code, seen.status_code] == [401, 403, 200]
    assert (too_many.status_code, too_many.json()["field"]) == (422, "limit")
    assert seen.json()["trace"] == TRACE
    rows = seen.json()["spans"]
    assert (rows[0]["name"], rows[0]["depth"], rows[1]["depth"], len(rows)) == ("file-appeal", 0, 1, 3001)
    assert [(row["name"], row["error_type"], row["status"]) for row in failed.json()] == [("late", "KeyError", "error")]
    assert memory < 100 * 1024 * 1024, memory
