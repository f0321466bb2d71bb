"""The trace receiver of the one-machine default: takes spans over OTLP/HTTP and keeps them for some days in one file.

`python -m deploy.traces --port N --folder DIR --keep-days 7`, heard on 127.0.0.1 only, with the deployment's secret in
`ZTC_TOKEN_SECRET`, by which operators may read them (`deploy/trace_reading.py`). It is small on purpose: in
production the same spans go to a collector. Everything here is the machine's time, never business time, which a span
carries as the attribute `business.time`.
"""

import argparse
import json
import os
import sqlite3
import time
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal

import uvicorn
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from contracts.case_number import trace_id as trace_of
from deploy.trace_reading import reading, refused
from libs.identity import Tokens
from libs.policy.refused import Refused

FILE = "spans.sqlite"
MAX_BYTES = 16 * 1024 * 1024
SWEEP_SECONDS = 3600
PROTOBUF = "application/x-protobuf"

Kind = Literal["internal", "server", "client", "producer", "consumer"]
_KINDS: tuple[Kind, ...] = ("internal", "internal", "server", "client", "producer", "consumer")


@dataclass(frozen=True)
class Span:
    """One span. Ids are lower-case hex, `parent_id` "" at a root; times are nanoseconds of the machine's time.

    `error_type` is "" when nothing failed; `business_time` is the business instant in ISO 8601, "" when there is none;
    `case` the case number, "" for work on no single case; `attributes` whatever else the span says.
    """

    trace_id: str
    span_id: str
    parent_id: str
    service: str
    name: str
    kind: Kind
    start_ns: int
    end_ns: int
    error_type: str
    business_time: str
    case: str
    attributes: dict[str, Any]

    @property
    def milliseconds(self) -> float:
        return (self.end_ns - self.start_ns) / 1e6


class Unreadable(ValueError):
    """Not a request that OTLP/HTTP in protobuf allows."""


# Reading a request ----------------------------------------------------------------------------------------------------


def decoded(body: bytes, *, encoding: str = "") -> list[Span]:
    """The spans of one export request; `encoding` is its Content-Encoding. Raises `Unreadable`."""
    try:
        request = ExportTraceServiceRequest.FromString(_unpacked(body, encoding))
    except (DecodeError, zlib.error) as error:
        raise Unreadable(f"not an OTLP trace request: {type(error).__name__}") from None
    return [
        _span(span, str(_attributes(resource.resource.attributes).get("service.name", "")))
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise Unreadable(f"Content-Encoding {encoding!r} is not supported; use gzip or none")
    unpacking = zlib.decompressobj(wbits=31)
    unpacked = unpacking.decompress(body, MAX_BYTES)
    if not unpacking.eof:
        raise Unreadable(f"cut short, or more than {MAX_BYTES} bytes once unpacked")
    return unpacked


def _span(span: trace_pb2.Span, service: str) -> Span:
    attributes = _attributes(span.attributes)
    failed = span.status.code == trace_pb2.Status.STATUS_CODE_ERROR
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        service=service,
        name=span.name,
        kind=_KINDS[span.kind] if span.kind < len(_KINDS) else "internal",
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        error_type=str(attributes.pop("error.type", "error" if failed else "")),
        business_time=str(attributes.pop("business.time", "")),
        case=str(attributes.pop("case.id", "")),
        attributes=attributes,
    )


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    match value.WhichOneof("value"):
        case None:
            return None
        case "array_value":
            return [_value(inner) for inner in value.array_value.values]
        case "kvlist_value":
            return _attributes(value.kvlist_value.values)
        case "bytes_value":
            return value.bytes_value.hex()
        case name:
            return getattr(value, name)


# Keeping --------------------------------------------------------------------------------------------------------------

