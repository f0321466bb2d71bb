"""`python -m services.evaluation`"""

from libs.service import Service, Settings
from services.evaluation import domain
from services.evaluation.api import routes
from services.evaluation.handlers import handlers
from services.evaluation.invitation import Codes


def build(settings: Settings, kind: type[Service] = Service) -> Service:
    service = kind("evaluation", settings)
    cases = service.collection(
        "cases",
        empty=domain.empty,
        evolve=domain.evolve,
        keys=domain.keys,
        indexes=("supervised_since", "alarmed_at"),
    )
    service.hears(handlers(service, cases))
    codes = Codes(settings.token_secret.get_secret_value())
    service.app.include_router(routes(service, cases, codes))
    return service


if __name__ == "__main__":
    build(Settings()).run()  # pyright: ignore[reportCallIssue]
