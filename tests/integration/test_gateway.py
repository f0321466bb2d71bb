"""The door to the outside, on a real broker and store, with intake and routing behind it."""

import asyncio
import json
import struct
import sys
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import aio_pika
import pytest
import pytest_asyncio
from aio_pika.exceptions import AMQPError
from pymongo import AsyncMongoClient
from town import PATIENCE, ROOT, Outsider, Properties, Town, Wire, new_id

from contracts.case_number import trace_id
from contracts.events import CaseAssigned, CaseClosed
from libs.topology import VHOST
from services.gateway.topology import vhost

HOTLINE, WEB = "hotline_12345", "web_qiye"
UNIT, OTHER_UNIT = "shi_gongxin", "shi_ziran"
SUBMITTED = "appeal.submitted.v1"
DOSSIER: dict[str, Any] = {
    "enterprise": "潮州市湘桥区瑞祥陶瓷有限公司",
    "credit_code": "91445102MA3AGYGLU6",
    "contact": {"name": "陈示例", "phone": "13800000000"},
    "title": "白天水压不足",
    "text": "每天8时至18时水压不足，请协调。",
}
PERSON = "110101199003070230"
NOT_UTF8 = b"\x03\xff\xfe\xfd"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Town]:
    town = Town(tmp_path_factory.mktemp("town"))
    try:
        await town.start()
        yield town
    finally:
        await town.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def hotline(town: Town) -> AsyncGenerator[Outsider]:
    async with town.outsider(HOTLINE) as outsider:
        yield outsider
        assert outsider.heard_all


@pytest_asyncio.fixture(loop_scope="session")
async def unit(town: Town) -> AsyncGenerator[Outsider]:
    async with town.outsider(UNIT, unit=True) as outsider:
        yield outsider
        assert outsider.heard_all


async def file(party: Outsider, message_id: str | None = None, **change: Any) -> dict[str, Any]:
    return await party.say(SUBMITTED, message_id, dossier=DOSSIER | change, entered_by="017")


async def filed(party: Outsider) -> str:
    answer = await file(party)
    assert answer["type"] == "message.received.v1", answer
    return answer["case"]


async def assigned(town: Town, hotline: Outsider, unit: Outsider) -> dict[str, str]:
    """The names of a hand-over to the unit, as it copies them into what it says."""
    case = await filed(hotline)
    await town.accept(case)
    offer = await unit.assignment()
    assert (offer["type"], offer["case"]) == ("assignment.offered.v1", case)
    return {"case": case, "dispatch": offer["dispatch"]}


async def is_refused(town: Town, party: Outsider, answer: dict[str, Any], rule: str, field: str | None = None) -> None:
    """The answer says so, it stands in quarantine with its reason, and the party's next good message is handled."""
    assert answer["type"] == "message.refused.v1", answer
    assert answer["rule"] == rule, answer
    assert field is None or answer["field"] == field, answer
    newest = (await town.quarantine())[0]
    assert (newest["party"], newest["rule"]) == (party.party, rule)
    if party.party == HOTLINE:
        await filed(party)
    else:
        bad = await party.say("assignment.taken.v1", case="ZT-0000000000000000", dispatch="d")
        assert bad["rule"] == "no-such-case"


# --- what is wrong in itself ------------------------------------------------------------------------------------------

BAD_DOSSIERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "a wrong check digit": ({"credit_code": "91445102MA3AGYGLU7"}, "credit-code", "dossier.credit_code"),
    "a person's id number": ({"credit_code": PERSON}, "personal-id-number", "dossier.credit_code"),
    "an unknown category": ({"category": "poetry"}, "unknown-category", "category"),
    "a scheme of its own": ({"scheme": "other@2026-01-01"}, "extra_forbidden", "dossier.scheme"),
    "a channel of its own": ({"channel": "portal"}, "extra_forbidden", "dossier.channel"),
    "an empty text": ({"text": " \n "}, "string_too_short", "dossier.text"),
    "a text too long": ({"text": "长" * 5001}, "string_too_long", "dossier.text"),
    "an operator of the store": ({"text": {"$ne": ""}}, "string_type", "dossier.text"),
}


