"""`ztc contracts check` says in sentences what is wrong, and measures against a release, a commit or a folder."""

import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contracts import generate
from contracts.promised import NoBase, default_base, promised
from deploy.ztc.contracts import app


def check(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments])


def git(repository: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "tag.gpgsign=false")
    subprocess.run(["git", "-C", repository, *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "contracts/schemas").mkdir(parents=True)
    git(tmp_path, "init", "-q")
    return tmp_path


def commit(repository: Path, text: str) -> None:
    (repository / "contracts/schemas/a.happened.v1.json").write_text(text, "utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "--no-gpg-sign", "-m", text)


SCHEMA = "schemas/a.happened.v1.json"


def test_the_contracts_are_in_order():
    result = check()
    assert result.exit_code == 0, result.output


def test_a_folder_that_promised_more_makes_it_fail_with_a_sentence(tmp_path: Path):
    (tmp_path / "schemas").mkdir()
    schema = json.loads(generate.schemas()["schemas/case.taken.v1.json"])
    schema["properties"]["hour"] = {"type": "integer"}
    (tmp_path / "schemas/case.taken.v1.json").write_text(json.dumps(schema))
    result = check("--base", str(tmp_path))
    assert result.exit_code == 1
    assert "case.taken.v1, field hour: removed; what was written before would be refused." in result.output
    assert "make case.taken.v2 beside it." in result.output


def test_a_base_that_does_not_exist_makes_it_fail_and_not_pass():
    result = check("--base", "no-such-release")
    assert result.exit_code == 1
    assert "no-such-release" in result.output


def test_without_a_commit_nothing_has_been_promised(repository: Path):
    assert default_base(repository) is None
    assert promised(None, repository) == {}


def test_outside_a_repository_nothing_has_been_promised(tmp_path: Path):
    assert default_base(tmp_path) is None


def test_a_repository_that_git_cannot_read_is_an_error(tmp_path: Path):
    (tmp_path / ".git").write_text("gitdir: nowhere")
    with pytest.raises(NoBase):
        default_base(tmp_path)


def test_before_the_first_release_the_last_commit_is_the_promise(repository: Path):
    commit(repository, "一")
    commit(repository, "two")
    (repository / "contracts" / SCHEMA).write_text("not yet committed")
    assert default_base(repository) == "HEAD"
    assert promised("HEAD", repository) == {SCHEMA: "two"}
    assert promised("HEAD~1", repository) == {SCHEMA: "一"}


def test_after_a_release_that_release_is_the_promise(repository: Path):
    commit(repository, "released")
    git(repository, "tag", "v0.1.0")
    commit(repository, "since changed")
    assert default_base(repository) == "v0.1.0"
    assert promised("v0.1.0", repository) == {SCHEMA: "released"}


def test_a_commit_from_before_there_were_contracts_promises_nothing(repository: Path):
    git(repository, "commit", "-q", "--no-gpg-sign", "--allow-empty", "-m", "begin")
    assert promised("HEAD", repository) == {}
