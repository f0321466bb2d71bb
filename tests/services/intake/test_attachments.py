"""Files of an appeal: who adds them, who fetches them, how long what is left lying about is kept."""

from datetime import timedelta
from typing import Any, get_args
from urllib.parse import quote

import httpx
import pytest

from libs.identity import MAY, Act, Caller, Role
from services.intake.attachments import PER_APPEAL, WAITING_PER_PERSON, WAITS
from services.intake.links import LIFETIME_SECONDS, Link, Links
from tests.schemes.house import SECRET
from tests.services.intake.counter import Counter, Turned, dossier
from tests.services.intake.papers import EICAR_LIKE, HONEST, jpg, pdf, png

OWNER = {"roles": "enterprise", "by": "owner"}
OTHER = "11111111-2222-3333-4444-555555555555"


def caller(**who: Any) -> Caller:
    roles = who.pop("roles").split()
    return Caller(subject=who.pop("by", roles[0]), roles=frozenset(roles), **who)


async def upload(
    counter: Counter,
    path: str = "/attachments",
    data: bytes = b"",
    name: str = "截图.png",
    key: str | None = None,
    **who: Any,
) -> Any:
    answer = await counter.service.call(  # type: ignore[attr-defined]
        caller(**(who or OWNER)), "POST", path, key=key, content=data or png(), more={"x-file-name": quote(name)}
    )
    if answer.is_error:
        raise Turned(answer.json(), answer.status_code)
    return answer.json()


async def file_with(counter: Counter, *ids: str, **who: Any) -> str:
    body = {"dossier": dossier(), "channel": "portal", "scheme": "chaozhou-direct-line", "attachments": list(ids)}
    return (await counter.ask("/appeals", body, **(who or OWNER)))["case"]


