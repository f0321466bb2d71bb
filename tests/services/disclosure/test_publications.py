"""Circulars, lists, cases, reports: written, looked through, approved by another, read."""

import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from facts import SCHEME, at, cases, entry, life

from contracts.events import PublicationApproved, PublicationDrafted, PublicationPublished
from contracts.record import Command
from libs.files import load_directory, load_schemes
from libs.identity import Caller, Role
from libs.policy.publication import PublicationKind
from libs.policy.refused import Refused
from libs.policy.scheme import Scheme
from services.disclosure import publications
from services.disclosure.figures import count
from services.disclosure.publication_pages import as_read, atom, can_read
from services.disclosure.publications import (
    ApprovePublication,
    AwaitTurn,
    Filled,
    Listed,
    Publication,
    Reason,
    WriteFigures,
    WriteText,
    number_of,
    refuse_open_cases,
)

FORMS = ("circular", "positive-list", "negative-list", "typical-case", "report", "announcement", "trend")


def kind(form: str, **more: Any) -> PublicationKind:
    return PublicationKind.model_validate(
        {"form": form, "zh": "通报", "en": "circular", "law": "test", "for_public": True} | more
    )


PUBLISHED = {form: kind(form) for form in FORMS} | {"inner-report": kind("report", for_public=False)}
LAW: Scheme = SCHEME.model_copy(update={"publications": PUBLISHED})
NUMBER = number_of(LAW.ref, "circular", "2026-03")
DIRECTORY = load_directory(Path("deploy/directory/chaozhou.yaml"))
CADRES = next(law for law in load_schemes(Path("deploy/schemes")).values() if law.scheme == "cadres-and-enterprises")
CITED = (cases(1)[0].case,)


def written(form: str = "circular", by: str = "wang", **fields: Any) -> WriteText:
    given = {"period": "2026-03", "title": "三月通报", "text": "各单位办理情况良好。", "figures": Filled()}
    if form in ("positive-list", "negative-list"):
        given |= {"listed": (Listed(unit="shi_gongdian", why="办理又快又好"),), "samples": {"shi_gongdian": 5}}
    if form == "typical-case":
        given |= {"cases": CITED}
    given |= {"scheme": LAW.ref, "kind": form, "for_public": True} | fields
    return WriteText(id=f"write {form} {by} {sorted(fields, key=str)}", at=at(1, 4), by=by, **given)


def approval(by: str = "li", version: int | None = None) -> ApprovePublication:
    return ApprovePublication(id=f"approve {by} {version}", at=at(2, 4), by=by, version=version)


def after(*commands: Command) -> Publication:
    known = publications.empty(NUMBER)
    for command in commands:
        known = publications.evolve(known, command)
    return Publication.model_validate(known.model_dump(mode="json"))


def write(command: WriteText, known: Publication | None = None, names: tuple[str, ...] = ()) -> list[Any]:
    return publications.write_text(known or after(), command, now=at(1, 4), scheme=LAW, names=names)


def approve(known: Publication, command: ApprovePublication) -> list[Any]:
    return publications.approve(known, command, now=at(2, 4), scheme=LAW)