@pytest.mark.parametrize("what", BAD_DOSSIERS)
async def test_a_filing_with_a_wrong_field_is_refused_by_name(town: Town, hotline: Outsider, what: str) -> None:
    change, rule, field = BAD_DOSSIERS[what]
    await is_refused(town, hotline, await file(hotline, **change), rule, field)


BAD_BODIES: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"<appeal/>", "not-json"),
    "nothing": (b"", "not-json"),
    "not UTF-8": (b'{"dossier": "\xff"}', "not-utf-8"),
    "nested deep": (b"[" * 100_000, "too-deep"),
    "half a surrogate pair": (b'{"dossier": "\\ud800"}', "lone-surrogate"),
    "NaN": (b'{"dossier": NaN}', "not-json"),
    "a field twice": (b'{"call": "a", "call": "b"}', "duplicate-key"),
    "an unknown field": (json.dumps({"dossier": DOSSIER, "in_a_hurry": True}).encode(), "extra_forbidden"),
    "another type than it says": (b'{"type": "appeal.withdrawal_asked.v1"}', "literal_error"),
}


@pytest.mark.parametrize("what", BAD_BODIES)
async def test_a_body_that_breaks_the_contract_is_refused(town: Town, hotline: Outsider, what: str) -> None:
    body, rule = BAD_BODIES[what]
    await hotline.publish(body, message_id=new_id(), type=SUBMITTED)
    await is_refused(town, hotline, await hotline.answer(), rule)


def _nested(deep: int) -> bytes:
    """A header table within a table within a table, ..."""
    table = b""
    for _ in range(deep):
        table = b"\x01aF" + struct.pack(">I", len(table)) + table
    return struct.pack(">I", len(table)) + table


MINE: dict[str, str | bytes] = {"user_id": HOTLINE, "message_type": SUBMITTED}
BAD_PROPERTIES: dict[str, tuple[dict[str, str | bytes], str]] = {
    "no message_id": (MINE, "missing"),
    "a message_id with a blank": (MINE | {"message_id": "a b"}, "unfit-message-id"),
    "no user_id": ({"message_id": "absent-1", "message_type": SUBMITTED}, "unknown-sender"),
    "no type": ({"user_id": HOTLINE, "message_id": "typeless"}, "unknown-type"),
    "a unit's type": (MINE | {"message_id": "u-1", "message_type": "assignment.taken.v1"}, "unknown-type"),
    "a type that is not UTF-8": (MINE | {"message_id": "x-1", "message_type": NOT_UTF8}, "undecodable"),
    "a correlation_id that is not UTF-8": (MINE | {"message_id": "x-2", "correlation_id": NOT_UTF8}, "undecodable"),
    "a content_type that is not UTF-8": (MINE | {"message_id": "x-3", "content_type": NOT_UTF8}, "undecodable"),
    "a message_id that is not UTF-8": (MINE | {"message_id": NOT_UTF8}, "undecodable"),
    "a timestamp of 2^63": (MINE | {"message_id": "x-4", "timestamp": struct.pack(">Q", 2**63)}, "undecodable"),
    "a header's timestamp of 2^63": (
        MINE | {"message_id": "x-5", "headers": struct.pack(">I", 11) + b"\x01aT" + struct.pack(">Q", 2**63)},
        "undecodable",
    ),
    "a header's name that is not UTF-8": (
        MINE | {"message_id": "x-6", "headers": struct.pack(">I", 6) + NOT_UTF8 + b"t\x01"},
        "undecodable",
    ),
    "header tables nested 3000 deep": (MINE | {"message_id": "x-7", "headers": _nested(3000)}, "undecodable"),
}


