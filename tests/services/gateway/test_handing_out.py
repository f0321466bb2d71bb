"""Which units are told at all, and what a hand-over says."""

from datetime import UTC, date, datetime
from typing import Any

from contracts.events import CaseAssigned
from services.gateway.domain import Telling, empty, evolve, keys
from services.gateway.handing_out import HandingOut
from tests.schemes.house import House, HousedCollection

NOW = datetime(2026, 3, 2, 1, 15, tzinfo=UTC)
DOSSIER = {
    "category": "energy", "district": "445103", "filed_at": NOW.isoformat(), "enterprise": "e", "title": "t", "text": "w",
    "contact": {"name": "n", "phone": "13800000000", "email": None}, "supplement": None, "credit_code": "secret",
}  # fmt: skip


class Inside:
    """As much of the gateway's service as telling needs."""

    def counted(self, applied: Any) -> Any:
        return applied

    async def fetch(self, peer: str, path: str) -> Any:
        return DOSSIER


def assigned(unit: str, **more: Any) -> CaseAssigned:
    return CaseAssigned(
        id=unit, cause="c", at=NOW, scheme="kaihua-call-and-answer@2024-03-04", case="ZT-GFSD9XCVYTDG76K1", unit=unit,
        subject="d-1", rung="department", role="lead", **{"task": "handle", **more},
    )  # fmt: skip


def handing_out() -> tuple[HandingOut, HousedCollection[Telling]]:
    tellings: HousedCollection[Telling] = HousedCollection(House(NOW), empty=empty, evolve=evolve, keys=keys)
    service: Any = Inside()
    return HandingOut(service, tellings, {"shi_gongxin"}), tellings


async def test_only_a_unit_with_a_door_of_its_own_gets_hand_overs() -> None:
    """000-14, 003-37: leaders and units without a system work through pages"""
    out, tellings = handing_out()
    for unit in ("shi_gongxin", "ca_jingxin", "zhang_shizhang"):
        await out.handlers()["case.assigned.v1"](assigned(unit))
    assert await out.count_waiting() == 1
    assert await tellings.get("ZT-GFSD9XCVYTDG76K1:ca_jingxin") is None


async def test_a_hand_over_says_what_is_to_be_done_how_hard_it_is_and_by_when() -> None:
    """002-21, 001-38"""
    out, _ = handing_out()
    offer = assigned("shi_gongxin", task="carry-out", complexity="complex", urgent=True, due_on=date(2026, 3, 31))
    said = await out._assignment(offer)
    assert (said.task, said.complexity, said.urgent, said.due_on) == ("carry-out", "complex", True, date(2026, 3, 31))
    assert "secret" not in said.model_dump_json()
