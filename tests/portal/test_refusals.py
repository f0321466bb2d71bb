"""Whatever a service refuses is said in the visitor's language."""

import ast
from pathlib import Path

import yaml

from libs.languages import Lang
from libs.policy.refused import Refused
from services.portal.refusals import FILE, sentence

ROOT = Path(__file__).parents[2]
CHINESE = yaml.safe_load(FILE.read_text(encoding="utf-8"))


def rules() -> set[str]:
    """Every rule by which something is refused, as it stands in the code."""
    found: set[str] = set()
    for file in [*ROOT.glob("services/**/*.py"), *ROOT.glob("libs/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
                found |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    return found


def test_every_rule_by_which_something_is_refused_has_a_chinese_sentence() -> None:
    assert rules() - CHINESE.keys() == set(), "add them to services/portal/refusals.yaml"


def test_a_chinese_sentence_says_what_to_do_without_codes() -> None:
    assert [rule for rule, says in CHINESE.items() if says.isascii() or len(says) < 6] == []


def test_english_is_what_the_service_says_itself() -> None:
    refused = Refused("no-such-case", "there is no such case for you", status=404)
    assert sentence(refused, Lang.EN) == "There is no such case for you"
    assert sentence(refused, Lang.ZH) == "没有找到该诉求，请核对受理编号"
