"""An amended regulation: its difference can be read, and the text that cases rest on is never written over."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from deploy.ztc.scheme import app
from libs.files import load_schemes
from libs.frozen import LOCK, freeze
from libs.policy.amendment import changes
from libs.policy.scheme import SchemeError, parse_scheme

FILE = Path(__file__).parents[2] / "deploy/schemes/chaozhou-direct-line.2021-11-08.yaml"
TEXT = FILE.read_text(encoding="utf-8")
OLD = parse_scheme(TEXT, source="old")


def amended(change: Any) -> str:
    data = yaml.safe_load(TEXT)
    data["in_force"] = {"from": "2026-07-01"}
    change(data)
    return json.dumps(data, default=str, ensure_ascii=False)


def told(change: Any) -> list[tuple[str, str, str]]:
    found = changes(OLD, parse_scheme(amended(change), source="new"))
    return [(one.article, one.zh, one.en) for one in found]


def test_the_same_text_from_another_day_changes_nothing() -> None:
    assert told(lambda data: None) == []


def test_a_limit_is_told_from_and_to() -> None:
    def shorter(data: Any) -> None:
        data["clocks"]["reply"] |= {"within": "7 working days", "law": "二(三)之二"}

    found = told(shorter)
    assert (
        "二(三)之二",
        "时限 reply · 期限：10个工作日 → 7个工作日",
        "limit reply · within: 10 working days → 7 working days",
    ) in found
    assert [article for article, _, _ in found] == ["二(三)之二"] * 2, "and that another article says so"


def test_a_new_channel_and_a_removed_letter_and_duty_are_told() -> None:
    def change(data: Any) -> None:
        data["channels"]["fax"] = {"kind": "letter", "entered_by": True, "zh": "传真", "en": "fax", "law": "二(二)"}
        data["letters"] = [letter for letter in data["letters"] if letter["template"] != "progressed"]
        data["duties"].pop("follow-up")

    said = {en for _, _, en in told(change)}
    assert said == {"added: channel fax", "removed: letter progressed enterprise", "removed: duty follow-up"}


def test_another_way_up_is_told_at_its_rung() -> None:
    def change(data: Any) -> None:
        data["ladder"][0]["review"] = False

    [(article, zh, en)] = told(change)
    assert (article, zh, en) == (OLD.ladder[0].law, "台阶 county · review：是 → 无", "rung county · review: yes → none")


def test_two_regulations_are_no_two_versions() -> None:
    other = OLD.model_copy(update={"scheme": "another"})
    with pytest.raises(ValueError, match="two regulations"):
        changes(OLD, other)


def test_the_command_tells_it_in_both_languages(tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    new.write_text(amended(lambda data: data["clocks"]["reply"].update(within="7 working days")), encoding="utf-8")
    result = CliRunner().invoke(app, ["diff", str(FILE), str(new)])
    assert result.exit_code == 0
    assert "10个工作日 → 7个工作日" in result.stdout
    assert "10 working days → 7 working days" in result.stdout


# --- frozen -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(FILE, tmp_path / FILE.name)
    assert freeze(tmp_path) == [FILE.name]
    return tmp_path


def test_a_frozen_file_that_is_as_it_was_loads(folder: Path) -> None:
    assert list(load_schemes(folder)) == [OLD.ref]
    assert freeze(folder) == []


def test_an_amendment_of_a_frozen_file_is_refused_with_what_to_do(folder: Path) -> None:
    file = folder / FILE.name
    file.write_text(TEXT.replace("10 working days", "9 working days"), encoding="utf-8")
    for refuse in (load_schemes, freeze):
        with pytest.raises(SchemeError, match=rf"{FILE.name}: it is frozen .* new file"):
            refuse(folder)


def test_a_frozen_file_cannot_be_taken_away(folder: Path) -> None:
    (folder / FILE.name).unlink()
    with pytest.raises(SchemeError, match="the file is gone"):
        load_schemes(folder)


def test_a_new_version_beside_the_frozen_one_loads(folder: Path) -> None:
    (folder / "new.yaml").write_text(amended(lambda data: None), encoding="utf-8")
    assert list(load_schemes(folder)) == [OLD.ref, "chaozhou-direct-line@2026-07-01"]


def test_the_command_freezes_and_refuses(folder: Path) -> None:
    (folder / "new.yaml").write_text(amended(lambda data: None), encoding="utf-8")
    result = CliRunner().invoke(app, ["freeze", str(folder)])
    assert (result.exit_code, "frozen new.yaml" in result.stdout) == (0, True)
    (folder / "new.yaml").write_text(amended(lambda data: data["duties"].clear()), encoding="utf-8")
    assert CliRunner().invoke(app, ["freeze", str(folder)]).exit_code == 1
    assert (folder / LOCK).exists()
