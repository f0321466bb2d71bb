"""The command by which an operator looks at the calendar, checks it and takes in a new notice."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.ztc.calendar import FOLDER, app, load
from libs.policy.calendar import Calendar

NOTICE_2026 = Path(__file__).parent / "notices" / "2026.txt"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "calendars"))


def ztc(*words: object, text: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words], input=text, catch_exceptions=False)
    return result.exit_code, result.output


def test_the_files_that_come_with_the_project_pass() -> None:
    code, said = ztc("verify")
    assert code == 0, said
    assert "2026: every day compared with chinesecalendar" in said
    assert "2026: every day compared with holidays" in said


def test_a_file_that_differs_from_the_libraries_or_is_misnamed_does_not_pass(folder: Path) -> None:
    file = folder / "cn.2026.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("work: [2026-05-09]", "work: [2026-05-10]"), encoding="utf-8"
    )
    (folder / "cn.2025.yaml").rename(folder / "cn.2035.yaml")
    code, said = ztc("verify", "--folder", folder)
    assert code == 1
    assert "2026-05-09: chinesecalendar says it is a working day" in said
    assert "2026-05-10: holidays says it is a day off" in said
    assert "cn.2035.yaml: what it holds belongs into cn.2025.yaml" in said


def test_an_empty_folder_does_not_pass(tmp_path: Path) -> None:
    assert ztc("verify", "--folder", tmp_path)[0] == 1


def test_a_pasted_notice_becomes_the_file_of_its_year(folder: Path) -> None:
    original = (folder / "cn.2026.yaml").read_text(encoding="utf-8")
    (folder / "cn.2026.yaml").unlink()
    assert Calendar.from_years(load(folder)).is_provisional(date(2026, 2, 16))
    url = "https://www.gov.cn/zhengce/zhengceku/202511/content_7047091.htm"
    code, said = ztc(
        "import", "-", "--year", 2026, "--url", url, "--folder", folder, text=NOTICE_2026.read_text(encoding="utf-8")
    )
    assert code == 0, said
    assert "33 days off, 6 make-up workdays, by 国办发明电〔2025〕7号" in said
    assert (folder / "cn.2026.yaml").read_text(encoding="utf-8") == original


def test_a_year_that_is_there_is_only_replaced_when_told_to(folder: Path) -> None:
    code, said = ztc("import", NOTICE_2026, "--year", 2026, "--folder", folder)
    assert code == 1
    assert "cn.2026.yaml is there already; say --replace" in said
    (folder / "cn.2026.yaml").write_text("broken", encoding="utf-8")
    assert ztc("import", NOTICE_2026, "--year", 2026, "--folder", folder, "--replace")[0] == 0
    assert ztc("verify", "--folder", folder)[0] == 0


def test_a_notice_can_be_written_elsewhere(folder: Path, tmp_path: Path) -> None:
    assert ztc("import", NOTICE_2026, "--year", 2026, "--folder", folder, "--out", tmp_path / "new.yaml")[0] == 0
    assert (tmp_path / "new.yaml").exists()


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ("2月14日（周六）", "2月14日（周日）", "the text calls 2026-02-14 周日, but it is 周六"),
        ("共9天", "共8天", "the text says 共8天, but its dates make 9 days"),
        ("5月9日（周六）", "5月7日", "make-up workday 2026-05-07 is a Thursday, not on a weekend"),
        ("国办发明电〔2025〕7号", "", "has no number (give it with --number)"),
        ("六、中秋节：9月25日（周五）至27日（周日）放假，共3天。", "", "says nothing of 中秋节"),
    ],
)
def test_a_notice_with_something_off_is_refused_with_the_reason_and_nothing_written(
    folder: Path, was: str, becomes: str, sentence: str
) -> None:
    (folder / "cn.2026.yaml").unlink()
    text = NOTICE_2026.read_text(encoding="utf-8").replace(was, becomes)
    code, said = ztc("import", "-", "--year", 2026, "--folder", folder, text=text)
    assert code == 1
    assert sentence in said
    assert sorted(path.name for path in folder.iterdir()) == [f"cn.{year}.yaml" for year in range(2021, 2026)]


def test_the_months_show_what_is_off_and_what_is_made_up() -> None:
    code, said = ztc("show", 2026)
    assert code == 0
    assert "23休" in said
    assert "28班" in said
    assert "cn 2026: 248 working days of 365" in said
    assert "provisional" not in said


def test_a_year_without_a_notice_is_shown_as_provisional() -> None:
    assert "2099 is provisional" in ztc("show", 2099)[1]


def test_a_calendar_that_nobody_published_is_refused() -> None:
    code, said = ztc("show", 2026, "--calendar", "cn-45")
    assert code == 1
    assert "refused: there is no notice for calendar 'cn-45'" in said
