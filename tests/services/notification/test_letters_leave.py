"""Letters on their way through real servers: store, SMTP, and a provider and peers over HTTP."""

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from post_office import (
    ANSWER,
    CANARIES,
    CASE,
    CODE,
    EMAIL,
    NOON,
    PHONE,
    UNIT_EMAIL,
    UNIT_PHONE,
    Mailbox,
    Outside,
    Post,
    opened,
)

from contracts.case_number import case_number
from contracts.events import AppealFiled, CaseAnswered, CaseAssigned, Event, RatingInvited, SummaryDrafted
from contracts.record import derive_id
from libs.identity import Role
from services.notification.settings import NotificationSettings

SCHEME = "chaozhou-direct-line@2021-11-08"
LINK = f"https://ztc.example/r/{CASE}?c={CODE}"
MINUTE = timedelta(minutes=1)


def fact(kind: type[Event], case: str = CASE, **fields: Any) -> Any:
    fields = {"case": case, **fields} if "case" in kind.model_fields else fields
    return kind(id=derive_id(kind.__name__, case), cause="", scheme=SCHEME, at=NOON, **fields)


INVITED = fact(RatingInvited)
ASSIGNED = fact(CaseAssigned, unit="water_bureau", rung="department", role="lead", task="handle")


def filed(number: int = 0) -> Any:
    return fact(AppealFiled, case_number("portal", str(number)), channel="portal", scheme_hash="0" * 16)


def words(mail: EmailMessage) -> str:
    return mail.get_content()


# Short messages -------------------------------------------------------------------------------------------------------


async def test_a_short_message_goes_to_the_provider_and_its_receipt_comes_back(post: Post) -> None:
    """001-41"""
    await post.hear(INVITED)
    await post.run()
    letter = await post.only()
    params = {"case": CASE, "limit-rating": "5个自然日", "link": LINK}
    assert post.outside.sms == [{"id": f"{letter.id}:sms", "template": "SMS_4711", "params": params, "to": PHONE}]
    assert post.outside.sms_tokens == {"Bearer sms-token"}
    assert await post.facts() == ["letter.sent sms"]
    assert (await post.report("provider", "sms", True)).json() == {"letter": letter.id, "status": "delivered"}
    assert await post.facts() == ["letter.sent sms", "letter.delivered sms"]
    assert await post.room.mail.next_due() is None


async def test_the_same_event_twice_sends_one_letter(post: Post) -> None:
    await post.hear(ASSIGNED)
    await post.hear(ASSIGNED)
    await post.run()
    await post.hear(ASSIGNED)
    await post.run(NOON + timedelta(hours=1))
    assert [message["to"] for message in post.outside.sms] == [UNIT_PHONE]
    assert post.service.duplicates == 2


async def test_a_provider_that_took_the_message_and_never_answered_is_asked_again_under_the_same_id(
    settings: NotificationSettings, outside: tuple[Outside, str], mailbox: Mailbox
) -> None:
    """We die while the provider has the letter: another process asks again, and the provider knows the id."""
    await_taken = outside[0]
    await_taken.sms_answers = ["hang"]
    async with opened(settings, outside[0], mailbox) as first:
        await first.hear(INVITED)
        dying = asyncio.create_task(first.run())
        await await_taken.hanging.wait()
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        assert (await first.only()).status == "sending"
        assert await first.facts() == []
        await first.run()
        assert len(first.outside.sms) == 1, "it is not yet time to look at it again"
        await first.run(NOON + MINUTE)
        assert len(first.outside.sms) == 2
        assert len(first.outside.delivered_ids()) == 1
        assert await first.facts() == ["letter.sent sms"]


async def test_whoever_sees_the_same_letters_at_once_sends_each_once(
    settings: NotificationSettings, outside: tuple[Outside, str], mailbox: Mailbox
) -> None:
    async with opened(settings, outside[0], mailbox) as one, opened(settings, outside[0], mailbox) as other:
        for number in range(5):
            await one.hear(filed(number))
        await asyncio.gather(one.run(), one.run(), other.run())
        assert len(outside[0].sms) == 5


