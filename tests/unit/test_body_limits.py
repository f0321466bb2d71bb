"""Requests are small everywhere but where files are taken."""

import re

import httpx
import pytest
from fastapi import FastAPI, Request

from libs.body_limits import USUAL_BYTES, BodyLimits
from services.intake.attachments_api import TAKES_FILES

LARGE = 1024 * 1024


async def post(path: str, size: int, method: str = "POST") -> int:
    app = FastAPI()
    app.add_middleware(BodyLimits, larger=[(re.compile(TAKES_FILES), LARGE)])

    @app.api_route("/{path:path}", methods=["POST", "PUT"])
    async def read(request: Request) -> int:
        return len(await request.body())

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as http:
        return (await http.request(method, path, content=bytes(size))).status_code


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/appeals", USUAL_BYTES, 200),
        ("/appeals", USUAL_BYTES + 1, 413),
        ("/attachments", LARGE, 200),
        ("/attachments", LARGE + 1, 413),
        ("/appeals/ZT-0000000000000000/attachments", LARGE, 200),
        ("/appeals/ZT-0000000000000000/attachments/x/link", LARGE, 413),
        ("/appeals/a/b/attachments", LARGE, 413),
        ("/appeals/similar", LARGE, 413),
    ],
)
async def test_only_what_takes_files_takes_much(path: str, size: int, status: int) -> None:
    assert await post(path, size) == status


async def test_only_a_post_may_be_large() -> None:
    assert await post("/attachments", LARGE, "PUT") == 413
