"""What the office does to a session, each from a form: the body that routing wants of it, and what is said afterwards."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from libs.policy.refused import Refused
from services.portal.form import Form

Told = tuple[str, str]
"""In Chinese and in English."""


class Deed(NamedTuple):
    """`step`: under which step its form stands; `path`: where routing takes it, if not under the deed's own name;
    `needed`: fields with what to say when they are empty; `fields`: names that routing may refuse; `stays`: the page
    shows the same step again."""

    step: str
    body: Callable[[Form], Any]
    told: Told
    needed: Mapping[str, Told] = {}
    path: str = ""
    fields: tuple[str, ...] = ()
    stays: bool = False


def deed_of(deeds: Mapping[str, Deed], name: str) -> Deed:
    if name not in deeds:
        raise Refused("no-such-page", "there is no such page", status=404)
    return deeds[name]


def _fields(*names: str) -> Callable[[Form], Any]:
    return lambda form: form.body(*names)


def _nothing(form: Form) -> Any:
    return None


def _duties(form: Form) -> Any:
    return {
        "duties": {
            name.removeprefix("duty-"): form[name] for name in form.values if name.startswith("duty-") and form[name]
        }
    }


def _notice(form: Form) -> Any:
    ways = [line.strip() for line in form["ways"].splitlines() if line.strip()]
    return form.body("registration_from", "registration_until") | {"ways": ways}


def _coordination(form: Form) -> Any:
    proposals = [
        {"case": case, "proposal": form[f"proposal-{case}"], "to_be_heard": bool(form[f"heard-{case}"])}
        for case in form.every("items")
        if form[f"proposal-{case}"]
    ]
    return form.body("secretary", "record") | {"units": form.every("units"), "proposals": proposals}


def _invitations(form: Form) -> Any:
    return {"units": form.every("units"), "guests": form.every("guests")}


def _attendance(form: Form) -> Any:
    """Rows `row` of which a person is named; each is for a unit, the enterprise of a case, or a registration."""
    rows = []
    for row in form.every("row"):
        what, _, whose = row.partition(":")
        if what in ("unit", "case", "registration") and form[f"person-{row}"]:
            rows.append(
                {"person": form[f"person-{row}"], "post": form[f"post-{row}"] or "—", what: whose}
                | {"principal": bool(form[f"principal-{row}"]), "on_time": bool(form[f"on_time-{row}"])}
            )
    return {"attendance": rows}


def opinion_body(form: Form) -> Any:
    """An opinion on an item: only what can be solved charges units, the one that leads among them."""
    body: dict[str, Any] = form.body("part", "outcome", "text")
    if form["outcome"] == "resolved":
        lead = form["lead"]
        units = list(dict.fromkeys([*([lead] if lead else []), *form.every("units")]))
        body |= form.body("lead", "due_on") | {"units": units}
    return body


def _parts(form: Form) -> Any:
    return {"parts": [line.strip() for line in form["parts"].splitlines() if line.strip()]}


def _answer(form: Form, name: str) -> bool:
    return form[name] == "yes"


OPINION_NEEDS: Mapping[str, Told] = {
    "outcome": ("请选择处理结论", "Choose what is found"),
    "text": ("请填写具体意见", "Write the opinion"),
}

DEEDS: Mapping[str, Deed] = {
    "date": Deed(
        "date", _fields("held_on", "place", "theme"),
        ("日期已确定，相关时限已重新计算", "The day is set; what depends on it is counted anew"),
        {"held_on": ("请选择日期", "Choose the day")}, fields=("theme", "place"),
    ),
    "leader": Deed("leader", _fields("leader", "reason"), ("出席领导已确定", "It is settled which leader attends")),
    "duties": Deed("duties", _duties, ("当日分工已保存", "Who does what is noted")),
    "announcement": Deed(
        "announcement", _notice, ("预告已发布，公众可以看到", "The notice stands before the public"),
        {
            "registration_from": ("请填写报名开始日期", "Say when registration begins"),
            "registration_until": ("请填写报名截止日期", "Say when registration ends"),
            "ways": ("请至少填写一种报名方式", "Name at least one way to register"),
        },
    ),
    "directory": Deed("directory", _nothing, ("问题目录已报送市政府办公室",
     "The directory went to the government office")),
    "coordination": Deed(
        "coordination", _coordination, ("会前协调情况已记录", "The coordination is on record"),
        {
            "secretary": ("请填写值班副秘书长姓名", "Name the duty secretary"),
            "units": ("请选择参加协调的单位", "Choose the units that were there"),
            "record": ("请填写协调情况", "Write what was said"),
        },
    ),
    "agenda": Deed(
        "agenda", lambda form: {"cases": form.every("cases")}, ("议题已报领导审定", "The leader is asked to approve"),
        {"cases": ("请至少选择一项议题", "Choose at least one item")},
    ),
    "invitations": Deed("invitations", _invitations, ("邀请已发出",
     "Invitations are on their way"), fields=("units", "guests"),
                        stays=True),
    "attendance": Deed("attendance", _attendance, ("出席情况已登记", "Who came is on record")),
    "holding": Deed("holding", _nothing, ("活动已结束，请起草处理意见",
     "The session is over; draft its opinions next")),
    "opinions-document": Deed(
        "document", _fields("text"), ("已保存为新版本，核对后请报送领导审定",
         "Kept as a new version; submit it when it is right"),
        {"text": ("请填写处理意见", "Write the opinions")}, stays=True,
    ),
    "submission": Deed(
        "document", _nothing, ("处理意见已报送领导审定",
         "The document is with the leader"), path="opinions-document/submission"
    ),
    "minutes": Deed("minutes", _fields("text"), ("会议纪要已形成", "The minutes stand"),
                    {"text": ("请填写会议纪要", "Write the minutes")}),
    "cancellation": Deed(
        "cancellation", _fields("reason"), ("活动已取消，议题顺延到下一次",
         "Cancelled; its items wait for the next session"),
        {"reason": ("请填写取消原因", "Say why")},
    ),
}  # fmt: skip

ITEM_DEEDS: Mapping[str, Deed] = {
    "opinion": Deed("opinions", opinion_body, ("意见已记录", "The opinion is on record"), OPINION_NEEDS,
                    fields=("units", "lead", "due_on"), stays=True),
    "split": Deed("items", _parts, ("议题已拆分，分项听取意见", "The item is heard in parts"),
                  {"parts": ("请每行填写一个分项", "One part a line")}),
    "move": Deed(
        "items", _fields("to", "reason"), ("议题已移至另一场活动", "The item moved to another session"),
        {"to": ("请选择移至哪一场", "Choose the session"), "reason": ("请填写原因", "Say why")},
    ),
    "withdrawal": Deed("items", _fields("reason"), ("议题已移出本次活动", "The item is taken out"),
                       {"reason": ("请填写原因", "Say why")}),
}  # fmt: skip

RECEIPT = Deed(
    "invitations", lambda form: {"comes": _answer(form, "comes"), "person": form["person"]},
    ("回执已登记", "The receipt is in"), stays=True,
)  # fmt: skip
SCREENING = Deed(
    "registrations", lambda form: {"accepted": _answer(form, "accepted"), "reason": form["reason"] or "符合报名条件"},
    ("审核结果已登记", "The screening is in"), stays=True,
)  # fmt: skip
