"""What regulation 003 wants read, under its own four schemes: circulars, trends, lists, what is exposed."""

from pathlib import Path
from typing import Any

import pytest
from facts import SCHEMES, at
from test_at_work import Rooms

from contracts.events import PublicationPublished
from libs.files import load_directory
from libs.policy.scheme import Scheme
from services.disclosure import publications
from services.disclosure.publication_pages import as_read
from services.disclosure.publications import ApprovePublication, Filled, Listed, WriteText, number_of

DIRECTORY = load_directory(Path("deploy/directory/chaozhou.yaml"))


def scheme_called(name: str) -> Scheme:
    return next(scheme for scheme in SCHEMES.values() if scheme.scheme == name)


@pytest.mark.parametrize(
    ("row", "scheme", "kind", "period", "title", "figures"),
    [
        ("003-21", "suqian-12345", "hotline-circular", "2026-03", "2026年3月热线办理情况月度通报", {"rates", "missed"}),
        ("003-22", "suqian-12345", "trends", "2026-03", "2026年3月堵点数据分析", {"recurring"}),
        ("003-34", "suqian-enterprises", "trends", "2026-03", "2026年3月企业诉求分析研判", {"recurring"}),
        ("003-35", "suqian-enterprises", "ledger-circular", "2026-03", "2026年3月台账报送情况", {"duties"}),
    ],
)
async def test_what_comes_round_writes_itself_with_its_figures(
    row: str, scheme: str, kind: str, period: str, title: str, figures: set[str]
) -> None:
    """003-21, 003-22, 003-34, 003-35: nobody has to think of it when the month is over."""
    law = scheme_called(scheme)
    rooms = Rooms(at(10), schemes=SCHEMES)
    await rooms.begin()
    rooms.service.clock.at = at(31, hour=16)
    await rooms.write_what_is_due()
    drafted = rooms.published.states[number_of(law.ref, kind, period)]
    assert (drafted.title, drafted.version) == (title, 1)
    shown = {name for name, value in drafted.figures.model_dump().items() if value is not None}
    assert shown == figures


WRITTEN = [
    ("003-24", "suqian-enterprises", "interference-list", "finding", True),
    ("003-25", "suqian-enterprises", "conduct-exposed", "finding", True),
    ("003-42", "suqian-enterprises", "negative-cases", None, False),
    ("003-42", "suqian-mayor-line", "negative-cases", None, False),
    ("003-43", "suqian-enterprises", "stars", "selection", True),
]


@pytest.mark.parametrize(("row", "scheme", "kind", "basis", "for_public"), WRITTEN)
def test_lists_and_circulars_are_written_approved_and_shown(
    row: str, scheme: str, kind: str, basis: str | None, for_public: bool
) -> None:
    """003-24 制定出台干扰企业生产经营负面清单; 003-25 曝光; 003-42 作为负面典型案例进行通报; 003-43 评选“作风之星”"""
    law = scheme_called(scheme)
    assert publications.kind_of(law, kind).for_public is for_public
    more: dict[str, Any] = {}
    if basis:
        more = {"basis": basis, "listed": (Listed(unit="shi_gongxin", why="经核查属实"),)}
    command = WriteText(
        id="w", at=at(1, 4), by="wang", scheme=law.ref, kind=kind, period=None, title="通报", text="情况如下。",
        figures=Filled(), for_public=for_public, **more,
    )  # fmt: skip
    number = number_of(law.ref, kind, "one")
    draft = publications.empty(number)
    publications.write_text(draft, command, now=command.at, scheme=law)
    draft = publications.evolve(draft, command)
    assert publications.keys(draft)["waiting"], "until somebody else approves it"
    approval = ApprovePublication(id="a", at=at(2, 4), by="li")
    said = publications.approve(draft, approval, now=approval.at, scheme=law)
    assert isinstance(said[-1], PublicationPublished)
    known = publications.evolve(draft, approval)
    assert bool(publications.keys(known)["public"]) is for_public
    shown = as_read(known, law, DIRECTORY, [])
    assert shown["text"] == "情况如下。"
