"""What a unit's page needs from the services: its own, and of others' nothing, not even that there is something."""

import pytest

from tests.schemes.acts import Story
from tests.schemes.city import City, Turned

UNIT, OTHER = "shi_gongdian", "shi_shuiwu"


@pytest.fixture(scope="module")
async def story() -> Story:
    city = City()
    await city.start()
    story = Story(city, "chaozhou-direct-line")
    await story.do("an enterprise files through portal")
    await story.do("the screener accepts it as energy for the city")
    return story


async def read(story: Story, service: str, path: str, unit: str = UNIT) -> object:
    return await story.city.ask(service, "GET", path, roles=("unit",), unit=unit)


async def test_a_unit_reads_limits_steps_and_what_is_possible_of_its_own_case(story: Story) -> None:
    dispatch = await story.dispatch(UNIT)
    assert await read(story, "deadline", f"/cases/{story.case}/clocks")
    followed = await read(story, "intake", f"/appeals/{story.case}")
    assert isinstance(followed, dict)
    assert followed["steps"]
    possible = await read(story, "routing", f"/cases/{story.case}/dispatches/{dispatch}/possible")
    assert isinstance(possible, dict)
    assert possible["acts"]["taking"] is None


async def test_another_units_case_is_like_none(story: Story) -> None:
    dispatch = await story.dispatch(UNIT)
    for service, path in (
        ("deadline", f"/cases/{story.case}/clocks"),
        ("intake", f"/appeals/{story.case}"),
        ("routing", f"/cases/{story.case}/dispatches/{dispatch}/possible"),
        ("routing", f"/units/{UNIT}/answered"),
        ("routing", f"/units/{UNIT}/contact"),
        ("evaluation", f"/units/{UNIT}/asked"),
    ):
        with pytest.raises(Turned) as turned:
            await read(story, service, path, OTHER)
        assert turned.value.status == 404, path


async def test_a_unit_reads_its_liaison_person_and_when_that_was_confirmed(story: Story) -> None:
    contact = await read(story, "routing", f"/units/{UNIT}/contact")
    assert isinstance(contact, dict)
    assert contact["person"]
    assert contact["confirmed_at"] is None


async def test_a_unit_sees_what_it_is_asked_beside_handling_until_it_answered(story: Story) -> None:
    body = {"unit": UNIT, "what": "限期办结", "due_on": "2027-12-31"}
    await story.ask("evaluation", f"/cases/{story.case}/orders", body, roles="inspector")
    asked = await read(story, "evaluation", f"/units/{UNIT}/asked")
    assert isinstance(asked, dict)
    ((order,),) = [item["orders"] for item in asked["items"]]
    answer = f"/cases/{story.case}/orders/{order['order']}/answer"
    await story.ask("evaluation", answer, {"done": "已办"}, roles="unit", unit=UNIT)
    assert await read(story, "evaluation", f"/units/{UNIT}/asked") == {"items": []}


async def test_a_unit_finds_what_it_answered_with_how_it_was_judged(story: Story) -> None:
    await story.do(f"{UNIT} replies")
    await story.do("the invitation is delivered")
    await story.do("the enterprise rates it satisfied")
    answered = await read(story, "routing", f"/units/{UNIT}/answered")
    assert isinstance(answered, list)
    assert [(one["case"], one["rating"]) for one in answered] == [(story.case, "satisfied")]
