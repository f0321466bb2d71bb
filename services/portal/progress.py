"""Where an appeal stands, as a parcel's tracking shows it: six stations, what runs now, and what happened. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from libs.policy.period import Period
from libs.policy.scheme import Scheme

State = Literal["done", "now", "stopped", "ahead"]
NAMES = (
    ("受理", "Filed"),
    ("核实", "Checked"),
    ("交办", "Handed over"),
    ("办理", "Worked on"),
    ("答复", "Answer"),
    ("评价", "Rating"),
)
AT = {"screening": 1, "second-review": 1, "supplement": 1, "transferred": 3, "answered": 5}
"""The station at which an appeal of a stage stands; `in-hand` depends on what its units did."""
OVER = frozenset({"returned", "withdrawn", "closed"})
ASIDE = ("clock.", "letter.")
"""What is folded away: the workings of limits and letters."""
WENT_OUT = ("letter.sent", "letter.delivered")
"""What is no news for who works on a case; a letter that reached nobody is."""
FOLLOW = (
    "appeal.filed", "appeal.linked", "appeal.repeated", "appeal.mismatched", "appeal.verified", "case.admitted",
    "appeal.supplement_asked", "appeal.supplemented", "appeal.accepted", "case.assigned", "case.taken",
    "case.progressed", "case.replied", "case.answered", "case.rated", "case.final_decision_made", "case.rated_again",
    "case.reopened", "appeal.returned", "appeal.withdrawn", "case.closed", "entry.published",
)  # fmt: skip
"""In which order things that happened at one moment are told."""
MIDDLE = FOLLOW.index("case.taken")
Steps = Sequence[Mapping[str, Any]]
"""Of an appeal, as intake tells them."""
BEGINS = {"screening": "appeal.filed.v1", "second-review": "appeal.mismatched.v1"}
"""What a stage's limit runs from, for the moments in which nothing is counted yet."""
THEIRS = frozenset({"supplement", "rating"})
"""Limits that run for the enterprise itself."""


class Station(NamedTuple):
    zh: str
    en: str
    state: State


class Limit(NamedTuple):
    """A limit in plain words. `due`: None while it is not counted yet, and for what is only measured."""

    clock: str
    zh: str
    en: str
    due: str | None
    late: bool
    theirs: bool


def stations(appeal: Mapping[str, Any]) -> list[Station]:
    """The six stations of an appeal as intake's `GET /appeals/{case}` tells it."""
    here = _here(appeal)
    stopped = appeal["stage"] in ("returned", "withdrawn")
    return [
        Station(zh, en, "done" if at < here else "ahead" if at > here else "stopped" if stopped else "now")
        for at, (zh, en) in enumerate(NAMES)
    ]


def _here(appeal: Mapping[str, Any]) -> int:
    happened = {step["what"].rpartition(".")[0] for step in appeal["steps"]}
    stage = appeal["stage"]
    if stage == "closed" or appeal["answered"]:
        return len(NAMES)
    if stage in AT:
        return AT[stage]
    if happened & {"case.assigned", "case.taken"}:
        return 3
    return 2 if "appeal.accepted" in happened else 1


def limits_now(appeal: Mapping[str, Any], scheme: Scheme) -> list[Limit]:
    """What runs now, the first due one first; before anything is counted, what the scheme says of the first stages."""
    if appeal["stage"] in OVER:
        return []
    running = [one for one in appeal["limits"] or () if one["status"] == "running" and _is_told(one["clock"], scheme)]
    if not running and appeal["stage"] in BEGINS:
        return list(_begun_by(BEGINS[appeal["stage"]], scheme))
    counted = [
        Limit(
            one["clock"],
            one["within"]["zh"],
            one["within"]["en"],
            one["due"],
            late=False,
            theirs=one["clock"] in THEIRS,
        )
        for one in sorted(running, key=lambda one: one["due"])
    ]
    # Several units may run under the same limit at once; the enterprise reads it once.
    return list(dict.fromkeys(counted))


def _is_told(clock: str, scheme: Scheme) -> bool:
    """The right to object is the units' own, and a bell is no limit."""
    rule = scheme.clocks.get(clock)
    own = scheme.disputes.clock if scheme.disputes else None
    return rule is not None and not rule.rings and clock != own


def _begun_by(event: str, scheme: Scheme) -> Iterator[Limit]:
    for name, rule in scheme.clocks.items():
        if event in rule.from_ and isinstance(rule.within, str) and _is_told(name, scheme):
            period = Period.parse(rule.within)
            yield Limit(name, period.zh, period.en, None, late=False, theirs=False)


def limits_missed(appeal: Mapping[str, Any], scheme: Scheme) -> list[str]:
    """Limits that the government ran over, by clock, each once."""
    late = (one["clock"] for one in appeal["limits"] or () if one["status"] in ("missed", "late"))
    return list(dict.fromkeys(clock for clock in late if clock not in THEIRS and _is_told(clock, scheme)))


def history(steps: Steps) -> list[Mapping[str, Any]]:
    """What happened, the latest first, without the workings of limits and letters."""
    return _in_order(steps, without=ASIDE)[::-1]


def course(steps: Steps) -> list[Mapping[str, Any]]:
    """What happened from the beginning on, for who works on the case: with limits missed and letters that reached nobody."""
    return _in_order(steps, without=WENT_OUT)


def _in_order(steps: Steps, *, without: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """The same said twice at one moment is told once, and what came at one moment stands in the order in which things
    follow."""
    told = {
        (step["at"], step["what"], step["unit"], step["outcome"]): step
        for step in steps
        if not step["what"].startswith(without)
    }
    return sorted(told.values(), key=lambda step: (step["at"], _follows(step["what"])))


def _follows(what: str) -> int:
    name = what.rpartition(".")[0]
    return FOLLOW.index(name) if name in FOLLOW else MIDDLE
