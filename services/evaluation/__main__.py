"""`python -m services.evaluation`"""

from libs.following import follow_remits
from libs.service import Service, Settings
from services.evaluation.api import routes
from services.evaluation.handlers import handlers
from services.evaluation.invitation import Codes
from services.evaluation.stores import open_stores


def build(settings: Settings, kind: type[Service] = Service) -> Service:
    service = kind("evaluation", settings)
    stores = open_stores(service)
    follow_remits(service)
    service.hears(handlers(service, stores))
    codes = Codes(settings.token_secret.get_secret_value())
    service.answers(lambda: routes(service, stores, codes, service.directory))
    return service


if __name__ == "__main__":
    build(Settings()).run()  # pyright: ignore[reportCallIssue]
