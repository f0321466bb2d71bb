"""One small world in which every route has something to be asked about: lived through once, then standing still."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

import tests.schemes.acts_more  # noqa: F401  # more sentences
from contracts.events import RatingInvited
from libs.policy.shanghai import SHANGHAI
from libs.service import Settings
from services.gateway.__main__ import build as build_gateway
from services.notification import domain
from services.notification.__main__ import build as build_notification
from services.notification.letter import Letter
from services.notification.settings import NotificationSettings
from tests.schemes.acts import Story
from tests.schemes.city import DIRECTORY_FILE, ROOT, SCHEMES, City
from tests.schemes.house import SECRET, HousedService

MESSAGE = "0123456789abcdef"


@dataclass(frozen=True)
class Thing:
    """What a route is asked about. `scheme`: by which it is run, hence at whose level; `unit`, `case`, `channel`, `filer`:
    whose it is. `values`: what stands in the address for a parameter of this name, and in bodies for a field of it."""

    scheme: str
    values: dict[str, Any]
    unit: str = ""
    case: str | None = None
    channel: str = ""
    filer: str = ""


class Table:
    """A collection of the gateway's, holding one message that was refused."""

    def __init__(self) -> None:
        self.row: dict[str, Any] = {
            "_id": MESSAGE, "party": "hotline_12345", "type": "appeal", "message_id": "m-1", "user_id": None,
            "undecodable": False, "content": MESSAGE, "body": b"{}", "size": 2, "received_at": datetime(2026, 5, 1, tzinfo=UTC),
            "outcome": "quarantined", "answer": None, "judged": 1, "dropped": False,
        }  # fmt: skip

    async def create_index(self, keys: Any) -> None: ...

    async def find_one(self, where: dict[str, Any]) -> dict[str, Any] | None:
        return self.row if where["_id"] == MESSAGE else None

    async def update_one(self, where: dict[str, Any], change: Any) -> None: ...

    def find(self, where: Any) -> "Table":
        return self

    def sort(self, *by: Any) -> "Table":
        return self

    def limit(self, count: int) -> "Table":
        return self

    async def __aiter__(self) -> AsyncGenerator[dict[str, Any]]:
        yield self.row


class Standing(HousedService):
    """A service without the connections that gateway and notification have to the world outside."""

    def __init__(self, house: Any, name: Any, settings: Any) -> None:
        super().__init__(house, name, settings)
        self.database: Any = {"messages": Table()}
        self.http: Any = None

    def alongside(self, part: Any, *, figures: Any) -> None: ...


async def lived_through(folder: Path) -> tuple[City, dict[str, Thing]]:
    """The city as it stands, and in it one thing of each kind."""
    city = City(start=datetime(2026, 4, 1, tzinfo=SHANGHAI), faithful=False)
    await city.start()
    things: dict[str, Thing] = {}
    line = Story(city, "chaozhou-direct-line")
    await _until(city, 4, 20, 9)
    await _do(line, "the office confirms the reception for 2026-05-13", "shi_shizhang attends the session")
    await _do(line, "an enterprise files through portal", "the screener accepts it as energy for the city")
    returned = Story(city, line.scheme)
    await _do(returned, "an enterprise files through portal")
    await _lists_of_the_city(city, things)
    await _protected(city, things)
    await _until(city, 5, 7, 16)
    await _do(line, "the office submits the directory", "the office puts it on the agenda")
    await _until(city, 5, 11, 16)
    await _do(line, "shi_shizhang approves the agenda", "the office invites shi_gongdian and the enterprise")
    await _until(city, 5, 13, 17)
    await _do(line, "the leader finds it resolved with shi_gongdian in the lead by 2026-06-12", "the session is held")
    await _do(line, "the opinions are put to shi_shizhang", "shi_shizhang approves the opinions")
    await _until(city, 5, 14, 16)
    await _do(line, "shi_gongdian commits itself to 2026-06-05")
    await _until(city, 5, 18, 10)
    things |= await _of_the_line(city, line)
    _outside(city, folder, line, things)
    city.house.stands_still = True
    return city, things


async def _until(city: City, month: int, day: int, hour: int) -> None:
    await city.until(datetime(2026, month, day, hour, tzinfo=SHANGHAI))


async def _do(story: Story, *sentences: str) -> None:
    for sentence in sentences:
        await story.do(sentence)


async def _of_the_line(city: City, line: Story) -> dict[str, Thing]:
    session = await city.state("routing", 3, line.session)
    case = await city.state("routing", 0, line.case)
    charge = next(iter(case.issue.charges))
    scheme = line.filed().scheme
    for_unit = next(i for i in session.invitations.values() if i.unit)
    for_guest = next(i for i in session.invitations.values() if i.guest)
    whose: dict[str, Any] = {
        "unit": "shi_gongdian", "case": line.case, "channel": "web_qiye", "filer": "operator", "scheme": scheme,
    }  # fmt: skip
    values = {
        "case": line.case, "dispatch": charge, "session": line.session, "unit": "shi_gongdian", "registration": "r-1",
        "audience": "office", "day": "2026-05-18", "month": "2026-05", "stage": "screening", "kind": "reception",
        "order": "DB-0000000000000000",
    }  # fmt: skip
    taken = next(d.dispatch for d in case.dispatches.values() if d.unit == "shi_gongdian")
    before_leader = next((d.dispatch for d in case.dispatches.values() if d.unit.startswith("shi_shizhang")), taken)
    return {
        "case": Thing(values=values, **whose),
        "commitment": Thing(values=values | {"dispatch": charge}, **whose),
        "decision": Thing(values=values | {"dispatch": before_leader}, **whose),
        "invitation": Thing(values=values | {"invitation": for_unit.invitation}, **whose),
        "guest": Thing(values=values | {"invitation": for_guest.invitation}, **whose),
    }


