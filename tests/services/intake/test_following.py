"""After the filing: repeats, recurring matters, doubts, transfers between levels of government, what the enterprise sees."""

from datetime import timedelta
from itertools import permutations

import pytest

from contracts.case_number import case_number
from contracts.catalogue import heard_by
from contracts.events import (
    AppealDoubted,
    AppealFiled,
    AppealLinked,
    AppealRepeated,
    AppealWithdrawn,
    CaseAnswered,
    CaseClosed,
    CaseReopened,
    CaseTransferred,
    ClockMissed,
    InspectionOpened,
    MatterRecurred,
    SessionMinuted,
    SupervisionOpened,
    TransferAnswered,
    case_fact,
)
from contracts.record import Command, derive_id
from services.intake import matters
from services.intake.appeal import empty
from services.intake.commands import Sighting
from services.intake.evolve import evolve
from services.intake.likeness import LIKE_FROM, digest, likeness, pairs
from services.intake.matters import FULL, AddSightings, is_full
from tests.services.intake.counter import POWER, ROAD, START, Counter, Turned

COUNTY = {"category": "production", "district": "445122", "level": "county"}
SAME_POWER = "园区白天电压偏低，球磨机每天停机近两小时，请尽快协调增容"


# --- the same matter again --------------------------------------------------------------------------------------------


def test_two_tellings_of_one_matter_are_like_and_two_matters_are_not() -> None:
    """§3.15, 002-14"""
    assert likeness(pairs(POWER), pairs(SAME_POWER)) >= LIKE_FROM
    assert likeness(pairs(POWER), pairs(ROAD)) < LIKE_FROM
    assert likeness(pairs(POWER), pairs(POWER.replace("，", " , "))) == 1
    assert likeness(pairs(""), pairs("")) == 0


def test_an_index_holds_no_credit_code() -> None:
    assert "91445102MA5102109K" not in digest("91445102MA5102109K")


async def test_the_same_matter_three_times_in_ninety_days_is_repeated() -> None:
    """§3.15, 003-45, 004-17, 002-14"""
    counter = Counter()
    first = await counter.file()
    other = await counter.file(text=ROAD)
    await counter.wait(40)
    second = await counter.file(text=SAME_POWER)
    assert [(link.case, link.to) for link in counter.said(AppealLinked)] == [(second, first)]
    assert not counter.said(AppealRepeated)
    await counter.wait(49)
    third = await counter.file()
    (repeated,) = counter.said(AppealRepeated)
    assert (repeated.case, repeated.first, repeated.times) == (third, first, 3)
    assert (await counter.appeal(third)).linked == tuple(sorted((first, second)))
    assert (await counter.appeal(other)).linked == ()


async def test_what_lies_back_longer_or_went_back_does_not_count() -> None:
    """§3.15, §3.17"""
    counter = Counter()
    await counter.file()
    await counter.wait(91)
    await counter.file()
    returned = await counter.file()
    body = {"reason": "litigation", "explanation": "已由法院受理"}
    await counter.ask(f"/appeals/{returned}/return", body, roles="screener")
    last = await counter.file()
    assert not counter.said(AppealRepeated)
    assert returned in (await counter.appeal(last)).linked


async def test_another_enterprise_s_like_matter_is_no_repeat() -> None:
    """§3.15"""
    counter = Counter()
    for nth in range(3):
        await counter.file(nth=nth)
    assert not counter.said(AppealLinked)


async def test_a_county_s_and_the_city_s_case_are_linked_and_never_counted_together() -> None:
    """§3.15, 001-06"""
    counter = Counter()
    city = await counter.file()
    county = await counter.file("phone", "county-reception-day")
    cadres = await counter.file("specialist", "cadres-and-enterprises")
    links = {(link.case, link.to) for link in counter.said(AppealLinked)}
    assert links == {(county, city), (cadres, city), (cadres, county)}
    assert not counter.said(AppealRepeated)
    assert {(await counter.appeal(case)).stage for case in (city, county, cadres)} == {"screening"}