async def fetch(counter: Counter, url: str) -> httpx.Response:
    """Without any token."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(counter.service.app), base_url="http://intake") as http:
        return await http.get(url)


async def refused(asking: Any) -> tuple[str | None, int]:
    with pytest.raises(Turned) as turned:
        await asking
    return turned.value.rule, turned.value.status


async def test_what_is_uploaded_first_and_named_by_the_filing_is_read_by_who_may_read_the_dossier() -> None:
    counter = Counter()
    uploaded = [await upload(counter, data=data, name=name) for name, data in HONEST.items()]
    case = await file_with(counter, *(one["id"] for one in uploaded))
    counter.routing.answers[case] = {"case": case}
    for who in (
        {"roles": "enterprise", "case": case}, {"roles": "screener"}, {"roles": "office"}, {"roles": "unit", "unit": "shi_shuiwu"}
    ):  # fmt: skip
        listed = await counter.get(f"/appeals/{case}/attachments", **who)
        assert [one["name"] for one in listed] == list(HONEST)
        assert listed[0].keys() == {"id", "name", "kind", "bytes", "added_at"}
        link = await counter.ask(f"/appeals/{case}/attachments/{listed[0]['id']}/link", **who)
        assert link["expires_in"] == LIFETIME_SECONDS
        answer = await fetch(counter, link["url"])
        assert (answer.status_code, len(answer.content)) == (200, listed[0]["bytes"])
    assert answer.headers["content-disposition"].startswith("attachment; filename=\"file.jpg\"; filename*=UTF-8''%E7")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "image/jpeg"


async def test_nothing_of_a_content_lies_in_the_case() -> None:
    counter = Counter()
    case = await file_with(counter, (await upload(counter))["id"])
    assert len(str(await counter.collection(0).history(case))) < 4000
    assert list(counter.blobs) == [(await counter.appeal(case)).attachments[0].id]


async def test_whoever_may_not_read_the_dossier_gets_no_list_and_no_link() -> None:
    counter = Counter()
    file = (await upload(counter))["id"]
    case, other = await file_with(counter, file), await counter.file(nth=1, by="typist")
    for role in get_args(Role):
        who = {"roles": role, "by": "stranger", "unit": "shi_jinrong", "case": other if role == "enterprise" else None}
        if role in MAY[Act.READ_DOSSIER] - {"enterprise", "unit", "liaison", "supervisor", "conduct", "proxy"}:
            continue
        expected = 404 if role in MAY[Act.READ_DOSSIER] else 403
        assert (await refused(counter.get(f"/appeals/{case}/attachments", **who)))[1] == expected, role
        assert (await refused(counter.ask(f"/appeals/{case}/attachments/{file}/link", **who)))[1] == expected, role
    gone = await refused(counter.ask(f"/appeals/{other}/attachments/{file}/link", roles="screener"))
    assert gone == ("no-such-file", 404)


async def test_a_link_expires_and_cannot_be_forged() -> None:
    counter = Counter()
    file = (await upload(counter))["id"]
    case = await file_with(counter, file)
    links, held = Links(SECRET), Link(case=case, file=file, whole=True)
    assert (await fetch(counter, f"/attachments/{links.sign(held)}")).status_code == 200
    another = Links("another secret of another city, long").sign(held)
    token = counter.service.tokens.sign(caller(roles="service"))
    swapped = links.sign(held.model_copy(update={"file": OTHER}))
    for wrong in (links.sign(held, seconds=0), another, token, swapped, "x", links.sign(held)[:-2]):
        answer = await fetch(counter, f"/attachments/{wrong}")
        assert (answer.status_code, answer.json()["rule"]) == (404, "no-such-file")


async def test_a_file_is_bound_to_who_uploaded_it_and_to_one_appeal() -> None:
    counter = Counter()
    file = (await upload(counter))["id"]
    assert await refused(file_with(counter, file, roles="enterprise", by="thief")) == ("no-such-file", 422)
    assert await refused(file_with(counter, OTHER)) == ("no-such-file", 422)
    await file_with(counter, file)
    assert await refused(file_with(counter, file)) == ("no-such-file", 422)


async def test_the_same_filing_or_upload_twice_is_one() -> None:
    counter = Counter()
    file = await upload(counter, key="u")
    assert await upload(counter, key="u") == file
    body = {
        "dossier": dossier(),
        "channel": "portal",
        "scheme": "chaozhou-direct-line",
        "attachments": [file["id"]] * 2,
    }
    cases = {(await counter.ask("/appeals", body, key="f", **OWNER))["case"] for _ in range(2)}
    assert len((await counter.appeal(cases.pop())).attachments) == 1
    assert len(counter.blobs) == 1


async def test_what_no_filing_names_is_thrown_away_after_a_day_and_what_one_names_is_not() -> None:
    counter = Counter()
    kept, left, failed = [(await upload(counter))["id"] for _ in range(3)]
    await file_with(counter, kept)
    body = {
        "dossier": dossier(),
        "channel": "no-such-channel",
        "scheme": "chaozhou-direct-line",
        "attachments": [failed],
    }
    assert (await refused(counter.ask("/appeals", body, **OWNER)))[1] == 422
    await counter.work()
    assert set(counter.blobs) == {kept, left, failed}
    counter.house.clock.instant += WAITS
    assert await refused(file_with(counter, left)) == ("attachment-expired", 422)
    await counter.work()
    assert set(counter.blobs) == {kept}
    assert await refused(file_with(counter, left)) == ("no-such-file", 422)
    counter.house.clock.instant += timedelta(days=400)
    await counter.work()
    assert set(counter.blobs) == {kept}


async def test_a_file_is_added_to_an_open_appeal_by_its_enterprise_an_operator_its_channel_or_who_handed_it_in() -> (
    None
):
    counter = Counter()
    case = await file_with(counter)
    path = f"/appeals/{case}/attachments"
    channel = {"roles": "channel", "unit": "web_qiye"}
    for who in ({"roles": "enterprise", "case": case}, {"roles": "operator"}, channel, OWNER | {"roles": "unit"}):
        await upload(counter, path, **who)
    another = {"roles": "channel", "unit": "hotline_12345"}
    for who in ({"roles": "enterprise", "case": None}, another, {"roles": "unit", "unit": "shi_shuiwu"}):
        assert await refused(upload(counter, path, **who)) == ("no-such-case", 404)
    for role in set(get_args(Role)) - MAY[Act.ATTACH_FILE]:
        assert (await refused(upload(counter, path, roles=role)))[1] == 403
        assert (await refused(upload(counter, roles=role)))[1] == 403
    assert len(await counter.get(path, roles="screener")) == 4
    await counter.ask(f"/appeals/{case}/withdrawal", roles="enterprise", case=case)
    assert (await refused(upload(counter, path, roles="operator")))[0] == "case-withdrawn"


async def test_an_appeal_has_at_most_five_files_and_a_person_so_many_that_wait() -> None:
    counter = Counter()
    files = [(await upload(counter))["id"] for _ in range(PER_APPEAL + 1)]
    assert (await refused(file_with(counter, *files)))[1] == 422
    case = await file_with(counter, *files[:PER_APPEAL])
    assert (await refused(upload(counter, f"/appeals/{case}/attachments", roles="operator")))[0] == "too-many-files"
    for _ in range(WAITING_PER_PERSON - 1):
        await upload(counter)
    assert await refused(upload(counter)) == ("too-many-waiting", 429)
    await upload(counter, roles="enterprise", by="another")


async def test_a_refused_file_leaves_nothing_and_names_field_and_rule() -> None:
    counter = Counter()
    with pytest.raises(Turned) as turned:
        await upload(counter, data=EICAR_LIKE, name="photo.jpg")
    assert (turned.value.rule, turned.value.field, turned.value.status) == ("content-differs", "file", 422)
    assert (await refused(upload(counter, data=b"%PDF-" + bytes(21 * 1024 * 1024), name="a.pdf")))[0] == "too-large"
    assert counter.blobs == {}


async def test_what_is_kept_is_what_was_cleaned() -> None:
    counter = Counter()
    await upload(counter, data=jpg(comment=b"a remark"), name="a.jpg")
    await upload(counter, data=pdf() + b"something behind", name="a.pdf")
    assert not any(b"remark" in content or b"behind" in content for content in counter.blobs.values())


async def test_a_name_tells_of_nobody_to_who_reads_masked() -> None:
    counter = Counter()
    file = await upload(counter, name="陈明13912345678合同.png")
    assert file["name"] == "陈明139xxxx5678合同.png"
    case = await file_with(counter, file["id"])
    assert (await counter.get(f"/appeals/{case}/attachments", roles="screener"))[0]["name"] == file["name"]
    (masked,) = await counter.get(f"/appeals/{case}/attachments", roles="office")
    assert masked["name"] == "陈*139xxxx5678合同.png"
    link = await counter.ask(f"/appeals/{case}/attachments/{file['id']}/link", roles="office")
    assert quote("陈明") not in (await fetch(counter, link["url"])).headers["content-disposition"]
