"""Who reads a dossier whole, who masked, who not at all; and what is left behind by looking."""

import json
from typing import Any, get_args

import pytest

from libs.identity import MAY, Act, Role
from tests.schemes.city import City
from tests.schemes.city import Turned as Refused
from tests.services.intake.counter import Counter, Turned, dossier

PHONE, NAME, CODE = "13400000001", "陈明", dossier()["credit_code"]
OTHER_PHONE, PERSON = "13912345678", "11010519491231002X"
TEXT = f"园区白天电压偏低，请致电{OTHER_PHONE}找陈明，身份证{PERSON}，代码{CODE}"
CANARIES = (PHONE, NAME, CODE, OTHER_PHONE, PERSON)
ROLES: tuple[Role, ...] = get_args(Role)
WHOLE = ("service", "screener")
MASKED = ("operator", "administrator", "office", "leader", "inspector")
SOMEBODY = "chen_s"


def seen_in(answer: Any) -> list[str]:
    told = json.dumps(answer, ensure_ascii=False)
    return [canary for canary in CANARIES if canary in told]


async def status(counter: Counter, path: str, body: Any = None, **who: Any) -> int:
    try:
        await (counter.get(path, **who) if body is None else counter.ask(path, body, **who))
    except Turned as turned:
        return turned.status
    return 200


@pytest.mark.parametrize("role", WHOLE)
async def test_who_works_with_the_enterprises_data_reads_it_whole(role: str) -> None:
    counter = Counter()
    case = await counter.file(text=TEXT, by="typist")
    told = await counter.get(f"/appeals/{case}/dossier", roles=role, by=SOMEBODY)
    assert set(seen_in(told)) == set(CANARIES)
    assert told["masked"] is False


@pytest.mark.parametrize("role", MASKED)
async def test_who_works_on_the_matter_reads_it_masked(role: str) -> None:
    counter = Counter()
    case = await counter.file(text=TEXT, by="typist")
    told = await counter.get(f"/appeals/{case}/dossier", roles=role, by=SOMEBODY)
    assert seen_in(told) == []
    assert told["masked"] is True
    assert told["enterprise"] == dossier()["enterprise"]
    assert told["contact"] == {"name": "陈**", "phone": "134****0001", "email": None}
    assert told["text"].startswith("园区白天电压偏低，请致电139****5678找陈*")


@pytest.mark.parametrize("role", [role for role in ROLES if role not in MAY[Act.READ_DOSSIER]])
async def test_nobody_else_reads_a_dossier(role: str) -> None:
    counter = Counter()
    case = await counter.file(text=TEXT, by="typist")
    assert await status(counter, f"/appeals/{case}/dossier", roles=role, by=SOMEBODY) == 403


async def test_a_unit_reads_masked_what_it_was_given_or_first_asked_and_nothing_else() -> None:
    counter = Counter()
    case = await counter.file(text=TEXT, by="typist", receiver="shi_shuiwu")
    first_asked, other = {"roles": "unit", "unit": "shi_shuiwu"}, {"roles": "unit", "unit": "shi_jinrong"}
    path = f"/appeals/{case}/dossier"
    assert seen_in(await counter.get(path, **first_asked)) == []
    assert await status(counter, path, **other) == 404
    assert await status(counter, path, roles="unit") == 404
    counter.routing.answers[case] = {"case": case}
    assert seen_in(await counter.get(path, **other)) == []


async def test_whether_a_unit_has_a_case_is_decided_by_routing_for_this_unit() -> None:
    city = City()
    await city.start()
    body = {"dossier": dossier(), "channel": "portal", "scheme": "chaozhou-direct-line"}
    case = (await city.ask("intake", "POST", "/appeals", body, roles=("enterprise",)))["case"]
    lead = next(unit for unit in city.directory.units if "energy" in unit.categories).unit
    accepted = {"category": "energy", "district": "445102", "level": "city", "lead": lead}
    await city.ask("intake", "POST", f"/appeals/{case}/acceptance", accepted, roles=("screener",))
    told = await city.ask("intake", "GET", f"/appeals/{case}/dossier", roles=("unit",), unit=lead)
    assert told["masked"] is True
    with pytest.raises(Refused) as refused:
        await city.ask("intake", "GET", f"/appeals/{case}/dossier", roles=("unit",), unit="shi_jinrong")
    assert refused.value.status == 404


async def test_an_enterprise_reads_its_own_dossier_whole_and_no_other() -> None:
    counter = Counter()
    mine, other = await counter.file(text=TEXT, by="typist"), await counter.file(nth=1, by="typist")
    told = await counter.get(f"/appeals/{mine}/dossier", roles="enterprise", case=mine)
    assert told["contact"]["phone"] == PHONE
    assert await status(counter, f"/appeals/{other}/dossier", roles="enterprise", case=mine) == 404
    both = {"roles": "enterprise operator", "case": mine, "by": SOMEBODY}
    assert seen_in(await counter.get(f"/appeals/{other}/dossier", **both)) == []