async def test_whoever_is_about_to_file_learns_how_like_matters_ended_and_of_nobody_else() -> None:
    """§3.15"""
    counter = Counter()
    case = await counter.file(nth=1)
    await counter.accept(case)
    await counter.about(CaseAnswered, case, unit="shi_gongdian", outcome="solved")
    question = {"scheme": "chaozhou-direct-line", "category": "energy", "title": "诉求", "text": SAME_POWER}
    answer = await counter.ask("/appeals/similar", question, roles="enterprise")
    assert answer["times"] == 1
    assert answer["similar"] == [
        {"filed_on": "2026-11-02", "stage": "answered", "outcome": "solved", "answered_on": "2026-11-02"}
    ]
    assert (await counter.ask("/appeals/similar", question | {"text": ROAD}, roles="enterprise"))["times"] == 0


async def test_the_screener_sees_like_matters_and_whose_case_they_are() -> None:
    counter = Counter()
    theirs = await counter.file(nth=1)
    await counter.accept(theirs)
    own = await counter.file()
    answer = await counter.get(f"/appeals/{own}/similar?category=energy", roles="screener")
    assert [(row["case"], row["same_enterprise"]) for row in answer["similar"]] == [(theirs, False)]


# --- the same matter of several enterprises ---------------------------------------------------------------------------


async def test_like_matters_of_three_enterprises_are_told_once_for_each_step_of_growth() -> None:
    """002-28, 002-35, 003-22"""
    counter = Counter()

    async def brings(nth: int, text: str = POWER) -> str:
        case = await counter.file("hotline-12345", "suqian-12345", nth=nth, text=text)
        await counter.accept(case)
        await counter.work()
        return case

    cases = [await brings(0), await brings(1), await brings(1)]
    await brings(2, ROAD)
    assert not counter.said(MatterRecurred)
    cases.append(await brings(2))
    (told,) = counter.said(MatterRecurred)
    assert (told.category, told.enterprises, told.times) == ("energy", 3, 4)
    for nth in (3, 4):
        cases.append(await brings(nth))
    assert len(counter.said(MatterRecurred)) == 1
    cases.append(await brings(5))
    assert [(m.enterprises, m.matter) for m in counter.said(MatterRecurred)] == [(3, told.matter), (6, told.matter)]
    known = await counter.get(f"/matters/{told.matter}", roles="office")
    assert (known["enterprises"], set(known["cases"])) == (6, set(cases))
    assert [row["matter"] for row in await counter.get("/matters?scheme=suqian-12345", roles="leader")] == [told.matter]


async def test_the_county_is_warned_when_three_enterprises_have_a_like_matter() -> None:
    """002-35: 对苗头性问题提前研判; 002-28"""
    counter = Counter()
    for nth in range(3):
        assert not counter.said(MatterRecurred)
        case = await counter.file("platform", "kaihua-call-and-answer", division="445103", nth=nth)
        body = {"category": "energy", "district": "445103", "level": "county", "complexity": "simple"}
        await counter.ask(f"/appeals/{case}/acceptance", body, roles="screener")
        await counter.work()
    (told,) = counter.said(MatterRecurred)
    assert (told.category, told.enterprises) == ("energy", 3)


async def test_what_is_spread_over_more_than_the_window_is_no_recurring_matter() -> None:
    """003-22"""
    counter = Counter()
    for nth in range(4):
        case = await counter.file("hotline-12345", "suqian-12345", nth=nth)
        await counter.accept(case)
        await counter.work()
        await counter.wait(16)
    assert not counter.said(MatterRecurred)


