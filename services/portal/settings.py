"""What a deployment tells the portal."""

from pydantic import SecretStr

from services.portal.identity.settings import IdentitySettings


class PortalSettings(IdentitySettings):
    steering_url: str = ""
    """Only in the demo: where business time can be moved on."""
    steering_token: SecretStr = SecretStr("")
    traces_url: str = ""
    """The receiver whose spans the operations page draws; empty where a tracing system of its own is used."""
