"""One small world in which every route has something to be asked about: lived through once, then standing still."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

import tests.schemes.acts_more  # noqa: F401  # more sentences
from contracts.events import CaseAssigned, LetterFailed, RatingInvited, case_fact
from libs.identity import Caller
from libs.policy.shanghai import SHANGHAI
from libs.service import Settings
from services.gateway.__main__ import build as build_gateway
from services.notification import domain
from services.notification.__main__ import build as build_notification
from services.notification.letter import Letter
from services.notification.settings import PEERS, NotificationSettings
from tests.schemes.acts import Story
from tests.schemes.city import DIRECTORY_FILE, ROOT, SCHEMES, City
from tests.schemes.house import SECRET, HousedService
from tests.services.intake.papers import png

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
    city = City(start=datetime(2026, 10, 9, tzinfo=SHANGHAI), faithful=False)
    await city.start()
    things: dict[str, Thing] = {}
    await _until(city, 10, 20, 9)
    line = await _prepared(city)
    await _cases(city, things)
    await _lists_of_the_city(city, things)
    await _written(city, things)
    await _reports(city, things)
    await _protected(city, things)
    await _held(city, line)
    things |= await _of_the_line(city, line)
    _outside(city, folder, things)
    city.house.stands_still = True
    return city, things


async def _until(city: City, month: int, day: int, hour: int) -> None:
    await city.until(datetime(2026, month, day, hour, tzinfo=SHANGHAI))


async def _lived(city: City, scheme: str, *sentences: str) -> Story:
    story = Story(city, scheme)
    for sentence in sentences:
        await story.do(sentence)
    return story


def _case(story: Story, unit: str, **values: Any) -> Thing:
    """A case, and whose it is."""
    told = {"case": story.case, "unit": unit, "month": "2026-10"} | values
    return Thing(scheme=story.filed().scheme, unit=unit, case=story.case, filer="operator", values=told)


async def _prepared(city: City) -> Story:
    """A case that a session will hear, with a picture, whose contact somebody asked for."""
    story = await _lived(
        city, "chaozhou-direct-line",
        "the office confirms the reception for 2026-11-11", "shi_shizhang attends the session",
        "an enterprise files through portal", "the screener accepts it as energy for the city",
    )  # fmt: skip
    unmask = {"purpose": "联系企业核实情况"}
    await story.ask("intake", f"/appeals/{story.case}/unmasking", unmask, roles="office")
    caller = Caller(subject="operator", roles=frozenset({"operator"}))
    added = await city.house.services["intake"].call(
        caller, "POST", f"/appeals/{story.case}/attachments", content=png(), more={"x-file-name": "a.png"}
    )
    story.kept["file"] = added.json()["id"]
    return story


async def _held(city: City, line: Story) -> None:
    """The session of the line's case, from the directory to a commitment."""
    await _until(city, 11, 5, 16)
    await line.do("the office submits the directory")
    await line.do("the office puts it on the agenda")
    await _until(city, 11, 9, 16)
    await line.do("shi_shizhang approves the agenda")
    await line.do("the office invites shi_gongdian and the enterprise")
    await _until(city, 11, 11, 17)
    await line.do("the leader finds it resolved with shi_gongdian in the lead by 2026-12-11")
    await line.do("the session is held")
    await line.do("the opinions are put to shi_shizhang")
    await line.do("shi_shizhang approves the opinions")
    await _until(city, 11, 12, 16)
    await line.do("shi_gongdian commits itself to 2026-12-04")
    await line.do("the inspection office orders shi_gongdian to act by 2026-12-11")


async def _of_the_line(city: City, line: Story) -> dict[str, Thing]:
    session = await city.state("routing", 3, line.session)
    case = await city.state("routing", 0, line.case)
    judged = await city.state("evaluation", 0, line.case)
    by_unit = {dispatch.unit: dispatch.dispatch for dispatch in case.dispatches.values()}
    values = {
        "case": line.case, "dispatch": next(iter(case.issue.charges)), "session": line.session, "unit": "shi_gongdian",
        "registration": "r-1", "audience": "office", "day": "2026-11-18", "month": "2026-11", "stage": "screening",
        "order": next(iter(judged.orders)), "file": line.kept["file"], "purpose": "联系企业核实情况",
    }  # fmt: skip

    def thing(**more: Any) -> Thing:
        told = values | more
        return Thing(
            scheme=line.filed().scheme,
            unit="shi_gongdian",
            case=line.case,
            channel="web_qiye",
            filer="operator",
            values=told,
        )

    for_unit = next(i for i in session.invitations.values() if i.unit)
    for_guest = next(i for i in session.invitations.values() if i.guest)
    return {
        "case": thing(),
        "first screening": thing(),
        "some clocks": thing(cases=[line.case]),
        "open": thing(credit_code=line.kept["enterprise"]["credit_code"]),
        "hand-over": thing(dispatch=by_unit["shi_gongdian"]),
        "invitation": thing(invitation=for_unit.invitation),
        "guest": thing(invitation=for_guest.invitation),
    }


