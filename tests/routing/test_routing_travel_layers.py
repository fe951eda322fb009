from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import errors
from routing.travel import HILL_COUNTY, Position, UnknownPair, straight_line_table
from routing.travel_layers import NOBODY, STRAIGHT_LINE, GivenPairs, Layers, Leg, StraightLine

PLACES = [Position("k", 119.6, 29.8), Position("a", 119.7, 29.8), Position("b", 119.8, 29.9)]
NAMES = [place.place for place in PLACES]
PAIRS = [(a, b) for a, b in product(NAMES, NAMES) if a != b]
CLOSED = Leg(None, None)
LEGS = st.dictionaries(
    st.sampled_from(PAIRS),
    st.just(CLOSED) | st.builds(Leg, st.integers(0, 10**6), st.integers(0, 10**5)),
)


@given(legs=LEGS)
def test_given_pairs_are_answered_and_all_others_are_unknown(
    legs: dict[tuple[str, str], Leg],
) -> None:
    table = GivenPairs("given", legs).table(PLACES)
    for (i, a), (j, b) in product(enumerate(NAMES), enumerate(NAMES)):
        said = legs.get((a, b), CLOSED) if a != b else Leg(0, 0)
        assert (table.distance_m[i][j], table.duration_s[i][j]) == (said.metres, said.seconds)
    assert set(table.unreachable) == {pair for pair in legs if legs[pair] == CLOSED}
    assert {(p.origin, p.destination) for p in table.unknown} == set(PAIRS) - set(legs)


@given(first=LEGS, second=LEGS)
def test_every_pair_comes_from_the_first_source_that_knows_it(
    first: dict[tuple[str, str], Leg], second: dict[tuple[str, str], Leg]
) -> None:
    layers = Layers((GivenPairs("one", first), GivenPairs("two", second), StraightLine()))
    guess = straight_line_table(PLACES, HILL_COUNTY)
    found = layers.ask(PLACES)
    for pair, leg, source in found.pairs():
        i, j = NAMES.index(pair[0]), NAMES.index(pair[1])
        if pair in first:
            assert (leg, source) == (first[pair], "one")
        elif pair in second:
            assert (leg, source) == (second[pair], "two")
        else:
            assert source == STRAIGHT_LINE
            assert leg == Leg(guess.distance_m[i][j], guess.duration_s[i][j])
    assert sum(found.counts().values()) == len(PAIRS)
    assert found.table == layers.table(PLACES)


def test_a_closed_pair_stays_closed_whatever_a_later_source_says() -> None:
    first = GivenPairs("county", {("k", "a"): CLOSED})
    table = Layers((first, GivenPairs("later", {("k", "a"): Leg(1, 1)}), StraightLine())).table(
        PLACES
    )
    assert table.duration_s[0][1] is None
    assert table.unreachable == (("k", "a"),)


def test_directions_are_separate() -> None:
    table = Layers((GivenPairs("county", {("k", "a"): CLOSED}), StraightLine())).table(PLACES)
    assert table.duration_s[1][0] is not None


def test_what_no_source_knows_is_named_and_belongs_to_nobody() -> None:
    found = Layers((GivenPairs("county", {("k", "a"): Leg(5, 6)}),)).ask(PLACES[:2])
    assert found.table.unknown == (UnknownPair("a", "k", "no_row"),)
    assert found.table.unreachable == ()
    assert found.counts() == {NOBODY: 1, "county": 1}


def test_a_source_that_nothing_is_left_for_is_not_asked() -> None:
    class Forbidden:
        name = "forbidden"

        def table(self, positions: object) -> object:
            raise AssertionError(positions)

    layers = Layers((StraightLine(), Forbidden()))  # type: ignore[arg-type]
    assert layers.table(PLACES) == straight_line_table(PLACES, HILL_COUNTY)
    assert layers.name == "STRAIGHT_LINE > forbidden"


@pytest.mark.parametrize("figures", [(1, None), (None, 1), (-1, 1), (1, 2.5), (True, 1)])
def test_a_way_has_two_whole_figures_or_none(figures: tuple[int | None, int | None]) -> None:
    with pytest.raises(errors.RoutingError):
        Leg(*figures)


def test_a_place_that_stands_twice_is_refused_by_every_source() -> None:
    for source in (GivenPairs("x", {}), Layers((StraightLine(),))):
        with pytest.raises(errors.DuplicateStop):
            source.table([PLACES[0], PLACES[0]])


def test_no_place_and_one_place_have_a_table_too() -> None:
    layers = Layers((GivenPairs("x", {}), StraightLine()))
    assert layers.table([]).distance_m == ()
    assert layers.table(PLACES[:1]).duration_s == ((0,),)