@pytest.mark.parametrize("what", BAD_PROPERTIES)
async def test_properties_that_cannot_be_believed_cost_one_message(town: Town, hotline: Outsider, what: str) -> None:
    properties, rule = BAD_PROPERTIES[what]
    body = json.dumps({"dossier": DOSSIER, "entered_by": what}).encode()
    await hotline.publish_raw(body, Properties(**properties))
    await is_refused(town, hotline, await hotline.answer(), rule)


async def test_headers_and_reply_to_of_an_outsider_are_not_obeyed(town: Town, hotline: Outsider) -> None:
    """001: CC and BCC lead nowhere, nothing is sent to a queue that a message names."""
    headers = {"CC": ["answers", "facts"], "BCC": ["inbox"], "x-death": "1", "traceparent": 7, "baggage": "a=b"}
    body = json.dumps({"dossier": DOSSIER, "entered_by": "017"}).encode()
    await hotline.publish(
        body, message_id=new_id(), type=SUBMITTED, headers=headers, reply_to="a|b|c|d", priority=255, expiration=60
    )
    assert (await hotline.answer())["type"] == "message.received.v1"


# --- what is wrong at its time ----------------------------------------------------------------------------------------


async def test_the_same_filing_twice_has_one_receipt_number_and_one_case(town: Town, hotline: Outsider) -> None:
    message_id = new_id()
    first, second = await file(hotline, message_id), await file(hotline, message_id)
    assert first == second
    assert len(set(hotline.ids[-2:])) == 1, "the same answer has the same message_id"
    keys = [headers["idempotency-key"] for headers in town.roads["intake"].asked("/appeals")]
    assert keys.count(f"{HOTLINE}:{message_id}") == 1


async def test_an_id_used_for_another_message_is_refused(town: Town, hotline: Outsider) -> None:
    message_id = new_id()
    await file(hotline, message_id)
    await is_refused(town, hotline, await file(hotline, message_id, title="另一件事"), "used-message-id", "message_id")


async def test_a_refused_message_sent_again_gets_the_same_answer(hotline: Outsider) -> None:
    message_id = new_id()
    assert await file(hotline, message_id, text="") == await file(hotline, message_id, text="")


async def test_nobody_acts_on_a_withdrawn_case(town: Town, hotline: Outsider, unit: Outsider) -> None:
    names = await assigned(town, hotline, unit)
    assert (await hotline.say("appeal.withdrawal_asked.v1", case=names["case"]))["type"] == "message.received.v1"
    assert await unit.assignment() == {"type": "assignment.ended.v1", "reason": "withdrawn", **names}
    await is_refused(town, unit, await unit.say("assignment.taken.v1", **names), "case-withdrawn")
    again = await hotline.say("appeal.withdrawal_asked.v1", case=names["case"])
    await is_refused(town, hotline, again, "case-withdrawn")


async def test_nobody_acts_on_a_closed_case(town: Town, hotline: Outsider, unit: Outsider) -> None:
    names = await assigned(town, hotline, unit)
    closed = CaseClosed(
        id=str(uuid4()), cause="test", scheme="chaozhou-direct-line@2021-11-08", case=names["case"],
        at=datetime.now(UTC), outcome="satisfied",
    )  # fmt: skip
    await town.say_fact(closed, by="evaluation")
    async with asyncio.timeout(PATIENCE):
        while (answer := await unit.say("assignment.progressed.v1", text="在办", **names))[
            "type"
        ] == "message.received.v1":
            pass
    await is_refused(town, unit, answer, "case-closed")
    async with asyncio.timeout(PATIENCE):
        while (answer := await hotline.say("appeal.withdrawal_asked.v1", case=names["case"]))["rule"] != "case-closed":
            pass


