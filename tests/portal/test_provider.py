"""Staff sign in by another identity provider: end to end over HTTP, against a provider in a process of its own."""

import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from deploy.embedded.processes import Child, free_port, plain_environment
from services.portal.identity.oidc import BACK
from tests.portal.door import Browser, Door, is_in
from tests.portal.oidc_provider import CLIENT, SECRET
from tests.schemes.city import ROOT

HERE = "http://127.0.0.1"


@pytest.fixture(scope="module")
async def issuer(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[str]:
    port = free_port()
    folder: Path = tmp_path_factory.mktemp("provider")
    words = ["-m", "tests.portal.oidc_provider", "--port", str(port), "--redirect-uri", HERE + BACK]
    child = Child(
        "provider", [sys.executable, *words], environment=plain_environment(), folder=ROOT, log=folder / "log"
    )
    child.start()
    url = f"http://127.0.0.1:{port}"

    async def probe() -> None:
        async with httpx.AsyncClient(trust_env=False) as http:
            (await http.get(f"{url}/keys")).raise_for_status()

    await child.ready(probe, seconds=60)
    yield url
    await child.stop()


def door_of(issuer: str, **settings: object) -> Door:
    given = {"oidc_issuer": issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SecretStr(SECRET)}
    return Door(public_url=HERE, second_factor=True, **given | settings)


async def at_the_provider(leaving: httpx.Response, **choice: str) -> str:
    """What a person does there; the path with which the provider sends the browser back."""
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(httpx.URL(leaving.headers["location"]).copy_merge_params(choice))
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}" == HERE
    return f"{back.path}?{back.query}"


async def come(browser: Browser, **choice: str) -> httpx.Response:
    return await browser.get(await at_the_provider(await browser.get("/sign-in/provider?next=/account"), **choice))


async def test_whom_the_provider_signs_in_has_the_roles_of_the_account_here(issuer: str) -> None:
    door = door_of(issuer)
    await door.account("xie.ming")
    browser = door.browser()
    assert "/sign-in/provider" in (await browser.get("/sign-in")).text
    answer = await come(browser, login="xie.ming")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert "谢明" in (await browser.get("/account")).text


async def test_the_request_is_bound_to_this_browser_and_this_sign_in(issuer: str) -> None:
    asked = []
    for _ in range(2):
        leaving = await door_of(issuer).browser().get("/sign-in/provider")
        asked.append(
            {name: values[0] for name, values in parse_qs(urlsplit(leaving.headers["location"]).query).items()}
        )
    assert asked[0]["code_challenge_method"] == "S256"
    assert all(asked[0][name] != asked[1][name] for name in ("state", "nonce", "code_challenge"))
    assert all(len(asked[0][name]) >= 43 for name in ("state", "nonce", "code_challenge"))


async def test_without_an_account_here_nobody_comes_in(issuer: str) -> None:
    door = door_of(issuer)
    await door.account("closed")
    await door.identity.accounts.change("closed", by="somebody", disabled=True)
    for login in ("stranger", "closed"):
        browser = door.browser()
        answer = await come(browser, login=login)
        assert answer.status_code == 422
        assert not await is_in(browser)


@pytest.mark.parametrize(
    "misbehave", ["key", "unsigned", "issuer", "audience", "several audiences", "nonce", "expired", "nobody"]
)
async def test_a_token_that_does_not_fit_signs_nobody_in(issuer: str, misbehave: str) -> None:
    door = door_of(issuer)
    await door.account("xie.ming")
    browser = door.browser()
    answer = await come(browser, login="xie.ming", misbehave=misbehave)
    assert answer.status_code == 401
    assert not await is_in(browser)


async def test_another_browser_cannot_use_the_answer(issuer: str) -> None:
    """Log-in CSRF: the answer to the thief's sign-in, planted in the victim's browser."""
    door = door_of(issuer)
    await door.account("xie.ming")
    thief, victim = door.browser(), door.browser()
    back = await at_the_provider(await thief.get("/sign-in/provider"), login="xie.ming")
    await victim.get("/sign-in/provider")
    assert (await victim.get(back)).status_code == 401
    assert not await is_in(victim)


async def test_an_answer_is_good_once(issuer: str) -> None:
    door = door_of(issuer)
    await door.account("xie.ming")
    browser = door.browser()
    leaving = await browser.get("/sign-in/provider")
    kept = browser.http.cookies["ztc-provider"]
    back = await at_the_provider(leaving, login="xie.ming")
    assert (await browser.get(back)).status_code == 303
    await browser.get("/account")
    await browser.post("/sign-out")
    assert (await browser.get(back)).status_code == 401
    browser.http.cookies.set("ztc-provider", kept)
    assert (await browser.get(back)).status_code == 401, "the provider knows the code was used"


@pytest.mark.parametrize("query", ["", "?error=access_denied", "?code=x", "?state=x", "?code=x&state=x"])
async def test_an_answer_without_a_question_is_refused(issuer: str, query: str) -> None:
    door = door_of(issuer)
    browser = door.browser()
    assert (await browser.get(BACK + query)).status_code == 401
    await browser.get("/sign-in/provider")
    assert (await browser.get(BACK + query)).status_code == 401


async def test_a_provider_that_calls_itself_another_is_not_believed(issuer: str) -> None:
    answer = await door_of(issuer + "/false").browser().get("/sign-in/provider")
    assert answer.status_code == 503


async def test_a_provider_that_does_not_answer_leaves_the_own_sign_in(issuer: str) -> None:
    answer = await door_of(f"http://127.0.0.1:{free_port()}").browser().get("/sign-in/provider")
    assert answer.status_code == 503
    assert "请用账号和密码登录" in answer.text


async def test_where_none_is_configured_there_is_no_such_page() -> None:
    for path in ("/sign-in/provider", BACK):
        assert (await Door().browser().get(path)).status_code == 404
