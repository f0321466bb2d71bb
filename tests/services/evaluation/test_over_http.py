"""Evaluation's routes, in one process: who gets what, that only a POST rates, and what one document owes another."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from evaluation_life import CASE, START, UNIT, scheme_called
from pydantic import SecretStr

from contracts.catalogue import heard_by
from contracts.events import (
    EVENTS,
    CaseAnswered,
    CaseEvent,
    CaseUnresolved,
    DutyEvent,
    DutyMissed,
    Event,
    ReportReceived,
    ServedAssigned,
)
from contracts.record import derive_id
from libs.identity import MAY, Act, Caller, Role
from libs.service import Settings
from services.evaluation.__main__ import build
from tests.schemes.house import SECRET, House, HousedService

KAIHUA = scheme_called("kaihua-call-and-answer")
SUQIAN = scheme_called("suqian-enterprises")
CADRES = scheme_called("cadres-and-enterprises")
SUQIAN_UNIT = "shi_gongxin"
REPORT = "JB-7K3M9QXA2B4D6F8H"
SERVED = "FW-7K3M9QXA2B4D6F8H"
EVERYBODY = frozenset[Role]().union(*MAY.values())


class Office:
    """Evaluation alone, and whoever calls it."""

    def __init__(self) -> None:
        self.house = House(START)
        settings: dict[str, Any] = dict.fromkeys(("amqp_url", "mongo_url"), SecretStr(""))
        build(Settings(port=0, token_secret=SecretStr(SECRET), **settings), self.house.kind())
        self.service = cast(HousedService, self.house.services["evaluation"])

    async def hear(self, kind: type[Event], **fields: Any) -> None:
        about = {
            "id": derive_id("t", kind.__name__, str(fields), str(self.house.clock.instant)),
            "cause": "t",
            "at": self.house.clock.instant,
        }
        event = kind(**about, **fields)
        await self.service.handlers[event.type](event)  # type: ignore[arg-type]
        await self.settle()

    async def settle(self) -> None:
        await self.service.due.do()
        await self.house.settle()

    async def ask(
        self, *roles: str, to: str, body: Any = None, by: str = "", unit: str | None = None, case: str | None = None
    ) -> Any:
        """`to`: method and path."""
        method, path = to.split()
        named = frozenset(cast(tuple[Role, ...], roles))
        caller = Caller(subject=by or "-".join(roles), roles=named, unit=unit, case=case)
        answer = await self.service.call(caller, method, path, body)
        await self.settle()
        return answer

    async def answered(self, scheme: str, case: str = CASE, unit: str = UNIT) -> None:
        await self.hear(CaseAnswered, scheme=scheme, case=case, unit=unit, outcome="solved")

    async def rate(self, word: str, case: str = CASE) -> Any:
        code = (await self.ask("service", to=f"GET /cases/{case}/invitation")).json()["code"]
        return await self.ask(
            "enterprise", to=f"POST /cases/{case}/rating", body={"code": code, "rating": word}, case=case
        )

    @property
    def said(self) -> list[str]:
        return [fact.type.removesuffix(".v1") for fact in self.house.facts]


async def test_the_link_opens_a_page_and_only_a_post_rates() -> None:
    """003-06: a preview that follows the link votes for nobody"""
    office = Office()
    await office.answered(KAIHUA.ref)
    for path in ("rating", "second-rating"):
        for method in ("GET", "HEAD", "PUT"):
            answer = await office.ask("enterprise", to=f"{method} /cases/{CASE}/{path}", case=CASE)
            assert answer.status_code == 405
    assert "case.rated" not in office.said
    assert (await office.rate("satisfied")).json() == {"case": CASE, "rating": "satisfied"}
    assert "case.rated" in office.said


async def test_a_clerk_rates_for_who_stands_before_the_device_and_nobody_else_without_the_code() -> None:
    """003-06"""
    office = Office()
    window = scheme_called("suqian-window")
    await office.answered(window.ref)
    to, word = f"POST /cases/{CASE}/rating", {"rating": "fair", "way": "window-device"}
    assert (await office.ask("enterprise", to=to, body=word, case=CASE)).status_code == 404
    assert (await office.ask("operator", to=to, body=word | {"way": "qr"})).status_code == 404
    assert (await office.ask("unit", to=to, body=word, unit=UNIT)).status_code == 403
    assert (await office.ask("operator", to=to, body=word)).status_code == 200


async def test_a_bad_word_opens_the_inspection_file_at_once_and_once() -> None:
    """002-25, 002-26: 同步报送县纪委县监委跟踪"""
    office = Office()
    await office.answered(KAIHUA.ref)
    await office.rate("dissatisfied")
    assert office.said.count("inspection.opened") == 1
    await office.ask("office", to=f"POST /cases/{CASE}/call-back", body={"way": "phone", "solved": False, "note": "no"})
    office.house.clock.instant += timedelta(days=1)
    await office.answered(KAIHUA.ref)
    code = (await office.ask("service", to=f"GET /cases/{CASE}/invitation")).json()["code"]
    again = {"code": code, "rating": "dissatisfied"}
    assert (await office.ask("enterprise", to=f"POST /cases/{CASE}/second-rating", body=again, case=CASE)).is_success
    assert office.said.count("inspection.opened") == 1


async def test_an_inspection_file_is_there_for_discipline_alone_and_keeps_who_looked() -> None:
    """002-26, 002-27, §3.16"""
    office = Office()
    await office.answered(KAIHUA.ref)
    await office.rate("dissatisfied")
    to = f"/inspections/{CASE}"
    for role in EVERYBODY - {"discipline"}:
        for asked in (f"GET {to}", "GET /inspections"):
            assert (await office.ask(role, to=asked, unit=UNIT, case=CASE)).status_code == 404
    found = {"found": "weak-handling", "text": "nobody called"}
    assert (await office.ask("inspector", to=f"POST {to}/findings", body=found)).status_code == 404
    assert (await office.ask("discipline", to=f"POST {to}/findings", body=found)).status_code == 201
    await office.ask("discipline", to=f"GET {to}", by="first")
    file = (await office.ask("discipline", to=f"GET {to}", by="second")).json()
    assert [look["by"] for look in file["looks"]] == ["first", "second"]
    assert (await office.ask("discipline", to=f"POST {to}/closing", body={"result": "pressed"})).status_code == 200
    assert office.said[-1] == "inspection.closed"


async def test_inspectors_of_another_level_of_government_see_nothing_of_a_file() -> None:
    """002-26, §3.16"""
    office = Office()
    await office.answered(KAIHUA.ref)
    await office.rate("dissatisfied")
    for place, status in (("chaozhou", 404), (_place_of(KAIHUA.scheme), 200)):
        caller = Caller(subject="x", roles=frozenset({"discipline"}), jurisdiction=place)
        assert (await office.service.call(caller, "GET", f"/inspections/{CASE}")).status_code == status


def _place_of(scheme: str) -> str:
    from libs.files import load_directory

    return load_directory(Path("deploy/directory/chaozhou.yaml")).jurisdiction_of(scheme).jurisdiction


@pytest.mark.parametrize(("track", "own"), [("retaliation", "discipline"), ("conduct", "conduct")])
async def test_a_protected_report_is_there_for_its_own_people_alone(track: str, own: str) -> None:
    """004-13, 003-25, §3.16"""
    office = Office()
    await office.hear(ReportReceived, scheme=SUQIAN.ref, report=REPORT, track=track)
    for role in EVERYBODY - {own}:
        for asked in (f"GET /reports/{REPORT}", f"GET /reports?track={track}"):
            assert (await office.ask(role, to=asked, unit=UNIT, case=CASE)).status_code == 404
    assert (await office.ask(own, to=f"GET /reports?track={track}")).json()["items"][0]["report"] == REPORT
    report = (await office.ask(own, to=f"GET /reports/{REPORT}", by="me")).json()
    assert [look["by"] for look in report["looks"]] == ["me"]


async def test_confirmed_conduct_is_exposed_with_the_approval_of_another_and_told_to_disclosure() -> None:
    """003-25"""
    office = Office()
    await office.hear(ReportReceived, scheme=SUQIAN.ref, report=REPORT, track="conduct")
    to = f"POST /reports/{REPORT}"
    await office.ask("conduct", to=f"{to}/verification", body={"confirmed": True, "note": "seen"})
    await office.ask("conduct", to=f"{to}/exposure", body={"text": "a clerk refused papers"}, by="me")
    approve = {"approve": True}
    assert (await office.ask("conduct", to=f"{to}/exposure/approval", body=approve, by="me")).status_code == 403
    assert (await office.ask("inspector", to=f"{to}/exposure/approval", body=approve)).status_code == 404
    assert (await office.ask("leader", to=f"{to}/exposure/approval", body=approve)).status_code == 200
    exposed = (await office.ask("service", to=f"GET /exposures?scheme={SUQIAN.ref}")).json()["items"]
    assert [item["text"] for item in exposed] == ["a clerk refused papers"]


async def test_a_finding_rests_on_the_record_of_the_cases_it_names() -> None:
    """003-44, 003-45"""
    office = Office()
    await office.answered(SUQIAN.ref, unit=SUQIAN_UNIT)
    about = {"scheme": SUQIAN.ref, "unit": SUQIAN_UNIT, "cases": [CASE], "grounds": "slow"}
    grave = about | {"trigger": "repeated-or-pushed-up", "states": ["grave-effect"]}
    answer = await office.ask("inspector", to="POST /findings", body=grave)
    assert (answer.status_code, answer.json()["rule"]) == (409, "not-on-record")
    finding = (await office.ask("inspector", to="POST /findings", body=about | {"trigger": "poor-service"})).json()
    to = f"POST /findings/{finding['finding']}/decision"
    decision = {"approve": True, "measure": "summons"}
    assert (await office.ask("leader", to=to, body=decision)).json()["measure"] == "summons"
    assert (await office.ask("leader", to=to, body=decision | {"measure": "circular"})).status_code == 409
    assert office.said[-1] == "accountability.recorded"


async def test_orders_samples_and_lists_over_http() -> None:
    """001-51, 000-39, 003-41, 004-17, §3.17"""
    office = Office()
    await office.answered(SUQIAN.ref, unit=SUQIAN_UNIT)
    await office.rate("satisfied")
    due = (office.house.clock.instant + timedelta(days=2)).date().isoformat()
    body = {"unit": SUQIAN_UNIT, "what": "hurry", "due_on": due}
    order = (await office.ask("leader", to=f"POST /cases/{CASE}/orders", body=body)).json()["order"]
    elsewhere = body | {"unit": "no_such_unit"}
    assert (await office.ask("inspector", to=f"POST /cases/{CASE}/orders", body=elsewhere)).status_code == 422
    office.house.clock.instant += timedelta(days=30)
    lagging = (await office.ask("inspector", to="GET /lagging")).json()["items"]
    assert [(item["kind"], item["unit"]) for item in lagging] == [("order", SUQIAN_UNIT)]
    answered = {"done": "done"}
    to = f"POST /cases/{CASE}/orders/{order}"
    assert (await office.ask("unit", to=f"{to}/answer", body=answered, unit="another_unit")).status_code == 404
    assert (await office.ask("unit", to=f"{to}/answer", body=answered, unit=SUQIAN_UNIT)).status_code == 200
    assert (await office.ask("inspector", to=f"{to}/done")).status_code == 200
    assert (await office.ask("inspector", to="GET /lagging")).json()["items"] == []

    period = {"scheme": SUQIAN.ref, "first": "2026-12-01", "last": "2026-12-10"}
    sample = (await office.ask("inspector", to="POST /samples", body=period)).json()
    assert sample["drawn"] == [CASE]
    drawn = (await office.ask("inspector", to=f"GET /samples?scheme={SUQIAN.ref}")).json()["items"]
    assert [(one["sample"], one["drawn"]) for one in drawn] == [(sample["sample"], 1)]
    due_calls = (await office.ask("inspector", to=f"GET /call-backs?scheme={SUQIAN.ref}")).json()["items"]
    assert [item["case"] for item in due_calls] == [CASE]
    called = {"way": "phone", "solved": False, "note": "not at all"}
    assert (await office.ask("inspector", to=f"POST /cases/{CASE}/call-back", body=called)).json()["round"] == 1
    seen = (await office.ask("inspector", to=f"GET /samples/{sample['sample']}")).json()["items"]
    assert [(item["to_call"], item["round"]) for item in seen] == [(False, 1)]

    exclusion = {"reason": "malicious", "grounds": "none of it happened"}
    await office.ask("office", to=f"POST /cases/{CASE}/exclusion", body=exclusion)
    waiting = (await office.ask("leader", to=f"GET /exclusions?scheme={SUQIAN.ref}")).json()["items"]
    assert [item["reason"] for item in waiting] == ["malicious"]
    await office.ask("leader", to=f"POST /cases/{CASE}/exclusion/approval", body={"approve": True})
    assert office.said[-1] == "case.excluded"


async def test_candidates_are_listed_for_rectification_and_show_when_they_are_overdue() -> None:
    """004-17"""
    office = Office()
    unit = "zhen_one"
    candidate = {"scheme": CADRES.ref, "case": CASE, "unit": unit, "subject": "d1", "rung": "assigned-unit"}
    await office.hear(CaseUnresolved, **candidate)
    candidates = (await office.ask("office", to=f"GET /rectification-candidates?scheme={CADRES.ref}")).json()["items"]
    assert candidates == [{"case": CASE, "unit": None, "because": ["unresolved"]}]
    unit = _a_unit_of(CADRES.scheme)
    body = {"unit": unit, "due_on": "2026-12-20"}
    assert (await office.ask("office", to=f"POST /cases/{CASE}/rectification", body=body)).status_code == 201
    office.house.clock.instant += timedelta(days=25)
    listed = (await office.ask("office", to=f"GET /rectifications?scheme={CADRES.ref}")).json()["items"]
    assert listed == [{"case": CASE, "unit": unit, "due_on": "2026-12-20", "overdue": True}]


def _a_unit_of(scheme: str) -> str:
    from libs.files import load_directory

    view = load_directory(Path("deploy/directory/chaozhou.yaml")).running(scheme)
    return next(view.each_unit()).unit


async def test_duties_missed_lag_and_who_is_served_is_covered() -> None:
    """003-36, 004-12"""
    office = Office()
    about = {"duty": "analysis-meeting", "occurrence": "ZR-7K3M9QXA2B4D6F8H", "period": "2026-11", "unit": SUQIAN_UNIT}
    await office.hear(DutyMissed, scheme=SUQIAN.ref, due_on=date(2026, 11, 30), **about)
    lagging = (await office.ask("inspector", to="GET /lagging")).json()["items"]
    assert [(item["kind"], item["duty"]) for item in lagging] == [("duty", "analysis-meeting")]
    await office.hear(ServedAssigned, scheme=CADRES.ref, served=SERVED, tier="scale", unit=UNIT)
    to = f"GET /coverage?scheme={CADRES.ref}"
    assert (await office.ask("discipline", to=to)).json()["checked"] == 0
    assert (
        await office.ask("inspector", to=f"POST /served/{SERVED}/checks", body={"findings": "x"})
    ).status_code == 403
    assert (
        await office.ask("discipline", to=f"POST /served/{SERVED}/checks", body={"findings": "x"})
    ).status_code == 201
    covered = (await office.ask("discipline", to=to)).json()
    assert (covered["checked"], covered["all"]) == (1, 1)


def test_every_fact_that_evaluation_hears_has_a_place_to_be_kept() -> None:
    office = Office()
    assert set(office.service.handlers) == set(heard_by("evaluation"))
    kinds = (CaseEvent, DutyEvent, ReportReceived, ServedAssigned)
    assert all(issubclass(EVENTS[name], kinds) for name in heard_by("evaluation"))


def test_the_ordinary_inspector_may_do_nothing_with_discipline_files_and_reports() -> None:
    """§3.16"""
    for act in (Act.WORK_ON_INSPECTION_FILE, Act.WORK_ON_REPORT):
        assert not MAY[act] & {"inspector", "office", "leader", "ops", "service", "unit"}


async def test_the_list_of_findings_has_no_words_and_leaves_out_what_refers_for_who_may_not_look() -> None:
    """003-46, §3.16"""
    office = Office()
    about = {"scheme": SUQIAN.ref, "unit": SUQIAN_UNIT, "cases": [], "grounds": "nobody came"}
    grave = about | {"trigger": "suspected-violation", "states": ["suspected-violation"]}
    for body in (about | {"trigger": "poor-service"}, grave):
        await office.ask("inspector", to="POST /findings", body=body, by="one")
    seen: dict[str, Any] = {}
    for role in ("inspector", "office", "leader", "discipline", "conduct"):
        answer = await office.ask(role, to=f"GET /findings?scheme={SUQIAN.ref}")
        assert "nobody came" not in answer.text
        seen[role] = {item["trigger"] for item in answer.json()["items"]}
    both = {"poor-service", "suspected-violation"}
    assert seen == {
        "inspector": {"poor-service"}, "office": {"poor-service"}, "leader": both, "discipline": both, "conduct": both
    }  # fmt: skip
    own = (await office.ask("inspector", to=f"GET /findings?scheme={SUQIAN.ref}", by="one")).json()["items"]
    assert {item["trigger"] for item in own} == both
    assert (await office.ask("unit", to=f"GET /findings?scheme={SUQIAN.ref}", unit=UNIT)).status_code == 403


async def test_who_decides_on_an_exposure_sees_its_words_alone_and_the_look_is_kept() -> None:
    """003-25, §3.16"""
    office = Office()
    await office.hear(ReportReceived, scheme=SUQIAN.ref, report=REPORT, track="conduct")
    to = f"/reports/{REPORT}"
    assert (await office.ask("leader", to=f"GET {to}/exposure")).status_code == 404
    await office.ask("conduct", to=f"POST {to}/verification", body={"confirmed": True, "note": "a secret note"})
    await office.ask("conduct", to=f"POST {to}/exposure", body={"text": "a counter that sent people away"})
    shown = await office.ask("leader", to=f"GET {to}/exposure", by="the mayor")
    assert shown.json()["text"] == "a counter that sent people away"
    assert "secret" not in shown.text
    looks = (await office.ask("conduct", to=f"GET {to}/looks")).json()["items"]
    assert looks[-1]["by"] == "the mayor"
    for role in ("inspector", "office", "discipline", "unit"):
        assert (await office.ask(role, to=f"GET {to}/exposure", unit=UNIT)).status_code == 404
    await office.ask("leader", to=f"POST {to}/exposure/approval", body={"approve": True})
    assert (await office.ask("leader", to=f"GET {to}/exposure")).status_code == 404


async def test_what_lags_is_found_by_kind_and_by_unit() -> None:
    """001-51"""
    office = Office()
    for nth, unit in enumerate((SUQIAN_UNIT, "shi_ziran")):
        about = {"duty": "ledger", "occurrence": f"ZR-7K3M9QXA2B4D6F8{nth}", "period": "2026-11", "unit": unit}
        await office.hear(DutyMissed, scheme=SUQIAN.ref, due_on=date(2026, 11, 25), **about)

    async def units(query: str) -> list[str]:
        return [item["unit"] for item in (await office.ask("inspector", to=f"GET /lagging?{query}")).json()["items"]]

    assert sorted(await units("kind=duty")) == sorted([SUQIAN_UNIT, "shi_ziran"])
    assert await units("unit=shi_ziran") == ["shi_ziran"]
    assert await units("kind=order&unit=shi_ziran") == []
    assert len(await units("kind=duty&limit=1&skip=1")) == 1
