"""A case's history is one trace, and no span repeats what a person typed."""

from datetime import UTC, datetime

import pytest
from opentelemetry import baggage, context
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from contracts.case_number import case_number, trace_id
from libs.telemetry import Tracer, first_of, traceparent
from tests.conftest import Traced

CASE = case_number("portal", "1")
CANARY = "张伟 13812345678"


def walk(tracer: Tracer, *names: str) -> None:
    """Each span made because of the one before, in another process and much later."""
    came_with = ""
    for name in names:
        with tracer.span(name, kind=SpanKind.INTERNAL, case=CASE, parent=came_with):
            came_with = traceparent()


def ids(span: ReadableSpan) -> tuple[int, int]:
    assert span.context is not None
    return span.context.trace_id, span.context.span_id


def test_a_case_number_is_enough_to_find_the_trace(traced: Traced):
    walk(traced.tracer, "filed", "accepted", "assigned")
    assert {ids(span)[0] for span in traced.spans()} == {trace_id(CASE)}


def test_the_first_span_is_the_root_and_each_later_one_hangs_on_what_caused_it(traced: Traced):
    walk(traced.tracer, "filed", "accepted", "assigned")
    filed, accepted, assigned = traced.spans()
    assert filed.parent is None
    assert accepted.parent is not None
    assert assigned.parent is not None
    assert accepted.parent.span_id == ids(filed)[1]
    assert assigned.parent.span_id == ids(accepted)[1]


def test_who_knows_of_nothing_later_hangs_on_the_first_span(traced: Traced):
    walk(traced.tracer, "filed", "accepted")
    with traced.tracer.span("a party speaks", kind=SpanKind.SERVER, case=CASE, parent=first_of(CASE)):
        pass
    filed, _, said = traced.spans()
    assert said.parent is not None
    assert (said.parent.trace_id, said.parent.span_id) == ids(filed)


def test_a_context_that_nobody_can_read_does_not_lead_out_of_the_case(traced: Traced):
    with traced.tracer.span("process", kind=SpanKind.CONSUMER, case=CASE, parent="not a context"):
        pass
    (span,) = traced.spans()
    assert ids(span)[0] == trace_id(CASE)


def test_two_cases_have_two_traces_also_within_one_process(traced: Traced):
    another = case_number("portal", "2")
    with traced.tracer.span("sweep", kind=SpanKind.INTERNAL):
        for case in (CASE, another):
            with traced.tracer.span("due", kind=SpanKind.INTERNAL, case=case):
                pass
    first, second, sweep = (ids(span)[0] for span in traced.spans())
    assert (first, second) == (trace_id(CASE), trace_id(another))
    assert sweep not in (first, second)


def test_a_span_of_no_case_has_a_trace_of_its_own(traced: Traced):
    for _ in range(2):
        with traced.tracer.span("import", kind=SpanKind.INTERNAL):
            pass
    first, second = traced.spans()
    assert ids(first)[0] != ids(second)[0]
    assert first.attributes is not None
    assert "case.id" not in first.attributes


def test_a_span_tells_case_and_business_time(traced: Traced):
    at = datetime(2024, 3, 1, 1, 0, tzinfo=UTC)
    with traced.tracer.span("reply", kind=SpanKind.SERVER, case=CASE, at=at, attributes={"scheme": "x"}):
        pass
    (span,) = traced.spans()
    assert span.attributes == {"case.id": CASE, "business.time": "2024-03-01T01:00:00+00:00", "scheme": "x"}


def test_outside_any_span_there_is_no_context():
    assert traceparent() == ""


def test_a_failure_leaves_its_class_and_nothing_that_was_typed(traced: Traced):
    def fail() -> None:
        typed = CANARY
        with traced.tracer.span("reply", kind=SpanKind.SERVER, case=CASE):
            raise ValueError(f"cannot read {typed}")

    with pytest.raises(ValueError, match="cannot read"):
        fail()
    (span,) = traced.spans()
    assert span.attributes is not None
    assert span.attributes["error.type"] == "ValueError"
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description is None
    assert span.events == ()
    assert CANARY not in span.to_json()


def test_a_failure_within_a_span_within_a_span_marks_both_and_tells_nothing(traced: Traced):
    def fail() -> None:
        with traced.tracer.span("outer", kind=SpanKind.SERVER, case=CASE):
            with traced.tracer.span("inner", kind=SpanKind.INTERNAL, case=CASE, parent=traceparent()):
                raise KeyError(CANARY)

    with pytest.raises(KeyError):
        fail()
    assert [span.status.status_code for span in traced.spans()] == [StatusCode.ERROR, StatusCode.ERROR]
    assert not any(CANARY in span.to_json() for span in traced.spans())


def test_baggage_of_outsiders_is_not_handed_on(traced: Traced):
    token = context.attach(baggage.set_baggage("typed", CANARY))
    try:
        with traced.tracer.span("reply", kind=SpanKind.SERVER, case=CASE):
            handed_on = traceparent()
    finally:
        context.detach(token)
    assert handed_on.count("-") == 3
    assert CANARY not in handed_on
    with traced.tracer.span("next", kind=SpanKind.SERVER, case=CASE, parent=handed_on):
        assert baggage.get_all() == {}
