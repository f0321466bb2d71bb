"""The system on this machine, as the commands that ask it see it: where it runs is written in its folder."""

import os
from pathlib import Path
from typing import Annotated, Any, Self

import httpx
import typer
from pydantic import BaseModel, ValidationError

from libs.identity import Caller, Tokens

FOLDERS = (Path(".ztc/up"), Path(".ztc/demo"))
SPANS = "spans.sqlite"

FolderOption = Annotated[
    Path | None, typer.Option(help=f"The system's folder; without it {FOLDERS[0]} or {FOLDERS[1]}.", file_okay=False)
]


class NotRunning(Exception):
    """There is nothing to ask; the text says what to start."""


class NoAnswer(Exception):
    """A service refused; `status` is the HTTP status and the text what it said."""

    def __init__(self, service: str, status: int, detail: str) -> None:
        super().__init__(f"{service} answered {status}: {detail}")
        self.status = status


class Running(BaseModel):
    """What `system.json` says while a system runs. It names the file of the secret."""

    urls: dict[str, str]
    token_secret_file: Path
    spans: Path

    @classmethod
    def at(cls, folder: Path) -> Self:
        """Raises `NotRunning`."""
        file = folder / "system.json"
        try:
            return cls.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            raise not_running(folder) from None
        except (OSError, ValidationError) as error:
            raise NotRunning(f"{file} cannot be read ({type(error).__name__}); start the system again") from None

    def asking(self) -> httpx.Client:
        """A client that speaks as an operator, in the name of who runs the command. Its token lives for minutes."""
        caller = Caller(subject=f"ztc-{os.environ.get('USER') or os.getuid()}", roles=frozenset({"ops"}))
        token = Tokens(self.token_secret_file.read_text()).sign(caller)
        return httpx.Client(headers={"authorization": f"Bearer {token}"}, timeout=10, trust_env=False)

    def ask(self, http: httpx.Client, service: str, path: str, *, body: Any = None) -> Any:
        """The JSON at a service's path, POSTed to it where there is a body. Raises `NotRunning` or `NoAnswer`."""
        try:
            method = "GET" if body is None else "POST"
            answer = http.request(method, self.urls[service] + path, json=body)
        except httpx.TransportError:
            raise NotRunning(f"{service} does not answer at {self.urls[service]}; start the system again") from None
        if answer.is_error:
            raise NoAnswer(service, answer.status_code, detail_of(answer))
        return answer.json()


def detail_of(answer: httpx.Response) -> str:
    """What a refusal says."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase


def not_running(folder: Path) -> NotRunning:
    return NotRunning(f"no system runs in {folder}; start one with `ztc up`, or live through a story with `ztc demo`")


def chosen(folder: Path | None) -> Path:
    """The folder that was named; else the one in which a system runs, or at least has left something."""
    if folder is not None:
        return folder
    for left in ("system.json", SPANS):
        for known in FOLDERS:
            if (known / left).exists():
                return known
    return FOLDERS[0]
