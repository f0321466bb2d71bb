"""What a deployment tells the portal."""

from pydantic import SecretStr

from libs.service import Settings


class PortalSettings(Settings):
    public_url: str = "http://127.0.0.1"
    """Under which address people reach the pages; `https://` makes cookies secure."""
    steering_url: str = ""
    """Only in the demo: where business time can be moved on."""
    steering_token: SecretStr = SecretStr("")
    traces_url: str = ""
    """The receiver whose spans the operations page draws; empty where a tracing system of its own is used."""
