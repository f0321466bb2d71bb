"""What stays of personal data for whoever may not see it whole."""

import pytest

from libs.policy.masking import mask_credit_code, mask_email, mask_name, mask_phone, mask_text


def test_each_kind_keeps_enough_to_tell_two_apart_and_too_little_to_reach_anybody() -> None:
    assert mask_phone("13800000001") == "138****0001"
    assert (mask_name("陈明"), mask_name("欧阳修文"), mask_name("陈")) == ("陈**", "欧**", "陈**")
    assert mask_credit_code("91445102MA5102109K") == "914451**********9K"
    assert mask_email("chen.ming@zhizao.example") == "c***@zhizao.example"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请联系13812345678。", "请联系138****5678。"),
        ("请联系１３８１２３４５６７８。", "请联系１３８****５６７８。"),
        ("请联系138 1234 5678", "请联系138 **** 5678"),
        ("请联系138\u200b1234\u200b5678", "请联系138\u200b****\u200b5678"),
        ("手机幺三八一二三四五六七八", "手机幺三八****五六七八"),
        ("办公电话：2281234吗", "办公电话：*****34吗"),
        ("身份证11010519491231002X", "身份证110105**********2X"),
        ("代码91110000600037341L。", "代码911100**********1L。"),
        ("卡号6222021234567890128", "卡号***************0128"),
        ("写信 a.chen@zhizao.example", "写信 ******@zhizao.example"),
        ("我是陈明，找陈  明", "我是陈*，找陈  *"),
        ("停机2小时，损失300000元", "停机2小时，损失300000元"),
    ],
)
def test_what_is_personal_in_a_text_is_masked_where_it_stands(text: str, masked: str) -> None:
    assert mask_text(text, names=("陈明",)) == masked
    assert mask_text(masked, names=("陈明",)) == masked


def test_a_number_that_is_two_things_at_once_shows_no_more_than_each_of_them() -> None:
    spoken = "电话13812345678 13912345678"
    assert mask_text(spoken) == "电话138****5678 139****5678"
