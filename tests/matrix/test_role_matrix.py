"""Every route of the seven services, as every role, with what is theirs and what is not: 100 % of the cells of
matrix.yaml."""

from typing import Any

from contracts.catalogue import SERVICES
from libs.identity import MAY, Caller, Tokens
from tests.matrix.cells import ROLES
from tests.matrix.conftest import Place
from tests.matrix.table import EVERYBODY, cells, read
from tests.schemes.house import SECRET

TABLE = read()
WHAT_TO_DO = (
    "declare what it is for (`dependencies=[may(Act.…)]`), see that tests/matrix/world.py has what it is asked about, "
    "run `python -m tests.matrix` and read what changed"
)


def test_every_service_is_in_the_matrix(place: Place):
    assert {way.service for way in place.ways} == set(SERVICES)


def test_every_route_is_listed(place: Place):
    unlisted = [way.name for way in place.ways if way.name not in TABLE]
    assert not unlisted, f"not in matrix.yaml: {unlisted}; {WHAT_TO_DO}"
    gone = TABLE.keys() - {way.name for way in place.ways}
    assert not gone, f"matrix.yaml names routes that there are not: {sorted(gone)}; run `python -m tests.matrix`"


def test_who_asks_for_a_token_says_what_for(place: Place):
    silent = [way.name for way in place.ways if way.asks_who and way.may is None]
    assert not silent, f"these read a token, but do not say what they are for: {silent}; {WHAT_TO_DO}"


def test_every_cell_is_as_the_table_says(place: Place):
    async def found() -> dict[str, Any]:
        return {way.name: await cells(place.city, way, place.things) for way in place.ways}

    seen = place.run(found())
    wrong = {name: (TABLE.get(name), cell) for name, cell in seen.items() if TABLE.get(name) != cell}
    assert not wrong, f"{len(wrong)} routes serve others than the table says (table, found): {wrong}"


def test_every_role_that_is_not_named_is_refused(place: Place):
    """403, or 404 where nobody shall learn that there is anything; whatever is sent, before it is read."""
    tokens = {role: Tokens(SECRET).sign(Caller(subject="somebody", roles=frozenset({role}))) for role in ROLES}
    wrong: list[str] = []
    for way in place.guarded:
        row = TABLE[way.name]
        named = {
            role
            for about, whom in row.items()
            if about.startswith("about")
            for roles in whom.values()
            for role in roles
        }
        expected = row.get("otherwise", 403)
        for role in ROLES:
            if role not in named and (status := place.said(way, tokens[role])) != expected:
                wrong.append(f"{way.name} as {role}: {status}, not {expected}")
    assert not wrong, wrong


def test_without_a_good_token_nothing_is_answered(place: Place):
    everything = frozenset(role for roles in MAY.values() for role in roles)
    caller = Caller(subject="somebody", roles=everything)
    tokens = {
        "none": "",
        "not signed by us": Tokens("another secret, which is as long as it needs").sign(caller),
        "expired": Tokens(SECRET).sign(caller, seconds=-60),
    }
    wrong = [
        f"{way.name} with a token that is {kind}: {status}"
        for way in place.guarded
        for kind, token in tokens.items()
        if (status := place.said(way, token)) != 401
    ]
    assert not wrong, wrong


def test_what_is_for_everybody_asks_nobody_who_they_are(place: Place):
    assert {way.name for way in place.ways if way.may is None} == {
        name for name, row in TABLE.items() if row == EVERYBODY
    }


def test_a_token_of_one_level_is_good_at_that_level_alone(place: Place):
    """Named here, so that no table that is written anew can take it back: the office of another county reads no case."""
    way = next(way for way in place.ways if way.name == "routing GET /cases/{case}")
    office = Caller(subject="office", roles=frozenset({"office"}), jurisdiction="chaozhou")
    elsewhere = office.model_copy(update={"jurisdiction": "raoping"})
    unbound = office.model_copy(update={"jurisdiction": ""})
    assert [place.asked(way, who) for who in (office, unbound, elsewhere)] == [200, 200, 404]