async def test_a_channel_has_no_hand_in_another_channel_s_case(town: Town, hotline: Outsider) -> None:
    case = await filed(hotline)
    async with town.outsider(WEB) as web:
        for answer in (
            await web.say("appeal.withdrawal_asked.v1", case=case),
            await web.say("appeal.supplement_given.v1", case=case, text="t"),
            await web.say("appeal.withdrawal_asked.v1", case="ZT-0000000000000000"),
        ):
            # The same words for a case that is not theirs and one that does not exist.
            assert (answer["rule"], answer["detail"]) == ("no-such-case", "there is no such case for you")
        assert (await file(web))["type"] == "message.received.v1"


async def test_a_unit_does_not_answer_for_another(town: Town, hotline: Outsider, unit: Outsider) -> None:
    names = await assigned(town, hotline, unit)
    words = {"outcome": "solved", "result": "r", "answer": "a"}
    async with town.outsider(OTHER_UNIT, unit=True) as other:
        await is_refused(town, other, await other.say("assignment.replied.v1", **words, **names), "no-such-case")
    assert (await unit.say("assignment.replied.v1", **words, **names))["type"] == "message.received.v1"


async def test_a_unit_objects_once_and_not_in_favour_of_nobody(town: Town, hotline: Outsider, unit: Outsider) -> None:
    names = await assigned(town, hotline, unit)
    object_to = {"reason": "非本单位职责", **names}
    nobody = await unit.say("assignment.objected.v1", proposed="shi_nobody", **object_to)
    await is_refused(town, unit, nobody, "unknown-unit")
    assert (await unit.say("assignment.objected.v1", proposed=OTHER_UNIT, **object_to))["type"] == "message.received.v1"
    decision = {"dispatch": names["dispatch"], "grant": False, "unit": UNIT, "reason": "属于本单位职责"}
    path = f"/cases/{names['case']}/dispute-decision"
    (await town.ask("POST", "routing", path, "administrator", body=decision)).raise_for_status()
    decided = {"type": "assignment.objection_decided.v1", "outcome": "refused", **names}
    assert await unit.answer() == decided
    second = await unit.say("assignment.objected.v1", proposed=OTHER_UNIT, **object_to)
    told = await unit.answer()
    # The refusal answers the message; the decision is told as every decision is. Their order is not fixed.
    refused = second if second["type"] == "message.refused.v1" else told
    assert decided in (second, told)
    await is_refused(town, unit, refused, "second-objection")


async def test_what_a_unit_says_about_a_case_takes_effect_in_its_order(
    town: Town, hotline: Outsider, unit: Outsider
) -> None:
    """Though routing is slow with the first of it."""
    names = await assigned(town, hotline, unit)
    said = [("assignment.taken.v1", {}), *[("assignment.progressed.v1", {"text": f"第{n}步"}) for n in range(5)]]
    said.append(("assignment.replied.v1", {"outcome": "solved", "result": "r", "answer": "a"}))

    def slow(path: str) -> int | None:
        if path.endswith("/taking"):
            threading.Event().wait(0.5)
        return None

    with town.trouble("routing", slow):
        for type, words in said:
            await unit.publish(json.dumps(words | names).encode(), message_id=new_id(), type=type)
        answers = [await unit.answer() for _ in said]
    assert [answer["type"] for answer in answers] == ["message.received.v1"] * len(said)


# --- quarantine -------------------------------------------------------------------------------------------------------


async def test_quarantine_shows_reason_and_shape_to_operators_alone(town: Town, hotline: Outsider) -> None:
    await file(hotline, title="秘密的标题" * 30, text="13912345678")
    newest = (await town.quarantine())[0]
    shown = (await town.ask("GET", "gateway", f"/quarantine/{newest['id']}", "ops")).json()
    assert (shown["rule"], shown["field"], shown["party"]) == ("string_too_long", "dossier.title", HOTLINE)
    assert json.loads(shown["content"])["dossier"]["text"] == "00000000000"
    for told in (json.dumps(newest, ensure_ascii=False), json.dumps(shown, ensure_ascii=False)):
        for words in ("秘密", "139", DOSSIER["enterprise"]):
            assert words not in told
    for path in ("/quarantine", f"/quarantine/{newest['id']}"):
        assert (await town.ask("GET", "gateway", path, "service", "office", "unit")).status_code == 403
    assert (await town.ask("POST", "gateway", f"/quarantine/{newest['id']}/replay", "leader")).status_code == 403
    assert (await town.ask("GET", "gateway", "/quarantine/none", "ops")).status_code == 404


