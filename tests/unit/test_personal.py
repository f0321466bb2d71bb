"""The scanner: what must never stand before the public, and what only looks like it. §4"""

import pytest
from stdnum import luhn
from stdnum.cn import ric, uscc

from libs.policy.personal import Kind, found_in

ID = "11010519491231002X"
"""The example of GB 11643-1999, nobody's."""
CREDIT_CODE = "91110000600037341L"
"""python-stdnum's example."""


def with_check_digit(number: str) -> str:
    return number + luhn.calc_check_digit(number)


FOUND: list[tuple[str, Kind]] = [
    ("请联系13812345678", "phone"),
    ("请联系１３８１２３４５６７８", "phone"),
    ("请联系138 1234 5678", "phone"),
    ("请联系138-1234-5678。", "phone"),
    ("请联系138—1234—5678", "phone"),
    ("请联系1 3 8 1 2 3 4 5 6 7 8", "phone"),
    ("请联系138.1234.5678", "phone"),
    ("请联系+86 13812345678", "phone"),
    ("请联系(86)138-1234-5678", "phone"),
    ("请联系8613812345678", "phone"),
    ("请联系138\u200b1234\u200b5678", "phone"),
    ("请联系138\n12345678", "phone"),
    ("请联系幺三八一二三四五六七八", "phone"),
    ("手机:13812345678,姓陈", "phone"),
    ("TEL13812345678", "phone"),
    ("1381234567８", "phone"),
    ("致电0768-2281234", "phone"),
    ("致电（0768）2281234", "phone"),
    ("致电0768 228 1234", "phone"),
    ("致电020-83123456转3", "phone"),
    ("办公电话：2281234", "phone"),
    ("联系人陈先生,2281234", "phone"),
    ("客服400-888-1234", "phone"),
    (f"身份证{ID}", "identity-number"),
    (f"身份证{ID.lower()}号", "identity-number"),
    ("身份证110105 19491231 002X", "identity-number"),
    ("身份证１１０１０５１９４９１２３１００２Ｘ", "identity-number"),
    ("身份证110105-1949-1231-002X", "identity-number"),
    (f"统一社会信用代码{CREDIT_CODE}", "credit-code"),
    (f"代码:{CREDIT_CODE.lower()}。", "credit-code"),
    ("代码91110000 6000 37341L", "credit-code"),
    ("代码９１１１００００６０００３７３４１Ｌ", "credit-code"),
    (f"汇至{with_check_digit('622202000000000000')}", "bank-card"),
    (f"汇至{with_check_digit('622848000000000')}", "bank-card"),
    ("汇至4111 1111 1111 1111", "bank-card"),
    ("汇至4111-1111-1111-1111", "bank-card"),
    ("发至chen.wen@example.com", "email"),
    ("发至chen＠example．com", "email"),
    ("发至chen (at) example.com", "email"),
]

FALSE_FRIENDS = [
    "",
    "依据潮府办函〔2021〕52号第二条第（三）项办理",
    "粤府〔2019〕1号、国办发明电〔2022〕16号",
    "自2021-11-08 10:30至2021-11-09 17:30停水",
    "2026年3月2日至2026年4月10日",
    "20211108、20211109两日",
    "已退税1,380,000.00元",
    "项目总投资13800000000元",
    "项目总投资13812345678.50元",
    "贷款138.12万元，利率3.65%",
    "用电量13812345678千瓦时",
    "占地15912345678平方米",
    "可拨打12345热线或12333咨询",
    "热线12345，每年2000万元补助",
    "联系我们前请备齐2026年3月的材料",
    "不动产权证粤（2021）潮州市不动产权第0012345号",
    "项目代码2101-445102-04-01-123456",
    "受理编号445102202111080012",
    "合同编号HT20211108000012",
    "变压器10kV，容量3150kVA",
    "第138-139页",
    "管径DN300，压力0.35MPa",
    "@各企业",
    "长度18位的代码ABCDEFGHJKLMNPQRTU",
    "身份证号110105194912310021校验不符",
    "用水用电用气均已恢复，谢谢！",
]


@pytest.mark.parametrize(("text", "kind"), FOUND)
def test_personal_data_is_found_however_it_is_written(text: str, kind: Kind) -> None:
    assert kind in found_in(text)


@pytest.mark.parametrize("text", FALSE_FRIENDS)
def test_amounts_dates_and_document_numbers_are_left_alone(text: str) -> None:
    assert found_in(text) == ()


def test_the_examples_are_valid_and_the_false_friends_are_not() -> None:
    assert ric.is_valid(ID)
    assert uscc.is_valid(CREDIT_CODE)
    assert not ric.is_valid("445102202111080012")


def test_the_kind_is_told_and_never_the_text() -> None:
    assert found_in(f"13812345678 {ID} a@example.com 13900000000") == ("phone", "identity-number", "email")


@pytest.mark.parametrize(
    "text",
    [
        "潮州市甲乙陶瓷有限公司：您好",
        "潮州市甲乙陶瓷 有限公司",
        "感谢潮州市甲乙陶瓷的来信",
        "已与陈小明联系",
    ],
)
def test_the_enterprise_and_its_contact_are_found_by_name(text: str) -> None:
    assert found_in(text, names=("潮州市甲乙陶瓷有限公司", "陈小明")) == ("name",)


def test_other_names_are_no_finding() -> None:
    assert found_in("市供水公司已完成抢修", names=("潮州市甲乙陶瓷有限公司", "陈小明")) == ()
    assert found_in("市供水公司已完成抢修", names=("", "水")) == ()
