"""Only in the demo: business time is the visitor's to move on, and every message that left can be read."""

from collections.abc import Mapping
from typing import Any

import httpx
from fastapi import APIRouter, Response

from libs.policy.refused import Refused
from services.portal.desk import AtDesk, Desk
from services.portal.identity.visit import page_after
from services.portal.pages.operations import event_name
from services.portal.peers import Unreachable
from services.portal.settings import PortalSettings

STEP_SECONDS = 180
"""A step may take the two minutes in which the system has to come to rest, and the moves themselves."""
TOLD_AT_ONCE = 3


async def _steer(desk: Desk, method: str, path: str, body: object = None) -> Any:
    """What the steering wheel answers. Raises `Refused` as it refuses, `Unreachable` when it is silent."""
    settings = desk.office.service.settings
    if not isinstance(settings, PortalSettings) or not settings.steering_url:
        raise Refused("no-such-page", "there is no such page", status=404)
    headers = {"authorization": f"Bearer {settings.steering_token.get_secret_value()}"}
    try:
        answer = await desk.office.service.http.request(
            method, settings.steering_url + path, json=body, headers=headers, timeout=STEP_SECONDS
        )
    except httpx.HTTPError:
        raise Unreachable("steering") from None
    if answer.headers.get("content-type") == "application/problem+json":
        said = answer.json()
        raise Refused(said["rule"], said["detail"], status=answer.status_code)
    if answer.is_error:
        raise Unreachable("steering")
    return answer.json()


def in_words(desk: Desk, facts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Facts by type as sentences, the most frequent first."""
    return [(event_name(desk, f"{type}.v1"), count) for type, count in facts.items()]


def routes() -> APIRouter:
    router = APIRouter(prefix="/demo")
    last: dict[str, Any] = {}
    """The last step, for the page that tells of it; a demo has one visitor, or some who look on together."""

    @router.post("/step")
    async def step(desk: AtDesk) -> Response:
        form = await desk.form()
        back = page_after(form["back"])
        try:
            done = await _steer(desk, "POST", "/step", {"to": form["to"]})
        except Refused as refused:
            if refused.status not in (409, 503):
                raise
            return desk.page("demo/not_moved.html", status=refused.status, says=desk.says(refused), back=back)
        last.clear()
        last.update(done, back=back)
        facts = in_words(desk, done["facts"])
        count = sum(done["facts"].values())
        if not count:
            return desk.then(back, "时间已推进，其间什么也没发生", "Time moved on; nothing happened meanwhile")
        said = [f"{says} ×{times}" for says, times in facts[:TOLD_AT_ONCE]]
        return desk.then(
            back,
            f"时间已推进，其间发生 {count} 件事：{'；'.join(said)}。全部见上方“刚才发生了什么”",
            f"Time moved on; {count} facts: {'; '.join(said)}. All of them stand under “What happened” above",
        )

    @router.get("/happened")
    async def happened(desk: AtDesk) -> Response:
        """What the last step brought."""
        await _steer(desk, "GET", "/now")
        facts = last.get("facts", {})
        return desk.page(
            "demo/happened.html",
            told_of=last,
            rows=in_words(desk, facts),
            total=sum(facts.values()),
            back=last.get("back", "/"),
            case_path="/operations/cases/" if "ops" in desk.visitor.roles else "/cases/",
        )

    @router.get("/messages")
    async def messages(desk: AtDesk) -> Response:
        """What was sent, so that the visitor can open the link or read the code that an enterprise got."""
        kept: list[dict[str, Any]] = await _steer(desk, "GET", "/messages")
        blank = {"template": "", "subject": "", "links": [], "text": ""}
        return desk.page("demo/messages.html", messages=[blank | one for one in kept], words=desk.words())

    return router
