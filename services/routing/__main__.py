"""`python -m services.routing`"""

from functools import partial

from libs.following import follow_notices
from libs.service import Service, Settings
from services.routing import (
    api_cases,
    api_contacts,
    api_lists,
    api_office,
    api_remits,
    api_served,
    api_units,
    api_waiting,
    contacts,
    domain,
    remits,
    served,
    session,
    session_history,
)
from services.routing.asking import Asking, terms_by_scheme
from services.routing.handlers import handlers
from services.routing.items_api import item_routes
from services.routing.session_handlers import session_handlers, together
from services.routing.session_work import Work
from services.routing.sessions_api import session_routes


def build(settings: Settings, kind: type[Service] = Service) -> Service:
    service = kind("routing", settings)
    directory = service.directory
    terms = terms_by_scheme(service)
    cases = service.collection(
        "cases",
        empty=domain.empty,
        evolve=domain.evolve,
        keys=domain.keys,
        indexes=(
            *("units", "waits_for", "late", "problem", "unclear", "disputed", "answered", "listed_for", "charged"),
            *("to_review", "asks_time"),
            "answerers+answered_at",
        ),
    )
    units = service.collection(
        "directory", empty=contacts.empty, evolve=contacts.evolve, keys=contacts.keys, indexes=("stale",)
    )
    matrix = service.collection(
        "served", empty=served.empty, evolve=served.evolve, keys=served.keys, indexes=("scheme", "units")
    )
    held = service.collection(
        "sessions",
        empty=session.empty,
        evolve=partial(session_history.evolve, schemes=service.schemes),
        keys=session.keys,
        indexes=("kind", "scheme", "cases", "stalled", "next_due"),
    )
    levels = service.collection("remits", empty=remits.empty, evolve=remits.evolve, keys=remits.keys)
    work = Work(service, held, cases, terms)
    asking = Asking(service, cases, terms)
    service.hears(
        together(handlers(service, cases, units, terms), session_handlers(service, held, cases, work)),
    )
    service.when_due_at_once(held, work)
    follow_notices(service)
    service.keeps_current(partial(api_remits.read_remits, service, levels), every=1)
    service.answers(
        lambda: api_lists.routes(asking),
        lambda: api_waiting.routes(asking),
        lambda: api_units.routes(asking),
        lambda: api_office.routes(asking),
        lambda: api_cases.routes(asking, directory),
        lambda: api_contacts.routes(units, directory),
        lambda: api_remits.routes(service, levels, units),
        lambda: api_served.routes(service, matrix, directory),
        lambda: session_routes(service, held, cases, directory, work),
        lambda: item_routes(service, cases, directory),
    )
    return service


if __name__ == "__main__":
    build(Settings()).run()  # pyright: ignore[reportCallIssue]