async def _cases(city: City, things: dict[str, Thing]) -> None:
    """Cases as they wait on the lists."""
    review = await _lived(city, "chaozhou-direct-line", "an unregistered enterprise files through portal")
    received = await _lived(
        city, "suqian-12345", "an enterprise files through one-net-platform and shi_gongdian is asked first"
    )
    listed = await _lived(
        city, "chaozhou-direct-line", "an enterprise files through portal", "the screener accepts it as energy for the city",
        "shi_gongdian cannot solve it",
    )  # fmt: skip
    unclear = await _lived(
        city, "suqian-12345", "an enterprise files through one-net-platform", "the screener accepts it as energy for the city",
        "shi_gongdian objects, proposing shi_gongxin",
        "the administrator sends what shi_gongdian objected to to the joint meeting",
    )  # fmt: skip
    disputed = await _lived(
        city, "chaozhou-direct-line", "an enterprise files through portal", "the screener accepts it as energy for the city",
        "shi_gongdian objects, proposing shi_gongxin",
    )  # fmt: skip
    sent_up = await _lived(
        city, "chaozhou-direct-line", "an enterprise files through portal", "the screener accepts it as land for the county",
        "qu_xiangqiao cannot solve it",
    )  # fmt: skip
    longer = await _lived(
        city, "chaozhou-direct-line", "an enterprise files through portal", "the screener accepts it as energy for the city",
        "shi_gongdian takes it", "shi_gongdian asks for 2 more working days on reply",
    )  # fmt: skip
    signed = await _lived(
        city,
        "suqian-mayor-line",
        "an enterprise files through mayor-mailbox",
        "the screener accepts it as energy for the city in class general",
    )
    late = await _lived(
        city, "county-reception-day", "an enterprise registered in 445122 files through phone",
        "the screener accepts it as production for the county",
    )  # fmt: skip
    decided = await _lived(
        city, "kaihua-call-and-answer", "an enterprise registered in 445103 files through platform",
        "the screener accepts it as energy for the county in class general", "ca_gongdian cannot solve it",
    )  # fmt: skip
    planned = await _lived(
        city, "kaihua-call-and-answer", "an enterprise registered in 445103 files through walk-in",
        "the screener accepts it as energy for the county in class complex", "ca_gongdian fixes the plan",
    )  # fmt: skip
    bad = await _lived(
        city, "suqian-window", "an enterprise files through cannot-online",
        "the screener accepts it as tax for the city in class simple", "shi_shuiwu replies", "the invitation is delivered",
        "the enterprise rates it very-dissatisfied by window-device",
    )  # fmt: skip
    climbed = await city.state("routing", 0, decided.case)
    lies = next(dispatch.dispatch for dispatch in climbed.dispatches.values() if dispatch.unit == "ca_fugongye")
    things |= {
        "decision": _case(decided, "ca_fugongye", dispatch=lies),
        "second review": _case(review, "", stage="second-review"),
        "received": _case(received, "shi_gongdian"),
        "listed": _case(listed, "shi_gongdian"),
        "unclear": _case(unclear, "shi_gongdian"),
        "disputed": _case(disputed, "shi_gongdian"),
        "sent up": _case(sent_up, "qu_xiangqiao"),
        "longer": _case(longer, "shi_gongdian"),
        "signed": _case(signed, "shi_gongdian"),
        "late": _case(late, "rp_qiye"),
        "planned": _case(planned, "ca_gongdian"),
        "bad": _case(bad, "shi_shuiwu", first="2026-10-01", last="2026-10-31"),
    }  # fmt: skip
    cause = next(fact for fact in city.facts if isinstance(fact, CaseAssigned) and fact.case == listed.case)
    failed = case_fact(
        LetterFailed, by=cause, case=listed.case, scheme=cause.scheme, at=city.now, subject="letter", template="assigned",
        audience="unit", unit="shi_gongdian", about=cause.id, reason="exhausted",
    )  # fmt: skip
    city.house.said([failed])
    await city.house.settle()


async def _lists_of_the_city(city: City, things: dict[str, Thing]) -> None:
    """Whom the city serves, what recurs there, what is owed and found."""
    served = await _lived(
        city, "suqian-enterprises",
        "an enterprise is served in tier key by shi_gongxin", "shi_gongxin logs a leader-visit that finds a problem",
        "three enterprises raise the like through platform-yiqi as energy for the city",
    )  # fmt: skip
    scheme, number = served.filed().scheme, served.kept["served"]
    matter = next(fact for fact in city.facts if fact.type == "matter.recurred.v1")
    duty = next(
        fact for fact in city.facts
        if fact.type == "duty.opened.v1" and fact.scheme == scheme and getattr(fact, "unit", "") == "shi_gongxin"
    )  # fmt: skip
    found: dict[str, str] = {}
    for trigger, stated in (("suspected-violation", ["suspected-violation"]), ("weak-service", [])):
        body = {
            "scheme": scheme, "unit": "shi_gongdian", "trigger": trigger, "cases": [served.case], "grounds": "核查情况",
            "states": stated,
        }  # fmt: skip
        answer = await served.ask("evaluation", "/findings", body, roles="conduct", unit="shi_zuofeng")
        found[trigger] = answer["finding"]
    month = {"period": "2026-10", "month": "2026-10"}
    things |= {
        "list": _case(served, "shi_gongxin", kind="negative-cases", category="energy", **month),
        "served": _case(served, "shi_gongxin", number=number, served=number, kind="enterprise", tier="key"),
        "visit": _case(served, "shi_gongxin", served=number, number=number, kind="contact"),
        "matter": _case(served, "shi_gongxin", number=matter.key),
        "duty": _case(served, "shi_gongxin", number=duty.key, kind="meeting"),
        "finding": _case(served, "shi_gongdian", finding=found["weak-service"]),
        "grave finding": _case(served, "shi_gongdian", finding=found["suspected-violation"]),
    }