async def test_one_more_appeal_of_a_matter_that_many_have_is_told_and_kept_in_the_same_few_words() -> None:
    """A power cut that hundreds complain of must not slow each further complaint down."""
    counter = Counter()
    size: list[int] = []
    for nth in range(6):
        for _ in range(4):
            case = await counter.file("hotline-12345", "suqian-12345", nth=nth)
            await counter.accept(case)
            await counter.work()
        size.append(sum(len(str(entry)) for entry in await counter.collection(0).history(case)))
    assert max(size[3:]) <= 1.05 * size[2]
    assert len(counter.said(AppealLinked)) == 6 * (0 + 1 + 2 + 3)
    (matter,) = {told.matter for told in counter.said(MatterRecurred)}
    assert (await counter.get(f"/matters/{matter}", roles="office"))["enterprises"] == 6


async def test_an_enterprise_that_comes_again_and_again_is_linked_with_its_latest_and_counted_in_full() -> None:
    """§3.15"""
    counter = Counter()
    cases: list[str] = []
    for _ in range(10):
        cases.append(await counter.file())
        await counter.wait(1)
    assert [link.to for link in counter.said(AppealLinked) if link.case == cases[-1]] == cases[-4:-1]
    assert (await counter.appeal(cases[-1])).repeated == 10


def test_a_matter_that_is_full_takes_no_more_until_some_have_passed_out_of_its_window() -> None:
    def sightings(day: int) -> AddSightings:
        at = START + timedelta(days=day)
        seen = Sighting(case=case_number("test", str(day)), enterprise=str(day), at=at)
        return AddSightings(
            id=f"add-{day}", at=at, by="test", scheme="s@2026-01-01", category="energy", sightings=(seen,), enough=3, days=FULL
        )  # fmt: skip

    matter = matters.empty("ML-TEST")
    for day in range(FULL):
        assert not is_full(matter, sightings(day))
        matter = matters.evolve(matter, sightings(day))
    assert is_full(matter, sightings(FULL))
    assert not is_full(matter, sightings(FULL + 1))


async def test_another_category_is_another_matter() -> None:
    """003-22"""
    counter = Counter()
    for nth, category in enumerate(("energy", "land", "tax")):
        case = await counter.file("hotline-12345", "suqian-12345", nth=nth)
        await counter.accept(case, category=category)
        await counter.work()
    assert not counter.said(MatterRecurred)


# --- doubts -----------------------------------------------------------------------------------------------------------


async def county_case(counter: Counter) -> str:
    case = await counter.file("phone", "county-reception-day", division="445122")
    await counter.ask(f"/appeals/{case}/acceptance", COUNTY, roles="screener")
    return case


async def test_who_still_has_doubts_about_an_answer_is_worked_for_further() -> None:
    """000-24"""
    counter = Counter()
    case = await county_case(counter)
    mine = {"roles": "enterprise", "case": case}
    with pytest.raises(Turned) as turned:
        await counter.ask(f"/appeals/{case}/doubt", {"text": "仍未解决"}, **mine)
    assert turned.value.rule == "not-answered"
    await counter.about(CaseAnswered, case, unit="rp_qiye", outcome="solved")
    assert (await counter.ask(f"/appeals/{case}/doubt", {"text": "仍未解决"}, **mine))["stage"] == "in-hand"
    assert counter.said(AppealDoubted)[0].case == case
    assert (await counter.get(f"/appeals/{case}/dossier", roles="service"))["supplement"] == "仍未解决"
    with pytest.raises(Turned) as turned:
        await counter.ask(f"/appeals/{case}/doubt", {"text": "再问"}, **mine)
    assert turned.value.rule == "not-answered"
    await counter.wait(1)
    await counter.about(CaseAnswered, case, unit="rp_qiye", outcome="explained")
    await counter.ask(f"/appeals/{case}/doubt", {"text": "再问"}, **mine)
    assert len(counter.said(AppealDoubted)) == 2


