"""What of an outsider's message can be believed."""

import json
from typing import Any

import pytest

from contracts.messages import SubmitAppeal, Taken
from libs.policy.refused import Refused
from services.gateway.parties import Party
from services.gateway.reading import MAX_BYTES, Raw, read

HOTLINE = Party(name="hotline_12345", channel="hotline-12345")
BUREAU = Party(name="shi_gongxin")
DOSSIER: dict[str, Any] = {
    "enterprise": "潮州市湘桥区瑞祥陶瓷有限公司",
    "credit_code": "91445102MA3AGYGLU6",
    "contact": {"name": "陈示例", "phone": "13800000000"},
    "title": "水压不足",
    "text": "白天水压不足。",
}
FILING = {"type": "appeal.submitted.v1", "dossier": DOSSIER, "entered_by": "017"}


def raw(body: bytes | dict[str, Any], **properties: Any) -> Raw:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"type": "appeal.submitted.v1", "message_id": "m-1", "user_id": HOTLINE.name, **properties}
    return Raw(party=HOTLINE.name, body=data, **named)


def refused(message: Raw, party: Party = HOTLINE) -> Refused:
    with pytest.raises(Refused) as caught:
        read(message, party)
    return caught.value


def test_a_message_as_the_contract_has_it_is_read() -> None:
    message = read(raw(FILING), HOTLINE)
    assert isinstance(message, SubmitAppeal)
    assert message.dossier.title == "水压不足"


def test_a_unit_may_say_what_units_say_and_nothing_else() -> None:
    taken = {"type": "assignment.taken.v1", "case": "ZT-GFSD9XCVYTDG76K1", "dispatch": "d-1"}
    said = Raw(BUREAU.name, json.dumps(taken).encode(), "assignment.taken.v1", "m-1", BUREAU.name)
    assert isinstance(read(said, BUREAU), Taken)
    assert refused(raw(taken, type="assignment.taken.v1")).rule == "unknown-type"


@pytest.mark.parametrize(
    ("properties", "rule", "field"),
    [
        ({"user_id": None}, "unknown-sender", "user_id"),
        ({"user_id": "web_qiye"}, "unknown-sender", "user_id"),
        ({"message_id": None}, "missing", "message_id"),
        ({"message_id": ""}, "missing", "message_id"),
        ({"message_id": "a b"}, "unfit-message-id", "message_id"),
        ({"message_id": "号码"}, "unfit-message-id", "message_id"),
        ({"message_id": "m\n"}, "unfit-message-id", "message_id"),
        ({"message_id": "m" * 129}, "unfit-message-id", "message_id"),
        ({"type": None}, "unknown-type", "type"),
        ({"type": "appeal.filed.v1"}, "unknown-type", "type"),
        ({"undecodable": "UnicodeDecodeError"}, "undecodable", ""),
    ],
)
def test_a_message_with_unfit_properties_is_refused_by_name(properties: dict[str, Any], rule: str, field: str) -> None:
    error = refused(raw(FILING, **properties))
    assert (error.rule, error.field, error.status) == (rule, field, 422)


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "not-json"),
        (b"{", "not-json"),
        (b"\xef\xbb\xbf{}", "not-json"),
        (b'{"a": NaN}', "not-json"),
        (b'{"a": -Infinity}', "not-json"),
        (b"9" * 5000, "not-json"),
        (b"\xff\xfe", "not-utf-8"),
        ('{"text": "\udcff"}'.encode(errors="surrogateescape"), "not-utf-8"),
        (b'{"a": "\\ud800"}', "lone-surrogate"),
        (b'{"\\udfff": 1}', "lone-surrogate"),
        (b'{"a": 1, "a": 2}', "duplicate-key"),
        (b'{"dossier": {"a": 1, "a": 2}}', "duplicate-key"),
        (b"[" * 17 + b"]" * 17, "too-deep"),
        (b"[" * 100_000, "too-deep"),
        (b'{"a":' * 40_000, "too-deep"),
        (b"[]", "not-an-object"),
        (b"null", "not-an-object"),
        (b'"x"', "not-an-object"),
        (b" " * (MAX_BYTES + 1), "too-large"),
        (b'{"type": "appeal.withdrawal_asked.v1", "dossier": {}}', "literal_error"),
    ],
    ids=lambda value: ascii(value)[:60],
)
def test_a_body_that_is_no_proper_json_is_refused(body: bytes, rule: str) -> None:
    assert refused(raw(body)).rule == rule


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"credit_code": "91445102ma3agyglu6"}, "dossier.credit_code", "string_pattern_mismatch"),
        ({"credit_code": "91445102MA3AGYGLU6\n"}, "dossier.credit_code", "string_pattern_mismatch"),
        ({"text": ""}, "dossier.text", "string_too_short"),
        ({"text": " \t "}, "dossier.text", "string_too_short"),
        ({"text": "长" * 5001}, "dossier.text", "string_too_long"),
        ({"title": "长" * 101}, "dossier.title", "string_too_long"),
        ({"scheme": "another@2026-01-01"}, "dossier.scheme", "extra_forbidden"),
        ({"contact": {"name": "陈", "phone": "0768-2222222"}}, "dossier.contact.phone", "string_pattern_mismatch"),
        ({"contact": {"name": "陈", "phone": "１3800000000"}}, "dossier.contact.phone", "string_pattern_mismatch"),
        ({"category": "Energy!"}, "dossier.category", "string_pattern_mismatch"),
        ({"text": {"$ne": None}}, "dossier.text", "string_type"),
    ],
)
def test_a_field_that_breaks_its_rule_is_named(change: dict[str, Any], field: str, rule: str) -> None:
    error = refused(raw(FILING | {"dossier": DOSSIER | change}))
    assert (error.field, error.rule) == (field, rule)


@pytest.mark.parametrize("value", ["13912345678", "瑞祥陶瓷的秘密", "44510219900101123X"])
def test_a_refusal_never_repeats_a_value_that_was_sent(value: str) -> None:
    for field in ("credit_code", "title", "district"):
        error = refused(raw(FILING | {"dossier": DOSSIER | {field: value * 200}}))
        assert value not in f"{error.rule}{error.field}{error.detail}"


def test_an_id_is_believed_only_of_a_certain_sender() -> None:
    assert raw(FILING).own_id == raw(FILING, type="other").own_id is not None
    assert raw(FILING, user_id=None).own_id is None
    assert raw(FILING, message_id="a b").own_id is None


def test_every_difference_makes_another_content() -> None:
    variants = [
        raw(FILING),
        raw(b"{}"),
        raw(FILING, type="x"),
        raw(FILING, message_id=None),
        raw(FILING, user_id=None),
        raw(FILING, undecodable="E"),
    ]
    assert len({variant.content_id for variant in variants}) == len(variants)