async def test_a_provider_in_trouble_is_tried_ever_later_and_a_throttling_one_without_end(post: Post) -> None:
    post.outside.sms_answers = [503, 429, 500, 200]
    await post.hear(INVITED)
    await post.run(NOON + timedelta(minutes=7))
    assert [message["to"] for message in post.outside.sms] == [PHONE]
    assert (await post.only()).attempts == 4


async def test_what_the_provider_refuses_goes_by_mail_at_once(post: Post) -> None:
    post.outside.sms_answers = [400]
    await post.hear(INVITED)
    await post.run()
    assert (post.outside.sms, len(post.mailbox.mails)) == ([], 1)
    assert await post.facts() == ["letter.sent email", "letter.delivered email"]


async def test_an_unreachable_provider_is_given_up_after_its_tries(
    settings: NotificationSettings, outside: tuple[Outside, str], mailbox: Mailbox
) -> None:
    dead = settings.model_copy(update={"sms_url": "http://127.0.0.1:9/sms"})
    async with opened(dead, outside[0], mailbox) as post:
        await post.hear(INVITED)
        await post.run(NOON + timedelta(minutes=155))
        assert (len(mailbox.mails), (await post.only()).attempts) == (0, 4)
        await post.run(NOON + timedelta(minutes=156))
        assert (len(mailbox.mails), (await post.only()).attempts) == (1, 6)


async def test_for_development_messages_are_logged_with_masked_numbers_and_without_secrets(
    settings: NotificationSettings, outside: tuple[Outside, str], mailbox: Mailbox
) -> None:
    logging_sms = settings.model_copy(update={"sms_provider": "log"})
    async with opened(logging_sms, outside[0], mailbox) as post:
        await post.hear(INVITED)
        await post.run()
        assert await post.facts() == ["letter.sent sms", "letter.delivered sms"]
    (line,) = settings.sms_log.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["to"] == "139****5678"
    assert not any(canary in line for canary in CANARIES)


# E-mail ---------------------------------------------------------------------------------------------------------------


async def test_an_undelivered_message_is_followed_by_a_mail_with_the_same_link(post: Post) -> None:
    """§3.8"""
    await post.hear(INVITED)
    await post.run()
    assert (await post.report("provider", "sms", False)).json()["status"] == "queued"
    await post.run()
    (mail,) = post.mailbox.mails
    letter = await post.only()
    assert (mail["To"], mail["From"]) == (EMAIL, "direct-line@chaozhou.example")
    assert mail["Subject"] == f"请评价诉求{CASE}的办理结果"
    assert mail["Message-ID"] == f"<{letter.id.rpartition(':')[2]}@chaozhou.example>"
    assert mail["Date"] == "Mon, 02 Mar 2026 12:00:00 +0800"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert LINK in words(mail)
    assert await post.facts() == ["letter.sent sms", "letter.sent email", "letter.delivered email"]


async def test_an_answer_is_read_in_the_mail_and_never_in_a_short_message(post: Post) -> None:
    post.outside.contact["phone"] = None
    await post.hear(fact(CaseAnswered, unit="water_bureau", outcome="solved"))
    await post.run()
    (mail,) = post.mailbox.mails
    assert ANSWER in words(mail)
    assert post.outside.sms == []


async def test_a_busy_mail_server_is_tried_again_with_the_same_message_id(post: Post) -> None:
    post.outside.sms_answers = [400]
    post.mailbox.replies = ["451 later"]
    await post.hear(INVITED)
    await post.run()
    assert (await post.only()).reason == "smtp-451"
    await post.run(NOON + MINUTE)
    assert len(post.mailbox.mails) == 1


async def test_a_mailbox_that_does_not_exist_ends_the_way(post: Post) -> None:
    post.outside.sms_answers = [400]
    post.mailbox.replies = ["550 no such user"]
    await post.hear(ASSIGNED)
    await post.run()
    assert [(f["type"], f["reason"], f["unit"]) for f in await post.said()] == [
        ("letter.failed.v1", "exhausted", "water_bureau")
    ]


