"""What a deployment decides about who signs in, and how."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from limits import parse
from pydantic import Field, SecretStr, StringConstraints, model_validator

from libs.service import Settings
from services.portal.identity.rates import LIMITS


class IdentitySettings(Settings):
    """On top of every service's settings; from the environment, prefixed with `ZTC_`."""

    public_url: Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+$")] = "http://127.0.0.1"
    """Where browsers find the pages, without a slash at the end. Plain http is for this machine alone: cookies are then
    not secure."""
    second_factor: bool = True
    """Whether staff give a code of their telephone besides the password."""
    idle_minutes: Annotated[int, Field(ge=3, le=720)] = 30
    """After how long without a request somebody is signed out."""
    demo_accounts: Path | None = None
    """A file of accounts whose passwords everybody may know; they stand on the sign-in page."""
    rate_limits: dict[str, str] = {}
    """Other limits than the usual ones, by their names: `{"sign-in by address": "500/15 minutes"}`."""

    oidc_issuer: str = ""
    """The provider by which staff may sign in too; "": none. Its accounts must exist here."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_claim: str = "preferred_username"
    """The claim of the ID token that names the account here."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if not self.is_https and not _is_here(self.public_url):
            raise ValueError("public_url must be https://, for passwords and sessions cross the net")
        if self.oidc_issuer and not self.oidc_issuer.startswith("https://") and not _is_here(self.oidc_issuer):
            raise ValueError("oidc_issuer must be https://")
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_client_secret.get_secret_value()):
            raise ValueError("oidc_issuer needs oidc_client_id and oidc_client_secret")
        if unknown := self.rate_limits.keys() - LIMITS.keys():
            raise ValueError(f"rate_limits: there is no limit called {', '.join(sorted(unknown))}")
        for limit in self.rate_limits.values():
            parse(limit)
        return self

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.idle_minutes)


def _is_here(url: str) -> bool:
    """Whether this stays on this machine."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
