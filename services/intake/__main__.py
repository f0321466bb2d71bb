"""`python -m services.intake`"""

from pydantic import SecretStr

from libs.files import load_directory
from libs.service import Service, Settings
from services.intake import domain
from services.intake.api import routes
from services.intake.handlers import handlers
from services.intake.matching import Matching
from services.intake.registry import open_registry


class IntakeSettings(Settings):
    registry: str = "file:deploy/demo/registry.yaml"
    """`file:<path>` or the URL of the legal-person registry."""
    registry_token: SecretStr = SecretStr("")


def build(settings: IntakeSettings, kind: type[Service] = Service) -> Service:
    service = kind("intake", settings)
    directory = load_directory(settings.directory)
    appeals = service.collection(
        "appeals", empty=domain.empty, evolve=domain.evolve, keys=domain.keys, indexes=("stage+filed_at", "next_due")
    )
    registry = open_registry(settings.registry, token=settings.registry_token.get_secret_value())
    matching = Matching(service, appeals, registry)
    service.hears(handlers(service, appeals))
    service.when_due(appeals, matching.match)
    service.app.include_router(routes(service, appeals, matching, directory))
    return service


if __name__ == "__main__":
    build(IntakeSettings()).run()  # pyright: ignore[reportCallIssue]
