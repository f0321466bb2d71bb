"""What is told of a case that climbed: to the enterprise that follows it, and by `ztc case`."""

import re
from io import StringIO

from rich.console import Console

from deploy.ztc.story import CaseStory, render_case
from tests.schemes.test_timelines import TOLD, begin, in_order, live


async def test_a_case_that_climbed_is_told_in_plain_words_with_the_time_that_each_rung_took() -> None:
    title = "副县长、县长均无法解决的，逐级提请市人民政府，市里答复后回到县里"
    stem, story = next((stem, story) for stem, story in TOLD if story["title"] == title)
    city = in_order()
    told = await begin(stem, story, city)
    for entry in story["timeline"]:
        await live(told, entry)
    case = told.cases[0]

    appeal = await city.ask("intake", "GET", f"/appeals/{case}", roles=("ops",))
    limits = {limit["clock"]: limit for limit in appeal["limits"]}
    assert limits["reply"]["due"]
    assert limits["county-head"]["seconds"] == 21 * 86_400

    clocks = await city.ask("deadline", "GET", f"/cases/{case}/clocks", roles=("ops",))
    known = CaseStory.of(case, spans=(), schemes=city.schemes, directory=city.directory, appeal=appeal, clocks=clocks)
    drawn = StringIO()
    Console(file=drawn, width=160).print(render_case(known))
    said = drawn.getvalue()
    assert "诉求上升" in said
    assert "用时 21 天" in said
    assert not re.findall(r"[a-z]{3,}", said)