async def test_a_quarantined_message_can_be_judged_again(town: Town, hotline: Outsider, unit: Outsider) -> None:
    """A supplement that nobody asked for is refused; once it is asked for, the same message is good."""
    case = await filed(hotline)
    refused = await hotline.say("appeal.supplement_given.v1", case=case, text="补充")
    assert refused["rule"] == "no-supplement-asked"
    body = {"text": "请补充"}
    (await town.ask("POST", "intake", f"/appeals/{case}/supplement-request", "screener", body=body)).raise_for_status()
    replay = f"/quarantine/{(await town.quarantine())[0]['id']}/replay"
    replayed = (await town.ask("POST", "gateway", replay, "ops")).raise_for_status().json()
    assert (replayed["outcome"], replayed["judged"]) == ("taken", 2)
    assert await hotline.answer() == {"type": "message.received.v1", "of": refused["of"], "case": case}
    assert hotline.ids[-1] != hotline.ids[-2]
    assert (await town.ask("POST", "gateway", replay, "ops")).status_code == 409


async def test_what_must_not_or_need_not_be_kept_is_dropped(town: Town, hotline: Outsider) -> None:
    """A person's id number at once; what an enterprise wrote, when intake has it."""
    secret = "只有受理服务可以保存的一句话"
    assert (await file(hotline, text=secret))["type"] == "message.received.v1"
    assert (await file(hotline, credit_code=PERSON))["rule"] == "personal-id-number"
    async with AsyncMongoClient[dict[str, Any]](town.store.url("gateway")) as client:
        kept = [document async for document in client.get_default_database()["messages"].find({})]
    everything = b"".join(document["body"] for document in kept)
    assert json.dumps(secret)[1:-1].encode() not in everything
    assert PERSON.encode() not in everything


# --- rights on the broker ---------------------------------------------------------------------------------------------


async def _never(message: object) -> None:
    raise AssertionError("nothing may come")


async def _attempt(town: Town, party: str, what: str) -> None:
    connection = await aio_pika.connect(town.party_url(party))
    async with connection:
        channel = await connection.channel(on_return_raises=True)
        underlay = await channel.get_underlay_channel()
        message = aio_pika.Message(b"{}", user_id="shi_ziran" if what == "forge user_id" else party)
        match what:
            case "publish to the default exchange":
                await channel.default_exchange.publish(message, routing_key="answers")
            case "publish to facts" | "publish to dead" | "publish to amq.topic" | "forge user_id":
                name = "to-zhitongche" if what == "forge user_id" else what.removeprefix("publish to ")
                await (await channel.get_exchange(name, ensure=False)).publish(message, routing_key="a")
            case "declare a queue":
                await channel.declare_queue("mine")
            case "declare a nameless queue":
                await channel.declare_queue("", exclusive=True)
            case "declare an exchange":
                await channel.declare_exchange("mine")
            case "bind":
                await underlay.queue_bind("answers", "to-zhitongche")
            case "unbind":
                await underlay.queue_unbind("inbox", "to-zhitongche")
            case "consume the inbox":
                await underlay.basic_consume("inbox", _never)
            case "get from the inbox":
                await (await channel.get_queue("inbox", ensure=False)).get()
            case "purge the inbox":
                await underlay.queue_purge("inbox")
            case "delete the inbox":
                await underlay.queue_delete("inbox")
            case "delete the exchange":
                await underlay.exchange_delete("to-zhitongche")
            case _:
                raise AssertionError(what)