@pytest.mark.parametrize("role", ["operator", "liaison", "proxy", "unit"])
async def test_whoever_handed_an_appeal_in_reads_back_what_they_typed(role: str) -> None:
    counter = Counter()
    proxy = {"proxy": {"name": "林助", "level": "town"}} if role == "proxy" else {}
    case = await counter.file("window", text=TEXT, roles=role, by=SOMEBODY, unit="shi_shuiwu", **proxy)
    told = await counter.get(f"/appeals/{case}/dossier", roles=role, by=SOMEBODY, unit="shi_shuiwu")
    assert told["contact"]["phone"] == PHONE
    if role in ("liaison", "proxy"):
        assert await status(counter, f"/appeals/{case}/dossier", roles=role, by="another") == 404


@pytest.mark.parametrize(("stage", "role"), [("screening", "screener"), ("second-review", "registry-reviewer")])
async def test_a_list_shows_nobodys_number(stage: str, role: str) -> None:
    counter = Counter()
    unknown = dossier(text=TEXT) | {"enterprise": "不在册有限公司"}
    body = {"dossier": unknown, "channel": "hotline-12345", "scheme": "chaozhou-direct-line", "entered_by": "登记员"}
    await counter.ask("/appeals", body) if stage == "second-review" else await counter.file(text=TEXT)
    (row,) = await counter.get(f"/queue/{stage}", roles=role)
    assert row["dossier"]["contact"]["phone"] == "134****0001"
    assert set(seen_in(row)) <= {CODE}
    assert row["dossier"]["text"].count(CODE) == 0


@pytest.mark.parametrize("role", sorted(MAY[Act.UNMASK_CONTACT]))
async def test_whoever_must_reach_the_enterprise_sees_it_for_a_purpose_and_is_seen(role: str) -> None:
    counter = Counter()
    case = await counter.file(text=TEXT, by="typist", receiver="shi_shuiwu")
    who = {"roles": role, "by": SOMEBODY, "unit": "shi_shuiwu"}
    for missing in ({}, {"purpose": " "}):
        assert await status(counter, f"/appeals/{case}/unmasking", missing, **who) == 422
    told = await counter.ask(f"/appeals/{case}/unmasking", {"purpose": f"回访{OTHER_PHONE}"}, **who)
    assert (told["contact"]["phone"], told["credit_code"]) == (PHONE, CODE)
    (look,) = await counter.get("/unmaskings", roles="inspector")
    assert {name: look[name] for name in ("case", "by", "unit", "purpose")} == {
        "case": case, "by": SOMEBODY, "unit": "shi_shuiwu", "purpose": "回访139****5678"
    }  # fmt: skip
    assert seen_in(look) == []
    history = await counter.collection(0).history(case)
    assert [entry["type"] for entry in history if entry["kind"] == "asked"][-1] == "unmask"


async def test_looking_twice_is_seen_twice_even_under_one_key_and_the_latest_stands_first() -> None:
    counter = Counter()
    one, other = await counter.file(by="typist"), await counter.file(nth=1, by="typist")
    for case in (one, other, one):
        await counter.wait(1)
        await counter.ask(f"/appeals/{case}/unmasking", {"purpose": "回访"}, roles="office", key="same")
    looks = await counter.get("/unmaskings", roles="leader")
    assert [look["case"] for look in looks] == [one, other, one]
    assert len(await counter.get("/unmaskings?limit=2", roles="leader")) == 2


async def test_nobody_unmasks_what_they_may_not_read() -> None:
    counter = Counter()
    case = await counter.file(by="typist")
    purpose = {"purpose": "回访"}
    assert await status(counter, f"/appeals/{case}/unmasking", purpose, roles="unit", unit="shi_jinrong") == 404
    for role in set(ROLES) - MAY[Act.UNMASK_CONTACT]:
        assert await status(counter, f"/appeals/{case}/unmasking", purpose, roles=role) == 403, role
    for role in set(ROLES) - MAY[Act.READ_UNMASKINGS]:
        assert await status(counter, "/unmaskings", roles=role) == 403, role
    assert await counter.get("/unmaskings", roles="inspector") == []


async def test_what_a_person_without_the_right_follows_holds_no_number() -> None:
    counter = Counter()
    case = await counter.file(text=TEXT, by=SOMEBODY)
    for role in sorted(MAY[Act.FOLLOW_APPEAL] - {"enterprise"}):
        who = {"roles": role, "by": SOMEBODY}
        assert seen_in(await counter.follow(case, **who)) == [], role
        assert seen_in(await counter.get("/appeals", **who)) == [], role