def refusal(act: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value


# --- approval -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_it_waits_for_approval_and_is_published_by_it(form: str) -> None:
    """003-07, 003-12, 003-21, 004-20, 002-29, 003-22, 001-45: monthly circulars, cases, trends, reports to leaders."""
    (drafted,) = write(written(form))
    assert isinstance(drafted, PublicationDrafted)
    assert (drafted.publication, drafted.kind) == (NUMBER, form)
    waiting = after(written(form))
    assert publications.keys(waiting)["public"] is None
    said = approve(waiting, approval())
    assert [type(fact) for fact in said] == [PublicationApproved, PublicationPublished]
    public = after(written(form), approval())
    assert public.published_on == date(2026, 4, 2)
    assert publications.keys(public)["public"] == f"2026-04-02:{NUMBER}"


def test_nobody_approves_what_he_wrote_himself() -> None:
    """002-33, 003-42, 004-22: exposed only after somebody else approved it."""
    refused = refusal(lambda: approve(after(written(by="wang")), approval(by="wang")))
    assert (refused.rule, refused.status) == ("own-work", 403)
    both = after(written(by="wang"), written(by="zhao", text="改过。"))
    assert refusal(lambda: approve(both, approval(by="wang"))).rule == "own-work"
    assert refusal(lambda: approve(both, approval(by="zhao"))).rule == "own-work"
    assert len(approve(both, approval(by="li"))) == 2


@pytest.mark.parametrize(("column", "form"), [("good-examples", "typical-case"), ("negative-cases", "negative-list")])
def test_the_columns_of_the_cadres_show_good_examples_and_negative_cases_once_another_approved(
    column: str, form: str
) -> None:
    """004-22: 大力宣传先进典型和工作成效，公开曝光负面案例"""
    kind_of_column = CADRES.publications[column]
    assert (kind_of_column.form, kind_of_column.for_public) == (form, True)
    draft = written(form, scheme=CADRES.ref, kind=column, for_public=kind_of_column.for_public, basis="finding")
    waiting = after(draft)
    assert publications.keys(waiting)["public"] is None
    act = {"now": at(2, 4), "scheme": CADRES}
    assert refusal(lambda: publications.approve(waiting, approval(by="wang"), **act)).rule == "own-work"
    assert [type(fact) for fact in publications.approve(waiting, approval(by="li"), **act)] == [
        PublicationApproved,
        PublicationPublished,
    ]
    assert publications.keys(after(draft, approval(by="li")))["public"]


def test_a_draft_that_changed_since_it_was_read_is_not_approved() -> None:
    twice = after(written(), written(text="改过。"))
    assert refusal(lambda: approve(twice, approval(version=1))).rule == "draft-changed"
    assert approve(twice, approval(version=2))


def test_what_was_approved_stays_and_approving_it_again_says_nothing_new() -> None:
    public = after(written(), approval())
    assert approve(public, approval(by="chen")) == []
    assert refusal(lambda: write(written(text="改过。"), public)).rule == "approved-already"


def test_nothing_is_approved_that_was_not_drafted() -> None:
    assert refusal(lambda: approve(after(), approval())).status == 404


def test_a_kind_that_the_scheme_does_not_know_is_refused_with_those_it_knows() -> None:
    refused = refusal(lambda: write(written(kind="gossip")))
    assert refused.rule == "unknown-kind"
    assert "circular" in refused.detail


# --- personal data ------------------------------------------------------------------------------------------------------

PHONE, ID, CREDIT = "联系电话13912345678", "身份证号11010519491231002X", "信用代码91350100M000100Y43"


@pytest.mark.parametrize(("text", "what"), [(PHONE, "phone"), (ID, "identity-number"), (CREDIT, "credit-code")])
@pytest.mark.parametrize("field", ["title", "text"])
def test_a_publication_with_a_phone_an_id_or_a_credit_code_in_it_is_refused_saying_where(
    text: str, what: str, field: str
) -> None:
    """002-33, 004-22; §4: scanned before approval."""
    refused = refusal(lambda: write(written(**{field: text})))
    assert (refused.rule, refused.field) == ("personal-data", field)
    assert what in refused.detail
    assert text not in refused.detail
    assert refusal(lambda: approve(after(written(**{field: text})), approval())).rule == "personal-data"


def test_lists_and_reasons_are_looked_through_too() -> None:
    named = Listed(unit="shi_gongdian", name="王某", why=PHONE)
    assert refusal(lambda: write(written("positive-list", listed=(named,)))).field == "listed[0].why"
    reasons = (Reason(matter="ML-7K3M9QXA2B4D6F8H", reason=PHONE),)
    assert refusal(lambda: write(written("trend", reasons=reasons))).field == "reasons[0].reason"


def test_a_case_is_told_without_the_name_of_its_enterprise() -> None:
    """002-29, 002-33"""
    text = "某日，潮安金丝雀陶瓷厂反映用水困难。"
    refused = refusal(lambda: write(written("typical-case", text=text), names=("潮安金丝雀陶瓷厂", "林某某")))
    assert (refused.rule, refused.field) == ("personal-data", "text")


# --- lists --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["positive-list", "negative-list"])
def test_a_ranking_below_its_sample_is_refused(form: str) -> None:
    """002-32, 003-43, §3.18: 样本不足."""
    refused = refusal(lambda: write(written(form, samples={"shi_gongdian": 4})))
    assert refused.rule == "sample-too-small"
    assert "样本不足" in refused.detail
    assert refusal(lambda: write(written(form, samples={}))).rule == "sample-too-small"
    assert write(written(form, samples={"shi_gongdian": 5}))


def test_a_ranking_states_its_window() -> None:
    """§3.18"""
    assert refusal(lambda: write(written("positive-list", period=None))).rule == "no-window"


def test_a_star_may_be_chosen_and_a_bad_example_be_found_without_ranking_anybody() -> None:
    """003-43: 作风之星; 002-33, 003-42: negative cases after a finding."""
    chosen = (Listed(unit="shi_gongdian", name="王某", why="作风之星"),)
    assert write(written("positive-list", listed=chosen, basis="selection", samples={}, period=None))
    assert write(written("negative-list", basis="finding", samples={}, period=None))
    assert refusal(lambda: write(written("positive-list", basis="finding"))).rule == "wrong-basis"
    assert refusal(lambda: write(written("negative-list", basis="selection"))).rule == "wrong-basis"


def test_a_list_names_somebody_and_nothing_else_does() -> None:
    """002-32"""
    assert refusal(lambda: write(written("positive-list", listed=()))).rule == "nobody-listed"
    assert refusal(lambda: write(written("circular", listed=(Listed(unit="a_unit", why="x"),)))).rule == "no-list"
    itself = WriteFigures(id="w", at=at(1, 4), by="disclosure", title="x", figures=Filled(), for_public=True)
    empty = after(awaited("positive-list"), itself)
    assert refusal(lambda: approve(empty, approval())).rule == "nobody-listed"


def test_a_typical_case_is_told_of_closed_cases_of_its_own_mechanism_alone() -> None:
    """002-29"""
    assert refusal(lambda: write(written("typical-case", cases=()))).rule == "no-case"
    known = entry(life())
    open_one = entry(life(closed=False))
    refuse_open_cases((known.case,), {known.case: known}, LAW)
    for entries in ({}, {known.case: open_one}, {known.case: known.model_copy(update={"scheme": "b@2021-11-08"})}):
        with pytest.raises(Refused, match="not-closed"):
            refuse_open_cases((known.case,), entries, LAW)


# --- what writes itself -------------------------------------------------------------------------------------------------


def awaited(form: str = "circular") -> AwaitTurn:
    return AwaitTurn(
        id="await", at=at(1), by="disclosure", scheme=LAW.ref, kind=form, period="2026-03", due=at(31, hour=16)
    )


FIGURES = WriteFigures(
    id="figures",
    at=at(31, hour=16),
    by="disclosure",
    title="2026年3月通报",
    figures=Filled(corrections=2),
    for_public=True,
)


def test_a_circular_is_drafted_by_itself_when_its_month_is_over() -> None:
    """003-07, 003-21, 004-20: 按月通报."""
    waiting = after(awaited())
    assert publications.keys(waiting)["next_due"] == at(31, hour=16)
    (drafted,) = publications.write_figures(waiting, FIGURES, now=FIGURES.at)
    assert isinstance(drafted, PublicationDrafted)
    known = after(awaited(), FIGURES)
    assert publications.keys(known)["next_due"] is None
    assert (known.title, known.figures.corrections, known.drafted_on) == ("2026年3月通报", 2, date(2026, 4, 1))
    assert len(approve(known, approval())) == 2


def test_a_person_may_add_words_before_or_after_it_wrote_itself() -> None:
    """003-07"""
    for order in ([awaited(), FIGURES, written()], [awaited(), written(), FIGURES]):
        known = after(*order)
        assert (known.title, known.text, known.version) == (written().title, written().text, 2)
        assert refusal(lambda known=known: approve(known, approval(by="wang"))).rule == "own-work"


def test_a_period_that_ends_after_the_approval_changes_nothing() -> None:
    known = after(awaited(), written(), approval(), FIGURES)
    assert (known.figures, known.due) == (Filled(), None)
    assert publications.write_figures(after(awaited(), written(), approval()), FIGURES, now=FIGURES.at) == []


def test_each_period_of_a_kind_has_one_number() -> None:
    assert number_of(LAW.ref, "circular", "2026-03") == NUMBER
    assert len({NUMBER, number_of(LAW.ref, "circular", "2026-04"), number_of(LAW.ref, "trend", "2026-03")}) == 3


# --- reading ------------------------------------------------------------------------------------------------------------


def caller(role: Role) -> Caller:
    return Caller(subject="x", roles=frozenset({role}))


def test_reports_to_leaders_and_drafts_are_read_by_those_who_may() -> None:
    """001-45: 报有关领导."""
    report = after(written("inner-report", for_public=False), approval())
    circular = after(written("circular"), approval())
    assert publications.keys(report)["public"] is None
    for role, reads in {"leader": True, "office": True, "unit": False, "enterprise": False}.items():
        assert can_read(caller(role), report, LAW) is reads  # type: ignore[arg-type]
        assert can_read(caller(role), after(written()), LAW) is reads  # type: ignore[arg-type]
        assert can_read(caller(role), circular, LAW)  # type: ignore[arg-type]


def test_readers_learn_neither_receipt_numbers_nor_who_wrote_and_approved() -> None:
    """002-29"""
    (told,) = cases(1)
    known = after(written("typical-case", cases=(told.case,)), approval())
    shown = as_read(known, LAW, DIRECTORY, [told])
    text = str(shown)
    assert shown["cases"] == [told.number]
    assert told.case not in text
    assert "wang" not in text
    assert "'li'" not in text


def test_the_reasons_why_recurring_matters_are_unsolved_are_part_of_a_review() -> None:
    """002-28: 复盘分析, with the unresolved reason."""
    reasons = (Reason(matter="ML-7K3M9QXA2B4D6F8H", reason="涉及省级审批权限"),)
    known = after(written("report", reasons=reasons), approval())
    assert as_read(known, LAW, DIRECTORY, [])["reasons"] == [
        {"matter": "ML-7K3M9QXA2B4D6F8H", "reason": "涉及省级审批权限"}
    ]


def test_a_circular_carries_the_figures_that_were_filled_in() -> None:
    """003-21"""
    rates = count(cases(6), month="2026-03", scheme=SCHEME)
    filled = FIGURES.model_copy(update={"figures": Filled(rates=rates)})
    shown = as_read(after(awaited(), filled, approval()), LAW, DIRECTORY, [])
    assert shown["figures"]["rates"]["ratings"]["satisfied"] == 6
    assert set(shown["figures"]) == {"rates"}


def test_the_feed_of_publications_is_atom() -> None:
    listed = (Listed(unit="shi_gongdian", name="王某", why="作风之星"),)
    chosen = after(written("positive-list", listed=listed, basis="selection"), approval())
    feed = ET.fromstring(atom([as_read(chosen, LAW, DIRECTORY, [])]))
    space = {"a": "http://www.w3.org/2005/Atom"}
    (one,) = feed.findall("a:entry", space)
    assert one.findtext("a:id", namespaces=space) == f"urn:zhitongche:publication:{NUMBER}"
    assert one.findtext("a:updated", namespaces=space) == "2026-04-02T00:00:00+08:00"
    assert "潮州供电局王某：作风之星" in (one.findtext("a:content", namespaces=space) or "")
    assert ET.fromstring(atom([])).findall("a:entry", space) == []
