"""What happens in the demo quarter: who files what, when, and how everybody behaves. A seed fixes it all.

Kinds of stories are listed with how often each occurs; the rest (who, when, which matter) is drawn.
"""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

import yaml

from libs.policy.calendar import Calendar
from libs.policy.shanghai import SHANGHAI

FOLDER = Path(__file__).parent
FIRST_DAY = date(2026, 1, 19)
LAST_FILING = date(2026, 3, 27)
LAST_DAY = date(2026, 4, 30)
HOURS = (9, 15)
"""People act at these hours, so that many acts share an instant and the demo is lived through quickly."""

Way = Literal["hotline", "web", "window", "portal"]
Reach = Literal["sms", "email", "call", "never"]


@dataclass(frozen=True)
class Kind:
    """One kind of story. What is not said goes its ordinary way."""

    name: str
    times: int
    level: Literal["city", "county"] = "city"
    enterprise: Literal["local", "elsewhere", "unregistered"] = "local"
    verified: bool = True
    screening: Literal["accept", "litigation", "not-local", "override"] = "accept"
    supplement: Literal["none", "given", "never"] = "none"
    unit: Literal["take", "silent", "object-granted", "object-refused", "object-twice", "object-again"] = "take"
    answer: Literal["in-time", "late", "climb", "sent-back", "unresolved"] = "in-time"
    co_handler: bool = False
    rating: Literal["satisfied", "dissatisfied", "silent"] = "satisfied"
    second_rating: Literal["satisfied", "dissatisfied"] | None = None
    reach: Reach = "sms"
    withdrawn: Literal["never", "early", "late"] = "never"


KINDS = (
    Kind("smooth", 20),
    Kind("silent enterprise", 14, rating="silent"),
    Kind("county matter", 12, level="county"),
    Kind("county matter, silent enterprise", 5, level="county", rating="silent"),
    Kind("county cannot solve it, the city does", 4, level="county", answer="climb"),
    Kind("county cannot solve it, sent back", 2, level="county", answer="sent-back"),
    Kind("nobody below can solve it", 4, answer="unresolved"),
    Kind("before a court", 5, screening="litigation"),
    Kind("registered elsewhere", 4, enterprise="elsewhere", screening="not-local"),
    Kind("registered elsewhere, accepted all the same", 2, enterprise="elsewhere", screening="override"),
    Kind("unregistered, verified", 4, enterprise="unregistered"),
    Kind("unregistered, not verified", 2, enterprise="unregistered", verified=False),
    Kind("supplemented", 4, supplement="given"),
    Kind("never supplemented", 2, supplement="never"),
    Kind("objection granted", 4, unit="object-granted"),
    Kind("objection refused", 3, unit="object-refused"),
    Kind("objects a second time", 1, unit="object-again"),
    Kind("two units object", 2, unit="object-twice"),
    Kind("silent unit", 5, unit="silent"),
    Kind("late reply", 5, answer="late"),
    Kind("dissatisfied", 4, rating="dissatisfied"),
    Kind("dissatisfied, then satisfied", 2, rating="dissatisfied", second_rating="satisfied"),
    Kind("text message undelivered, e-mail arrives", 3, reach="email"),
    Kind("reached by telephone", 2, reach="call"),
    Kind("not reached at all", 2, reach="never"),
    Kind("withdrawn before screening", 2, withdrawn="early"),
    Kind("withdrawn in hand", 2, withdrawn="late"),
    Kind("several units", 6, co_handler=True),
)


@dataclass(frozen=True)
class Enterprise:
    credit_code: str
    name: str
    registered_in: str | None


@dataclass(frozen=True)
class Plan:
    """One appeal and how its story goes."""

    key: str
    kind: Kind
    filed_at: datetime
    way: Way
    enterprise: Enterprise
    contact: dict[str, str | None]
    category: str
    district: str
    matter: dict[str, str]

    @property
    def dossier(self) -> dict[str, object]:
        return {
            "enterprise": self.enterprise.name,
            "credit_code": self.enterprise.credit_code,
            "contact": self.contact,
            "title": self.matter["title"],
            "text": self.matter["text"],
        }


UNREGISTERED = (
    Enterprise("91445102MA7MN2HC1C", "潮州市湘桥区新芽文创工作室", None),
    Enterprise("91445103MA6LX51LHW", "潮州市潮安区晨光五金加工厂", None),
    Enterprise("91445122MAXT1EUQLL", "饶平县碧海水产养殖专业合作社", None),
    Enterprise("91445102MA6FNMW04B", "潮州市枫溪区匠心陶艺有限公司", None),
    Enterprise("91445102MALG6RWGWG", "潮州市湘桥区老街食品厂", None),
)
SURNAMES = "陈林黄吴蔡许郑李谢曾刘苏庄余杨张"
GIVEN = "伟敏静丽强磊洋勇艳杰娟涛明超秀霞平刚桂英"


class Draw:
    """Draws the parts of each plan."""

    def __init__(self, seed: int, calendar: Calendar) -> None:
        self.seed = seed
        self.calendar = calendar
        self.random = random.Random(seed)

    def plans(self) -> list[Plan]:
        """Every appeal of the quarter, in the order of filing."""
        kinds = [kind for kind in KINDS for _ in range(kind.times)]
        self.random.shuffle(kinds)
        registry = [Enterprise(**row) for row in yaml.safe_load((FOLDER / "registry.yaml").read_text(encoding="utf-8"))]
        local = [e for e in registry if (e.registered_in or "").startswith("4451")]
        elsewhere = [e for e in registry if e not in local]
        matters = yaml.safe_load((FOLDER / "matters.yaml").read_text(encoding="utf-8"))
        pools = {"local": local, "elsewhere": elsewhere, "unregistered": list(UNREGISTERED)}
        plans = [
            self._plan(number, kind, pools[kind.enterprise][number % len(pools[kind.enterprise])], matters)
            for number, kind in enumerate(kinds)
        ]
        return sorted(plans, key=lambda plan: (plan.filed_at, plan.key))

    def _plan(self, number: int, kind: Kind, enterprise: Enterprise, matters: dict[str, list[dict[str, str]]]) -> Plan:
        category = self.random.choice(sorted(matters))
        way: Way = self.random.choices(("hotline", "web", "window", "portal"), weights=(4, 3, 2, 1))[0]
        name = self.random.choice(SURNAMES) + self.random.choice(GIVEN) + self.random.choice(GIVEN)
        # Made up; the last digits are the plan's, so that no two appeals share a number.
        contact: dict[str, str | None] = {"name": name, "phone": f"1340000{number:04d}"}
        contact["email"] = None if kind.reach in ("call", "never") else f"contact{number:03d}@enterprise.example"
        district = enterprise.registered_in or "445102"
        return Plan(
            key=f"demo-{self.seed}-{number:03d}",
            kind=kind,
            filed_at=self._filing(way),
            way=way,
            enterprise=enterprise,
            contact=contact,
            category=category,
            district=district if district.startswith("4451") else "445102",
            matter=self.random.choice(matters[category]),
        )

    def _filing(self, way: Way) -> datetime:
        """The web and the hotline are open on every day, the window on working days."""
        while True:
            day = FIRST_DAY + timedelta(days=self.random.randrange((LAST_FILING - FIRST_DAY).days + 1))
            if way in ("hotline", "web", "portal") or self.calendar.is_working_day(day):
                return at(day, self.random.choice(HOURS))


def at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI)