@pytest.mark.parametrize("party", [HOTLINE, UNIT])
@pytest.mark.parametrize(
    "what",
    [
        "publish to the default exchange", "publish to facts", "publish to dead", "publish to amq.topic", "forge user_id",
        "declare a queue", "declare a nameless queue", "declare an exchange", "bind", "unbind", "consume the inbox",
        "get from the inbox", "purge the inbox", "delete the inbox", "delete the exchange",
    ],
)  # fmt: skip
async def test_the_broker_refuses_a_party_everything_but_its_own_door(town: Town, party: str, what: str) -> None:
    with pytest.raises(AMQPError) as refused:
        await _attempt(town, party, what)
    reason = "PRECONDITION_FAILED - user_id" if what == "forge user_id" else "ACCESS_REFUSED"
    assert reason in str(refused.value)


@pytest.mark.parametrize("place", [VHOST, "/", vhost(OTHER_UNIT), vhost(HOTLINE)])
async def test_a_party_has_no_access_to_any_other_vhost(town: Town, place: str) -> None:
    with pytest.raises((AMQPError, ConnectionError)):
        await aio_pika.connect(town.broker.url(place, user=UNIT))


# --- nothing is lost, nothing happens twice ---------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["after-keep", "after-hand-over", "after-answer"])
async def test_a_gateway_killed_on_the_way_hands_over_once(town: Town, hotline: Outsider, place: str) -> None:
    """Stored before acknowledged: whatever was confirmed to a party has one effect, under one key."""
    await _restart_gateway(town, ZTC_CRASH_AT=place)
    message_id = new_id()
    body = json.dumps({"dossier": DOSSIER, "entered_by": "017"}).encode()
    await hotline.publish(body, message_id=message_id, type=SUBMITTED)
    async with asyncio.timeout(PATIENCE):
        assert await town.processes["gateway"].ended() == -9
    asked = town.roads["intake"].asked("/appeals")
    before = [h["idempotency-key"] for h in asked].count(f"{HOTLINE}:{message_id}")
    assert before == (0 if place == "after-keep" else 1)
    await _restart_gateway(town)
    case = (await hotline.answer())["case"]
    asked = [h for h in town.roads["intake"].asked("/appeals") if h["idempotency-key"] == f"{HOTLINE}:{message_id}"]
    assert len(asked) == (2 if place == "after-hand-over" else 1)
    assert len({h["received-at"] for h in asked}) == 1, "it counts from when it was first received"
    queue = (await town.ask("GET", "intake", "/queue/screening?limit=100", "screener")).json()
    assert [row["case"] for row in queue].count(case) == 1


async def _restart_gateway(town: Town, **environment: str) -> None:
    await town.processes["gateway"].stop()
    town.start_service("gateway", **environment)
    await town.ready("gateway")


async def test_a_busy_or_silent_service_is_asked_again_with_the_same_key(town: Town, hotline: Outsider) -> None:
    road, message_id = town.roads["intake"], new_id()
    answers = iter([503, 500, 401, 404])
    with town.trouble("intake", lambda path: next(answers, None) if path == "/appeals" else None):
        assert (await file(hotline, message_id))["type"] == "message.received.v1"
    keys = [headers["idempotency-key"] for headers in road.asked("/appeals")]
    assert keys.count(f"{HOTLINE}:{message_id}") == 5


async def test_a_slow_service_holds_up_only_those_who_need_it(town: Town, hotline: Outsider, unit: Outsider) -> None:
    names = await assigned(town, hotline, unit)
    released = threading.Event()

    def stuck(path: str) -> int | None:
        if path == "/appeals":
            released.wait(PATIENCE)
        return None

    with town.trouble("intake", stuck):
        body = json.dumps({"dossier": DOSSIER, "entered_by": "017"}).encode()
        for _ in range(40):
            await hotline.publish(body, message_id=new_id(), type=SUBMITTED)
        async with asyncio.timeout(3):
            assert (await unit.say("assignment.taken.v1", **names))["type"] == "message.received.v1"
        # No more than the prefetch is taken from one party at a time.
        await town.comes_true(lambda figures: figures["in_flight"] == 16)
        assert hotline.heard_all
        released.set()
    cases = {(await hotline.answer())["case"] for _ in range(40)}
    assert len(cases) == 40


