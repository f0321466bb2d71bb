"""000-34, 003-48: whoever takes a post over, and whatever a department is given or loses, the next case goes by it."""

from typing import Any

import pytest
from case_book import CALENDAR, CALL, CITY, SCHEMES, Book, handed
from town_hall import APRIL, DIRECTORY_FILE, MARCH, TownHall, Turned

from contracts.events import RungVacant
from libs.files import load_directory
from libs.policy.directory import Directory, Jurisdiction, Unit
from libs.policy.refused import Refused
from libs.policy.remits import Remit, Remits, lay_over
from services.routing.facts import Terms
from services.routing.remits import AddUnit, ChangeRemit, LevelRemits, add_unit, change_remit, empty, evolve, with_turn

PLACE = load_directory(DIRECTORY_FILE).jurisdictions[0]
CATEGORIES = {code for scheme in SCHEMES.values() if scheme.scheme in PLACE.schemes for code in scheme.categories}


def unit(name: str, place: Jurisdiction = PLACE) -> Unit:
    return next(one for one in place.units if one.unit == name)


def remit(name: str, **other: Any) -> Remit:
    return Remit.of(unit(name)).model_copy(update=other)


class Level:
    """What one level's administrators change, one after the other."""

    def __init__(self) -> None:
        self.known: LevelRemits = empty(PLACE.jurisdiction)

    def change(self, name: str, *, turn: int | None = None, seen: int | None = None, **other: Any) -> None:
        now = Remit.of(unit(name, self.place))
        command = ChangeRemit(
            id=f"change-{self.known.changes}",
            at="2026-03-02T01:00:00Z",  # pyright: ignore[reportArgumentType]
            by="administrator",
            unit=name,
            remit=now.model_copy(update=other),
            rota=with_turn(self.place, name, turn),
        )
        seen = self.known.changes if seen is None else seen
        list(change_remit(self.known, command, place=PLACE, categories=CATEGORIES, seen=seen))
        self.known = evolve(self.known, command)

    def add(self, name: str, **fields: Any) -> None:
        new = Unit.model_validate({"unit": name, "zh": "市数据局", "en": "Data Bureau"} | fields)
        command = AddUnit(
            id=f"add-{name}",
            at="2026-03-02T01:00:00Z",  # pyright: ignore[reportArgumentType]
            by="administrator",
            unit=new,
        )
        list(add_unit(self.known, command, place=PLACE, taken={"rp_fagai"}))
        self.known = evolve(self.known, command)

    @property
    def place(self) -> Jurisdiction:
        return self.known.remits.over(PLACE)

    @property
    def rota(self) -> list[str]:
        return [one.unit for one in self.place.units if one.kind == "leader"]


@pytest.fixture
def level() -> Level:
    return Level()


def refused_change(level: Level, name: str, **other: Any) -> tuple[str, str]:
    before = level.known
    with pytest.raises(Refused) as found:
        level.change(name, **other)
    assert level.known == before
    return found.value.rule, found.value.field


# --- what changes -----------------------------------------------------------------------------------------------------


def test_what_nobody_changed_stands_as_the_directory_file_has_it(level: Level) -> None:
    assert level.place == PLACE
    assert Remits(jurisdiction=PLACE.jurisdiction).over(PLACE) == PLACE


def test_a_category_that_a_department_is_given_is_taken_from_the_one_that_had_it(level: Level) -> None:
    level.change("shi_gongxin", categories=("industry", "energy"))
    assert unit("shi_gongxin", level.place).categories == ("industry", "energy")
    assert unit("shi_gongdian", level.place).categories == ()


def test_a_category_goes_on_to_a_third_department_and_back_to_the_first(level: Level) -> None:
    for name, categories in (
        ("shi_gongxin", ("industry", "energy")),
        ("shi_jiaotong", ("transport", "energy")),
        ("shi_gongdian", ("energy",)),
    ):
        level.change(name, categories=categories)
        having = [one.unit for one in level.place.units if "energy" in one.categories]
        assert having == [name]
    assert [one.categories for one in level.place.units] == [one.categories for one in PLACE.units]


def test_a_leader_is_moved_in_the_rota_and_the_others_move_along(level: Level) -> None:
    first, second, third, *rest = level.rota
    level.change(third, turn=1)
    assert level.rota == [third, first, second, *rest]
    level.change(first, turn=len(level.rota))
    assert level.rota == [third, second, *rest, first]
    assert {one.unit for one in level.place.units} == {one.unit for one in PLACE.units}


def test_a_leader_who_is_new_in_the_directory_file_comes_last_and_one_who_is_gone_is_left_aside(level: Level) -> None:
    first, *others = level.rota
    level.change(others[0], turn=1)
    came = unit(first).model_copy(update={"unit": "shi_fulin"})
    units = (came, *(one for one in PLACE.units if one.unit != first))
    later = level.known.remits.over(PLACE.model_copy(update={"units": units}))
    assert [one.unit for one in later.units if one.kind == "leader"] == [*others, "shi_fulin"]