async def _lists_of_the_city(city: City, things: dict[str, Thing]) -> None:
    """Whom the city serves, what recurs there, what is owed, found, drawn and written."""
    served = Story(city, "suqian-enterprises")
    await _do(served, "an enterprise is served in tier key by shi_gongxin")
    await _do(served, "shi_gongxin logs a leader-visit that finds a problem")
    await _do(served, "three enterprises raise the like through platform-yiqi as energy for the city")
    scheme = served.filed().scheme
    matter = next(f for f in city.facts if f.type == "matter.recurred.v1")
    duty = next(f for f in city.facts if f.type == "duty.opened.v1" and f.scheme == scheme and getattr(f, "unit", "") == "shi_gongxin")
    finding = await served.ask(
        "evaluation", "/findings",
        {"scheme": scheme, "unit": "shi_gongdian", "trigger": "suspected-violation", "cases": [served.case],
         "grounds": "核查情况", "states": ["suspected-violation"]},
        roles="conduct", unit="shi_zuofeng",
    )  # fmt: skip
    written = {"scheme": scheme, "kind": "negative-cases", "title": "通报", "text": "典型案例"}
    publication = await served.ask("disclosure", "/publications", written, roles="office")
    await served.do("somebody reports conduct")
    report = next(f for f in city.facts if f.type == "report.received.v1")
    shared: dict[str, Any] = {"case": served.case, "unit": "shi_gongxin", "period": "2026-04", "month": "2026-04"}

    def thing(unit: str = "shi_gongxin", **values: Any) -> Thing:
        return Thing(scheme=scheme, unit=unit, case=served.case, filer="operator", values=shared | values)

    things |= {
        "list": thing(kind="negative-cases", category="energy"),
        "served": thing(number=served.kept["served"], served=served.kept["served"], kind="enterprise", tier="key"),
        "matter": thing(number=matter.key),
        "duty": thing(number=duty.key, kind="meeting"),
        "finding": thing(finding=finding["finding"]),
        "publication": thing(number=publication["publication"], kind="negative-cases"),
        "report": thing(report=report.key, track="conduct"),
    }


async def _protected(city: City, things: dict[str, Thing]) -> None:
    """An inspection file, and a report of retaliation, each at another level."""
    file = Story(city, "kaihua-call-and-answer")
    await _do(
        file,
        "an enterprise registered in 445103 files through platform",
        "the screener accepts it as energy for the county in class simple",
        "ca_gongdian replies", "the invitation is delivered", "the enterprise rates it dissatisfied",
    )  # fmt: skip
    closed = Story(city, file.scheme)
    await _do(
        closed,
        "an enterprise registered in 445103 files through platform",
        "the screener accepts it as energy for the county in class simple",
        "ca_gongdian replies", "the invitation is delivered", "the enterprise rates it satisfied",
    )  # fmt: skip
    await _until(city, 4, 21, 9)
    period = {"first": "2026-04-20", "last": "2026-04-20"}
    drawn = await closed.ask("evaluation", "/samples", {"scheme": closed.filed().scheme, **period}, roles="inspector")
    of_county: dict[str, Any] = {"scheme": file.filed().scheme, "unit": "ca_gongdian", "case": closed.case}
    things["sample"] = Thing(values={"sample": drawn["sample"], "month": "2026-04", **period}, **of_county)
    things["file"] = Thing(scheme=file.filed().scheme, unit="ca_gongdian", case=file.case, values={"case": file.case})


def _outside(city: City, folder: Path, line: Story, things: dict[str, Thing]) -> None:
    """Gateway and notification come when all is over: one message in quarantine, one call to be made."""
    kind: Any = lambda name, settings: Standing(city.house, name, settings)  # noqa: E731
    common: dict[str, Any] = {
        "port": 0, "amqp_url": SecretStr("amqp://localhost/inner"), "mongo_url": SecretStr(""),
        "token_secret": SecretStr(SECRET), "schemes": SCHEMES, "calendars": ROOT / "deploy/calendars",
        "directory": DIRECTORY_FILE,
    }  # fmt: skip
    peers = {name: f"http://{name}" for name in ("intake", "routing", "evaluation")}
    build_gateway(Settings(**common), kind)
    build_notification(
        NotificationSettings(
            **common, peers=peers, public_url="http://localhost", sms_provider="log", sms_log=folder / "sms.jsonl",
            smtp_host="localhost", smtp_from="a@b.example",
        ), kind,
    )  # fmt: skip
    invited = next(fact for fact in city.facts if isinstance(fact, RatingInvited))
    letter = Letter(
        id=f"{invited.case}:{invited.id}", about=invited, template="invitation", audience="enterprise", unit=None,
        by=("call",), not_before=None, status="sent", tried_by=("call",), sent_at=invited.at,
    )  # fmt: skip
    mail = domain.empty(invited.case).model_copy(update={"letters": {letter.id: letter}})
    kept = city.house.services["notification"]._collections[0]
    kept._states[invited.case], kept._known_keys[invited.case] = mail, domain.keys(mail)
    kept._numbers[invited.case] = 0
    things["letter"] = Thing(scheme=invited.scheme, case=invited.case, values={"case": invited.case, "letter": letter.id})
    things["message"] = Thing(scheme="", values={"id": MESSAGE})

