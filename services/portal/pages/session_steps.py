"""What a reception session takes, in order: which steps its regulation asks for, which are done, and which comes next."""

from datetime import date
from typing import Any, NamedTuple

from libs.policy.scheme import Scheme
from libs.policy.session import SessionRule


class Step(NamedTuple):
    """`by`: whose act it is; `says`: the event that it ends with; `aside`: nothing waits for it; `from_day`: not before
    the day of the session."""

    code: str
    zh: str
    en: str
    done: bool
    by: str = "office"
    says: str = ""
    aside: bool = False
    from_day: bool = False


def steps_of(session: dict[str, Any], rule: SessionRule) -> list[Step]:
    """The steps of a session of this kind, in the order of the regulation (001 二(一)-(八))."""
    items = [item for item in session["items"].values() if item["standing"] == "on-agenda"]
    unheard = [item for item in items if set(item["parts"] or [""]) - item["opinions"].keys()]
    registrations = session.get("registrations", {}).values()
    last = session["document"][-1] if session["document"] else None
    agenda_asked = bool(session["agenda_asked_by"]) or session["agenda_approved"]
    approved = any(version["judged"] == "approved" for version in session["document"])
    held = bool(session["held_at"])
    steps = [
        Step(
            "date",
            "确定日期和地点",
            "Set the day and place",
            session["standing"] != "proposed",
            says="session.dated.v1",
        )
    ]
    if rule.chair:
        steps.append(Step("leader", "确定出席领导", "Settle which leader attends", bool(session["leader"])))
    steps += [
        Step("duties", "当日分工", "Who does what on the day", bool(session["duties"]), aside=True),
        Step("announcement", "发布活动预告", "Publish the notice", bool(session["announcement"]), says="session.announced.v1",
             aside=not rule.window and not rule.nominations),
    ]  # fmt: skip
    if session["announcement"] or rule.nominations:
        screened = bool(registrations) and all(one["accepted"] is not None for one in registrations)
        steps.append(Step("registrations", "审核报名", "Screen who registered", screened, aside=not any(
            one["accepted"] is None for one in registrations)))  # fmt: skip
    if rule.agenda:
        steps += [
            Step("directory", "整理并报送问题目录", "Compile and submit the directory", session["directory_submitted"],
                 says="session.directory_submitted.v1"),
            Step("coordination", "会前协调", "Coordinate before the session", bool(session["coordination"]),
                 says="session.coordinated.v1"),
            Step("agenda", "拟定议题报批", "Choose the agenda and ask for approval", agenda_asked,
                 says="session.agenda_approved.v1"),
            Step("agenda-approval", "领导审定议程", "The leader approves the agenda", session["agenda_approved"], "leader",
                 says="session.agenda_approved.v1"),
        ]  # fmt: skip
    steps += [
        Step("invitations", "发出邀请、登记回执", "Invite, and take receipts", bool(session["invitations"])),
        Step("attendance", "登记出席情况", "Record who came", bool(session["attendance"]), from_day=True),
    ]
    if rule.opinions:
        steps.append(
            Step(
                "opinions",
                "逐项记录领导意见",
                "Record the leader's opinions",
                bool(items) and not unheard,
                from_day=True,
            )
        )
    steps.append(Step("holding", "结束活动", "Close the session", held, says="session.held.v1", from_day=True))
    if rule.opinions:
        submitted = last is not None and last["submitted"] and last["judged"] != "refused"
        steps += [
            Step("document", "起草并报送处理意见", "Draft and submit the opinions document", approved or submitted),
            Step(
                "document-approval",
                "领导审定处理意见",
                "The leader approves the document",
                approved,
                "leader",
                says="session.opinions_approved.v1",
            ),
        ]
    if rule.minutes:
        steps.append(
            Step("minutes", "形成会议纪要", "Keep the minutes", bool(session["minutes"]), says="session.minuted.v1")
        )
    return steps


def next_of(steps: list[Step]) -> Step | None:
    """The first step that is still to be done; None when all is."""
    return next((step for step in steps if not step.done and not step.aside), None)


def must_wait(step: Step, session: dict[str, Any], today: date) -> bool:
    """Whether it cannot be done before the day of the session comes."""
    return step.from_day and (session["held_on"] is None or today < date.fromisoformat(session["held_on"]))


def limit_of(step: Step | None, clocks: list[dict[str, Any]], scheme: Scheme) -> dict[str, Any] | None:
    """The limit that the step meets: of several the earliest (§3.1)."""
    met = {name for name, rule in scheme.clocks.items() if step and step.says in rule.until}
    fitting = [clock for clock in clocks if clock["clock"] in met and clock["status"] == "running"]
    return min(fitting, key=lambda clock: clock["due"], default=None)