async def test_a_closed_case_and_a_regulation_with_ratings_take_no_doubts() -> None:
    """000-24"""
    counter = Counter()
    case = await county_case(counter)
    await counter.about(CaseAnswered, case, unit="rp_qiye", outcome="solved")
    await counter.about(CaseClosed, case, outcome="called-back")
    with pytest.raises(Turned) as turned:
        await counter.ask(f"/appeals/{case}/doubt", {"text": "仍未解决"})
    assert turned.value.rule == "case-closed"
    direct = await counter.file()
    await counter.accept(direct)
    await counter.about(CaseAnswered, direct, unit="shi_gongdian", outcome="solved")
    with pytest.raises(Turned) as turned:
        await counter.ask(f"/appeals/{direct}/doubt", {"text": "仍未解决"})
    assert turned.value.rule == "no-doubts-here"


# --- up and down ------------------------------------------------------------------------------------------------------


async def transferred(counter: Counter) -> tuple[str, str]:
    """A county's case handed up to the city: both numbers."""
    case = await county_case(counter)
    scheme = next(ref for ref in counter.service.schemes if ref.startswith("chaozhou-direct-line"))
    event = await counter.about(CaseTransferred, case, channel="from-county", to_scheme=scheme, direction="up")
    await counter.hear(event)
    await counter.work()
    return case, counter.said(AppealFiled)[-1].case


async def test_a_transferred_case_is_filed_anew_at_the_other_level_with_its_words_and_its_origin() -> None:
    """000-18, 002-11, 002-17"""
    counter = Counter()
    case, other = await transferred(counter)
    filed = counter.said(AppealFiled)
    assert len(filed) == 2
    assert (filed[1].origin, filed[1].channel, filed[1].scheme.partition("@")[0]) == (
        case, "from-county", "chaozhou-direct-line",
    )  # fmt: skip
    there = await counter.appeal(other)
    assert (there.origin, there.dossier.text, there.verified, there.dossier.category) == (case, POWER, True, None)
    followed = await counter.follow(case)
    assert (followed["stage"], followed["transfers"]) == ("transferred", [{"case": other, "stage": "screening"}])
    assert not counter.said(AppealLinked)


async def test_the_other_level_s_answer_comes_back_to_the_case_it_was_handed_from() -> None:
    """000-18, 002-17"""
    counter = Counter()
    case, other = await transferred(counter)
    with pytest.raises(Turned) as turned:
        await counter.get(f"/appeals/{case}/transfer-answer", roles="service")
    assert turned.value.rule == "not-answered"
    answered = await counter.about(CaseAnswered, other, unit="shi_gongdian", outcome="solved")
    await counter.work()
    await counter.hear(answered)
    await counter.work()
    (told,) = counter.said(TransferAnswered)
    assert (told.case, told.answered_as, told.outcome) == (case, other, "solved")
    assert (await counter.appeal(case)).stage == "in-hand"
    given = {
        "unit": "shi_gongdian",
        "unit_name": "供电局",
        "outcome": "solved",
        "answer": "已增容",
        "final_answer": None,
    }
    counter.routing.answers["answer"] = given
    words = await counter.get(f"/appeals/{case}/transfer-answer", roles="service")
    assert words == {
        "answered_as": other, "outcome": "solved", "unit": "shi_gongdian", "unit_name": "供电局", "answer": "已增容",
    }  # fmt: skip


async def test_what_the_other_level_gives_back_is_told_as_returned() -> None:
    """000-18"""
    counter = Counter()
    case, other = await transferred(counter)
    body = {"reason": "litigation", "explanation": "已由法院受理"}
    await counter.ask(f"/appeals/{other}/return", body, roles="screener")
    await counter.work()
    assert [(told.case, told.outcome) for told in counter.said(TransferAnswered)] == [(case, "returned")]
    assert (await counter.get(f"/appeals/{case}/transfer-answer", roles="service"))["answer"] == "已由法院受理"


async def test_who_withdraws_a_transferred_case_withdraws_it_there_too() -> None:
    """000-18"""
    counter = Counter()
    case, other = await transferred(counter)
    await counter.ask(f"/appeals/{case}/withdrawal", {})
    await counter.work()
    assert [event.case for event in counter.said(AppealWithdrawn)] == [case, other]
    assert not counter.said(TransferAnswered)
    assert not (await counter.appeal(case)).owes
    assert not (await counter.appeal(other)).owes