def test_a_unit_that_is_added_is_given_matters_and_a_post_its_turn(level: Level) -> None:
    level.add("shi_shuju", kind="department")
    level.add("shi_fushuju", kind="leader", rank="deputy-mayor")
    assert level.rota[-1] == "shi_fushuju"
    level.change("shi_shuju", categories=("energy",))
    level.change("shi_fushuju", portfolio=("energy",), turn=1)
    assert [one.unit for one in level.place.units if "energy" in one.categories] == ["shi_shuju"]
    assert level.rota[0] == "shi_fushuju"
    assert list(level.known.changed) == ["shi_shuju", "shi_fushuju"]


def test_of_two_who_add_a_unit_at_once_the_second_is_told_that_its_code_is_taken(level: Level) -> None:
    level.add("shi_shuju", kind="department")
    with pytest.raises(Refused, match="another unit"):
        level.add("shi_shuju", kind="office")


def test_while_nobody_sets_the_rota_it_is_the_directory_files_however_often_something_else_is_changed(
    level: Level,
) -> None:
    leaders = [one for one in PLACE.units if one.kind == "leader"]
    level.change("shi_gongdian", first_responsible="局长")
    level.change(leaders[1].unit, portfolio=("energy",), turn=2)
    others = tuple(one for one in PLACE.units if one.kind != "leader")
    turned = level.known.remits.over(PLACE.model_copy(update={"units": (*others, *reversed(leaders))}))
    assert [one.unit for one in turned.units if one.kind == "leader"] == [one.unit for one in reversed(leaders)]


def test_a_unit_that_the_directory_file_has_since_stands_as_the_file_has_it(level: Level) -> None:
    level.add("shi_shuju", kind="department")
    filed = unit("shi_gongxin").model_copy(update={"unit": "shi_shuju", "zh": "市数据局（新）"})
    place = level.known.remits.over(PLACE.model_copy(update={"units": (*PLACE.units, filed)}))
    assert [one.zh for one in place.units if one.unit == "shi_shuju"] == ["市数据局（新）"]


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"name": "shi_gongxin", "kind": "department"}, "unit-taken"),
        ({"name": "rp_fagai", "kind": "department"}, "unit-taken"),
        ({"name": "shi_fulin", "kind": "leader"}, "no-such-rank"),
        ({"name": "shi_fulin", "kind": "leader", "rank": "emperor"}, "no-such-rank"),
    ],
)
def test_a_unit_whose_code_is_taken_or_a_post_of_no_rank_is_not_added(
    level: Level, fields: dict[str, Any], rule: str
) -> None:
    with pytest.raises(Refused) as found:
        level.add(**fields)
    assert found.value.rule == rule


def test_who_changed_a_remit_last_and_when_is_kept_and_how_often_the_level_was_changed(level: Level) -> None:
    level.change("shi_fujiaotong", vacant=False)
    assert level.known.changed["shi_fujiaotong"].by == "administrator"
    assert (level.known.changes, list(level.known.changed)) == (1, ["shi_fujiaotong"])


def test_one_levels_changes_leave_the_other_levels_as_they_are(level: Level) -> None:
    directory = load_directory(DIRECTORY_FILE)
    level.change("shi_gongxin", categories=("industry", "energy"))
    lay_over(directory, [level.known.remits])
    assert directory.by_unit["shi_gongxin"].categories == ("industry", "energy")
    assert directory.jurisdictions[1:] == directory.file.jurisdictions[1:]
    lay_over(directory, [])
    assert directory.jurisdictions == directory.file.jurisdictions


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "other", "rule", "field"),
    [
        ("shi_gongdian", {"categories": ()}, "nobody-answers-then", "categories"),
        ("shi_gongdian", {"categories": ("energy", "weather")}, "unknown-category", "categories"),
        ("shi_fugongye", {"portfolio": ("weather",)}, "unknown-category", "portfolio"),
        ("shi_gongdian", {"vacant": True}, "not-its-remit", "vacant"),
        ("shi_gongdian", {"portfolio": ("energy",)}, "not-its-remit", "portfolio"),
        ("shi_fugongye", {"categories": ("energy",)}, "not-its-remit", "categories"),
        ("qu_chaoan", {"categories": ("energy",)}, "not-its-remit", "categories"),
        ("shi_gongdian", {"turn": 1}, "no-such-turn", "turn"),
        ("shi_fugongye", {"turn": 99}, "no-such-turn", "turn"),
    ],
)
def test_what_does_not_fit_the_unit_or_leaves_a_category_to_nobody_is_refused(
    level: Level, name: str, other: dict[str, Any], rule: str, field: str
) -> None:
    assert refused_change(level, name, **other) == (rule, field)


