"""Who is asked what on a party's behalf, and what stands in a party's vhost."""

import re

import pytest

from contracts import messages
from contracts.messages import FROM_CHANNEL, FROM_UNIT, Message
from services.gateway.errands import caller_of, errand
from services.gateway.parties import Party
from services.gateway.topology import permissions, queues, vhost

HOTLINE = Party(name="hotline_12345", channel="hotline-12345")
BUREAU = Party(name="shi_gongxin")
CASE = "ZT-GFSD9XCVYTDG76K1"
WORDS = {"text": "w", "reason": "w", "proposed": "shi_ziran", "outcome": "solved", "result": "w", "answer": "w"}
DOSSIER = {
    "enterprise": "e", "credit_code": "91445102MA3AGYGLU6", "title": "t", "text": "w",
    "contact": {"name": "n", "phone": "13800000000"},
}  # fmt: skip


def of(model: type[Message]) -> Message:
    given = {**WORDS, "opinion": "w", "talk": "w", "dossier": DOSSIER, "case": CASE, "dispatch": "d-1"}
    return model.model_validate({name: given[name] for name in model.model_fields if name in given})


@pytest.mark.parametrize("model", [*FROM_CHANNEL.values(), *FROM_UNIT.values()])
def test_everything_that_can_be_said_concerns_somebody(model: type[Message]) -> None:
    party = HOTLINE if model in FROM_CHANNEL.values() else BUREAU
    what = errand(of(model), party, "m-1")
    assert what.key == f"{party.name}:m-1"
    assert what.peer == ("intake" if party is HOTLINE else "routing")
    assert "type" not in what.body


def test_a_filing_speaks_for_its_party_s_channel_whatever_it_says() -> None:
    what = errand(of(messages.SubmitAppeal), HOTLINE, "m-1")
    assert what.path == "/appeals"
    assert what.body["channel"] == "hotline-12345"
    assert what.body["dossier"]["contact"] == {"name": "n", "phone": "13800000000"}
    assert what.case == errand(of(messages.SubmitAppeal), HOTLINE, "m-1").case
    assert what.case != errand(of(messages.SubmitAppeal), HOTLINE, "m-2").case


def test_a_reply_goes_to_its_hand_over() -> None:
    what = errand(of(messages.Replied), BUREAU, "m-1")
    assert what.path == f"/cases/{CASE}/dispatches/d-1/reply"
    assert what.body == {"outcome": "solved", "result": "w", "answer": "w"}


def test_a_party_speaks_as_itself() -> None:
    assert caller_of(BUREAU).roles == {"unit", "service"}
    assert caller_of(HOTLINE).roles == {"channel", "service"}
    assert caller_of(BUREAU).unit == caller_of(BUREAU).subject == "shi_gongxin"


def test_a_party_may_write_to_one_exchange_and_read_its_own_queues() -> None:
    assert set(queues(BUREAU)) == {"inbox", "answers", "assignments"}
    assert set(queues(HOTLINE)) == {"inbox", "answers"}
    assert vhost(BUREAU.name) == "party-shi_gongxin"
    mine = permissions(BUREAU)[BUREAU.name]
    names = [
        "",
        "inbox",
        "answers",
        "assignments",
        "to-zhitongche",
        "to-zhitongche2",
        "facts",
        "amq.default",
        "amqXdefault",
    ]
    assert [name for name in names if re.search(mine["configure"], name)] == [""]
    assert [name for name in names if re.search(mine["write"], name)] == ["to-zhitongche"]
    assert [name for name in names if re.search(mine["read"], name)] == ["answers", "assignments"]
    ours = permissions(BUREAU)["gateway"]
    assert [name for name in names if re.search(ours["write"], name)] == ["amq.default"]
    assert [name for name in names if re.search(ours["read"], name)] == ["inbox"]
