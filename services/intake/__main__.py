"""`python -m services.intake`"""

from collections.abc import Callable

from pydantic import Field, SecretStr

from libs.following import follow_remits
from libs.policy.channels import refuse_open_mappings
from libs.service import Service, Settings
from libs.store import Collection
from services.intake import (
    api,
    appeal,
    attachments,
    attachments_api,
    enterprises,
    enterprises_api,
    matters,
    registry_api,
    reports,
    reports_api,
    screening_api,
    served,
    served_api,
    unmasking_api,
    visits,
)
from services.intake.appeal import Appeal
from services.intake.cabinet import Cabinet
from services.intake.desk import Desk
from services.intake.evolve import evolve
from services.intake.files.cleaning import MAX_BYTES
from services.intake.handlers import handlers
from services.intake.likeness import LIKE_FROM
from services.intake.links import Links
from services.intake.matching import Matching
from services.intake.memory import Memory
from services.intake.owed import Owed
from services.intake.reception import Reception
from services.intake.registry import open_registry


class IntakeSettings(Settings):
    registry: str = "file:deploy/demo/registry.yaml"
    """`file:<path>` or the URL of the legal-person registry."""
    registry_token: SecretStr = SecretStr("")
    like_from: float = Field(default=LIKE_FROM, gt=0, le=1)
    """From this share of common pairs of characters on, two appeals count as like."""
    served_secret: SecretStr | None = None
    """What the numbers of served enterprises are derived with; it must never change. By default the token secret: set
    this to the old one before that is replaced."""


def build(
    settings: IntakeSettings,
    kind: type[Service] = Service,
    *,
    remember: Callable[[Collection[Appeal], float], Memory] = Memory,
) -> Service:
    service = kind("intake", settings)
    directory = service.directory
    refuse_open_mappings(service.schemes, directory)
    follow_remits(service)
    appeals = service.collection(
        "appeals",
        empty=appeal.empty,
        evolve=evolve,
        keys=appeal.keys,
        indexes=(
            "stage+turn",
            "next_due",
            "enterprise+filed_at",
            "kind+filed_at",
            "filed_by+filed_at",
            "unmasked_at",
            "enterprise+open",
        ),
    )
    on_register = service.collection(
        "served",
        empty=served.empty,
        evolve=served.evolve,
        keys=served.keys,
        indexes=("list", "tier", "phase", "unit"),
    )
    log = service.collection(
        "visits",
        empty=visits.empty,
        evolve=visits.evolve,
        keys=visits.keys,
        indexes=("served+visited_on", "same+visited_on", "next_due"),
    )
    recurring = service.collection(
        "matters", empty=matters.empty, evolve=matters.evolve, keys=matters.keys, indexes=("list+last",)
    )
    protected = service.collection(
        "reports", empty=reports.empty, evolve=reports.evolve, keys=reports.keys, indexes=("track+received_at",)
    )
    registry = open_registry(settings.registry, token=settings.registry_token.get_secret_value())
    ever_filed = service.collection(
        "enterprises", empty=enterprises.empty, evolve=enterprises.evolve, keys=enterprises.keys, indexes=("noted_at",)
    )
    known = enterprises.Enterprises(ever_filed, appeals)
    uploads = service.collection(
        "attachments",
        empty=attachments.empty,
        evolve=attachments.evolve,
        keys=attachments.keys,
        indexes=("next_due", "waiting_of"),
    )
    cabinet = Cabinet(service, uploads, appeals, service.blobs("files"))
    service.takes_large_bodies(attachments_api.TAKES_FILES, MAX_BYTES)
    matching = Matching(service, appeals, registry, known)
    memory = remember(appeals, settings.like_from)
    reception = Reception(service, appeals, matching, memory)
    owed = Owed(service, appeals, log, on_register, recurring, matching, reception)
    service.hears(handlers(service, appeals, on_register))
    service.when_due_at_once(appeals, owed.by_appeal)
    service.when_due(log, owed.by_visit)
    service.when_due(uploads, cabinet.tidy)
    desk = Desk(service, appeals, directory)
    secret = (settings.served_secret or settings.token_secret).get_secret_value()
    service.answers(
        lambda: screening_api.routes(desk, memory, on_register, recurring),
        lambda: api.routes(desk, reception, cabinet, on_register),
        lambda: unmasking_api.routes(desk),
        lambda: registry_api.routes(desk, registry, on_register),
        lambda: attachments_api.routes(desk, cabinet, Links(settings.token_secret.get_secret_value())),
        lambda: enterprises_api.routes(desk, known, registry, memory),
        lambda: served_api.routes(service, on_register, log, owed, directory, secret),
        lambda: reports_api.routes(service, protected),
    )
    return service


if __name__ == "__main__":
    build(IntakeSettings()).run()  # pyright: ignore[reportCallIssue]
