"""`python -m tests.portal.serve`: the pages over a small city in one process, to look at while they are being made.

`/as/<name>` makes the browser one of the visitors below. Time stands where the seeded stories left it.
"""

import argparse
import asyncio
from collections.abc import Mapping
from datetime import datetime

import uvicorn
from fastapi.responses import RedirectResponse, Response

from libs.policy.shanghai import SHANGHAI
from services.portal.visitor import Visitor
from tests.portal.town import Town, enterprise, staff
from tests.schemes import acts_more as acts_more
from tests.schemes.acts import Story

VISITORS: Mapping[str, Visitor] = {
    visitor.name: visitor
    for visitor in (
        staff("operator"),
        staff("screener"),
        staff("registry-reviewer"),
        staff("administrator", unit="shi_zhengshu", name="administrator"),
        staff("superior"),
        staff("office", unit="shi_zhengshu", name="office"),
        staff("unit", unit="shi_gongdian", name="unit"),
        staff("leader", unit="shi_shizhang", name="mayor"),
        staff("inspector", unit="shi_ducha", name="inspector"),
        staff("discipline", unit="shi_jiwei", name="discipline"),
        staff("conduct", unit="shi_zuofeng", name="conduct"),
        staff("liaison", unit="shi_gongxin", name="liaison"),
        staff("supervisor"),
        staff("ops"),
    )
}


async def seeded() -> Town:
    """Cases in several states, under the direct line."""
    town = Town(start=datetime(2026, 11, 2, 9, tzinfo=SHANGHAI))
    town.visitors |= VISITORS
    await town.start()
    for acts in (
        ["an enterprise files through portal"],
        ["an enterprise files through portal", "the screener accepts it as energy for the city"],
        [
            "an enterprise files through portal",
            "the screener accepts it as energy for the city",
            "shi_gongdian takes it",
        ],
        [
            "an enterprise files through portal",
            "the screener accepts it as land for the city",
            "shi_ziran takes it",
            "shi_ziran replies",
        ],
    ):
        story = Story(town, "chaozhou-direct-line")
        for act in acts:
            await story.do(act)
        town.visitors["enterprise"] = enterprise(*town.visitors.get("enterprise", Visitor()).cases, story.case)
    await _at_the_unit(town)
    return town


async def _at_the_unit(town: Town) -> None:
    """More for shi_gongdian's desk, and whom shi_gongxin serves."""
    for acts in (
        ["shi_gongdian takes it", "shi_gongdian tells its progress"],
        ["shi_gongdian replies", "the invitation is delivered", "the enterprise rates it dissatisfied"],
        ["shi_gongdian replies", "the invitation is delivered", "the enterprise rates it satisfied"],
    ):
        story = Story(town, "chaozhou-direct-line")
        await story.do("an enterprise files through portal")
        await story.do("the screener accepts it as energy for the city")
        for act in acts:
            await story.do(act)
    await story.do("the inspection office orders shi_gongdian to act by 2027-03-01")
    story = Story(town, "suqian-enterprises")
    await story.do("an enterprise is served in tier key by shi_gongxin")
    await story.do("shi_gongxin logs a visit that finds a problem")


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m tests.portal.serve")
    asked.add_argument("--port", type=int, default=8800)
    port = asked.parse_args().port
    town = asyncio.run(seeded())

    @town.portal.app.get("/as/{name}")
    async def become(name: str) -> Response:
        answer = RedirectResponse("/")
        answer.set_cookie("as_", name)
        return answer

    print(f"http://127.0.0.1:{port}/as/<name>: {', '.join(town.visitors)}")  # noqa: T201
    uvicorn.run(town.portal.app, port=port, log_level="warning")


if __name__ == "__main__":
    main()
