"""§3.21: what runs on into a year whose notice is not out is counted anew when the notice is taken in."""

from datetime import date, datetime

from contracts.events import ClockRecomputed
from libs.policy.shanghai import SHANGHAI, day_of
from tests.schemes.acts import Story
from tests.schemes.city import City
from tests.support import TEXT_2027

NOTICE = {"year": 2027, "text": TEXT_2027}


async def test_a_notice_taken_in_moves_the_limits_that_it_changes_and_makes_the_others_certain() -> None:
    """Ten working days from Monday 28 December end with the 12th of January instead of the 11th, for New Year's Day is off.
    The 24 hours to object end before that, but on a day that the notice might have changed."""
    city = City(start=datetime(2026, 12, 28, 9, tzinfo=SHANGHAI))
    await city.start()
    story = Story(city, "chaozhou-direct-line")
    for act in ("an enterprise files through portal", "the screener accepts it as energy for the city"):
        await story.do(act)
    told = await city.ask("deadline", "POST", "/calendars", NOTICE, roles=("administrator",))
    assert told["imported"] == "cn.2027"
    assert (await city.ask("deadline", "GET", "/calendars", roles=("administrator",)))["left"] == 0
    counted = {
        fact.clock: (day_of(fact.was), day_of(fact.due)) for fact in city.facts if isinstance(fact, ClockRecomputed)
    }
    day, later = date(2027, 1, 12), date(2027, 1, 13)
    assert counted == {"objection": (date(2026, 12, 29), date(2026, 12, 29)), "reply": (day, later)}
