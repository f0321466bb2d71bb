"""Signing in and out at the pages, as a browser sees it."""

import json
from datetime import date, timedelta

import pytest
from fastapi import Request

from services.portal.identity.account import Substitute
from services.portal.identity.session import ABSOLUTE
from services.portal.identity.sessions import key_of
from tests.portal.door import CASE, NOON, PASSWORD, Door, is_in


async def test_account_and_password_lead_to_ones_own_work() -> None:
    door = Door()
    await door.account()
    browser = door.browser()
    answer = await browser.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/unit")
    assert "谢明" in (await browser.get("/account")).text


async def test_the_page_that_was_wanted_comes_after_signing_in() -> None:
    door = Door()
    await door.account()
    browser = door.browser()
    sent_away = await browser.get("/account")
    assert sent_away.headers["location"] == "/sign-in?next=/account"
    assert (await browser.sign_in(next="/account")).headers["location"] == "/account"


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_nobody_is_led_to_another_site_after_signing_in(next: str) -> None:
    door = Door()
    await door.account()
    assert (await door.browser().sign_in(next=next)).headers["location"] == "/"


async def test_a_wrong_password_brings_the_form_back_with_the_account_kept_and_the_password_not() -> None:
    door = Door()
    await door.account()
    answer = await door.browser().sign_in(password="wrong password kept?")
    assert answer.status_code == 422
    assert 'value="xie.ming"' in answer.text
    assert "账号、密码或验证码不正确" in answer.text
    assert "wrong password kept?" not in answer.text


async def test_no_answer_tells_whether_there_is_an_account() -> None:
    door = Door()
    await door.account()
    await door.account("closed")
    await door.identity.accounts.change("closed", by="somebody", disabled=True)
    answers = []
    for name, password in (("xie.ming", "wrong"), ("nobody", "wrong"), ("nobody", PASSWORD), ("closed", PASSWORD)):
        browser = door.browser()
        page = await browser.sign_in(name, password)
        answers.append((page.status_code, page.text.replace(f'value="{name}"', "").replace(browser.csrf, "")))
    assert len({(status, len(text)) for status, text in answers}) == 1


async def test_after_five_wrong_passwords_the_right_one_waits_a_quarter_of_an_hour() -> None:
    door = Door()
    await door.account()
    for _ in range(5):
        await door.browser().sign_in(password="not this one")
    assert (await door.browser().sign_in()).status_code == 422
    door.later(minutes=15)
    assert (await door.browser().sign_in()).status_code == 303


async def test_a_browser_that_tries_too_often_is_told_to_wait() -> None:
    door = Door(rate_limits={"sign-in by account": "3/minute"})
    for _ in range(3):
        await door.browser().sign_in("anybody", "guess")
    assert "尝试次数过多" in (await door.browser().sign_in("anybody", "guess")).text


async def test_each_sign_in_has_a_new_number_of_which_only_the_hash_is_kept() -> None:
    door = Door()
    await door.account()
    browser = door.browser()
    await browser.get("/sign-in")
    before = browser.http.cookies["ztc"]
    await browser.sign_in()
    after = browser.http.cookies["ztc"]
    assert before != after
    assert len(after) >= 43
    rows = dict(door.identity.sessions.collection.rows())  # type: ignore[attr-defined]
    assert list(rows) == [key_of(after)]


async def test_nobody_comes_in_with_a_number_that_was_given_before_signing_in() -> None:
    """Session fixation: whoever planted a number in a browser has nothing of it."""
    door = Door()
    await door.account()
    victim, thief = door.browser(), door.browser()
    await victim.get("/sign-in")
    thief.http.cookies.set("ztc", victim.http.cookies["ztc"])
    await victim.sign_in()
    assert await is_in(victim)
    assert not await is_in(thief)


async def test_half_an_hour_without_a_request_signs_out() -> None:
    door = Door()
    await door.account()
    browser = door.browser()
    await browser.sign_in()
    for _ in range(3):
        door.later(minutes=29)
        assert await is_in(browser)
    door.later(minutes=31)
    assert not await is_in(browser)


async def test_a_page_that_looks_again_by_itself_keeps_nobody_signed_in() -> None:
    door = Door()
    await door.account()
    browser = door.browser()
    await browser.sign_in()
    for _ in range(2):
        door.later(minutes=20)
        await browser.http.get("/account", headers={"hx-request": "true"})
    assert not await is_in(browser)