_NAMES = tuple(field.name for field in fields(Span))
_COLUMNS = ", ".join(f'"{name}"' for name in _NAMES)
_values = attrgetter(*_NAMES)

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS spans ({_COLUMNS}, PRIMARY KEY (trace_id, span_id, start_ns)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS spans_by_start ON spans (start_ns);
CREATE INDEX IF NOT EXISTS spans_by_error ON spans (start_ns) WHERE error_type <> '';
CREATE INDEX IF NOT EXISTS spans_by_case ON spans ("case") WHERE "case" <> '';
"""


class Spans:
    """The file of spans. One process writes it; others may read at the same time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def write(cls, file: Path) -> "Spans":
        """Open for writing, made where it is missing."""
        connection = sqlite3.connect(file, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        # A power cut may cost the last spans, never the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
        return cls(connection)

    @classmethod
    def read(cls, file: Path) -> "Spans":
        """Open for reading. Raises `FileNotFoundError` when there is no such file."""
        if not file.exists():
            raise FileNotFoundError(file)
        return cls(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True))

    def close(self) -> None:
        self._connection.close()

    def add(self, spans: Sequence[Span]) -> None:
        """Keep them, all or none; a span that is sent again replaces itself."""
        rows = [(*_values(span)[:-1], json.dumps(span.attributes, ensure_ascii=False)) for span in spans]
        marks = ", ".join("?" * len(_NAMES))
        self._connection.execute("BEGIN")
        with self._connection:
            self._connection.executemany(f"INSERT OR REPLACE INTO spans VALUES ({marks})", rows)

    def forget_before(self, instant_ns: int) -> int:
        """Delete what began before; how many spans that were."""
        return self._connection.execute("DELETE FROM spans WHERE start_ns < ?", (instant_ns,)).rowcount

    def spans_of(self, trace_id: str) -> list[Span]:
        """A trace's spans in the order in which they began."""
        return self._select("trace_id = ?", trace_id)

    def of_case(self, case: str) -> list[Span]:
        """All that is known of a case: its own trace, and whatever else names it."""
        return self._select('trace_id = ? OR "case" = ?', f"{trace_of(case):032x}", case)

    def errors(self, limit: int) -> list[Span]:
        """Spans of work that failed, the newest first."""
        query = f"SELECT {_COLUMNS} FROM spans WHERE error_type <> '' ORDER BY start_ns DESC LIMIT ?"
        return self._kept(query, limit)

    def all(self) -> list[Span]:
        return self._select("1")

    def tally(self) -> dict[str, int]:
        """`cases` of enterprises that have spans, `traces` and `spans` that belong to them: one trace per case, if all is
        well. Sessions, duties and publications have traces of their own."""
        count = (
            """SELECT count(DISTINCT "case"), count(DISTINCT trace_id), count(*) FROM spans WHERE "case" LIKE 'ZT-%'"""
        )
        return dict(zip(("cases", "traces", "spans"), self._connection.execute(count).fetchone(), strict=True))

    def _select(self, where: str, *values: str) -> list[Span]:
        return self._kept(f"SELECT {_COLUMNS} FROM spans WHERE {where} ORDER BY start_ns, span_id", *values)

    def _kept(self, query: str, *values: str | int) -> list[Span]:
        return [_kept(dict(zip(_NAMES, row, strict=True))) for row in self._connection.execute(query, values)]


def _kept(row: dict[str, Any]) -> Span:
    return Span(**row | {"attributes": json.loads(row["attributes"])})


# Judging --------------------------------------------------------------------------------------------------------------


def causal_problems(spans: Iterable[Span]) -> list[str]:
    """What keeps these spans from being one unbroken story per case: a sentence for each break, none when all is well.

    Each case has one trace with one root, in which every other span has its parent and begins no earlier than that.
    """
    traces: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        traces[span.trace_id].append(span)
    traces = {name: trace for name, trace in traces.items() if any(span.case for span in trace)}
    return [*_shared(traces), *(problem for trace in traces.values() for problem in _broken(trace))]


def _shared(traces: dict[str, list[Span]]) -> Iterator[str]:
    by_case: dict[str, set[str]] = defaultdict(set)
    for name, trace in traces.items():
        cases = {span.case for span in trace} - {""}
        if len(cases) > 1:
            yield f"the trace {name} is shared by {len(cases)} cases: {', '.join(sorted(cases))}"
        for case in cases:
            by_case[case].add(name)
    for case, names in by_case.items():
        if len(names) > 1:
            yield f"case {case} has {len(names)} traces instead of one: {', '.join(sorted(names))}"


def _broken(trace: list[Span]) -> Iterator[str]:
    case = next(span.case for span in trace if span.case)
    # A case's first span has an id that follows from the case, so a second root has the same.
    by_id = {span.span_id: span for span in sorted(trace, key=lambda span: -span.start_ns)}
    roots = [span for span in trace if not span.parent_id]
    if len(roots) > 1:
        yield f"case {case} has {len(roots)} roots instead of one: {', '.join(_named(root) for root in roots)}"
    for span in trace:
        parent = by_id.get(span.parent_id)
        if span.parent_id and parent is None:
            yield f"case {case}: the parent {span.parent_id} of {_named(span)} is missing"
        elif parent is not None and span.start_ns < parent.start_ns:
            early = (parent.start_ns - span.start_ns) / 1e6
            yield f"case {case}: {_named(span)} began {early:.3f} ms before its parent {_named(parent)}"


def _named(span: Span) -> str:
    return f"{span.service} “{span.name}” {span.span_id}"


# Receiving ------------------------------------------------------------------------------------------------------------


def receiver(spans: Spans, *, keep_days: float, tokens: Tokens) -> Starlette:
    """The HTTP side. A request is one batch, answered once it is in the file. What is too old goes at the start, and
    then once an hour as spans come in."""
    swept = float("-inf")

    async def take(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip() != PROTOBUF:
            return PlainTextResponse(f"send {PROTOBUF}", status_code=415)
        try:
            batch = decoded(await request.body(), encoding=request.headers.get("content-encoding", ""))
        except Unreadable as error:
            return PlainTextResponse(str(error), status_code=400)
        sweep()
        spans.add(batch)
        return Response(ExportTraceServiceResponse().SerializeToString(), media_type=PROTOBUF)

    async def livez(request: Request) -> Response:
        return PlainTextResponse("ok")

    def sweep() -> None:
        nonlocal swept
        if time.monotonic() - swept >= SWEEP_SECONDS:
            swept = time.monotonic()
            spans.forget_before(time.time_ns() - int(keep_days * 86_400e9))

    sweep()
    return Starlette(
        routes=[Route("/v1/traces", take, methods=["POST"]), Route("/livez", livez), *reading(spans, tokens)],
        exception_handlers={Refused: refused},
        middleware=[Middleware(RequestBodyLimitMiddleware, max_body_size=MAX_BYTES)],
    )


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m deploy.traces", description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--port", type=int, required=True)
    asked.add_argument("--folder", type=Path, required=True, help=f"where {FILE} is kept")
    asked.add_argument("--keep-days", type=float, default=7)
    options = asked.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with closing(Spans.write(options.folder / FILE)) as spans:
        app = receiver(spans, keep_days=options.keep_days, tokens=Tokens(os.environ["ZTC_TOKEN_SECRET"]))
        uvicorn.run(app, host="127.0.0.1", port=options.port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
