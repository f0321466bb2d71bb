"""Protected reports: who makes them, who reads them, and that every reading is kept."""

import pytest

from contracts.events import ReportReceived
from tests.services.intake.counter import Counter, Turned

RETALIATION = {"scheme": "cadres-and-enterprises", "track": "retaliation", "text": "投诉后被频繁检查"}
CONDUCT = {"scheme": "suqian-enterprises", "track": "conduct", "text": "窗口人员推诿", "about": "shi_gongxin"}


@pytest.mark.parametrize(("body", "track"), [(RETALIATION, "retaliation"), (CONDUCT, "conduct")])
async def test_a_report_goes_its_own_way_without_its_words(body: dict[str, str], track: str) -> None:
    """004-13, 003-25"""
    counter = Counter()
    report = (await counter.ask("/reports", body))["report"]
    (received,) = counter.said(ReportReceived)
    assert (received.report, received.track) == (report, track)
    assert body["text"] not in received.model_dump_json()


@pytest.mark.parametrize(("body", "reader"), [(RETALIATION, "discipline"), (CONDUCT, "conduct")])
async def test_only_the_track_s_own_readers_may_read_it(body: dict[str, str], reader: str) -> None:
    """004-13, 003-25, §3.16"""
    counter = Counter()
    report = (await counter.ask("/reports", body))["report"]
    roles = {"discipline", "conduct", "operator", "screener", "office", "leader", "inspector", "ops", "service", "unit"}
    for role in sorted(roles - {reader}):
        with pytest.raises(Turned) as turned:
            await counter.get(f"/reports/{report}", roles=role)
        assert turned.value.status == 404
        with pytest.raises(Turned) as turned:
            await counter.get(f"/reports?track={body['track']}", roles=role)
        assert turned.value.status == 403
    assert (await counter.get(f"/reports/{report}", roles=reader))["text"] == body["text"]


async def test_every_look_is_kept_whoever_looks_again() -> None:
    """§3.16"""
    counter = Counter()
    report = (await counter.ask("/reports", RETALIATION))["report"]
    for reader in ("wang", "li", "wang"):
        read = await counter.get(f"/reports/{report}", roles="discipline", by=reader, key="always-the-same")
    assert [look["by"] for look in read["looks"]] == ["wang", "li", "wang"]
    (row,) = await counter.get("/reports?track=retaliation", roles="discipline")
    assert (row["report"], row["looks"]) == (report, 3)
    assert "text" not in row


async def test_a_regulation_without_the_track_takes_no_such_report() -> None:
    with pytest.raises(Turned) as turned:
        await Counter().ask("/reports", RETALIATION | {"scheme": "kaihua-call-and-answer"})
    assert turned.value.rule == "no-such-track"


async def test_police_matters_are_told_where_to_go_and_nothing_is_kept() -> None:
    """004-14"""
    counter = Counter()
    with pytest.raises(Turned) as turned:
        await counter.ask("/reports", RETALIATION | {"track": "police", "text": "暴力讨债"})
    assert turned.value.rule == "police-matter"
    assert not counter.house.facts
    case = await counter.file("specialist", "cadres-and-enterprises")
    await counter.ask(f"/appeals/{case}/return", {"reason": "police", "explanation": "请报警"}, roles="screener")
    assert (await counter.appeal(case)).returned == "police"
