"""What a deployment decides about letters. None of it is law: the limits of a regulation stand in its scheme."""

from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from libs.service import Settings
from services.notification.domain import Rules

PEERS = {"intake", "routing", "deadline", "evaluation"}


class NotificationSettings(Settings):
    """On top of every service's settings; from the environment, prefixed with `ZTC_`."""

    public_url: Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+$")]
    """Where people find the platform, without a slash at the end; stands in the letters."""

    sms_provider: Literal["log", "http"]
    """`log` writes short messages into a file and reports them delivered: for development and the demo alone."""
    sms_log: Path = Path(".ztc/sms.jsonl")
    sms_log_secrets: bool = False
    """Whether rating links and sign-in codes stand in that file: for a demo, whose visitors have no telephone."""
    sms_url: str = ""
    sms_token: SecretStr = SecretStr("")
    sms_templates: dict[str, str] = {}
    """Our template's name → the id under which the provider approved its words; a name that is not here is the id."""

    smtp_host: str
    smtp_port: int = 587
    smtp_tls: Literal["none", "starttls", "tls"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_from: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")]
    email_delivered_on_accept: bool = True
    """Whether an e-mail counts as delivered once the server took it: ordinary mail has no receipt. If not, and nobody
    reports a receipt, the letter goes on by its next way after `receipt_hours`."""

    quiet_from: time = time(21)
    quiet_until: time = time(8)
    """No short message and no call between these times of day in Asia/Shanghai."""
    sms_per_number_and_day: Annotated[int, Field(ge=1)] = 10
    back_off_minutes: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)] = (1, 5, 30, 120)
    """Business time between the tries of one way; after the last the next way is taken."""
    receipt_hours: Annotated[int, Field(ge=1)] = 72

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.sms_provider == "http" and not (self.sms_url and self.sms_token.get_secret_value()):
            raise ValueError("sms_provider http needs sms_url and sms_token")
        if missing := PEERS - self.peers.keys():
            raise ValueError(
                f"peers must name {', '.join(sorted(missing))}: they tell what goes into a letter, and when"
            )
        if self.smtp_user and self.smtp_tls == "none":
            raise ValueError("smtp_user needs smtp_tls starttls or tls: its password would cross the net in clear")
        return self

    @property
    def rules(self) -> Rules:
        return Rules(
            quiet_from=self.quiet_from,
            quiet_until=self.quiet_until,
            cap=self.sms_per_number_and_day,
            back_off=tuple(timedelta(minutes=minutes) for minutes in self.back_off_minutes),
            receipt_wait=timedelta(hours=self.receipt_hours),
        )
