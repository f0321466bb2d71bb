"""`python -m services.disclosure`"""

from libs.following import follow_notices, follow_remits
from libs.service import Service, Settings
from services.disclosure import (
    api,
    domain,
    duties,
    inside,
    marks,
    open_pages,
    press,
    promising,
    publication_pages,
    publications,
    publishing,
    sessions,
    summary,
)
from services.disclosure.handlers import handlers


def build(settings: Settings, kind: type[Service] = Service) -> Service:
    service = kind("disclosure", settings)
    directory, calendars = service.directory, service.calendars
    follow_notices(service)
    follow_remits(service)
    entries = service.collection(
        "entries",
        empty=domain.empty,
        evolve=domain.evolve,
        keys=domain.keys,
        indexes=(
            "month+case",
            "month_rated+case",
            *domain.SHELVES,
            "scheme+case",
            "number",
            "found_by",
            "committed",
            "held",
            "next_due",
        ),
    )
    summaries = service.collection(
        "summaries",
        empty=summary.empty,
        evolve=summary.evolve,
        keys=summary.keys,
        indexes=("next_due", "public", "month"),
    )
    held = service.collection(
        "sessions",
        empty=sessions.empty,
        evolve=sessions.evolve,
        keys=sessions.keys,
        indexes=("scheme+number", "public"),
    )
    noted = service.collection(
        "noted", empty=duties.empty, evolve=duties.evolve, keys=duties.keys, indexes=("scheme+key",)
    )
    months = service.collection("marks", empty=marks.empty, evolve=marks.evolve, keys=marks.keys)
    published = service.collection(
        "publications",
        empty=publications.empty,
        evolve=publications.evolve,
        keys=publications.keys,
        indexes=("next_due", "published", "public", "waiting"),
    )
    library = press.Library(service, entries, held, noted, months)
    service.first(press.first_turns(service, published))
    service.hears(handlers(service, entries, held, noted, summaries, calendars))
    service.when_due_at_once(entries, promising.due_work(service, entries, directory))
    service.when_due(summaries, publishing.due_work(service, entries, summaries))
    service.when_due(published, press.due_work(service, published, library))
    service.answers(
        lambda: api.routes(service, directory, entries, summaries, calendars),
        lambda: open_pages.routes(service, directory, entries, held, calendars),
        lambda: publication_pages.routes(service, directory, entries, published, library),
        lambda: inside.routes(service, directory, library, months),
    )
    return service


if __name__ == "__main__":
    build(Settings()).run()  # pyright: ignore[reportCallIssue]
