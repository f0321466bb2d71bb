"""Moving the demo's time on: how far, what happened, what left the city, and who may steer."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI

from deploy.demo.outside import Facts, is_letter
from deploy.demo.postbag import KEPT, Postbag, masked
from deploy.demo.steering import Passed, Steering, target
from libs.policy.refused import Refused
from services.notification.templates import load_templates

NOW = datetime(2026, 4, 8, 1, 0, tzinfo=UTC)
SMS = {
    "id": "ZT-GFSD9XCVYTDG76K1:71401429:sms", "to": "13812345678", "template": "rating-invitation",
    "params": {"case": "ZT-GFSD9XCVYTDG76K1", "link": "http://127.0.0.1:8100/r/ZT-GFSD9XCVYTDG76K1?c=a1_b-2"},
}  # fmt: skip


def postbag() -> Postbag:
    return Postbag(load_templates(), lambda: NOW)


# How far --------------------------------------------------------------------------------------------------------------


def test_time_moves_by_an_hour_a_day_a_week_or_to_what_is_due_next() -> None:
    due = NOW + timedelta(minutes=7)
    assert [target(NOW, to, due) - NOW for to in ("hour", "day", "week", "next-due")] == [
        timedelta(hours=1), timedelta(days=1), timedelta(weeks=1), timedelta(minutes=7),
    ]  # fmt: skip


def test_where_nothing_is_due_time_cannot_move_to_it() -> None:
    with pytest.raises(Refused, match="nothing is due") as refused:
        target(NOW, "next-due", None)
    assert refused.value.status == 409


def test_what_happened_is_what_passed_since_by_type_and_case() -> None:
    facts = Facts()
    old = {"id": "1", "type": "case.taken.v1", "case": "ZT-1"}
    facts.passes(old)
    before = Passed.of(facts)
    for number, kind, case in (
        ("2", "clock.missed.v1", "ZT-2"),
        ("3", "clock.missed.v1", "ZT-3"),
        ("4", "case.taken.v1", "ZT-2"),
    ):
        facts.passes({"id": number, "type": kind, "case": case})
    facts.passes(old)
    happened = Passed.of(facts).since(before)
    assert happened == {"facts": {"clock.missed": 2, "case.taken": 1}, "cases": ["ZT-2", "ZT-3"], "cases_touched": 2}
    assert list(happened["facts"]) == ["clock.missed", "case.taken"], "the most frequent first"


# What left ------------------------------------------------------------------------------------------------------------


def test_a_message_is_shown_with_its_words_and_links_and_a_masked_number() -> None:
    bag = postbag()
    bag.keep_sms(SMS)
    bag.keep_sms(SMS)
    (shown,) = bag.messages()
    assert (shown["way"], shown["to"], shown["template"]) == ("sms", "138****5678", "rating-invitation")
    assert shown["links"] == [SMS["params"]["link"]]
    assert SMS["params"]["link"] in shown["text"]
    assert shown["at"] == NOW.isoformat()


def test_a_code_that_the_pages_send_is_shown_as_well_and_waits_for_no_receipt() -> None:
    code = {"id": "sign-in-4711", "to": "13812345678", "template": "sign-in-code", "params": {"code": "204817"}}
    bag = postbag()
    bag.keep_sms(code)
    (shown,) = bag.messages()
    assert "204817" in shown["text"]
    assert not is_letter(code)
    assert is_letter(SMS)


def test_the_newest_messages_come_first_and_the_oldest_are_forgotten() -> None:
    bag = postbag()
    for number in range(KEPT + 10):
        bag.keep_mail({"to": "liu@enterprise.example", "subject": str(number), "text": "…"})
    assert [mail["subject"] for mail in bag.messages()] == [str(number) for number in range(KEPT + 9, 9, -1)]
    assert bag.messages()[0]["to"] == "l***@enterprise.example"


def test_what_is_too_short_to_mask_is_not_shown() -> None:
    assert masked("12345") == "****"


# Who may steer --------------------------------------------------------------------------------------------------------


@pytest.fixture
def steering() -> Steering:
    return Steering(postbag())


async def asked(steering: Steering, method: str, path: str, token: str, body: object = None) -> httpx.Response:
    app: FastAPI = steering.app
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://steering") as http:
        return await http.request(method, path, json=body, headers={"authorization": f"Bearer {token}"})


async def test_only_who_knows_the_token_steers_or_reads_messages(steering: Steering) -> None:
    for method, path in (("GET", "/now"), ("POST", "/step"), ("GET", "/messages")):
        answer = await asked(steering, method, path, "guessed", {"to": "day"} if method == "POST" else None)
        assert (answer.status_code, answer.json()["rule"]) == (401, "bad-token"), path
    token = steering.settings()["steering_token"]
    assert (await asked(steering, "GET", "/messages", token)).json() == []


async def test_while_the_story_is_played_time_is_not_the_visitors(steering: Steering) -> None:
    token = steering.settings()["steering_token"]
    answer = await asked(steering, "POST", "/step", token, {"to": "day"})
    assert (answer.status_code, answer.json()["rule"]) == (409, "playing")
    assert "still being played" in answer.json()["detail"]
    assert (await asked(steering, "POST", "/step", token, {"to": "year"})).status_code == 422
