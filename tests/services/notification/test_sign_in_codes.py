"""Codes by which an enterprise signs in: at once, at any hour, within a share of the day of their own, and not kept."""

import json
from datetime import timedelta

import httpx
import pytest
from post_office import NOON, PHONE, Mailbox, Outside, Post, opened

from libs.identity import Caller, Role
from services.notification.settings import NotificationSettings

NIGHT = NOON + timedelta(hours=11)
"""23:00 in China."""


async def ask(post: Post, *, role: Role = "service", key: str = "one", **body: str) -> httpx.Response:
    token = post.service.tokens.sign(Caller(subject="portal", roles=frozenset({role})))
    headers = {"authorization": f"Bearer {token}", "idempotency-key": key}
    asked = {"phone": PHONE, "code": "402913"} | body
    return await post.http.post("/sign-in-codes", json=asked, headers=headers)


async def test_a_code_goes_out_at_once_whatever_the_hour(post: Post) -> None:
    post.clock.step_to(NIGHT)
    assert (await ask(post)).status_code == 202
    (message,) = post.outside.sms
    assert (message["template"], message["params"], message["to"]) == ("sign-in-code", {"code": "402913"}, PHONE)


async def test_who_reads_english_gets_it_in_english(post: Post) -> None:
    await ask(post, language="en")
    assert post.outside.sms[0]["template"] == "sign-in-code-en"


async def test_a_number_gets_so_many_codes_a_day_and_no_more(post: Post, settings: NotificationSettings) -> None:
    for number in range(settings.sms_per_number_and_day):
        assert (await ask(post, key=str(number))).status_code == 202
    refused = await ask(post, key="one more")
    assert (refused.status_code, refused.json()["rule"]) == (429, "daily-cap")
    assert len(post.outside.sms) == settings.sms_per_number_and_day


async def test_the_same_request_again_is_the_same_message_to_the_provider(post: Post) -> None:
    await ask(post)
    await ask(post)
    assert len(post.outside.delivered_ids()) == 1


@pytest.mark.parametrize("status", [429, 500, 400])
async def test_what_the_provider_does_not_take_is_said(post: Post, status: int) -> None:
    post.outside.sms_answers = [status]
    assert (await ask(post)).status_code == 503


async def test_neither_code_nor_number_is_kept(post: Post) -> None:
    await ask(post)
    kept = [row async for row in post.room.shares.mongo.find()] + [row async for row in post.room.mail.mongo.find()]
    assert kept
    assert not any(word in json.dumps(kept, default=str) for word in ("402913", PHONE))


async def test_only_services_may_have_codes_sent(post: Post) -> None:
    for role in ("enterprise", "operator", "ops", "administrator"):
        assert (await ask(post, role=role)).status_code == 403
    assert post.outside.sms == []


@pytest.mark.parametrize("body", [{"phone": "12345"}, {"code": "<script>"}, {"language": "fr"}, {"text": "more"}])
async def test_nothing_but_a_number_and_six_digits_can_be_sent(post: Post, body: dict[str, str]) -> None:
    answer = await ask(post, **body)
    assert answer.status_code == 422
    assert "12345" not in answer.text


@pytest.mark.parametrize("secrets", [True, False])
async def test_only_the_telephones_of_a_demo_show_the_code(
    settings: NotificationSettings, outside: tuple[Outside, str], mailbox: Mailbox, secrets: bool
) -> None:
    demo = settings.model_copy(update={"sms_provider": "log", "sms_log_secrets": secrets})
    async with opened(demo, outside[0], mailbox) as post:
        assert (await ask(post)).status_code == 202
    line = settings.sms_log.read_text(encoding="utf-8")
    assert ("402913" in line) == secrets
    assert PHONE not in line
