"""Under which scheme an appeal falls: one channel may feed several (12345 feeds three), §3.23. Pure."""

from collections.abc import Iterator
from datetime import date

from libs.policy.directory import Directory
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme, SchemeError, Schemes


def scheme_for(
    schemes: Schemes,
    directory: Directory,
    channel: str,
    day: date,
    *,
    chosen: str | None = None,
    district: str | None = None,
) -> Scheme:
    """The scheme of this channel in force on `day`: the receiver's choice, else the district's own level of government,
    else the first in the channel's precedence. Raises `Refused` where none fits."""
    open_to = [
        scheme
        for name in _in_order(schemes, directory, channel)
        if (scheme := schemes.in_force(name, day)) is not None and channel in scheme.channels
    ]
    if chosen is not None:
        open_to = [scheme for scheme in open_to if scheme.scheme == chosen]
    if not open_to:
        known = f"the scheme {chosen!r}" if chosen else "no scheme in force"
        raise Refused("unknown-channel", f"{known} does not know {channel!r}", field="channel", status=422)
    if district is not None and chosen is None:
        # The longest division that fits is the nearest level of government.
        near = [s for s in open_to if district.startswith(directory.jurisdiction_of(s.scheme).division)]
        return max(near, key=lambda s: len(directory.jurisdiction_of(s.scheme).division), default=open_to[0])
    return open_to[0]


def _in_order(schemes: Schemes, directory: Directory, channel: str) -> list[str]:
    named = directory.precedence.get(channel, ())
    run_here = [name for name in schemes.names() if name in directory.by_scheme]
    return [*named, *(name for name in run_here if name not in named)]


def open_mappings(schemes: Schemes, directory: Directory) -> Iterator[str]:
    """A sentence for each channel that leaves open which scheme an appeal falls under, and for what cannot be."""
    for name in schemes.names():
        if name not in directory.by_scheme:
            yield f"schemes: no level of government in the directory runs {name!r}"
    for name in directory.by_scheme:
        if name not in schemes.names():
            yield f"directory: there is no scheme {name!r}"
    fed: dict[str, set[str]] = {}
    for scheme in schemes.values():
        for channel in scheme.channels:
            fed.setdefault(channel, set()).add(scheme.scheme)
    for channel, names in fed.items():
        if len(names) > 1 and names - set(directory.precedence.get(channel, ())):
            yield f"precedence.{channel}: {', '.join(sorted(names))} all hear this channel; name their order"


def refuse_open_mappings(schemes: Schemes, directory: Directory) -> None:
    """Raises `SchemeError` naming every channel and scheme of which it is open what to do (§3.23)."""
    problems = list(open_mappings(schemes, directory))
    if problems:
        raise SchemeError("\n".join(problems))
