"""Answers that say what was wrong: problem+json (RFC 9457) naming field and rule, never repeating what was typed."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from libs.policy.refused import Refused
from libs.store import Conflict


def problem(
    status: int, rule: str, detail: str, *, field: str = "", more: list[dict[str, str]] | None = None
) -> JSONResponse:
    body: dict[str, object] = {"type": f"urn:zhitongche:{rule}", "status": status, "rule": rule, "detail": detail}
    if field:
        body["field"] = field
    if more:
        body["problems"] = more
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def answer_with_problems(app: FastAPI) -> None:
    """Let every refusal of this app leave as a problem."""

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> JSONResponse:
        return problem(error.status, error.rule, error.detail, field=error.field)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        found = [{"field": place(e["loc"]), "rule": e["type"], "detail": e["msg"]} for e in error.errors()]
        first = found[0]
        return problem(422, first["rule"], first["detail"], field=first["field"], more=found)

    @app.exception_handler(Conflict)
    async def busy(request: Request, error: Conflict) -> JSONResponse:
        answer = problem(503, "busy", "others are changing this case right now; send the same request again")
        answer.headers["Retry-After"] = "1"
        return answer

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, "http", str(error.detail))


def place(loc: tuple[int | str, ...]) -> str:
    """`dossier.contact.phone`, from pydantic's location; the part of the request it came in is left out."""
    return ".".join(str(step) for step in loc if step not in ("body", "query", "path", "header"))