async def test_after_twelve_hours_one_signs_in_again_however_busy() -> None:
    door = Door()
    await door.account()
    browser = door.browser()
    await browser.sign_in()
    until = NOON + ABSOLUTE
    while door.wall.instant < until - timedelta(minutes=20):
        door.later(minutes=20)
        assert await is_in(browser)
    door.later(minutes=21)
    assert not await is_in(browser)


async def test_signing_out_ends_the_session_on_the_server_too() -> None:
    door = Door()
    await door.account()
    browser = door.browser()
    await browser.sign_in()
    await browser.get("/account")
    stolen = browser.http.cookies["ztc"]
    await browser.post("/sign-out")
    browser.http.cookies.set("ztc", stolen)
    assert not await is_in(browser)


async def test_signing_out_everywhere_ends_every_browsers_session() -> None:
    door = Door()
    await door.account()
    here, there = door.browser(), door.browser()
    for browser in (here, there):
        await browser.sign_in()
    door.later(minutes=1)
    await here.get("/account")
    await here.post("/account/sign-out-everywhere")
    assert [await is_in(here), await is_in(there)] == [False, False]


async def test_a_closed_account_is_out_at_once() -> None:
    door = Door()
    await door.account()
    browser = door.browser()
    await browser.sign_in()
    await door.identity.accounts.change("xie.ming", by="somebody", disabled=True)
    assert not await is_in(browser)


# The second factor ------------------------------------------------------------------------------------------------------


async def test_staff_take_on_a_second_factor_and_need_it_from_then_on() -> None:
    door = Door(second_factor=True)
    await door.account()
    browser = door.browser()
    offered = await browser.sign_in()
    assert offered.headers["location"] == "/sign-in/factor"
    page = await browser.follow(offered)
    assert "<svg" in page.text
    assert not await is_in(browser)
    secret = page.text.split('<code class="text">')[1].split("<")[0]
    await browser.get("/sign-in/factor")
    assert (await browser.post("/sign-in/factor", code="000000")).status_code == 422
    assert (await browser.post("/sign-in/factor", code=door.code(secret))).headers["location"] == "/unit"

    another = door.browser()
    assert (await another.sign_in()).headers["location"] == "/sign-in/code"
    await another.get("/sign-in/code")
    assert (await another.post("/sign-in/code", code=door.code(secret))).status_code == 422, "used for enrolling"
    assert not await is_in(another)
    door.later(seconds=30)
    fresh = door.code(secret)
    assert (await another.post("/sign-in/code", code=fresh)).headers["location"] == "/unit"

    thief = door.browser()
    await thief.sign_in()
    await thief.get("/sign-in/code")
    assert (await thief.post("/sign-in/code", code=fresh)).status_code == 422, "looked over a shoulder"


async def test_wrong_codes_make_an_account_wait_like_wrong_passwords() -> None:
    door = Door(second_factor=True)
    await door.account()
    account = await door.identity.accounts.get("xie.ming")
    assert account
    offer = await door.identity.accounts.offer_totp(account)
    account = await door.identity.accounts.get("xie.ming")
    assert account
    await door.identity.accounts.confirm_totp(account, door.code(offer.secret))
    browser = door.browser()
    await browser.sign_in()
    await browser.get("/sign-in/code")
    for _ in range(5):
        await browser.post("/sign-in/code", code="000000")
    door.later(minutes=1)
    assert (await browser.post("/sign-in/code", code=door.code(offer.secret))).status_code == 422


async def test_the_secret_of_a_second_factor_is_not_kept_readable() -> None:
    door = Door()
    await door.account()
    browser = door.browser()
    await browser.sign_in()
    page = await browser.get("/account/factor")
    secret = page.text.split('<code class="text">')[1].split("<")[0]
    await browser.post("/account/factor", code=door.code(secret))
    kept = await door.identity.accounts.collection.history("xie.ming")
    assert "confirm-totp" in [entry["type"] for entry in kept]
    assert secret not in json.dumps(kept, default=str)
    told = json.dumps(await door.identity.accounts.audit("xie.ming"), default=str)
    assert "argon2" not in told


# Passwords --------------------------------------------------------------------------------------------------------------


async def test_a_password_that_somebody_else_chose_is_changed_before_anything_else() -> None:
    door = Door()
    await door.account(must_change=True)
    browser = door.browser()
    assert (await browser.sign_in()).headers["location"] == "/sign-in/password"
    assert not await is_in(browser)
    await browser.get("/sign-in/password")
    assert (await browser.post("/sign-in/password", new=PASSWORD)).status_code == 422
    assert (await browser.post("/sign-in/password", new="tall ships at noon")).headers["location"] == "/unit"
    assert (await door.browser().sign_in()).status_code == 422
    assert (await door.browser().sign_in(password="tall ships at noon")).status_code == 303


