"""An enterprise signs in with its credit code and a code sent to a telephone on file."""

import json
import logging
from datetime import timedelta

import pytest
from fastapi import Request

from tests.portal.door import CASE, CREDIT_CODE, PHONE, Browser, Door

ANOTHER_PHONE = "13700001111"
FIRST = {"credit_code": CREDIT_CODE, "phone": PHONE}


async def ask(door: Door, **pair: str) -> Browser:
    browser = door.browser()
    await browser.get("/enterprise/sign-in")
    answer = await browser.post("/enterprise/sign-in", **{**FIRST, **pair})
    assert answer.headers["location"] == "/enterprise/sign-in/code"
    await browser.follow(answer)
    return browser


def on_file(**settings: object) -> Door:
    door = Door(**settings)
    door.filed[CREDIT_CODE, PHONE] = [CASE]
    return door


async def visitor_of(door: Door, browser: Browser):
    """Who this browser is to a page."""
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "state": {}}
    cookie = f"ztc={browser.http.cookies.get('ztc', '')}".encode()
    request = Request({**scope, "headers": [(b"cookie", cookie)]})
    request.state.visitor = await door.identity.identify(request)
    await door.identity.admit(request)
    return request.state.visitor


async def test_the_code_that_was_sent_lets_the_enterprise_in_to_the_cases_of_its_pair() -> None:
    door = on_file()
    browser = await ask(door)
    assert door.sent[0]["phone"] == PHONE
    assert (await browser.post("/enterprise/sign-in/code", code=door.sent[0]["code"])).headers["location"] == "/my"
    visitor = await visitor_of(door, browser)
    assert visitor.caller(CASE).case == CASE
    assert visitor.caller("ZT-0000000000000000").case is None
    assert visitor.roles == {"enterprise"}


async def test_records_name_the_enterprise_by_nothing_that_can_be_read() -> None:
    door = on_file()
    browser = await ask(door)
    await browser.post("/enterprise/sign-in/code", code=door.sent[0]["code"])
    visitor = await visitor_of(door, browser)
    assert visitor.subject.startswith("enterprise-")
    assert not any(word in visitor.subject + visitor.name for word in (PHONE, CREDIT_CODE))


async def test_who_filed_with_anothers_code_sees_only_what_was_filed_from_the_own_telephone() -> None:
    door = on_file()
    door.filed[CREDIT_CODE, ANOTHER_PHONE] = ["ZT-0000000000000001"]
    browser = await ask(door, phone=ANOTHER_PHONE)
    await browser.post("/enterprise/sign-in/code", code=door.sent[0]["code"])
    assert (await visitor_of(door, browser)).cases == {"ZT-0000000000000001"}


async def test_no_answer_tells_whether_a_pair_is_on_file() -> None:
    door = on_file()
    known, unknown = await ask(door), await ask(door, phone=ANOTHER_PHONE)
    assert len(door.sent) == 1
    pages = [
        (await browser.get("/enterprise/sign-in/code")).text.replace(browser.csrf, "") for browser in (known, unknown)
    ]
    shown = [page.replace("139****5678", "").replace("137****1111", "").split('name="once"')[0] for page in pages]
    assert shown[0] == shown[1]
    assert (await unknown.post("/enterprise/sign-in/code", code="123456")).status_code == 422


@pytest.mark.parametrize("typed", ["+86 139 1234 5678", "139-1234-5678", " 13912345678 "])
async def test_a_number_is_known_however_it_is_typed(typed: str) -> None:
    door = on_file()
    await ask(door, phone=typed, credit_code=CREDIT_CODE.lower())
    assert door.asked == [{"credit_code": CREDIT_CODE, "phone": PHONE}]


@pytest.mark.parametrize(
    ("field", "typed"), [("credit_code", "91445100MA4UKX2R6X"), ("phone", "12345"), ("phone", ""), ("credit_code", "")]
)
async def test_what_cannot_be_right_comes_back_at_its_field(field: str, typed: str) -> None:
    door = on_file()
    browser = door.browser()
    await browser.get("/enterprise/sign-in")
    page = await browser.post("/enterprise/sign-in", **{**FIRST, field: typed})
    assert page.status_code == 422
    assert f'id="e-{field}"' in page.text
    assert all(f'value="{value}"' in page.text for name, value in FIRST.items() if name != field)
    assert door.asked == []


async def test_a_code_is_good_once() -> None:
    door = on_file()
    first, second = await ask(door), door.browser()
    second.http.cookies.update(first.http.cookies)
    await second.get("/enterprise/sign-in/code")
    code = door.sent[0]["code"]
    assert (await first.post("/enterprise/sign-in/code", code=code)).status_code == 303
    assert (await second.post("/enterprise/sign-in/code", code=code)).status_code == 422


async def test_a_code_is_good_for_ten_minutes() -> None:
    door = on_file()
    browser = await ask(door)
    door.later(minutes=10)
    assert (await browser.post("/enterprise/sign-in/code", code=door.sent[0]["code"])).status_code == 422


async def test_a_code_is_good_for_five_tries() -> None:
    door = on_file()
    browser = await ask(door)
    wrong = "000000" if door.sent[0]["code"] != "000000" else "111111"
    for _ in range(5):
        assert (await browser.post("/enterprise/sign-in/code", code=wrong)).status_code == 422
    assert (await browser.post("/enterprise/sign-in/code", code=door.sent[0]["code"])).status_code == 422


async def test_a_new_code_ends_the_one_before() -> None:
    door = on_file()
    browser = await ask(door)
    while len(door.sent) < 2 or door.sent[-1]["code"] == door.sent[0]["code"]:
        await ask(door)
    assert (await browser.post("/enterprise/sign-in/code", code=door.sent[0]["code"])).status_code == 422
    assert (await browser.post("/enterprise/sign-in/code", code=door.sent[-1]["code"])).status_code == 303


async def test_codes_are_not_sent_to_one_number_again_and_again() -> None:
    door = on_file()
    for _ in range(5):
        await ask(door)
    browser = door.browser()
    await browser.get("/enterprise/sign-in")
    page = await browser.post("/enterprise/sign-in", **FIRST)
    assert page.status_code == 422
    assert "尝试次数过多" in page.text
    assert len(door.sent) == 5


async def test_the_code_step_needs_the_first_step() -> None:
    door = on_file()
    answer = await door.browser().get("/enterprise/sign-in/code")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/enterprise/sign-in")


async def test_a_code_is_kept_as_its_hash_and_forgotten_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    door = on_file()
    with caplog.at_level(logging.INFO):
        await ask(door)
    kept = door.identity.enterprises.codes
    (key,) = [row["_id"] async for row in kept.mongo.find({})]
    text = json.dumps([await kept.history(key), str(await kept.get(key)), key], default=str)
    assert not any(word in text for word in (door.sent[0]["code"], PHONE, CREDIT_CODE))
    assert not any(word in caplog.text for word in (door.sent[0]["code"], PHONE, CREDIT_CODE))
    door.wall.instant += timedelta(minutes=11)
    door.filed[CREDIT_CODE, ANOTHER_PHONE] = [CASE]
    await ask(door, phone=ANOTHER_PHONE)
    assert key not in [row["_id"] async for row in kept.mongo.find({})]


async def test_neither_number_nor_code_ever_stands_in_an_address() -> None:
    door = on_file()
    browser = door.browser()
    await browser.get("/enterprise/sign-in")
    answer = await browser.post("/enterprise/sign-in", **FIRST)
    second = await browser.follow(answer)
    for response in (answer, second):
        assert not any(word in str(response.url) + str(response.headers) for word in (PHONE, CREDIT_CODE))
