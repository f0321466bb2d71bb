"""What services refuse, in the visitor's language: `refusals.yaml` by rule. English is what the service itself says."""

from functools import cache
from pathlib import Path

import yaml

from libs.languages import Lang
from libs.policy.refused import Refused

FILE = Path(__file__).with_name("refusals.yaml")


@cache
def _known() -> dict[str, str]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def sentence(refused: Refused, lang: Lang) -> str:
    """What is wrong and what to do."""
    if lang is Lang.EN:
        return refused.detail[:1].upper() + refused.detail[1:]
    return _known().get(refused.rule, f"未能办理（{refused.rule}）：{refused.detail}")