# --- what the enterprise sees -----------------------------------------------------------------------------------------


async def test_the_enterprise_follows_its_case_but_never_oversight_s_files() -> None:
    """001-49, 002-26, §3.16"""
    counter = Counter()
    case = await counter.file()
    await counter.accept(case)
    scheme = (await counter.appeal(case)).scheme
    told = {"by": Command(type="t", id="t", at=counter.now, by="t"), "case": case, "scheme": scheme, "at": counter.now}
    for hidden in (case_fact(InspectionOpened, **told), case_fact(SupervisionOpened, clock="reply", **told)):
        await counter.service.handlers["case.answered.v1"](hidden)
    await counter.about(CaseAnswered, case, unit="shi_gongdian", outcome="solved")
    followed = await counter.follow(case, roles="enterprise", case=case)
    assert followed["stage"] == "answered"
    assert {step["what"] for step in followed["steps"]} == {
        "appeal.filed.v1", "appeal.verified.v1", "appeal.accepted.v1", "case.answered.v1",
    }  # fmt: skip


async def test_the_enterprise_s_suggestions_are_kept() -> None:
    """001-49"""
    counter = Counter()
    case = await counter.file()
    await counter.ask(f"/appeals/{case}/suggestion", {"text": "短信再早些"}, roles="enterprise", case=case)
    assert (await counter.appeal(case)).suggestions == ("短信再早些",)


def test_everything_that_intake_hears_has_somebody_who_hears_it() -> None:
    assert Counter().service.handlers.keys() == set(heard_by("intake"))


async def test_a_session_s_facts_touch_no_appeal() -> None:
    counter = Counter()
    session = "HY-0000000000000000"
    cause = Command(type="t", id="t", at=counter.now, by="t")
    scheme = next(iter(counter.service.schemes))
    missed = case_fact(
        ClockMissed, by=cause, case=session, scheme=scheme, at=counter.now, clock="opinions", subject="opinions",
        due=counter.now,
    )  # fmt: skip
    await counter.hear(missed)
    minuted = case_fact(SessionMinuted, by=cause, case=session, scheme=scheme, at=counter.now, kind="reception")
    await counter.service.handlers["case.answered.v1"](minuted)
    assert await counter.appeal(session) is None


async def test_what_was_asked_for_and_did_not_come_in_time_goes_back() -> None:
    """§3.24, 001-24"""
    counter = Counter()
    case = await counter.file()
    await counter.ask(f"/appeals/{case}/supplement-request", {"text": "请补充合同"}, roles="screener")
    await counter.about(ClockMissed, case, clock="supplement", subject="supplement", due=counter.now)
    assert (await counter.appeal(case)).returned == "no-supplement"


def test_any_order_of_what_others_say_leaves_the_same_appeal() -> None:
    case, scheme = "ZT-7K3M9QXA2B4D6F8H", "chaozhou-direct-line@2021-11-08"

    def said(kind: type, hours: int, **fields: object) -> object:
        at = START + timedelta(hours=hours)
        return kind(id=derive_id(kind.__name__, str(hours)), cause="c", case=case, scheme=scheme, at=at, **fields)

    events = [
        said(CaseAnswered, 1, unit="shi_gongdian", outcome="solved"),
        said(CaseReopened, 2, round=1),
        said(CaseAnswered, 3, unit="shi_gongdian", outcome="explained"),
        said(CaseTransferred, 4, channel="from-county", to_scheme=scheme, direction="up"),
        said(CaseClosed, 5, outcome="satisfied"),
    ]
    ends = set()
    for order in permutations(events):
        appeal = empty(case)
        for event in order:
            appeal = evolve(appeal, event)  # type: ignore[arg-type]
        ends.add(appeal.model_dump_json())
    assert len(ends) == 1
    assert (appeal.answered.word, appeal.closed) == ("explained", "satisfied")  # type: ignore[union-attr]
