"""A handful of cases lived through the real services, one of each stage: what a stored city is copied from."""

from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any

from deploy.demo.script import at
from tests.bench.enterprises import dossier
from tests.browser.place import Place

MONTH = "2026-01"
"""In which everything ends that has ended."""
SCHEME = "chaozhou-direct-line@2021-11-08"
CATEGORIES = ("energy", "land", "tax", "labour")
SUMMED_UP = date(2026, 2, 5)
OVERDUE_SINCE = date(2026, 1, 19)
TODAY = date(2026, 2, 6)
_NUMBERS = count(1000, 7)


@dataclass
class Lives:
    """`ended`, `open`: the numbers of what has ended and of what somebody still works on."""

    ended: list[str] = field(default_factory=list[str])
    open: list[str] = field(default_factory=list[str])


async def live(place: Place) -> Lives:
    """From the city's first day to `TODAY`, at ten; what ended did so in January, which is before the public."""
    lives = Lives()
    for category in CATEGORIES:
        lives.ended.append(await _answered(place, category))
    lives.ended.append(await _withdrawn(place))
    lives.ended.append(await _returned(place))
    await _rate(place, lives.ended[: len(CATEGORIES)])
    await place.until(at(OVERDUE_SINCE, 9))
    for category in ("energy", "land"):
        lives.open.append(await _taken(place, category))
    await place.until(at(SUMMED_UP, 9))
    body = {"leader": "市政务服务数据管理局分管负责人", "scheme": SCHEME}
    await place.ask("POST", "disclosure", f"/summaries/{MONTH}/approval", roles={"leader"}, body=body)
    await place.rest()
    await place.until(at(TODAY, 10))
    for category in CATEGORIES:
        lives.open.append((await place.handed_over(category=category, **_words()))[0])
        lives.open.append(await _taken(place, category))
        lives.open.append(await _answered(place, category))
        lives.open.append(await place.filed(**_words()))
    lives.open.append(await _disputed(place))
    return lives


def _words() -> dict[str, str]:
    """Of another matter each time: whatever is like is linked."""
    said = dossier(2 * next(_NUMBERS) + 1)
    return {"title": said["title"], "text": said["text"]}


async def _taken(place: Place, category: str) -> str:
    case, dispatch = await place.handed_over(category=category, **_words())
    await _by_unit(place, case, dispatch, "taking")
    return case


async def _disputed(place: Place) -> str:
    case, dispatch = await place.handed_over(**_words())
    await _by_unit(place, case, dispatch, "objection", {"reason": "非本单位职责", "proposed": "shi_gongxin"})
    return case


async def _answered(place: Place, category: str) -> str:
    case, _ = await place.answered(category=category, **_words())
    return case


async def _withdrawn(place: Place) -> str:
    case = await place.filed(**_words())
    await place.ask("POST", "intake", f"/appeals/{case}/withdrawal", roles={"enterprise"}, case=case)
    await place.rest()
    return case


async def _returned(place: Place) -> str:
    case = await place.filed(**_words())
    body = {"reason": "litigation", "explanation": "经甄别不属于受理范围，请循其他途径反映"}
    await place.ask("POST", "intake", f"/appeals/{case}/return", roles={"screener"}, body=body)
    await place.rest()
    return case


async def _rate(place: Place, cases: list[str]) -> None:
    for case in cases:
        code = (await place.ask("GET", "evaluation", f"/cases/{case}/invitation", roles={"service"}))["code"]
        body = {"code": code, "rating": "satisfied"}
        await place.ask("POST", "evaluation", f"/cases/{case}/rating", roles={"enterprise"}, case=case, body=body)
    await place.rest()


async def _by_unit(place: Place, case: str, dispatch: str, what: str, body: Any = None) -> None:
    handling = await place.ask("GET", "routing", f"/cases/{case}", roles={"ops"})
    unit = handling["dispatches"][dispatch]["unit"]
    path = f"/cases/{case}/dispatches/{dispatch}/{what}"
    await place.ask("POST", "routing", path, roles={"unit"}, unit=unit, subject=unit, body=body)
    await place.rest()
