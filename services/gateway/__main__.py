"""`python -m services.gateway`"""

from libs.service import Service, Settings
from services.gateway import domain
from services.gateway.api import routes
from services.gateway.door import Door
from services.gateway.handing_out import HandingOut
from services.gateway.kept import Messages
from services.gateway.parties import parties_of
from services.gateway.taking_in import TakingIn


def build(settings: Settings, kind: type[Service] = Service) -> Service:
    service = kind("gateway", settings)
    parties = parties_of(service.directory)
    tellings = service.collection(
        "tellings", empty=domain.empty, evolve=domain.evolve, keys=domain.keys, indexes=("waiting",)
    )
    kept = Messages(service.database["messages"])
    taking_in = TakingIn(service, kept, parties)
    handing_out = HandingOut(service, tellings, parties)
    door = Door(settings.amqp_url.get_secret_value(), parties, taking_in, handing_out)
    service.hears(handing_out.handlers())
    service.first(kept.create_indexes)
    service.alongside(door.open, figures=door.figures)
    service.stuck_too.append(kept.stuck)
    service.answers(lambda: routes(service, kept, taking_in, door))
    return service


if __name__ == "__main__":
    build(Settings()).run()  # pyright: ignore[reportCallIssue]
