"""Only in the demo: business time is the visitor's to move on, and every message that left can be read."""

import httpx
from fastapi import APIRouter, Response

from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk
from services.portal.settings import PortalSettings

STEP_SECONDS = 120


async def _steer(desk: Desk, method: str, path: str, body: object = None) -> httpx.Response:
    settings = desk.office.service.settings
    if not isinstance(settings, PortalSettings) or not settings.steering_url:
        raise Refused("no-such-page", "there is no such page", status=404)
    headers = {"authorization": f"Bearer {settings.steering_token.get_secret_value()}"}
    return await desk.office.service.http.request(
        method, settings.steering_url + path, json=body, headers=headers, timeout=STEP_SECONDS
    )


def routes() -> APIRouter:
    router = APIRouter(prefix="/demo")

    @router.post("/step")
    async def step(desk: AtDesk) -> Response:
        form = await desk.form()
        back = form["back"] if form["back"].startswith("/") and not form["back"].startswith("//") else "/"
        answer = await _steer(desk, "POST", "/step", {"to": form["to"]})
        if answer.is_error:
            return desk.then(back, "时间还在推进，请稍候", "Time is still moving; wait a moment")
        count = sum(answer.json().get("facts", {}).values())
        return desk.then(back, f"时间已推进，其间发生 {count} 件事", f"Time moved on; {count} things happened")

    @router.get("/messages")
    async def messages(desk: AtDesk) -> Response:
        """What was sent, so that the visitor can open the link or read the code that an enterprise got."""
        answer = await _steer(desk, "GET", "/messages")
        return desk.page("demo_messages.html", messages=answer.json())

    return router
