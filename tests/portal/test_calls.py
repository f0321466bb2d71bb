from datetime import datetime
from functools import cache
from typing import Any

from pydantic import SecretStr

from libs.policy.shanghai import SHANGHAI
from services.notification.__main__ import counters, domain, serve
from services.notification.sending import PostRoom
from services.notification.settings import PEERS, NotificationSettings
from services.notification.sources import Contact, Sources
from services.notification.templates import load_templates
from services.notification.ways import OperatorCall, Parcel, Result
from tests.portal.town import Town, staff, typed
from tests.schemes.acts import Story
from tests.schemes.city import DIRECTORY_FILE, ROOT, SCHEMES
from tests.schemes.house import SECRET

OPERATOR = staff("operator", name="window-3")


class NoWay:
    """A provider whom nobody can be reached by."""

    def address(self, contact: Contact) -> str | None:
        return contact.phone

    async def send(self, parcel: Parcel) -> Result:
        return Result("rejected", "no-such-number")


def with_letters(town: Town) -> Town:
    """The town with its notification, whose letters only a call delivers."""
    settings = NotificationSettings(
        port=0, amqp_url=SecretStr(""), mongo_url=SecretStr(""), token_secret=SecretStr(SECRET), schemes=SCHEMES,
        calendars=ROOT / "deploy/calendars", directory=DIRECTORY_FILE, public_url="http://portal", sms_provider="log",
        smtp_host="", smtp_from="a@b.example", peers=dict.fromkeys(PEERS, ""),
    )  # fmt: skip
    service: Any = town.house.kind()("notification", settings)
    mail = service.collection(
        "mail", empty=domain.empty, keys=domain.keys,
        evolve=lambda mail, record: domain.evolve(mail, record, schemes=service.schemes),
    )  # fmt: skip
    shares = service.collection("counters", empty=counters.empty, evolve=counters.evolve, keys=counters.keys)
    post = PostRoom(
        service=service, mail=mail, shares=shares,
        sources=Sources(service.fetch, service.directory, public_url="http://portal"),
        templates=load_templates(), ways={"sms": NoWay(), "email": NoWay(), "call": OperatorCall()},
        rules=settings.rules, public_url="http://portal", calendars=service.calendars,
    )  # fmt: skip
    serve(service, post)
    return town


@cache
def _town() -> Town:
    return with_letters(Town(start=datetime(2026, 11, 2, 9, tzinfo=SHANGHAI)))


async def answered(scheme: str, channel: str) -> tuple[Town, Story]:
    town = _town()
    await town.start()
    story = Story(town, scheme)
    for act in (
        f"an enterprise files through {channel}",
        "the screener accepts it as energy for the city",
        "shi_gongdian takes it",
        "shi_gongdian replies",
    ):
        await story.do(act)
    await town.until(town.now)
    return town, story


async def test_what_no_other_way_delivers_is_read_out_and_its_result_recorded() -> None:
    town, story = await answered("chaozhou-direct-line", "portal")
    async with town.browser(OPERATOR) as operator:
        listed = (await operator.get("/calls")).text
        assert story.case in listed
        letter = next(part.partition('"')[0] for part in listed.split('href="/calls/') if part.startswith(story.case))
        page = (await operator.get(f"/calls/{letter}")).text
        assert "13400000001" in page
        assert "念给对方听" in page
        assert "请选择通话结果" in (await operator.post(f"/calls/{letter}", data=typed())).text
        done = await operator.post(f"/calls/{letter}", data=typed(result="told"))
        assert "已告知企业并记录" in done.text
        again = await operator.get(f"/calls/{letter}")
        assert again.status_code == 404
        assert "没有找到" in again.text
    async with town.browser(staff("unit", unit="shi_gongdian")) as clerk:
        assert (await clerk.get("/calls")).status_code == 403


async def test_an_enterprise_is_called_back_by_the_hotline_and_its_number_is_shown_for_a_purpose() -> None:
    town, story = await answered("suqian-12345", "hotline-12345")
    here = f"/calls/back/{story.case}"
    async with town.browser(OPERATOR) as operator:
        assert f'href="{here}"' in (await operator.get("/calls")).text
        masked = (await operator.get(here)).text
        assert "13400000001" not in masked
        assert "13400000001" in (await operator.post(f"{here}/number", data=typed())).text
        assert "请选择问题是否解决" in (await operator.post(here, data=typed(way="phone", note="好"))).text
        done = await operator.post(here, data=typed(way="phone", solved="yes", note="电压已稳定"))
        assert "回访已记录：已解决" in done.text
        assert "不需要回访" in (await operator.get(here)).text
    seen = (await town.state("intake", 0, story.case)).unmaskings
    assert [(look.by, look.purpose) for look in seen] == [("window-3", "电话回访企业")]


async def test_a_rating_is_taken_over_the_telephone_where_the_regulation_allows_it() -> None:
    town, story = await answered("suqian-12345", "hotline-12345")
    here = f"/counter/cases/{story.case}"
    async with town.browser(OPERATOR) as operator:
        assert "代录评价" in (await operator.get(here)).text
        assert "请选择企业的评价" in (await operator.post(f"{here}/rating", data=typed(way="hotline"))).text
        done = await operator.post(f"{here}/rating", data=typed(way="hotline", rating="satisfied"))
        assert "评价已记录" in done.text
    assert (await town.state("evaluation", 0, story.case)).rating == "satisfied"


async def test_calls_speak_english() -> None:
    town, _ = await answered("chaozhou-direct-line", "portal")
    async with town.browser(OPERATOR, lang="en") as operator:
        page = (await operator.get("/calls")).text
        assert "Calls to make" in page
        assert "待拨电话" not in page
