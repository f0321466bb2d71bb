"""A document store of our own that speaks MongoDB's protocol: passwords required, heard on 127.0.0.1 only."""

import asyncio
import json
import secrets
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from deploy.embedded.processes import (
    Child,
    DidNotStart,
    FolderLock,
    connect,
    free_port,
    plain_environment,
    write_private,
)

ADMIN = "ztc-admin"
FIRST_USER = Path(__file__).with_name("first_user.py")
USER_EXISTS = 51003
# After a kill -9 the store reads its log again before it listens.
RECOVERY_SECONDS = 90


class _Kept(BaseModel):
    """What must be the same at the next start on the same folder."""

    port: int = 0
    passwords: dict[str, str] = {}


class EmbeddedStore:
    """One SecantusDB daemon and its data, all within `folder`; every acknowledged write is on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._data = self._folder / "wiredtiger"
        self._lock = FolderLock(self._folder / "store.lock")
        self._daemon: Child | None = None

    @property
    def alive(self) -> bool:
        return self._daemon is not None and self._daemon.alive

    @property
    def pid(self) -> int:
        """The daemon's process, for those who must measure or freeze it."""
        if self._daemon is None:
            raise RuntimeError("the store was not started")
        return self._daemon.pid

    def url(self, database: str) -> str:
        """The URL of the user who may read and write this one database and nothing else."""
        return self._url(database, self._password(database), database)

    @property
    def admin_url(self) -> str:
        """The URL of the administrator, who makes users; no service is given it."""
        return self._url(ADMIN, self._password(ADMIN), "admin")

    async def start(self, databases: Sequence[str]) -> dict[str, str]:
        """Starts the daemon and makes a user for each database; the URL of each, once an authenticated ping answered.

        Raises FolderInUse when another copy works here, DidNotStart when the daemon does not come up.
        """
        await self._lock.take()
        try:
            if not self._data.exists():
                await self._found()
            await self._serve(self._data, self._authenticated_ping)
            async with _client(self.admin_url) as admin:
                for database in databases:
                    await self._make_user(admin, database)
            return {database: self.url(database) for database in databases}
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stops the daemon; nothing of it is left running."""
        try:
            if self._daemon:
                await self._daemon.stop(grace=30)
        finally:
            self._lock.release()

    async def _found(self) -> None:
        """Makes the data folder with its administrator in it; a kill on the way leaves nothing that counts."""
        unready = self._folder / "wiredtiger.new"
        shutil.rmtree(unready, ignore_errors=True)
        await self._serve(unready, self._refuses_strangers)
        assert self._daemon
        await self._daemon.stop(grace=30)
        made = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, FIRST_USER, unready],
            input=json.dumps({"user": ADMIN, "password": self._password(ADMIN)}),
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise DidNotStart(f"the store's administrator could not be made\n{made.stderr}")
        unready.rename(self._data)

    async def _serve(self, data: Path, probe: Callable[[], Awaitable[None]]) -> None:
        kept = self._kept()
        kept.port = free_port(kept.port)
        self._keep(kept)
        settings = self._folder / "secantusd.toml"
        # An own file, though empty, keeps it from looking for one in the home folder and in /etc.
        settings.touch(mode=0o600)
        daemon = Path(sysconfig.get_path("scripts")) / "secantusd-rs"
        own_place = ["--config", settings, "--host", "127.0.0.1", "--port", str(kept.port), "--storage-path", data]
        durable = ["--auth", "--standalone", "--sync-on-commit"]
        small = ["--cache-size", "256M", "--log-file-max", "128MB", "--log-level", "WARNING"]
        self._daemon = Child(
            "store",
            [daemon, *own_place, *durable, *small],
            environment=plain_environment(HOME=str(self._folder)),
            folder=self._folder,
            log=self._folder / "store.out",
            lock=self._lock,
        )
        self._daemon.start()
        await self._daemon.ready(probe, seconds=RECOVERY_SECONDS)

    async def _make_user(self, admin: AsyncMongoClient[dict[str, Any]], database: str) -> None:
        role = {"role": "readWrite", "db": database}
        try:
            await admin[database].command("createUser", database, pwd=self._password(database), roles=[role])
        except OperationFailure as refused:
            if refused.code != USER_EXISTS:
                raise

    async def _authenticated_ping(self) -> None:
        await connect(self._kept().port)
        async with _client(self.admin_url) as admin:
            await admin.admin.command("ping")

    async def _refuses_strangers(self) -> None:
        await connect(self._kept().port)
        async with _client(f"mongodb://127.0.0.1:{self._kept().port}/?directConnection=true") as stranger:
            try:
                await stranger.admin.command("usersInfo", 1)
            except OperationFailure:
                return
        raise DidNotStart("the store answers without a password")

    def _password(self, user: str) -> str:
        kept = self._kept()
        if user not in kept.passwords:
            if user == ADMIN and self._data.exists():
                raise DidNotStart(f"{self._folder / 'store.json'} with the store's passwords is missing or damaged")
            kept.passwords[user] = secrets.token_urlsafe(24)
            self._keep(kept)
        return kept.passwords[user]

    def _url(self, user: str, password: str, database: str) -> str:
        port = self._kept().port
        return f"mongodb://{user}:{password}@127.0.0.1:{port}/{database}?directConnection=true&authSource={database}"

    def _kept(self) -> _Kept:
        file = self._folder / "store.json"
        return _Kept.model_validate_json(file.read_text()) if file.exists() else _Kept()

    def _keep(self, kept: _Kept) -> None:
        write_private(self._folder / "store.json", kept.model_dump_json(indent=1))


def _client(url: str) -> AsyncMongoClient[dict[str, Any]]:
    return AsyncMongoClient(url, serverSelectionTimeoutMS=2000, serverMonitoringMode="poll")