async def test_an_outsider_s_trace_is_told_and_not_adopted(town: Town, hotline: Outsider) -> None:
    foreign = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    body = json.dumps({"dossier": DOSSIER, "entered_by": "017"}).encode()
    headers = {"traceparent": foreign, "tracestate": "a=b", "baggage": "secret=1"}
    await hotline.publish(body, message_id=new_id(), type=SUBMITTED, headers=headers)
    case = (await hotline.answer())["case"]
    span = await town.span(case, f"receive {SUBMITTED}")
    assert span["parent"] == b"", "it is the first of the case's trace"
    assert span["attributes"]["outside.traceparent"] == foreign
    handed = town.roads["intake"].asked("/appeals")[-1]
    assert handed["traceparent"].split("-")[1] == f"{trace_id(case):032x}"
    assert "baggage" not in handed


# --- outward ----------------------------------------------------------------------------------------------------------


async def test_a_unit_is_told_what_it_needs_and_nothing_else(town: Town, hotline: Outsider, unit: Outsider) -> None:
    case = await filed(hotline)
    await town.accept(case)
    offer = await unit.assignment()
    assert set(offer) == {
        "type", "case", "dispatch", "role", "task", "rung", "category", "district", "filed_at", "enterprise", "contact",
        "title", "text", "supplement", "complexity", "urgent", "due_on",
    }  # fmt: skip
    assert (offer["text"], offer["contact"]["phone"]) == (DOSSIER["text"], "13800000000")
    assert DOSSIER["credit_code"] not in json.dumps(offer)


async def test_a_fact_heard_twice_is_told_once(town: Town, hotline: Outsider, unit: Outsider) -> None:
    case = await filed(hotline)
    await town.accept(case)
    offer = await unit.assignment()
    told = (await town.figures())["to_parties"]
    again = CaseAssigned(
        id=unit.ids[-1], cause="x", scheme="chaozhou-direct-line@2021-11-08", case=case, at=datetime.now(UTC),
        subject=offer["dispatch"], unit=UNIT, rung="department", role="lead", task="handle",
    )  # fmt: skip
    duplicates = (await town.figures())["duplicates"]
    await town.say_fact(again, by="routing")
    await town.comes_true(lambda figures: figures["duplicates"] > duplicates and not figures["unsent"])
    assert (await town.figures())["to_parties"] == told


async def test_a_gateway_killed_after_telling_tells_again_under_the_same_id(
    town: Town, hotline: Outsider, unit: Outsider
) -> None:
    case = await filed(hotline)
    await _restart_gateway(town, ZTC_CRASH_AT="after-telling")
    await town.accept(case)
    async with asyncio.timeout(PATIENCE):
        assert await town.processes["gateway"].ended() == -9
    await _restart_gateway(town)
    first, second = await unit.assignment(), await unit.assignment()
    assert first == second
    assert unit.ids[-1] == unit.ids[-2]


async def test_a_unit_that_cannot_be_reached_is_told_later_and_stops_nobody(
    town: Town, hotline: Outsider, unit: Outsider
) -> None:
    admin = await aio_pika.connect(town.broker.url(vhost(OTHER_UNIT)))
    async with admin:
        channel = await admin.channel()
        await channel.queue_delete("assignments")
        unreachable = await filed(hotline)
        await town.accept(unreachable, lead=OTHER_UNIT)
        await assigned(town, hotline, unit)
        await town.comes_true(lambda figures: figures["unsent"] == 1)
        await channel.declare_queue("assignments", durable=True, arguments={"x-queue-type": "quorum"})
        async with town.outsider(OTHER_UNIT, unit=True) as other:
            assert (await other.assignment())["case"] == unreachable


