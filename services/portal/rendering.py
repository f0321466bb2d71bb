"""Templates, and what they can say: both languages side by side, instants in China's time, limits in plain words."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from libs.languages import Lang
from libs.policy.calendar import NATIONAL
from libs.policy.calendars import Calendars
from libs.policy.shanghai import local
from services.portal.progress import course

if TYPE_CHECKING:
    from services.portal.desk import Desk

TEMPLATES = Path(__file__).with_name("templates")
STATIC = Path(__file__).with_name("static")
_DAYS = {
    Lang.ZH: ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    Lang.EN: ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_SOON = timedelta(hours=24)


class Rendering:
    """The country's calendar counts the working days that a limit has left. `demo`: with the bar that moves business time on."""

    def __init__(self, calendars: Calendars, *, nav: Any, demo: bool) -> None:
        self._calendars = calendars
        self.nav = nav
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        self._environment.globals |= {"t": _t, "static": static_url, "nav": nav, "demo": demo}
        self._environment.filters |= {
            "instant": _instant, "day": _day, "until": _until, "left": self._left, "urgency": _urgency,
            "codes": codes, "days_ago": _days_ago, "course": course,
        }  # fmt: skip

    def page(self, template: str, desk: "Desk", **shown: Any) -> str:
        visitor = desk.visitor
        return self._environment.get_template(template).render(
            desk=desk, visitor=visitor, lang=desk.lang, now=desk.now, path=desk.request.url.path, **shown
        )

    def left_until(self, due: datetime, now: datetime, lang: Lang) -> str:
        """How much of a limit is left, counted in working days where it is more than one: `还剩 3 个工作日`."""
        zh = lang is Lang.ZH
        wait = abs(due - now)
        hours, minutes = int(wait.total_seconds() // 3600), int(wait.total_seconds() % 3600 // 60)
        first, last = sorted((local(now).date(), local(due - timedelta(seconds=1)).date()))
        days = self._calendars[NATIONAL].working_days_between(first, last)
        if wait >= _SOON and days:
            length = f"{days} 个工作日" if zh else f"{days} working day{'s' * (days != 1)}"
        elif hours:
            length = f"{hours} 小时" if zh else f"{hours} h"
        else:
            length = f"{minutes} 分钟" if zh else f"{minutes} min"
        if due <= now:
            return f"已逾期 {length}" if zh else f"{length} overdue"
        return f"还剩 {length}" if zh else f"{length} left"

    @pass_context
    def _left(self, context: Context, due: str | datetime) -> Markup:
        """How much is left, in a colour and with an icon that say the same."""
        instant = as_instant(due)
        said = self.left_until(instant, context["now"], context["lang"])
        return Markup('<span class="left {}" data-due="{}">{}</span>').format(
            _urgency(context, instant), instant.isoformat(), said
        )


@pass_context
def _t(context: Context, zh: str, en: str) -> str:
    """Both languages stand where they are said."""
    return zh if context["lang"] is Lang.ZH else en


def as_instant(value: str | datetime) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


@pass_context
def _instant(context: Context, value: str | datetime | None) -> str:
    """To the minute, in China's time: `2026-02-04 周三 11:00`."""
    if not value:
        return "—"
    here = local(as_instant(value))
    return f"{here:%Y-%m-%d} {_DAYS[context['lang']][here.weekday()]} {here:%H:%M}"


@pass_context
def _day(context: Context, value: str | date | datetime | None) -> str:
    if not value:
        return "—"
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    day = local(value).date() if isinstance(value, datetime) else value
    return f"{day:%Y-%m-%d} {_DAYS[context['lang']][day.weekday()]}"


@pass_context
def _until(context: Context, value: str | datetime) -> str:
    """The end of a limit: what ends at 0:00 ends at 24:00 of the day before."""
    here = local(as_instant(value))
    if (here.hour, here.minute) == (0, 0):
        before = here - timedelta(days=1)
        return f"{before:%Y-%m-%d} {_DAYS[context['lang']][before.weekday()]} 24:00"
    return _instant(context, value)


@pass_context
def _urgency(context: Context, due: str | datetime) -> str:
    """`late`, `soon` (a day or less) or `calm`."""
    wait = as_instant(due) - context["now"]
    return "late" if wait <= timedelta(0) else "soon" if wait <= _SOON else "calm"


@pass_context
def _days_ago(context: Context, value: str | datetime) -> int:
    """Whole days since an instant, by business time."""
    return (context["now"] - as_instant(value)).days


def codes(step: Mapping[str, Any]) -> dict[str, str]:
    """What a step says besides when and what, as `Words.sentence` takes it."""
    told = {name: str(value) for name, value in step.items() if value is not None}
    if "outcome" in told:
        told |= {"rating": told["outcome"], "reason": told["outcome"]}
    return {name: value for name, value in told.items() if name not in ("at", "id", "what")}


@cache
def static_url(name: str) -> str:
    """The address of a file under `static/`: it changes with the content, so browsers may keep it for ever."""
    digest = hashlib.blake2b((STATIC / name).read_bytes(), digest_size=6).hexdigest()
    return f"/static/{digest}/{name}"