async def test_a_mail_server_that_is_down_costs_time_and_no_letter(
    settings: NotificationSettings, outside: tuple[Outside, str], mailbox: Mailbox
) -> None:
    down = settings.model_copy(update={"smtp_port": 9})
    async with opened(down, outside[0], mailbox) as post:
        outside[0].sms_answers = [400]
        await post.hear(ASSIGNED)
        await post.run()
        letter = await post.only()
        assert (letter.status, letter.reason, letter.not_before) == ("queued", "no-connection", NOON + MINUTE)


async def test_mail_may_be_told_to_wait_for_a_receipt(
    settings: NotificationSettings, outside: tuple[Outside, str], mailbox: Mailbox
) -> None:
    strict = settings.model_copy(update={"email_delivered_on_accept": False})
    async with opened(strict, outside[0], mailbox) as post:
        outside[0].contact["phone"] = None
        await post.hear(INVITED)
        await post.run()
        assert await post.facts() == ["letter.sent email"]


async def test_a_letter_about_no_case_is_sent_too(post: Post) -> None:
    drafted = fact(SummaryDrafted, month="2026-02", entries=4)
    await post.hear(drafted)
    await post.run()
    (mail,) = post.mailbox.mails
    assert (mail["To"], mail["Subject"]) == (UNIT_EMAIL, "2026年2月办理情况汇总待审核")
    assert (await post.only(drafted.key)).status == "delivered"


# Calls ----------------------------------------------------------------------------------------------------------------


async def test_the_last_way_is_a_call_that_the_operator_makes_and_reports(post: Post) -> None:
    """§3.8: other channels are tried, then a recorded call."""
    post.outside.sms_answers, post.outside.contact["email"] = [400], "not an address"
    await post.hear(INVITED)
    await post.run()
    letter = await post.only()
    (call,) = (await post.ask("operator", "GET", "/calls")).json()
    assert (call["letter"], call["case"], call["template"]) == (letter.id, CASE, "rating-invitation")
    (stuck,) = (await post.ask("ops", "GET", "/stuck")).json()
    assert (stuck["what"], stuck["key"], stuck["reason"], stuck["id"]) == ("call", CASE, "rating-invitation", letter.id)
    told = (await post.ask("operator", "GET", f"/calls/{letter.id}")).json()
    assert told["phone"] == PHONE
    assert LINK in told["script"]
    assert (await post.ask("ops", "GET", f"/calls/{letter.id}")).status_code == 403
    assert (await post.report("provider", "call", True)).status_code == 403
    assert (await post.report("operator", "call", False)).json()["status"] == "failed"
    assert await post.facts() == ["letter.sent call", "letter.failed"]
    (stuck,) = (await post.ask("ops", "GET", "/stuck")).json()
    assert (stuck["what"], stuck["key"], stuck["id"]) == ("letter", CASE, letter.id)
    assert stuck["reason"].startswith("failed: ")
    assert (await post.ask("ops", "GET", "/calls")).json() == []
    assert (await post.ask("operator", "GET", f"/calls/{letter.id}")).status_code == 404


# What holds a letter back ---------------------------------------------------------------------------------------------