def test_who_decided_before_somebody_else_changed_the_level_is_asked_to_look_again(level: Level) -> None:
    level.change("shi_fujiaotong", vacant=False)
    assert refused_change(level, "shi_fugongye", vacant=True, seen=0)[0] == "remit-changed-meanwhile"
    level.change("shi_fugongye", vacant=True, seen=1)
    assert unit("shi_fugongye", level.place).vacant


# --- what follows -----------------------------------------------------------------------------------------------------


def test_the_next_case_of_a_category_goes_to_the_department_that_was_given_it() -> None:
    """000-13, 001-19"""
    book = Book(CITY)
    book.terms = with_directory(book.terms, "shi_gongxin", categories=("industry", "energy"))
    assert handed(book.accept(category="energy", level="city"))[0][0] == "shi_gongxin"


def test_a_post_that_falls_vacant_has_its_cases_go_to_the_fallback_and_one_that_is_held_again_gets_them() -> None:
    """000-34, 002-16"""
    for vacant, holder in ((True, "ca_fuban"), (False, "ca_fujiaotong")):
        book = Book(CALL)
        book.terms = with_directory(book.terms, "ca_fujiaotong", vacant=vacant)
        book.accept(level="county", category="transport", district="445103")
        said = book.unresolved()
        assert handed(said)[0][0] == holder
        assert any(isinstance(one, RungVacant) for one in said) == vacant


def with_directory(terms: Terms, name: str, **other: Any) -> Terms:
    directory = Directory(load_directory(DIRECTORY_FILE).file)
    place = next(one for one in directory.jurisdictions if any(u.unit == name for u in one.units))
    changed = Remits(jurisdiction=place.jurisdiction, of={name: Remit.of(unit(name, place)).model_copy(update=other)})
    lay_over(directory, [changed])
    return Terms(terms.scheme, directory.running(terms.scheme.ref), SCHEMES, CALENDAR)


# --- over HTTP --------------------------------------------------------------------------------------------------------


def test_from_the_next_session_on_the_rota_is_as_the_administrator_set_it() -> None:
    """001-01: 依次"""
    hall = TownHall()
    first = hall.propose(MARCH)
    hall.date(first, MARCH)
    for name, more in (("shi_fujiaotong", {"vacant": False, "turn": 2}), ("shi_changwu", {"vacant": True})):
        now = hall.ask(f"/units/{name}/remit", role="administrator", method="GET")
        kept = {field: now[field] for field in Remit.model_fields}
        hall.ask(f"/units/{name}/remit", {**kept, "seen": now["seen"], **more}, role="administrator", method="PUT")
    second = hall.propose(APRIL)
    hall.date(second, APRIL)
    assert [hall.leader_of(first), hall.leader_of(second)] == ["shi_shizhang", "shi_fujiaotong"]
    with pytest.raises(Turned, match="not-on-the-rota"):
        hall.ask(f"/sessions/{second}/leader", {"leader": "shi_changwu"})


DATA_BUREAU = {
    "jurisdiction": "chaozhou", "unit": "shi_shuju", "kind": "department", "zh": "市数据局", "en": "Data Bureau",
    "contact": {"person": "金鑫", "phone": "13700000009", "email": "jin@shuju.example"},
}  # fmt: skip


def test_the_contact_of_a_unit_that_is_added_is_told_for_letters_alone() -> None:
    """001-27"""
    hall = TownHall()
    assert hall.ask("/units", DATA_BUREAU, role="administrator") == {"unit": "shi_shuju"}
    assert hall.get("/units/shi_shuju/contact", role="service")["phone"] == "13700000009"
    for told in (hall.get("/remits", role="service"), hall.get("/units/shi_shuju/remit", role="administrator")):
        assert "13700000009" not in str(told)
        assert "金鑫" not in str(told)
    (row,) = [row for row in hall.get("/contacts", role="administrator") if row["unit"] == "shi_shuju"]
    assert (row["phone"], row["confirmed_at"]) == ("137****0009", None)


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"unit": "shi_gongxin"}, "unit-taken"),
        ({"unit": "web_qiye"}, "unit-taken"),
        ({"jurisdiction": "moon"}, "no-such-level"),
    ],
)
def test_a_unit_is_not_added_where_it_is_not_free_to_be(wrong: dict[str, str], rule: str) -> None:
    hall = TownHall()
    with pytest.raises(Turned, match=rule):
        hall.ask("/units", DATA_BUREAU | wrong, role="administrator")
    assert hall.get("/remits", role="service") in (
        [],
        [{"jurisdiction": "chaozhou", "added": [], "of": {}, "rota": []}],
    )
