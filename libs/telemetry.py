"""Tracing: a case's whole history is one trace, however many weeks lie between its steps.

The trace id follows from the case number. Each fact stores the context of the span that made it; the relay publishes
under that context, so whatever happens because of a fact is a descendant of the span that said it. No span stays open
while somebody waits. Attributes are ids and codes; exceptions are recorded by their class alone, because their text may
repeat what a person typed. Messaging attribute names: OpenTelemetry semantic conventions for RabbitMQ.
"""

import random
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from contracts.case_number import trace_id

_propagator = TraceContextTextMapPropagator()
_begins: ContextVar[str] = ContextVar("begins", default="")


class CaseTraceIds(IdGenerator):
    """Ids that follow from the case number for the first span of a case, random ones for anything else."""

    def generate_span_id(self) -> int:
        case = _begins.get()
        return trace_id(case) >> 64 if case else random.getrandbits(64) or 1

    def generate_trace_id(self) -> int:
        case = _begins.get()
        return trace_id(case) if case else random.getrandbits(128) or 1


def first_of(case: str) -> str:
    """The trace context of a case's first span, for who knows of nothing later that happened in it."""
    return f"00-{trace_id(case):032x}-{trace_id(case) >> 64:016x}-01"


def start_tracing(service: str, *, exporter: SpanExporter | None) -> TracerProvider:
    """The tracer of one process. `exporter` None keeps contexts flowing and exports nothing."""
    provider = TracerProvider(resource=Resource({"service.name": service}), id_generator=CaseTraceIds())
    if exporter is not None:
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
    return provider


def otlp_exporter(endpoint: str) -> SpanExporter:
    """Spans over OTLP/HTTP to `<endpoint>/v1/traces`."""
    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=5)


def traceparent() -> str:
    """The current context as W3C Trace Context, "" outside any span."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent", "")


class Tracer:
    """Opens the spans of one service."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("zhitongche")

    @contextmanager
    def span(
        self,
        name: str,
        *,
        kind: SpanKind,
        case: str = "",
        parent: str = "",
        at: datetime | None = None,
        attributes: dict[str, str | int] | None = None,
    ) -> Generator[Span]:
        """A span of a case's trace: under `parent` where there is one, else the first of the case.

        `at`: the business instant, kept as the attribute `business.time`.
        """
        under = _propagator.extract({"traceparent": parent}, context.Context()) if parent else context.Context()
        if parent and case and not trace.get_current_span(under).get_span_context().is_valid:
            under = _propagator.extract({"traceparent": first_of(case)}, context.Context())
        named: dict[str, str | int] = {"case.id": case} if case else {}
        if at is not None:
            named["business.time"] = at.isoformat()
        begins = _begins.set("" if parent else case)
        try:
            span = self._tracer.start_span(name, context=under, kind=kind, attributes=named | (attributes or {}))
        finally:
            _begins.reset(begins)
        with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield span
            except BaseException as error:
                span.set_attribute("error.type", type(error).__qualname__)
                span.set_status(Status(StatusCode.ERROR))
                raise
