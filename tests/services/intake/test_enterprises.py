"""Finding an enterprise while typing, and what an enterprise that signs in finds of its own."""

from typing import Any, get_args

import pytest

from libs.identity import MAY, Act, Role
from tests.services.intake.counter import ENTERPRISES, POWER, ROAD, Counter, Turned, dossier

CODE = dossier()["credit_code"]
ROLES = get_args(Role)


async def search(counter: Counter, text: str, role: str = "operator", **more: Any) -> Any:
    return await counter.ask("/enterprises/search", {"text": text, **more}, roles=role)


async def test_an_enterprise_is_found_by_a_part_of_its_name_or_credit_code() -> None:
    counter = Counter()
    await counter.file()
    name = dossier()["enterprise"]
    for typed in (name, name[:4], name[3:6], CODE, CODE[9:15], CODE.lower(), f" {name[:2]} {name[2:5]} "):
        first = (await search(counter, typed))[0]
        assert (first["enterprise"], first["credit_code"]) == (name, CODE), typed
        assert (first["open"], first["registered"]) == (1, True)
        assert first["contact"] == {"name": "陈**", "phone": "134****0001", "email": None}
    assert await search(counter, "没有这一家") == []


async def test_who_never_filed_comes_from_the_registry_and_who_is_in_no_registry_from_earlier_appeals() -> None:
    counter = Counter()
    (registered,) = await search(counter, ENTERPRISES[5]["name"])
    assert (registered["contact"], registered["open"]) == (None, 0)
    unknown = dossier() | {"enterprise": "不在册有限公司", "credit_code": "91445102MA3AGYGLU6"}
    body = {"dossier": unknown, "channel": "hotline-12345", "scheme": "chaozhou-direct-line", "entered_by": "登记员"}
    await counter.ask("/appeals", body)
    (found,) = await search(counter, "不在册")
    assert (found["enterprise"], found["registered"], found["open"]) == ("不在册有限公司", False, 1)


async def test_open_appeals_are_counted_and_ended_ones_are_not() -> None:
    counter = Counter()
    first = await counter.file()
    await counter.file(text=ROAD)
    await counter.ask(f"/appeals/{first}/withdrawal", roles="enterprise", case=first)
    assert (await search(counter, CODE))[0]["open"] == 1


async def test_whoever_types_no_credit_code_sees_it_masked() -> None:
    counter = Counter()
    await counter.file()
    found = await search(counter, dossier()["enterprise"], "liaison")
    assert found[0]["credit_code"] == "914451**********9K"
    assert CODE not in str(found)
    assert (await search(counter, CODE, "screener"))[0]["credit_code"] == CODE


async def test_one_character_is_too_little_and_a_page_is_bounded() -> None:
    counter = Counter()
    for typed in ("公", "公 ", "公。"):
        with pytest.raises(Turned) as turned:
            await search(counter, typed)
        assert (turned.value.status, turned.value.field) == (422, "text")
    assert len(await search(counter, "有限公司", limit=3)) == 3


async def test_the_latest_contact_is_shown_and_the_same_one_is_written_once() -> None:
    counter = Counter()
    await counter.file()
    known = counter.collection(5)
    before = known.writes
    await counter.file(text=ROAD)
    assert known.writes == before
    body = {"dossier": dossier() | {"contact": {"name": "王芳", "phone": "13600000002"}}}
    body |= {"channel": "hotline-12345", "scheme": "chaozhou-direct-line", "entered_by": "登记员"}
    await counter.ask("/appeals", body)
    assert (await search(counter, CODE))[0]["contact"]["phone"] == "136****0002"


async def test_an_enterprise_that_signs_in_finds_its_cases_by_code_and_phone_the_latest_first() -> None:
    counter = Counter()
    first = await counter.file()
    await counter.wait(1)
    second = await counter.file(text=ROAD)
    await counter.file(nth=1)
    owner = {"credit_code": CODE, "phone": "13400000001"}
    found = await counter.ask("/enterprises/cases", owner, roles="service")
    assert [one["case"] for one in found] == [second, first]
    assert {"case", "title", "stage", "scheme", "filed_at"} <= found[0].keys()
    assert await counter.ask("/enterprises/cases", owner | {"phone": "13400000002"}, roles="service") == []
    phones = await counter.ask("/enterprises/contact", {"credit_code": CODE}, roles="service")
    assert phones == {"phones": ["13400000001"]}
    nobody = await counter.ask("/enterprises/contact", {"credit_code": ENTERPRISES[9]["credit_code"]}, roles="service")
    assert nobody == {"phones": []}


@pytest.mark.parametrize(
    ("path", "body", "act"),
    [
        ("/enterprises/search", {"text": "制造"}, Act.FIND_ENTERPRISE),
        ("/enterprises/cases", {"credit_code": CODE, "phone": "13400000001"}, Act.READ_CONTACT),
        ("/enterprises/contact", {"credit_code": CODE}, Act.READ_CONTACT),
        ("/appeals/open-like", {"scheme": "chaozhou-direct-line"}, Act.FIND_OPEN_APPEALS),
    ],
)
async def test_nobody_else_looks_enterprises_up(path: str, body: dict[str, Any], act: Act) -> None:
    counter = Counter()
    for role in ROLES:
        if role in MAY[act]:
            await counter.ask(path, body, roles=role)
        else:
            with pytest.raises(Turned, match="403"):
                await counter.ask(path, body, roles=role)


async def test_open_appeals_of_the_enterprise_and_of_like_words_stand_beside_what_is_typed() -> None:
    counter = Counter()
    own, ended, elsewhere = await counter.file(text=ROAD), await counter.file(), await counter.file(nth=1)
    await counter.ask(f"/appeals/{ended}/withdrawal", roles="enterprise", case=ended)
    await counter.accept(elsewhere)
    draft = {"scheme": "chaozhou-direct-line", "credit_code": CODE}
    assert [row["case"] for row in await counter.ask("/appeals/open-like", draft)] == [own]
    found = await counter.ask("/appeals/open-like", draft | {"category": "energy", "title": "诉求", "text": POWER})
    told = [(row["case"], row["same_enterprise"], row["like"], row["stage"], row["category"]) for row in found]
    assert told == [(own, True, False, "screening", None), (elsewhere, False, True, "in-hand", "energy")]
    assert "13400000001" not in str(found)
