"""What the trace receiver tells operators over HTTP: a case's spans as a tree, and the newest that failed.

Guarded like a service's routes, by the deployment's tokens. Attributes are told by an allow-list: spans hold ids, codes and
dates alone, and one that should ever hold more must not show it here.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contracts.case_number import trace_id as trace_of
from libs.identity import Act, Tokens, allow
from libs.policy.refused import Refused
from libs.problem import problem

if TYPE_CHECKING:
    from deploy.traces import Span, Spans

SHOWN = ("scheme", "rung", "fact.", "letter.", "messaging.")
"""Beginnings of the attributes that are told."""
ERRORS_AT_ONCE = 500


def reading(spans: "Spans", tokens: Tokens) -> list[Route]:
    def guard(request: Request) -> None:
        caller = tokens.read(request.headers.get("authorization", "").removeprefix("Bearer "))
        allow(caller, Act.READ_TRACES)

    async def of_case(request: Request) -> Response:
        """`GET /cases/{case}/spans`: depth first, each with how deep it lies; none for a case that nobody knows."""
        guard(request)
        case = request.path_params["case"]
        trace = f"{trace_of(case):032x}"
        return JSONResponse({"case": case, "trace": trace, "spans": tree(spans.of_case(case))})

    async def errors(request: Request) -> Response:
        """`GET /errors?limit=`: the newest first."""
        guard(request)
        limit = request.query_params.get("limit", "100")
        if not limit.isdecimal() or not 1 <= int(limit) <= ERRORS_AT_ONCE:
            raise Refused("limit", f"limit is a number from 1 to {ERRORS_AT_ONCE}", field="limit", status=422)
        return JSONResponse([told(span) for span in spans.errors(int(limit))])

    return [Route("/cases/{case}/spans", of_case), Route("/errors", errors)]


async def refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return problem(error.status, error.rule, error.detail, field=error.field)


def tree(spans: Iterable["Span"]) -> list[dict[str, Any]]:
    """Every span once, under its parent, brothers in the order in which they began. `depth` is 0 at a root and where the
    parent is not known."""
    known = list(spans)
    ids = {(span.trace_id, span.span_id) for span in known}
    children: dict[tuple[str, str], list[Span]] = defaultdict(list)
    roots: list[Span] = []
    for span in sorted(known, key=lambda span: (span.start_ns, span.span_id)):
        parent = (span.trace_id, span.parent_id)
        (children[parent] if parent in ids else roots).append(span)
    rows: list[dict[str, Any]] = []
    waiting = [(0, root) for root in reversed(roots)]
    while waiting:
        depth, span = waiting.pop()
        rows.append(told(span) | {"depth": depth})
        below = children.pop((span.trace_id, span.span_id), [])
        waiting += [(depth + 1, child) for child in reversed(below)]
    return rows


def told(span: "Span") -> dict[str, Any]:
    """Instants in nanoseconds of the machine's time; `business_time` in ISO 8601, "" where there is none."""
    return {
        "trace": span.trace_id,
        "span": span.span_id,
        "parent": span.parent_id,
        "service": span.service,
        "name": span.name,
        "kind": span.kind,
        "start_ns": span.start_ns,
        "end_ns": span.end_ns,
        "business_time": span.business_time,
        "case": span.case,
        "status": "error" if span.error_type else "ok",
        "error_type": span.error_type,
        "attributes": {name: value for name, value in span.attributes.items() if name.startswith(SHOWN)},
    }
