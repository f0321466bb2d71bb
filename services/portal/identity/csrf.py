"""Forms come from our own pages: by what browsers say of a request, and by a mark in the form that others cannot know."""

from urllib.parse import urlsplit

MARK_FIELD = "csrf"
MARK_HEADER = "x-csrf-token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def is_from_elsewhere(method: str, *, fetch_site: str, origin: str, host: str) -> bool:
    """Whether a browser says that another site's page made this request. `fetch_site` and `origin` are the headers
    Sec-Fetch-Site and Origin, "" where missing: a browser sends at least one of them with every form."""
    if method in SAFE:
        return False
    if fetch_site:
        return fetch_site not in ("same-origin", "none")
    return bool(origin) and urlsplit(origin).netloc.lower() != host.lower()
