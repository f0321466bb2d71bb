"""Under which regulation an appeal falls where one channel feeds several (§3.23)."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from libs.files import load_directory, load_schemes
from libs.policy.channels import open_mappings, refuse_open_mappings, scheme_for
from libs.policy.directory import Directory, DirectoryFile
from libs.policy.refused import Refused
from libs.policy.scheme import SchemeError, Schemes

DAY = date(2026, 11, 2)
SCHEMES = load_schemes(Path("deploy/schemes"))
DIRECTORY = load_directory(Path("deploy/directory/chaozhou.yaml"))


def chosen(channel: str, day: date = DAY, **more: str) -> str:
    return scheme_for(SCHEMES, DIRECTORY, channel, day, **more).scheme


def changed(change: Callable[[dict[str, object]], None]) -> Directory:
    data = DIRECTORY.file.model_dump(mode="json")
    change(data)
    return Directory(DirectoryFile.model_validate(data))


def without(*names: str) -> Schemes:
    return Schemes([scheme for scheme in SCHEMES.values() if scheme.scheme not in names])


def test_the_deployment_s_own_mapping_leaves_nothing_open() -> None:
    """§3.23, 002-10, 003-18"""
    assert list(open_mappings(SCHEMES, DIRECTORY)) == []
    refuse_open_mappings(SCHEMES, DIRECTORY)


def test_the_receiver_s_choice_decides() -> None:
    """§3.23, 003-18"""
    assert chosen("hotline-12345", chosen="suqian-12345") == "suqian-12345"
    assert chosen("hotline-12345", chosen="kaihua-call-and-answer") == "kaihua-call-and-answer"


def test_without_a_choice_the_district_s_own_level_of_government_decides() -> None:
    """§3.23, 001-06"""
    assert chosen("hotline-12345", district="445103") == "kaihua-call-and-answer"
    assert chosen("hotline-12345", district="445102") == "chaozhou-direct-line"


def test_without_either_the_channel_s_precedence_decides() -> None:
    """§3.23"""
    assert chosen("hotline-12345") == "chaozhou-direct-line"
    assert chosen("qr-code") == "kaihua-call-and-answer"


def test_a_regulation_hears_nothing_before_it_is_in_force() -> None:
    assert chosen("hotline-12345", date(2023, 1, 2)) == "chaozhou-direct-line"
    with pytest.raises(Refused) as refused:
        chosen("hotline-12345", date(2023, 1, 2), chosen="suqian-12345")
    assert (refused.value.rule, refused.value.field) == ("unknown-channel", "channel")


def test_a_channel_that_nobody_hears_is_refused() -> None:
    with pytest.raises(Refused):
        chosen("pigeon")
    with pytest.raises(Refused):
        chosen("fax", chosen="chaozhou-direct-line")


def test_a_channel_that_several_hear_needs_an_order_that_names_them_all() -> None:
    """§3.23"""
    for order in (None, ["chaozhou-direct-line", "suqian-12345"]):

        def forget(data: dict[str, object], order: object = order) -> None:
            data["precedence"] = {"hotline-12345": order} if order else {}

        problems = [p for p in open_mappings(SCHEMES, changed(forget)) if p.startswith("precedence.hotline-12345")]
        assert problems == [
            "precedence.hotline-12345: chaozhou-direct-line, kaihua-call-and-answer, suqian-12345 all hear this channel; "
            "name their order"
        ]


def test_a_service_does_not_start_with_a_mapping_that_leaves_something_open() -> None:
    """§3.23"""
    with pytest.raises(SchemeError) as error:
        refuse_open_mappings(SCHEMES, changed(lambda data: data.update(precedence={})))
    assert "precedence.hotline-12345" in str(error.value)


def test_a_regulation_that_nobody_runs_and_a_level_that_runs_none_are_told() -> None:
    """§3.23"""
    assert "directory: there is no scheme 'suqian-window'" in list(open_mappings(without("suqian-window"), DIRECTORY))

    def stop(data: dict[str, object]) -> None:
        for place in data["jurisdictions"]:  # type: ignore[attr-defined]
            place["schemes"] = [name for name in place["schemes"] if name != "suqian-window"]

    assert list(open_mappings(SCHEMES, changed(stop))) == [
        "schemes: no level of government in the directory runs 'suqian-window'"
    ]
