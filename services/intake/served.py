"""The register of enterprises and projects that a scheme serves (服务对象). Names and codes stay here; others know a number.

Regulation 000 二(三); 003 一(三); 004 二, 三(二).
"""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts.case_number import number
from contracts.events import Event, ServedAssigned
from contracts.messages import Contact, Name
from contracts.record import Code, Command, Instant, Party, Record, SchemeRef
from libs.policy.credit_code import check_credit_code
from libs.policy.directory import District
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme

Kind = Literal["enterprise", "project"]


class RegisterServed(Command):
    """What is known of it now; a later registration replaces the earlier one (动态调整). `agreement`: an investment
    agreement is signed; `registered`: it is registered with 工商; `credit_code`: of the enterprise, or of who builds the
    project, once there is one."""

    type: Literal["register-served"] = "register-served"
    scheme: SchemeRef
    kind: Kind
    name: Name
    credit_code: str | None = None
    project_code: str | None = None
    contact: Contact
    tier: Code
    phase: Code | None = None
    district: District | None = None
    agreement: bool = False
    registered: bool = False
    tags: tuple[Code, ...] = ()


class Served(BaseModel):
    """`unit`: who serves it, as routing said last."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    served: str
    scheme: str = ""
    kind: Kind = "enterprise"
    name: str = ""
    credit_code: str | None = None
    project_code: str | None = None
    contact: Contact | None = None
    tier: str = ""
    phase: str | None = None
    district: str | None = None
    agreement: bool = False
    registered: bool = False
    tags: tuple[str, ...] = ()
    unit: Party | None = None
    assigned_at: Instant | None = None

    @property
    def is_registered(self) -> bool:
        return bool(self.name)

    @property
    def entitled(self) -> bool:
        """A project under a signed agreement and registered with 工商 may bring appeals (000-03)."""
        return self.kind == "project" and self.agreement and self.registered


def served_number(secret: str, scheme: str, code: str) -> str:
    """The same code has the same number in a scheme; without the secret nobody can tell the code from it."""
    return number("FW", secret, scheme, code)


def empty(served: str) -> Served:
    return Served(served=served)


def keys(served: Served) -> dict[str, Any]:
    if not served.is_registered:
        return {"list": None, "tier": None, "phase": None, "unit": None}
    name = served.scheme.partition("@")[0]
    return {
        "list": name,
        "tier": f"{name}:{served.tier}",
        "phase": f"{name}:{served.phase}" if served.phase else None,
        "unit": f"{name}:{served.unit}" if served.unit else None,
    }


def evolve(served: Served, record: Record) -> Served:
    match record:
        case RegisterServed():
            fields = record.model_dump(exclude={"id", "at", "by", "type", "contact"})
            return served.model_copy(update=fields | {"contact": record.contact})
        case ServedAssigned() if served.assigned_at is None or record.at >= served.assigned_at:
            return served.model_copy(update={"unit": record.unit, "assigned_at": record.at})
        case _:
            return served


def check_served(command: RegisterServed, scheme: Scheme) -> str:
    """The code by which it is known. Raises `Refused` for what the scheme's lists do not know (003-08, 004-02)."""
    if scheme.matrix is None:
        raise Refused(
            "serves-nobody", f"{scheme.title.zh} keeps no register of whom it serves", field="scheme", status=422
        )
    if command.tier not in scheme.matrix.tiers:
        _unknown("tier", command.tier, scheme.matrix.tiers)
    if command.phase is not None and command.phase not in scheme.matrix.phases:
        _unknown("phase", command.phase, scheme.matrix.phases)
    if command.kind == "project" and scheme.matrix.phases and command.phase is None:
        raise Refused("phase", f"say how far it is: {', '.join(scheme.matrix.phases)}", field="phase", status=422)
    if command.credit_code is not None:
        check_credit_code(command.credit_code, field="credit_code")
    code = command.project_code if command.kind == "project" else command.credit_code
    if code is None:
        field = "project_code" if command.kind == "project" else "credit_code"
        raise Refused(
            field, f"a served {command.kind} is known by its {field.replace('_', ' ')}", field=field, status=422
        )
    return code


def register_served(served: Served, command: RegisterServed) -> Iterator[Event]:
    """Nothing is said: who serves it is routing's to decide, and whom it may serve it asks here."""
    if served.is_registered and served.kind != command.kind:
        raise Refused(
            "served-kind", "an enterprise does not become a project; register it by its own code", field="kind"
        )
    yield from ()


def _unknown(field: str, value: str, known: Any) -> None:
    raise Refused(
        f"unknown-{field}",
        f"there is no {field} {value!r}; there are {', '.join(known) or 'none'}",
        field=field,
        status=422,
    )
