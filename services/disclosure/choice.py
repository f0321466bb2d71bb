"""Which mechanisms a reader asks about: one, those of a level of government, or all."""

from collections.abc import Mapping

from libs.policy.directory import Directory
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from libs.service import Ask, Service

Schemes = Mapping[str, Scheme]
"""By reference (`chaozhou-direct-line@2021-11-08`)."""


def one_of(schemes: Schemes, wanted: str | None) -> Scheme:
    """By its reference, or by its name while there is one version. Raises `Refused` when nothing or several things fit."""
    fitting = [scheme for ref, scheme in schemes.items() if wanted in (None, ref, scheme.scheme)]
    if len(fitting) != 1:
        raise Refused("unknown-scheme", f"name one of {', '.join(schemes)}", field="scheme", status=422)
    return fitting[0]


def own_of(service: Service, ask: Ask, wanted: str | None) -> Scheme:
    """The same, of the caller's level of government: what another level runs is refused as though it were not there."""
    scheme = one_of(service.schemes, wanted)
    service.refuse_elsewhere(ask.caller, scheme.ref)
    return scheme


def several_of(schemes: Schemes, directory: Directory, wanted: str | None, jurisdiction: str | None) -> Schemes:
    """Every version of the scheme of this name, or the one of this reference, run by this level of government. Raises
    `Refused` for a scheme or a level that is not here."""
    places = {place.jurisdiction: place.schemes for place in directory.jurisdictions}
    if jurisdiction is not None and jurisdiction not in places:
        raise Refused("unknown-jurisdiction", f"name one of {', '.join(places)}", field="jurisdiction", status=422)
    if wanted is not None and not any(wanted in (ref, scheme.scheme) for ref, scheme in schemes.items()):
        raise Refused("unknown-scheme", f"name one of {', '.join(schemes)}", field="scheme", status=422)
    return {
        ref: scheme
        for ref, scheme in schemes.items()
        if wanted in (None, ref, scheme.scheme) and (jurisdiction is None or scheme.scheme in places[jurisdiction])
    }
