"""`ztc account` against the portal's door over HTTP: the first administrator comes from the command line."""

import asyncio
import json
from pathlib import Path

from typer.testing import CliRunner

from deploy.demo.serving import Serving
from deploy.embedded.processes import free_port
from deploy.ztc.cli import app
from tests.portal.door import PASSWORD, Door, is_in
from tests.schemes.house import SECRET


async def ztc(folder: Path, *words: str, typed: str = "") -> tuple[int, str]:
    run = CliRunner(env={"COLUMNS": "200", "USER": "li"}).invoke
    result = await asyncio.to_thread(run, app, ["account", *words, "--folder", str(folder)], input=typed)
    return result.exit_code, result.output


async def test_the_first_administrator_is_added_signs_in_and_is_closed_again(tmp_path: Path) -> None:
    door = Door()
    serving = Serving(door.service.app, free_port())
    await serving.start()
    (tmp_path / "secret").write_text(SECRET)
    running = {"urls": {"portal": f"http://127.0.0.1:{serving.port}"}, "token_secret_file": str(tmp_path / "secret")}
    running |= {"spans": str(tmp_path / "spans"), "amqp_admin": "amqp://"}
    (tmp_path / "system.json").write_text(json.dumps(running))
    try:
        who = ("first", "--role", "administrator", "--person", "陈志")
        code, said = await ztc(tmp_path, "add", *who, typed="short\nshort\n")
        assert (code, "12 to 128" in said) == (1, True)
        code, said = await ztc(tmp_path, "add", "x", *who[1:], typed=f"{PASSWORD}\n{PASSWORD}\n")
        assert (code, "account: " in said) == (1, True), "a name of one letter"
        assert (await ztc(tmp_path, "add", *who, typed=f"{PASSWORD}\n{PASSWORD}\n"))[0] == 0
        assert "first" in (await ztc(tmp_path, "list"))[1]
        browser = door.browser()
        assert (await browser.sign_in("first")).headers["location"] == "/sign-in/password"
        await browser.get("/sign-in/password")
        await browser.post("/sign-in/password", new="tall ships at noon")
        assert await is_in(browser)
        assert (await ztc(tmp_path, "close", "first"))[0] == 0
        assert not await is_in(browser)
        history = await door.identity.accounts.audit("first")
        assert {entry["by"] for entry in history} == {"ztc-li", "first"}
    finally:
        await serving.stop()
