"""The appeals of the year: under which regulation, through which way in, and how their stories go. A seed fixes it all."""

import random
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import yaml

from deploy.demo.year.diary import HOURS, at, chance
from libs.policy.calendar import Calendar

FOLDER = Path(__file__).parent.parent
FIRST_DAY = date(2026, 1, 5)
LAST_FILING = date(2026, 12, 11)
LAST_DAY = date(2026, 12, 31)


@dataclass(frozen=True)
class Story:
    """How a case goes. What is not said goes its ordinary way. `climbs`: how many rungs cannot solve it."""

    name: str
    returned: str | None = None
    at_once: bool = False
    verified: bool = True
    climbs: int = 0
    late: bool = False
    more_time: bool = False
    reclassified: bool = False
    rating: Literal["satisfied", "dissatisfied", "silent"] = "satisfied"
    unsolved: bool = False
    """The first call-back finds the matter unsolved."""
    doubted: bool = False
    withdrawn: bool = False
    again: int = 0
    """How often the same matter comes back."""


ORDINARY = (
    (Story("smooth"), 30),
    (Story("silent enterprise", rating="silent"), 16),
    (Story("climbs one rung", climbs=1), 9),
    (Story("climbs two rungs", climbs=2), 5),
    (Story("climbs to the top", climbs=4), 3),
    (Story("late", late=True), 7),
    (Story("more time", more_time=True), 4),
    (Story("reclassified", reclassified=True), 4),
    (Story("dissatisfied", rating="dissatisfied"), 8),
    (Story("called back, not solved", unsolved=True), 4),
    (Story("doubts", doubted=True), 3),
    (Story("withdrawn", withdrawn=True), 2),
    (Story("not verified", verified=False), 2),
    (Story("comes back", again=2), 2),
    (Story("returned", returned="first"), 3),
)


@dataclass(frozen=True)
class Share:
    """How many appeals a regulation gets, through which channels, about what, and from where."""

    scheme: str
    appeals: int
    channels: tuple[str, ...]
    level: str
    district: str
    other_level: str | None = None
    from_day: date = FIRST_DAY


SHARES = (
    Share("chaozhou-direct-line", 172, ("hotline-12345", "portal", "window"), "city", "445102", other_level="county"),
    Share("county-reception-day", 82, ("phone", "email", "office-visit"), "county", "445122"),
    Share(
        "kaihua-call-and-answer",
        110,
        ("platform", "qr-code", "liaison-officer", "walk-in"),
        "county",
        "445103",
        "township",
    ),
    Share("suqian-mayor-line", 64, ("portal-column", "mayor-number", "mayor-mailbox"), "city", "445102"),
    Share("suqian-window", 46, ("cannot-window", "cannot-online"), "city", "445102"),
    Share("suqian-12345", 36, ("one-net-platform",), "city", "445102"),
    Share(
        "suqian-enterprises", 30, ("platform-yiqi", "association", "supervisor"), "city", "445102", other_level="county"
    ),
    Share("cadres-and-enterprises", 30, ("visit", "specialist"), "district", "445102", from_day=date(2026, 10, 8)),
)


@dataclass(frozen=True)
class Plan:
    """One appeal, or, with `origin`, one that the system itself filed because of another."""

    key: str
    scheme: str
    story: Story
    channel: str = ""
    level: str = ""
    district: str = ""
    filed_at: datetime | None = None
    category: str = ""
    dossier: dict[str, Any] = field(default_factory=dict[str, Any])

    def again(self, nth: int, filed_at: datetime) -> "Plan":
        return replace(self, key=f"{self.key}-{nth}", filed_at=filed_at, story=Story("the same again"))


def draw(seed: int, calendar: Calendar, schemes: Any) -> list[Plan]:
    """Every appeal that somebody brings in the year, in the order of filing."""
    chosen = random.Random(seed)
    registry = yaml.safe_load((FOLDER / "registry.yaml").read_text(encoding="utf-8"))
    matters = yaml.safe_load((FOLDER / "matters.yaml").read_text(encoding="utf-8"))
    wordings = [matter for name in sorted(matters) for matter in matters[name]]
    plans: list[Plan] = []
    for share in SHARES:
        scheme = schemes.in_force(share.scheme, LAST_FILING)
        local = [row for row in registry if row["registered_in"] == share.district]
        stories = chosen.choices([s for s, _ in ORDINARY], weights=[w for _, w in ORDINARY], k=share.appeals)
        for number, story in enumerate(stories):
            key = f"year-{seed}-{share.scheme}-{number:03d}"
            channel = share.channels[number % len(share.channels)]
            enterprise = local[number % len(local)]
            category = chosen.choice(sorted(scheme.categories))
            matter = chosen.choice(matters.get(category, wordings))
            span = (LAST_FILING - share.from_day).days
            day = share.from_day + timedelta(days=chosen.randrange(span + 1))
            plan = Plan(
                key=key,
                scheme=share.scheme,
                story=_fitting(story, scheme),
                channel=channel,
                level=share.other_level if share.other_level and number % 5 == 4 else share.level,
                district=share.district,
                filed_at=at(calendar.working_day_from(day), HOURS[number % 2]),
                category=category,
                dossier={
                    "enterprise": enterprise["name"],
                    "credit_code": enterprise["credit_code"],
                    "contact": {
                        "name": "陈明",
                        "phone": f"135{len(plans):04d}{number:04d}",
                        "email": f"c{len(plans)}@enterprise.example",
                    },
                    # Two enterprises seldom use the same words; the number keeps their matters apart.
                    "title": matter["title"],
                    "text": f"{matter['text']}（{enterprise['name']}，{chance(key, 'text'):.6f}）",
                },
            )
            plans.append(plan)
            later = plan.filed_at
            for nth in range(story.again):
                assert later is not None
                later = at(calendar.add_working_days(later.date(), 8), HOURS[0])
                if later.date() <= LAST_FILING:
                    plans.append(plan.again(nth + 2, later))
    return sorted(plans, key=lambda plan: (str(plan.filed_at), plan.key))


def _fitting(story: Story, scheme: Any) -> Story:
    """What the regulation does not know does not happen under it."""
    if story.more_time and scheme.extension is None:
        story = replace(story, more_time=False)
    if story.reclassified and not scheme.complexities:
        story = replace(story, reclassified=False)
    if story.doubted and not (scheme.decisions and scheme.decisions.doubts):
        story = replace(story, doubted=False)
    return story
