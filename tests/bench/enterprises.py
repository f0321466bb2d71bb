"""Who files in the benchmark, and what: as in life nearly everybody is another enterprise with another matter, some come
again, and some have what many have.
"""

import random
from pathlib import Path
from typing import Any

import yaml
from stdnum.cn import uscc

DIVISION = "445102"
COME_AGAIN = 10
"""Every so-manieth appeal is one that its enterprise brought before."""
SHARED = 5
"""Every so-manieth appeal is of the one power cut that many enterprises complain of."""

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_FREQUENT = (
    "的一在有和我司不中企业产用生工人时间地上为出来分下可到要电厂区路水气线压机窑炉停开通知申请办理进度材料审核资金银行贷款税"
    "费发票合同订单交货延误仓库物流车辆道桥排污检测许可证照规划土地租赁消防安全社保招聘培训住房子女学位补贴政策口径书面说明现"
    "场协调部门科室期限修复增容接入验收平台账号系统数据外贸报关退款损失赔偿噪声臭味河涌雨夜班设备模具原料价格市场品牌商标侵权"
)
_POWER_CUT = (
    "昨晚暴雨后城区东线停电，全厂设备停机，至今没有恢复供电，也没有人告知何时抢修完毕，请尽快安排抢修并通知企业。"
)


def dossier(number: int) -> dict[str, Any]:
    """What the appeal of this number says; the same number says the same."""
    if number % COME_AGAIN == COME_AGAIN - 1:
        return dossier(number - COME_AGAIN // 2)
    return {
        "enterprise": f"潮州市第{number}制造有限公司",
        "credit_code": _credit_code(number),
        "contact": {"name": "陈明", "phone": f"1340{number:07}", "email": f"bench{number}@enterprise.example"},
        **_words(number),
    }


def registry(file: Path, *, numbers: int) -> None:
    """Write a registry that knows the enterprises of these first numbers."""
    rows = [
        {"credit_code": who["credit_code"], "name": who["enterprise"], "registered_in": DIVISION}
        for who in map(dossier, range(numbers))
    ]
    file.write_text(yaml.safe_dump(rows, allow_unicode=True), encoding="utf-8")


def _credit_code(number: int) -> str:
    digits = ""
    for _ in range(9):
        number, rest = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[rest] + digits
    body = f"91{DIVISION}{digits}"
    return body + uscc.calc_check_digit(body)


def _words(number: int) -> dict[str, str]:
    if number % SHARED == 0:
        return {"title": "暴雨后停电", "text": _POWER_CUT * 2}
    chosen = random.Random(number)
    text = "".join(chosen.choices(_FREQUENT, k=160))
    return {"title": text[:8], "text": text}