async def test_a_missing_variable_refuses_the_letter_and_raises_an_alarm(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    post.outside.code = None
    await post.hear(INVITED)
    await post.run(NOON + timedelta(days=9))
    assert (post.outside.sms, post.mailbox.mails) == ([], [])
    assert [(f["type"], f["missing"]) for f in await post.said()] == [("letter.refused.v1", "link")]
    assert [one["what"] for one in (await post.ask("ops", "GET", "/stuck")).json()] == ["letter"]
    assert [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR] == ["letter refused"]


async def test_a_silent_service_delays_the_letter_and_costs_it_no_try(post: Post) -> None:
    post.outside.silent = True
    await post.hear(INVITED)
    await post.run(NOON + 5 * MINUTE)
    letter = await post.only()
    assert (letter.status, letter.attempts, letter.not_before) == ("queued", 0, NOON + 6 * MINUTE)
    post.outside.silent = False
    await post.run(NOON + 6 * MINUTE)
    assert len(post.outside.sms) == 1


async def test_at_night_nobody_is_disturbed(post: Post) -> None:
    post.clock.step_to(datetime(2026, 3, 2, 14, tzinfo=UTC))  # 22:00
    await post.hear(INVITED)
    await post.run()
    assert post.outside.sms == []
    morning = datetime(2026, 3, 3, 0, tzinfo=UTC)  # 8:00
    await post.run(morning - timedelta(milliseconds=1))
    assert post.outside.sms == []
    await post.run(morning)
    assert len(post.outside.sms) == 1


async def test_the_eleventh_message_of_a_day_to_one_number_goes_out_next_morning(post: Post) -> None:
    for number in range(11):
        await post.hear(filed(number))
    await post.run()
    assert len(post.outside.sms) == 10
    await post.run(datetime(2026, 3, 2, 23, 59, tzinfo=UTC))
    assert len(post.outside.sms) == 10
    await post.run(datetime(2026, 3, 3, 0, tzinfo=UTC))
    assert len(post.outside.sms) == 11
    kept = [row["_id"] async for row in post.room.shares.mongo.find({})]
    assert len(kept) == 1, "yesterday is forgotten"
    assert len(post.outside.delivered_ids()) == 11


# Who may know what ----------------------------------------------------------------------------------------------------


async def test_the_list_of_letters_shows_neither_words_nor_addresses(post: Post) -> None:
    await post.hear(INVITED)
    await post.run()
    answer = await post.ask("ops", "GET", f"/cases/{CASE}/letters")
    (shown,) = answer.json()
    assert (shown["template"], shown["status"], shown["way"], shown["attempts"]) == (
        "rating-invitation",
        "sent",
        "sms",
        1,
    )
    assert not any(canary in answer.text for canary in CANARIES)


@pytest.mark.parametrize("role", ["enterprise", "unit", "leader", "operator", "service"])
async def test_others_see_no_letters_and_report_no_receipts(post: Post, role: Role) -> None:
    await post.hear(INVITED)
    await post.run()
    assert (await post.ask(role, "GET", f"/cases/{CASE}/letters")).status_code == 403
    assert (await post.report(role, "sms", True)).status_code == 403


async def test_a_receipt_for_an_unknown_letter_is_refused_and_one_with_words_in_it_too(post: Post) -> None:
    unknown = {"letter": f"{CASE}:nobody", "way": "sms", "delivered": True}
    assert (await post.ask("provider", "POST", "/receipts", unknown)).status_code == 404
    wordy = await post.ask("provider", "POST", "/receipts", unknown | {"reason": f"号码{PHONE}停机"})
    assert wordy.status_code == 422
    assert PHONE not in wordy.text


async def test_addresses_names_words_and_codes_are_kept_nowhere(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """Private by construction: documents, facts and log lines, also of what goes wrong."""
    caplog.set_level(logging.INFO)
    post.outside.sms_answers = [200, 503, 429, 400]
    post.mailbox.replies = ["451 later", f"550 <{EMAIL}> unknown"]
    for event in (INVITED, ASSIGNED, fact(CaseAnswered, unit="water_bureau", outcome="solved"), filed(1)):
        await post.hear(event)
    await post.run(NOON + timedelta(hours=5))
    await post.run(NOON + timedelta(days=4))
    post.outside.silent = True
    await post.hear(filed(2))
    await post.run()
    logged = "\n".join(str(vars(record)) + record.getMessage() for record in caplog.records if record.name == "letters")
    assert post.mailbox.mails
    assert post.outside.sms
    assert "letter handed over" in logged
    stored = await post.stored()
    for canary in CANARIES:
        assert canary not in stored, canary
        assert canary not in logged, canary
