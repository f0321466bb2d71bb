"""What stands around every page: headers, cookies, refusal of other sites' forms, counted reports."""

import pytest
from pydantic import SecretStr, ValidationError

from services.portal.identity.csrf import is_from_elsewhere
from services.portal.rendering import static_url
from services.portal.settings import PortalSettings
from tests.portal.door import Door


async def test_every_answer_binds_the_browser() -> None:
    door = Door()
    for path in ("/sign-in", "/nowhere", "/readyz-not", "/account"):
        headers = (await door.browser().get(path)).headers
        policy = headers["content-security-policy"].split("; ")
        assert {"default-src 'self'", "script-src 'self'", "object-src 'none'", "frame-ancestors 'none'"} <= set(policy)
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in headers


async def test_over_https_cookies_are_secure_and_bound_to_the_host() -> None:
    door = Door(public_url="https://ztc.example")
    answer = await door.browser(https=True).get("/sign-in")
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-ztc=")
    assert {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_on_this_machine_cookies_work_without_https() -> None:
    (cookie,) = (await Door().browser().get("/sign-in")).headers.get_list("set-cookie")
    assert cookie.startswith("ztc=")
    assert "Secure" not in cookie
    assert {"HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))


async def test_what_somebody_signed_in_sees_no_cache_keeps() -> None:
    door = Door()
    await door.account()
    browser = door.browser()
    assert (await browser.get("/sign-in")).headers["cache-control"] == "private, no-cache"
    await browser.sign_in()
    assert (await browser.get("/account")).headers["cache-control"] == "no-store"


async def test_what_is_for_anybody_is_packed_and_what_is_for_one_visitor_alone_is_not() -> None:
    door = Door()
    await door.account()
    browser = door.browser()
    assert (await browser.get("/sign-in")).headers["content-encoding"] == "gzip"
    await browser.sign_in()
    assert "content-encoding" not in (await browser.get("/account")).headers


async def test_a_file_is_the_same_packed_and_whole() -> None:
    browser, address = Door().browser().http, static_url("zhitongche.css")
    packed = await browser.get(address)
    whole = await browser.get(address, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in whole.headers
    assert packed.content == whole.content
    assert packed.headers["content-type"] == whole.headers["content-type"]
    for answer in (packed, whole):
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize(
    ("fetch_site", "origin", "elsewhere"),
    [
        ("same-origin", "", False),
        ("none", "", False),
        ("cross-site", "", True),
        ("same-site", "", True),
        ("cross-site", "https://ztc.example", True),
        ("", "https://ztc.example", False),
        ("", "https://evil.example", True),
        ("", "null", True),
        ("", "", False),
    ],
)
def test_a_form_of_another_site_is_told_by_what_the_browser_says(fetch_site: str, origin: str, elsewhere: bool) -> None:
    said = {"fetch_site": fetch_site, "origin": origin, "host": "ztc.example"}
    assert is_from_elsewhere("POST", **said) == elsewhere
    assert not is_from_elsewhere("GET", **said)


async def test_another_sites_form_is_refused_even_with_a_right_mark() -> None:
    door = Door()
    await door.account()
    browser = door.browser()
    await browser.get("/sign-in")
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        answer = await browser.http.post("/sign-in", data={"csrf": browser.csrf}, headers=headers)
        assert (answer.status_code, answer.json()["rule"]) == (403, "foreign-form")


async def test_every_page_that_is_asked_with_post_looks_for_the_mark() -> None:
    """A page that took no desk would act on anybody's form. (The tools' own routes bear a token and no cookie.)"""
    door = Door()
    await door.account()
    browser = door.browser()
    await browser.sign_in()
    unmarked = []
    for route in door.service.app.routes:
        methods, path = getattr(route, "methods", None) or set(), getattr(route, "path", "")
        if methods <= {"GET", "HEAD"} or path.startswith("/api/"):
            continue
        answer = await browser.http.post(path.replace("{", "").replace("}", ""), data={"csrf": "0" * 64})
        if answer.status_code != 403 or "页面已过期" not in answer.text:
            unmarked.append((path, answer.status_code))
    assert unmarked == []


async def test_a_breach_that_a_browser_reports_is_counted_and_not_kept(caplog: pytest.LogCaptureFixture) -> None:
    door = Door()
    answer = await door.browser().http.post("/csp-reports", json={"csp-report": {"document-uri": "https://x/secret"}})
    assert answer.status_code == 204
    assert "reports a breach" in caplog.text
    assert "secret" not in caplog.text


async def test_a_report_too_large_to_be_one_is_refused() -> None:
    assert (await Door().browser().http.post("/csp-reports", content=b"x" * 20_000)).status_code == 413


def _settings(**given: object) -> PortalSettings:
    secrets = dict.fromkeys(("amqp_url", "mongo_url", "token_secret"), SecretStr("x"))
    return PortalSettings(port=0, **secrets, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [
        {"public_url": "http://ztc.example"},
        {"oidc_issuer": "https://id.example"},
        {"oidc_issuer": "http://id.example", "oidc_client_id": "x", "oidc_client_secret": "y"},
        {"rate_limits": {"no such limit": "1/second"}},
        {"rate_limits": {"sign-in by account": "whenever"}},
        {"idle_minutes": 0},
    ],
)
def test_settings_that_would_leave_the_door_open_are_refused(given: dict[str, object]) -> None:
    with pytest.raises((ValidationError, ValueError)):
        _settings(**given)
