"""The ways out: short message, e-mail, telephone call. Each takes a letter and says what came of it, and never raises."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import NamedTuple, Protocol

import aiosmtplib
import httpx

from libs.policy.shanghai import local
from services.notification.letter import Outcome
from services.notification.sources import Contact
from services.notification.templates import SECRET, Template

SECONDS = 10
"""How long a provider may take; technical time."""


@dataclass(frozen=True, repr=False)
class Parcel:
    """A letter as it leaves. `id` is the same at every try of one way: a provider that knows it sends nothing twice."""

    id: str
    at: datetime
    template: Template
    values: Mapping[str, str]
    contact: Contact


class Result(NamedTuple):
    outcome: Outcome
    reason: str


class WayOut(Protocol):
    def address(self, contact: Contact) -> str | None:
        """Where it leads for this contact; None: nowhere."""
        ...

    async def send(self, parcel: Parcel) -> Result: ...


class _ByPhone:
    def address(self, contact: Contact) -> str | None:
        return contact.phone


class LoggedSms(_ByPhone):
    """Short messages as lines of JSON in a file, at once delivered: for development. Numbers masked, secrets left out,
    except where the file stands for the telephones of a demo (`secrets`)."""

    def __init__(self, file: Path, *, secrets: bool = False) -> None:
        self._file = file
        self._hidden = frozenset() if secrets else SECRET

    async def send(self, parcel: Parcel) -> Result:
        assert parcel.template.sms
        assert parcel.contact.phone
        shown = {name: "…" if name in self._hidden else value for name, value in parcel.values.items()}
        phone = parcel.contact.phone
        line = {
            "at": parcel.at.isoformat(),
            "id": parcel.id,
            "template": parcel.template.name,
            "to": f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "****",
            "text": parcel.template.sms.format_map(shown),
        }
        await asyncio.to_thread(self._append, json.dumps(line, ensure_ascii=False))
        return Result("delivered", "logged")

    def _append(self, line: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


class HttpSms(_ByPhone):
    """Short messages through a provider's HTTP interface: POST {id, template, params, to} with a bearer token.

    2xx: taken, a receipt follows at `POST /receipts`. 429: later. 408 and 5xx: not now. Any other answer: never.
    """

    def __init__(self, http: httpx.AsyncClient, url: str, token: str, templates: Mapping[str, str]) -> None:
        self._http = http
        self._url = url
        self._headers = {"authorization": f"Bearer {token}"}
        self._templates = templates

    async def send(self, parcel: Parcel) -> Result:
        template = parcel.template
        assert template.sms
        body = {
            "id": parcel.id,
            "template": self._templates.get(template.name, template.name),
            "params": {name: parcel.values[name] for name in sorted(template.variables_by("sms"))},
            "to": parcel.contact.phone,
        }
        try:
            answer = await self._http.post(self._url, json=body, headers=self._headers, timeout=SECONDS)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Result("unavailable", "no-connection")
        except httpx.HTTPError:
            return Result("unknown", "no-answer")
        return _result_of(answer.status_code)


def _result_of(status: int) -> Result:
    reason = f"provider-{status}"
    if 200 <= status < 300:
        return Result("sent", reason)
    if status == 429:
        return Result("throttled", reason)
    return Result("unavailable" if status == 408 or status >= 500 else "rejected", reason)


class SmtpEmail:
    """E-mail over SMTP. A letter keeps its Message-ID, by which a mailbox drops one that came twice."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        tls: str,
        user: str,
        password: str,
        sender: str,
        delivered_on_accept: bool,
    ) -> None:
        self._server = {
            "hostname": host,
            "port": port,
            "use_tls": tls == "tls",
            "start_tls": tls == "starttls",
            "username": user or None,
            "password": password or None,
            "timeout": SECONDS,
        }
        self._sender = sender
        self._accepted: Outcome = "delivered" if delivered_on_accept else "sent"

    def address(self, contact: Contact) -> str | None:
        return contact.email

    async def send(self, parcel: Parcel) -> Result:
        try:
            await aiosmtplib.send(self._message(parcel), **self._server)
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _refused(error.recipients[0].code)
        except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPRecipientRefused) as error:
            return _refused(error.code)
        except aiosmtplib.SMTPResponseException as error:
            # Greeting, log-in, sender: our own trouble with the server, not the addressee's.
            return Result("unavailable", f"smtp-{error.code}")
        except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPNotSupported):
            return Result("unavailable", "no-connection")
        except (aiosmtplib.SMTPException, OSError):
            return Result("unknown", "no-answer")
        return Result(self._accepted, "smtp-250")

    def _message(self, parcel: Parcel) -> EmailMessage:
        words = parcel.template.email
        assert words
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = parcel.contact.email
        message["Subject"] = " ".join(words.subject.format_map(parcel.values).split())
        message["Date"] = format_datetime(local(parcel.at))
        unique = parcel.id.removesuffix(":email").rpartition(":")[2]
        message["Message-ID"] = f"<{unique}@{self._sender.rpartition('@')[2]}>"
        # So that nobody's out-of-office answers it and no two machines write to each other for ever (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(words.body.format_map(parcel.values), cte="base64")
        return message


def _refused(code: int) -> Result:
    return Result("rejected" if code >= 500 else "unavailable", f"smtp-{code}")


class OperatorCall(_ByPhone):
    """A telephone call by a person: sent is being on the list of calls; whether it reached anybody, the operator says."""

    async def send(self, parcel: Parcel) -> Result:
        return Result("sent", "listed")
