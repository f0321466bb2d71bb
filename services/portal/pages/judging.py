"""What a scheme lets an enterprise say of an answer, and what it makes of silence. For every page that asks for it."""

from typing import NamedTuple

from libs.policy.period import Period
from libs.policy.scheme import Scheme
from services.portal.desk import Desk

TWO = {"satisfied": ("满意", "Satisfied"), "dissatisfied": ("不满意", "Dissatisfied")}


class Level(NamedTuple):
    code: str
    called: str
    good: bool


def levels_of(desk: Desk, scheme: Scheme) -> list[Level]:
    """The finer scale where the scheme has one, else its two levels."""
    rule = scheme.rating
    if rule.scale:
        return [Level(code, desk.t(one.zh, one.en), one.counts_as == "satisfied") for code, one in rule.scale.items()]
    return [Level(code, desk.t(*TWO[code]), code == "satisfied") for code in rule.levels]


def after_silence(desk: Desk, scheme: Scheme) -> str:
    """What it means under this scheme not to answer; "" where nothing is rated."""
    defaulted = scheme.clocks_missed_with("default-satisfied")
    unrated = {
        name
        for name in scheme.clocks_missed_with("close-unrated")
        if "rating.invitation_delivered.v1" in scheme.clocks[name].from_
    }
    for name in (*sorted(defaulted), *sorted(unrated)):
        within = scheme.clocks[name].within
        if not isinstance(within, str):
            continue
        period = Period.parse(within)
        if name in defaulted:
            return desk.t(
                f"收到评价短信后{period.zh}内没有评价的，按规定默认为“满意”，并注明是默认。",
                f"Whoever does not answer within {period.en} of the invitation counts as satisfied, and it is noted that "
                "this was by default.",
            )
        return desk.t(
            f"收到评价短信后{period.zh}内没有评价的，记为“未评价”，不会算作满意。",
            f"Whoever does not answer within {period.en} of the invitation stays “unrated”; silence never counts as "
            "satisfied.",
        )
    return ""


def thanks(desk: Desk, scheme: Scheme, level: str) -> tuple[str, str]:
    """What is said after a tap, in both languages: where it was bad, what follows from it."""
    good = scheme.rating.scale[level].counts_as == "satisfied" if level in scheme.rating.scale else level == "satisfied"
    if good:
        return "评价已收到，谢谢！", "Your judgement is in. Thank you."
    follows = scheme.rating.after_dissatisfied
    if "final-decision" in follows:
        return (
            "评价已收到。主办单位会与您联系沟通，并作出最后处理决定。",
            "Your judgement is in. The unit in charge will talk with you and decide finally.",
        )
    if "rework" in follows:
        return "评价已收到，将继续跟踪办理。", "Your judgement is in. Your matter is worked on once more."
    if "call-back" in follows:
        return "评价已收到，我们会回访了解情况。", "Your judgement is in. You will be called back."
    return "评价已收到，我们会改进。", "Your judgement is in. We will do better."
