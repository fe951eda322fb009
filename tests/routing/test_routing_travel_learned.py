from datetime import date
from random import Random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import errors
from routing.travel_layers import Leg
from routing.travel_learned import DrivenLeg, SheetStop, learn_times, legs_of_run

DAY = date(2026, 11, 20)
ASSUMED = {("a", "b"): Leg(5000, 600), ("b", "a"): Leg(5100, 700), ("a", "c"): Leg(None, None)}
PLAUSIBLE = st.lists(st.integers(200, 1800), min_size=1, max_size=30)


def legs(*seconds: int | None, pair: tuple[str, str] = ("a", "b")) -> list[DrivenLeg]:
    return [DrivenLeg(*pair, DAY, one) for one in seconds]


@given(driven=PLAUSIBLE, prior=st.integers(1, 50))
def test_the_learned_time_is_the_credibility_weighted_median(driven: list[int], prior: int) -> None:
    (one,) = learn_times(legs(*driven), ASSUMED, prior_legs=prior).times
    weight = len(driven) / (len(driven) + prior)
    exact = 600 + weight * (median(driven) - 600)
    assert exact - 1e-6 <= one.seconds < exact + 1 + 1e-6
    assert (one.median_s, one.assumed_s, one.legs) == (median(driven), 600, len(driven))
    assert one.metres == 5000


@given(driven=PLAUSIBLE)
def test_the_learned_time_lies_between_what_was_assumed_and_what_was_driven(
    driven: list[int],
) -> None:
    (one,) = learn_times(legs(*driven), ASSUMED).times
    low, high = sorted((600, median(driven)))
    assert low <= one.seconds <= high + 1


def test_more_of_the_same_drives_come_ever_nearer_to_their_time() -> None:
    times = [learn_times(legs(*[900] * n), ASSUMED).times[0].seconds for n in (1, 5, 50, 5000)]
    assert times == [650, 750, 873, 900]


@given(driven=PLAUSIBLE, seed=st.integers(0, 99))
def test_the_order_of_the_sheets_means_nothing(driven: list[int], seed: int) -> None:
    shuffled = legs(*driven)
    Random(seed).shuffle(shuffled)
    assert learn_times(shuffled, ASSUMED) == learn_times(legs(*driven), ASSUMED)


def test_directions_are_learned_apart() -> None:
    driven = [*legs(900), *legs(300, pair=("b", "a"))]
    there, back = learn_times(driven, ASSUMED, prior_legs=1).times
    assert (there.origin, there.seconds) == ("a", 750)
    assert (back.origin, back.seconds) == ("b", 500)


def test_one_afternoon_in_the_sun_does_not_spoil_the_rest() -> None:
    driven = legs(610, 600, 605, 1799, 602)
    assert learn_times(driven, ASSUMED).times[0].median_s == 605


@pytest.mark.parametrize(
    ("leg", "reason"),
    [
        (DrivenLeg("a", "b", DAY, None), "missing"),
        (DrivenLeg("a", "b", DAY, None, "not_recorded"), "not_recorded"),
        (DrivenLeg("a", "b", DAY, 0), "not_positive"),
        (DrivenLeg("a", "b", DAY, -60), "not_positive"),
        (DrivenLeg("a", "b", DAY, 1801), "over_3_times_assumed"),
        (DrivenLeg("a", "b", DAY, 199), "under_a_third_of_assumed"),
        (DrivenLeg("a", "x", DAY, 600), "nothing_assumed"),
        (DrivenLeg("a", "c", DAY, 600), "nothing_assumed"),
        (DrivenLeg("b", "a", DAY, 600), "given_by_county"),
    ],
)
def test_a_leg_that_is_not_used_is_listed_with_its_reason(leg: DrivenLeg, reason: str) -> None:
    learned = learn_times([leg], ASSUMED, given={("b", "a")})
    assert learned.times == ()
    assert [(one.origin, one.seconds, one.reason) for one in learned.ignored] == [
        (leg.origin, leg.seconds, reason)
    ]


@given(driven=st.lists(st.none() | st.integers(-500, 4000), max_size=40))
def test_every_leg_is_either_used_or_listed(driven: list[int | None]) -> None:
    learned = learn_times(legs(*driven), ASSUMED)
    assert sum(one.legs for one in learned.times) + len(learned.ignored) == len(driven)
    assert all(leg.reason for leg in learned.ignored)


@pytest.mark.parametrize("prior", [0, -1, 2.5])
def test_the_assumed_time_is_worth_one_leg_at_least(prior: int) -> None:
    with pytest.raises(errors.RoutingError):
        learn_times([], ASSUMED, prior_legs=prior)


def test_what_was_driven_is_the_time_between_two_records_less_the_service() -> None:
    run = [SheetStop("a", 36_000, 200), SheetStop("b", 37_000, 260), SheetStop("c", 38_500, 180)]
    assert legs_of_run("k", run, DAY) == [
        DrivenLeg("k", "a", DAY, None, "departure_not_recorded"),
        DrivenLeg("a", "b", DAY, 740),
        DrivenLeg("b", "c", DAY, 1320),
    ]


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        (SheetStop("b", None, 200), "not_recorded"),
        (SheetStop("b", 90_000, 200), "recorded_on_another_day"),
        (SheetStop("b", -5, 200), "recorded_on_another_day"),
        (SheetStop("b", 37_000, 200, reached=False), "not_reached"),
        (SheetStop("b", 37_000, 200, waited=True), "waited_for_window"),
    ],
)
def test_a_record_that_says_nothing_of_the_road_gives_no_time(stop: SheetStop, reason: str) -> None:
    run = [SheetStop("a", 36_000, 200), stop]
    assert legs_of_run("k", run, DAY)[1] == DrivenLeg("a", "b", DAY, None, reason)


def test_an_unusable_record_spoils_the_legs_on_both_sides_but_waiting_only_the_one_before() -> None:
    first, last = SheetStop("a", 36_000, 200), SheetStop("c", 39_000, 200)
    lost = legs_of_run("k", [first, SheetStop("b", None, 200), last], DAY)
    assert [leg.reason for leg in lost[1:]] == ["not_recorded", "not_recorded"]
    waited = legs_of_run("k", [first, SheetStop("b", 37_500, 200, waited=True), last], DAY)
    assert [leg.seconds for leg in waited[1:]] == [None, 1300]


def test_a_run_without_stops_has_no_legs() -> None:
    assert legs_of_run("k", [], DAY) == []
