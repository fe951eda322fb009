"""The second round: the reserve goes to whoever asks first and can still eat it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kitchen.second_round import Answer, Ask, FreeVan, Refusal, SecondRoundRules, decide

NOON = 12 * 3600
RULES = SecondRoundRules(eat_by_s=NOON + 7200)
ASK = Ask("a", 10, NOON, NOON + 3600, way_s=600)
VAN = FreeVan("v1", NOON - 60, NOON + 10_800)
LATEST_S = ASK.serve_until_s - RULES.useful_s

# Few and narrow numbers, so that every refusal and every tie comes up.
moments = st.integers(0, 60)
asks = st.builds(
    Ask,
    st.sampled_from("abc"),
    st.integers(-1, 12),
    moments,
    moments,
    st.none() | st.integers(0, 9),
)
vans = st.lists(
    st.builds(FreeVan, st.sampled_from(["v1", "v2", "v3"]), moments, st.integers(0, 90)),
    max_size=3,
    unique_by=lambda van: van.vehicle_id,
)
rules = st.builds(SecondRoundRules, moments, st.integers(0, 5), st.integers(0, 15))


def arrival(ask, van, rule):
    """Oracle: when this van would be there, None when it must not go."""
    loaded = max(ask.at_s, van.free_s) + rule.load_s
    there = loaded + ask.way_s
    eaten = there + rule.useful_s
    home = there + ask.way_s
    if eaten > ask.serve_until_s or eaten > rule.eat_by_s or home > van.shift_to_s:
        return None
    return there


def answer(ask=ASK, reserve=50, fleet=(VAN,), rule=RULES):
    return decide(ask, reserve_left=reserve, vans=fleet, rules=rule)


@settings(max_examples=300)
@given(asks, st.integers(-1, 15), vans, rules)
def test_the_van_that_is_there_first_goes_if_any_is_there_in_time(ask, reserve, fleet, rule):
    given_ = answer(ask, reserve, fleet, rule)
    if ask.meals <= 0 or reserve <= 0 or ask.way_s is None:
        assert given_.granted == 0
    elif ask.way_s == 0:
        in_time = ask.at_s + rule.useful_s <= min(ask.serve_until_s, rule.eat_by_s)
        assert given_.granted == (min(ask.meals, reserve) if in_time else 0)
        assert given_.vehicle_id is None
        assert given_.arrive_s == (ask.at_s if in_time else None)
    else:
        there = {
            van.vehicle_id: arrival(ask, van, rule)
            for van in fleet
            if arrival(ask, van, rule) is not None
        }
        assert given_.granted == (min(ask.meals, reserve) if there else 0)
        if there:
            first = min(there.values())
            assert given_.arrive_s == first
            assert given_.vehicle_id == min(name for name, at in there.items() if at == first)
            assert given_.leave_s == first - ask.way_s


@settings(max_examples=300)
@given(asks, st.integers(-1, 15), vans, rules)
def test_less_than_asked_has_a_reason_and_a_grant_has_its_times(ask, reserve, fleet, rule):
    given_ = answer(ask, reserve, fleet, rule)
    assert (given_.reason is None) == (given_.granted == ask.meals > 0)
    times = [given_.leave_s, given_.arrive_s, given_.eat_by_s]
    if given_.granted:
        assert None not in times
        assert (given_.vehicle_id is None) == (ask.way_s == 0)
        assert given_.eat_by_s == rule.eat_by_s
    else:
        assert given_ == Answer(0, given_.reason)


@settings(max_examples=200)
@given(asks, st.integers(0, 15), st.integers(0, 15), vans, rules)
def test_a_larger_reserve_never_grants_less(ask, reserve, more, fleet, rule):
    small, large = answer(ask, reserve, fleet, rule), answer(ask, reserve + more, fleet, rule)
    assert small.granted <= large.granted <= small.granted + more


@settings(max_examples=200)
@given(st.lists(asks, max_size=8), st.integers(0, 30), vans, rules)
def test_asks_one_after_the_other_never_get_more_than_the_reserve_nor_a_van_twice_at_once(
    wanted, reserve, fleet, rule
):
    left, trips = reserve, []
    for ask in sorted(wanted, key=lambda ask: ask.at_s):
        given_ = answer(ask, left, fleet, rule)
        left -= given_.granted
        if given_.vehicle_id:
            trips.append((given_.vehicle_id, given_.leave_s, given_.arrive_s + ask.way_s))
            fleet = [
                replace(van, free_s=trips[-1][2]) if van.vehicle_id == given_.vehicle_id else van
                for van in fleet
            ]
        if given_.granted < max(0, ask.meals) and given_.reason is Refusal.RESERVE_USED:
            assert left == 0
    assert 0 <= left <= reserve
    for name, leaves, home in trips:
        others = [trip for trip in trips if trip[0] == name and trip != (name, leaves, home)]
        assert all(home <= other[1] or other[2] <= leaves for other in others)


@pytest.mark.parametrize(
    ("changes", "granted", "reason"),
    [
        ({}, 10, None),
        ({"reserve": 10}, 10, None),
        ({"reserve": 4}, 4, Refusal.RESERVE_USED),
        ({"reserve": 0}, 0, Refusal.RESERVE_USED),
        ({"ask": replace(ASK, meals=0)}, 0, Refusal.NOTHING_ASKED),
        ({"ask": replace(ASK, meals=-3)}, 0, Refusal.NOTHING_ASKED),
        ({"ask": replace(ASK, way_s=None)}, 0, Refusal.NO_WAY),
        ({"ask": replace(ASK, at_s=LATEST_S - 900)}, 10, None),
        ({"ask": replace(ASK, at_s=LATEST_S - 899)}, 0, Refusal.TOO_LATE),
        ({"rule": replace(RULES, eat_by_s=NOON + 1800)}, 10, None),
        ({"rule": replace(RULES, eat_by_s=NOON + 1799)}, 0, Refusal.PAST_EAT_BY),
        ({"fleet": ()}, 0, Refusal.NO_VAN),
        ({"fleet": (replace(VAN, free_s=LATEST_S - 900),)}, 10, None),
        ({"fleet": (replace(VAN, free_s=LATEST_S - 899),)}, 0, Refusal.NO_VAN),
        ({"fleet": (replace(VAN, shift_to_s=NOON + 1500),)}, 10, None),
        ({"fleet": (replace(VAN, shift_to_s=NOON + 1499),)}, 0, Refusal.NO_VAN),
    ],
)
def test_each_refusal_begins_at_its_own_second(changes, granted, reason):
    given_ = answer(**changes)
    assert (given_.granted, given_.reason) == (granted, reason)


@pytest.mark.parametrize(("first", "reason"), [(-1, Refusal.TOO_LATE), (1, Refusal.PAST_EAT_BY)])
def test_of_two_ends_the_earlier_one_is_the_reason(first, reason):
    late = replace(ASK, at_s=ASK.serve_until_s + 600)
    rule = replace(RULES, eat_by_s=ASK.serve_until_s - first)
    assert answer(late, rule=rule).reason is reason


def test_the_kitchens_own_counter_needs_no_van_and_no_loading():
    counter = replace(ASK, way_s=0, at_s=LATEST_S)
    assert answer(counter, fleet=()) == Answer(10, None, None, LATEST_S, LATEST_S, RULES.eat_by_s)
    late = replace(counter, at_s=LATEST_S + 1)
    assert answer(late, fleet=()) == Answer(0, Refusal.TOO_LATE)


def test_vans_that_arrive_together_go_by_their_id():
    fleet = (replace(VAN, vehicle_id="v2", free_s=0), VAN, replace(VAN, vehicle_id="v3"))
    assert answer(fleet=fleet) == Answer(10, None, "v1", NOON + 300, NOON + 900, RULES.eat_by_s)
