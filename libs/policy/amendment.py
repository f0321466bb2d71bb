"""What an amendment changes: the difference of two versions of a scheme, article by article, in Chinese and English."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel

from libs.policy.period import Period
from libs.policy.scheme import Scheme

SECTIONS: dict[str, tuple[str, str]] = {
    "channels": ("受理渠道", "channel"),
    "eligibility": ("受理对象", "who is eligible"),
    "returns": ("退回理由", "reason of return"),
    "at_once": ("当场答复", "answers at once"),
    "repeats": ("重复反映", "repeats"),
    "recurring": ("苗头性问题", "recurring matters"),
    "levels": ("层级", "level"),
    "categories": ("诉求类别", "category"),
    "complexities": ("分级", "class"),
    "outcomes": ("办理结果", "outcome"),
    "reviews": ("审核签批", "review"),
    "clocks": ("时限", "limit"),
    "ladder": ("台阶", "rung"),
    "decisions": ("处理意见", "decisions"),
    "disputes": ("异议", "objections"),
    "extension": ("延期", "extension"),
    "problem_list": ("问题清单", "problem list"),
    "sessions": ("接待会议", "session"),
    "matrix": ("服务矩阵", "who serves whom"),
    "visits": ("走访", "visit"),
    "duties": ("责任", "duty"),
    "rating": ("评价", "rating"),
    "oversight": ("督查", "oversight"),
    "letters": ("通知", "letter"),
    "publication": ("公开", "publication"),
    "publications": ("通报", "publication of a kind"),
    "score": ("评分", "score"),
    "targets": ("目标", "targets"),
}
NAMED_BY = {"ladder": ("rung",), "reviews": ("step",), "letters": ("template", "to")}
WORDS: dict[str, str] = {
    "within": "期限",
    "from": "起算",
    "until": "办结于",
    "void": "失效于",
    "warn": "预警",
    "missed": "逾期后果",
    "up": "上一级",
    "holder": "承担者",
    "by": "方式",
    "every": "周期",
    "due": "截止",
    "proposed": "拟定日",
    "who": "责任人",
    "remind": "提醒",
    "law": "条款",
    "zh": "中文名称",
    "en": "英文名称",
}


@dataclass(frozen=True)
class Change:
    """One difference. `article`: where the new text has it, or, of what was taken out, the old one."""

    article: str
    zh: str
    en: str


def changes(old: Scheme, new: Scheme) -> list[Change]:
    """Every difference of substance, by article. Raises `ValueError` for versions of two different regulations."""
    if old.scheme != new.scheme:
        raise ValueError(f"{old.ref} and {new.ref} are two regulations, not two versions of one")
    found = [change for section in SECTIONS for change in _of_section(section, old, new)]
    return sorted(found, key=lambda change: change.article)


def _of_section(section: str, old: Scheme, new: Scheme) -> Iterator[Change]:
    zh, en = SECTIONS[section]
    before, after = _entries(section, old), _entries(section, new)
    for name in [*before, *(name for name in after if name not in before)]:
        was, now = before.get(name), after.get(name)
        label_zh, label_en = f"{zh} {name}".strip(), f"{en} {name}".strip()
        if was is None or now is None:
            entry = now or was or {}
            words_zh, words_en = ("新增", "added") if was is None else ("取消", "removed")
            detail = f"（{_said(entry['within'], 'zh')}）" if entry.get("within") else ""
            detail_en = f" ({_said(entry['within'], 'en')})" if entry.get("within") else ""
            yield Change(_law(entry, section), f"{words_zh}{label_zh}{detail}", f"{words_en}: {label_en}{detail_en}")
            continue
        for field in [*was, *(field for field in now if field not in was)]:
            one, other = was.get(field), now.get(field)
            if one != other:
                yield Change(
                    _law(now, section),
                    f"{label_zh} · {WORDS.get(field, field)}：{_said(one, 'zh')} → {_said(other, 'zh')}",
                    f"{label_en} · {field}: {_said(one, 'en')} → {_said(other, 'en')}",
                )


def _entries(section: str, scheme: Scheme) -> dict[str, dict[str, Any]]:
    """The named entries of a part, or the part itself under no name."""
    part: Any = getattr(scheme, section)
    if part is None:
        return {}
    if isinstance(part, BaseModel):
        return {"": _plain(part)}
    if isinstance(part, tuple):
        entries = cast(tuple[BaseModel, ...], part)
        return {" ".join(_plain(entry)[field] for field in NAMED_BY[section]): _plain(entry) for entry in entries}
    return {name: _plain(entry) for name, entry in cast(Mapping[str, BaseModel], part).items()}


def _plain(entry: BaseModel) -> dict[str, Any]:
    return entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _law(entry: Mapping[str, Any], section: str) -> str:
    return str(entry.get("law") or f"– {section}")


def _said(value: Any, lang: str) -> str:
    """A value as a reader of regulations says it: periods in words, events without their version."""
    match value:
        case None | [] | {}:
            return "无" if lang == "zh" else "none"
        case bool():
            return {True: ("是", "yes"), False: ("否", "no")}[value][lang == "en"]
        case str():
            try:
                return getattr(Period.parse(value), lang)
            except ValueError:
                return value.removesuffix(".v1")
        case list():
            several = cast(list[Any], value)
            return ("、" if lang == "zh" else ", ").join(_said(one, lang) for one in several)
        case dict():
            named = cast(dict[str, Any], value)
            return ("；" if lang == "zh" else "; ").join(f"{k}: {_said(v, lang)}" for k, v in named.items())
        case _:
            return str(value)