async def test_changing_the_password_signs_out_every_other_browser() -> None:
    door = Door()
    await door.account()
    here, there = door.browser(), door.browser()
    for browser in (here, there):
        await browser.sign_in()
    door.later(minutes=1)
    await here.get("/account")
    wrong = await here.post("/account/password", current="not mine", new="tall ships at noon")
    assert "当前密码不正确" in wrong.text
    await here.post("/account/password", current=PASSWORD, new="tall ships at noon")
    assert [await is_in(here), await is_in(there)] == [True, False]


# Substitutes ------------------------------------------------------------------------------------------------------------


async def test_a_substitute_acts_with_the_others_unit_and_under_both_names() -> None:
    door = Door()
    await door.account()
    await door.account("cai.ping", unit="shi_ziran")
    away, here = door.browser(), door.browser()
    await away.sign_in()
    await away.get("/account")
    days = {"since": "2026-03-02", "until": "2026-03-06"}
    assert (await away.post("/account/substitute", substitute="cai.ping", **days)).status_code == 303

    await here.sign_in("cai.ping")
    assert "请您代理的人" in (await here.get("/account")).text
    await here.post("/account/acting-for", account="xie.ming")
    assert "谢明 → 谢明" in (await here.get("/account")).text
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    scope["headers"] = [(b"cookie", f"ztc={here.http.cookies['ztc']}".encode())]
    caller = (await door.identity.identify(Request(scope))).caller()
    assert (caller.subject, caller.unit) == ("cai.ping for xie.ming", "shi_gongdian")

    door.house.clock.instant += timedelta(days=5)
    caller = (await door.identity.identify(Request(dict(scope)))).caller()
    assert (caller.subject, caller.unit) == ("cai.ping", "shi_ziran")


async def test_nobody_acts_for_who_did_not_name_them() -> None:
    door = Door()
    await door.account()
    await door.account("cai.ping", unit="shi_ziran")
    browser = door.browser()
    await browser.sign_in("cai.ping")
    await browser.get("/account")
    assert (await browser.post("/account/acting-for", account="xie.ming")).status_code == 403


async def test_an_unknown_substitute_is_said_at_the_field() -> None:
    door = Door()
    await door.account()
    browser = door.browser()
    await browser.sign_in()
    await browser.get("/account")
    page = await browser.post("/account/substitute", substitute="nobody", since="2026-03-02", until="2026-03-06")
    assert page.status_code == 422
    assert 'id="e-substitute"' in page.text
    assert 'value="nobody"' in page.text


async def test_a_substitution_ends_with_its_last_day() -> None:
    door = Door()
    await door.account()
    await door.account("cai.ping", unit="shi_ziran")
    account = await door.identity.accounts.get("xie.ming")
    assert account
    away = Substitute(account="cai.ping", since=date(2026, 3, 3), until=date(2026, 3, 4))
    await door.identity.accounts.name_substitute(account, away, today=date(2026, 3, 2))
    found = [await door.identity.accounts.substituted_by("cai.ping", date(2026, 3, day)) for day in (2, 3, 4, 5)]
    assert [len(one) for one in found] == [0, 1, 1, 0]


# Forms ------------------------------------------------------------------------------------------------------------------


async def test_a_form_without_this_browsers_mark_does_nothing() -> None:
    door = Door()
    await door.account()
    browser, other = door.browser(), door.browser()
    await browser.sign_in()
    await browser.get("/account")
    await other.get("/sign-in")
    for csrf in ("", "0" * 64, other.csrf):
        assert (await browser.http.post("/sign-out", data={"csrf": csrf})).status_code == 403
    assert await is_in(browser)


async def test_the_mark_may_stand_in_a_header() -> None:
    door = Door()
    await door.account()
    browser = door.browser()
    await browser.sign_in()
    await browser.get("/account")
    assert (await browser.http.post("/sign-out", headers={"x-csrf-token": browser.csrf})).status_code == 303


async def test_what_a_browser_filed_without_signing_in_it_may_follow_and_no_other_may() -> None:
    door = Door()
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    request = Request(scope)
    await door.identity.identify(request)
    await request.state.visit.keep_receipt(CASE)
    number = request.state.visit.number
    again = Request({**scope, "headers": [(b"cookie", f"ztc={number}".encode())], "state": {}})
    visitor = await door.identity.identify(again)
    assert visitor.caller(CASE).case == CASE
    assert not visitor.signed_in
    stranger = await door.identity.identify(Request({**scope, "state": {}}))
    assert stranger.caller(CASE).case is None