async def _written(city: City, things: dict[str, Thing]) -> None:
    story = Story(city, "suqian-enterprises")
    body = {"scheme": story.scheme, "kind": "negative-cases", "title": "通报", "text": "典型案例"}
    numbers = [(await story.ask("disclosure", "/publications", body, roles="office"))["publication"] for _ in range(2)]
    await story.ask("disclosure", f"/publications/{numbers[0]}/approval", {}, roles="leader")
    for name, number in zip(("publication", "draft"), numbers, strict=True):
        values = {"number": number, "kind": "negative-cases", "unit": "shi_gongxin"}
        things[name] = Thing(scheme=things["list"].scheme, unit="shi_gongxin", values=values)


async def _reports(city: City, things: dict[str, Thing]) -> None:
    """One of each track, the one of conduct with its exposure proposed."""
    for scheme, track in (("suqian-enterprises", "conduct"), ("cadres-and-enterprises", "retaliation")):
        await _lived(city, scheme, f"somebody reports {track}")
        received = [fact for fact in city.facts if fact.type == "report.received.v1"][-1]
        things[track] = Thing(scheme=received.scheme, values={"report": received.key, "track": track})
    story, report = Story(city, "suqian-enterprises"), things["conduct"].values["report"]
    for what, body in (("verification", {"confirmed": True, "note": "属实"}), ("exposure", {"text": "典型问题"})):
        await story.ask("evaluation", f"/reports/{report}/{what}", body, roles="conduct")


async def _protected(city: City, things: dict[str, Thing]) -> None:
    """An inspection file of a county, and a sample drawn there."""
    rated = [
        await _lived(
            city, "kaihua-call-and-answer", "an enterprise registered in 445103 files through platform",
            "the screener accepts it as energy for the county in class simple", "ca_gongdian replies",
            "the invitation is delivered", f"the enterprise rates it {rating}",
        )
        for rating in ("dissatisfied", "satisfied")
    ]  # fmt: skip
    file = rated[0]
    code = (await file.ask("evaluation", f"/cases/{file.case}/invitation", method="GET", roles="service"))["code"]
    await _until(city, 10, 21, 9)
    period = {"first": "2026-10-20", "last": "2026-10-20"}
    drawn = await file.ask("evaluation", "/samples", {"scheme": file.filed().scheme, **period}, roles="inspector")
    things["file"] = _case(file, "ca_gongdian", code=code, **period)
    things["sample"] = _case(rated[1], "ca_gongdian", sample=drawn["sample"], **period)


def _outside(city: City, folder: Path, things: dict[str, Thing]) -> None:
    """Gateway and notification come when all is over: one message in quarantine, one call to be made."""
    kind: Any = lambda name, settings: Standing(city.house, name, settings)  # noqa: E731
    common: dict[str, Any] = {
        "port": 0, "amqp_url": SecretStr("amqp://localhost/inner"), "mongo_url": SecretStr(""),
        "token_secret": SecretStr(SECRET), "schemes": SCHEMES, "calendars": ROOT / "deploy/calendars",
        "directory": DIRECTORY_FILE,
    }  # fmt: skip
    peers = {name: f"http://{name}" for name in PEERS}
    build_gateway(Settings(**common), kind)
    build_notification(
        NotificationSettings(
            **common, peers=peers, public_url="http://localhost", sms_provider="log", sms_log=folder / "sms.jsonl",
            smtp_host="localhost", smtp_from="a@b.example",
        ), kind,
    )  # fmt: skip
    invited = next(fact for fact in city.facts if isinstance(fact, RatingInvited))
    letters = city.schemes[invited.scheme].letters
    template = next(one.template for one in letters if one.after == "rating.invited.v1")
    letter = Letter(
        id=f"{invited.case}:{invited.id}", about=invited, template=template, audience="enterprise", unit=None,
        by=("call",), not_before=None, status="sent", tried_by=("call",), sent_at=invited.at,
    )  # fmt: skip
    mail = domain.empty(invited.case).model_copy(update={"letters": {letter.id: letter}})
    kept = city.house.services["notification"]._collections[0]
    kept._states[invited.case], kept._known_keys[invited.case] = mail, domain.keys(mail)
    kept._numbers[invited.case] = 0
    things["letter"] = Thing(
        scheme=invited.scheme, case=invited.case, values={"case": invited.case, "letter": letter.id}
    )
    things["message"] = Thing(scheme="", values={"id": MESSAGE})
