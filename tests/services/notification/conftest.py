"""Fixtures for letters; what they are made of is in `post_office.py`."""

import asyncio
import gc
import secrets
import warnings
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from post_office import NOON, Mailbox, Outside, Post, opened, served

from deploy.embedded.processes import free_port
from deploy.embedded.store import EmbeddedStore
from libs.clock import SteppedClock
from services.notification.settings import PEERS, NotificationSettings


@pytest.fixture(scope="session")
def store_url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    store = EmbeddedStore(tmp_path_factory.mktemp("store"))
    urls = asyncio.run(store.start(["notification"]))
    with warnings.catch_warnings():
        # PyMongo leaves the socket of a probe that was cancelled while it connected to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    yield urls["notification"]
    asyncio.run(store.stop())


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def smtp_port(mailbox: Mailbox) -> Generator[int]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller.port
    controller.stop()


@pytest.fixture
async def outside() -> AsyncGenerator[tuple[Outside, str]]:
    outside = Outside()
    async with served(outside.app) as url:
        yield outside, url


@pytest.fixture
def settings(store_url: str, smtp_port: int, outside: tuple[Outside, str], tmp_path: Path) -> NotificationSettings:
    SteppedClock.create(tmp_path / "clock", NOON)
    url = outside[1]
    return NotificationSettings(
        port=1,
        amqp_url="amqp://nobody@127.0.0.1:1/",  # type: ignore[arg-type]
        mongo_url=store_url,  # type: ignore[arg-type]
        token_secret=secrets.token_hex(32),  # type: ignore[arg-type]
        clock=f"stepped:{tmp_path / 'clock'}",
        peers=dict.fromkeys(PEERS, url),
        public_url="https://ztc.example",
        sms_provider="http",
        sms_url=f"{url}/sms",
        sms_token="sms-token",  # type: ignore[arg-type]
        sms_templates={"rating-invitation": "SMS_4711"},
        sms_log=tmp_path / "sms.jsonl",
        smtp_host="127.0.0.1",
        smtp_port=smtp_port,
        smtp_tls="none",
        smtp_from="direct-line@chaozhou.example",
    )


@pytest.fixture
async def post(settings: NotificationSettings, outside: tuple[Outside, str], mailbox: Mailbox) -> AsyncGenerator[Post]:
    async with opened(settings, outside[0], mailbox) as post:
        yield post
