"""An operator sees a message's shape and not its words."""

import json

from services.gateway.masking import masked


def test_values_keep_their_shape_and_lose_their_content() -> None:
    body = {"type": "x", "dossier": {"credit_code": "91445102MA3AGYGLU6", "text": "水压不足 a1"}, "n": 17, "flag": True}
    assert json.loads(masked(json.dumps(body).encode())) == {
        "type": "x",
        "dossier": {"credit_code": "00000000xx0xxxxxx0", "text": "字字字字 x0"},
        "n": "00",
        "flag": True,
    }


def test_a_misspelt_field_can_be_seen_but_no_field_name_that_could_be_a_person() -> None:
    assert masked(b'{"titel": "a", "13800000000": "b"}') == '{"titel": "x", "00000000000": "x"}'


def test_what_is_no_json_is_masked_too_full_width_digits_included() -> None:
    assert masked("电话１３８ call 138\x00\n\xff".encode()) == "字字000 xxxx 000··字"
    assert masked(b"\xff\xfe1") == "··0"


def test_a_mask_is_short() -> None:
    assert len(masked(b"9" * 300_000)) == 2001
    assert len(masked(b"[" * 100_000)) == 2001
