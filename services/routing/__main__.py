"""`python -m services.routing`"""

from libs.files import load_directory
from libs.service import Service, Settings
from services.routing import contacts, domain
from services.routing.api import routes
from services.routing.handlers import handlers


def build(settings: Settings, kind: type[Service] = Service) -> Service:
    service = kind("routing", settings)
    directory = load_directory(settings.directory)
    cases = service.collection(
        "cases", empty=domain.empty, evolve=domain.evolve, keys=domain.keys, indexes=("units", "waits_for")
    )
    units = service.collection(
        "directory", empty=contacts.empty, evolve=contacts.evolve, keys=contacts.keys, indexes=("stale",)
    )
    service.hears(handlers(service, cases, units, directory))
    service.app.include_router(routes(service, cases, units, directory))
    return service


if __name__ == "__main__":
    build(Settings()).run()  # pyright: ignore[reportCallIssue]
