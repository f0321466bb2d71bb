"""`python -m services.portal`"""

from typing import Any

from libs.service import Service
from services.portal.app import Identify, add_pages
from services.portal.desk import Remember
from services.portal.identity.identity import Identity
from services.portal.settings import PortalSettings


def build(
    settings: PortalSettings, kind: Any = Service, identify: Identify | None = None, remember: Remember | None = None
) -> Service:
    service = kind("portal", settings)
    add_pages(service, settings, Identity.of(service, settings), identify, remember)
    return service


if __name__ == "__main__":
    build(PortalSettings()).run()  # pyright: ignore[reportCallIssue]