async def test_a_line_that_breaks_is_mended(town: Town, hotline: Outsider) -> None:
    """An inbox deleted under the gateway is read again when it is back, and everybody else never notices."""
    admin = await aio_pika.connect(town.broker.url(vhost(WEB)))
    async with admin:
        channel = await admin.channel()
        await channel.queue_delete("inbox")
        await town.comes_true(lambda figures: figures["lines_down"] > 0)
        await filed(hotline)
        queue = await channel.declare_queue("inbox", durable=True, arguments={"x-queue-type": "quorum"})
        await queue.bind("to-zhitongche")
        async with town.outsider(WEB) as web:
            assert (await file(web))["type"] == "message.received.v1"


# --- the two programs of examples/ ------------------------------------------------------------------------------------


class Program:
    """One of them, as a person at a terminal would use it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def run(cls, name: str, urls: dict[str, str], *options: str) -> AsyncGenerator["Program"]:
        named = [part for party, url in urls.items() for part in ("--party", f"{party}={url}")]
        pipe = asyncio.subprocess.PIPE
        # -I: nothing of ours can be imported.
        command = [sys.executable, "-I", "-W", "error", str(Path(ROOT) / "examples" / name), *named, *options]
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, cwd="/")
        try:
            yield cls(process)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def order(self, **order: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()

    async def line(self) -> dict[str, Any]:
        assert self._process.stdout
        async with asyncio.timeout(PATIENCE):
            return json.loads(await self._process.stdout.readline())

    async def end(self) -> int:
        assert self._process.stdin
        self._process.stdin.close()
        async with asyncio.timeout(PATIENCE):
            return await self._process.wait()


async def test_the_two_examples_carry_a_case_from_filing_to_reply(town: Town) -> None:
    channels = {party: town.party_url(party) for party in (HOTLINE, WEB)}
    units = {party: town.party_url(party) for party in (UNIT, OTHER_UNIT)}
    async with Program.run("channel_system.py", channels) as channel, Program.run("unit_system.py", units) as bureau:
        message_id = new_id()
        await channel.order(party=WEB, do="submit", message_id=message_id, dossier=DOSSIER)
        said = [await channel.line(), await channel.line()]
        assert {"party": WEB, "sent": message_id} in said
        case = next(line["message"]["case"] for line in said if "message" in line)
        await town.accept(case)
        offer = await bureau.line()
        assert (offer["party"], offer["message"]["case"]) == (UNIT, case)
        names = {"party": UNIT, "case": case, "dispatch": offer["message"]["dispatch"]}
        await bureau.order(do="take", **names)
        await bureau.order(do="reply", outcome="solved", result="已解决", answer="已解决", **names)
        lines = [await bureau.line() for _ in range(4)]
        assert sum("sent" in line for line in lines) == 2
        assert [line["message"]["type"] for line in lines if "message" in line] == ["message.received.v1"] * 2
        assert (await channel.end(), await bureau.end()) == (0, 0)


async def test_the_examples_survive_the_loss_of_their_connection(town: Town, hotline: Outsider) -> None:
    async with (
        Wire.to(town.party_url(UNIT)) as wire,
        Program.run("unit_system.py", {UNIT: wire.url}, "--auto") as bureau,
    ):
        await _auto_takes(town, hotline, bureau)
        wire.cut()
        await _auto_takes(town, hotline, bureau)


async def _auto_takes(town: Town, hotline: Outsider, bureau: Program) -> None:
    case = await filed(hotline)
    await town.accept(case)
    wanted = {"assignment.offered.v1", "sent", "message.received.v1"}
    while wanted:
        line = await bureau.line()
        # A message whose acknowledgement was lost with the connection comes once more.
        if case in json.dumps(line):
            wanted.discard(line["message"]["type"] if "message" in line else "sent")
