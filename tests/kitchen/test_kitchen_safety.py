"""Food safety: what the records do not show is never called fine."""

from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kitchen.errors import BadKitchenSetting
from kitchen.kinds import MealPeriod
from kitchen.safety import (
    GRAVE,
    Arrival,
    Check,
    CheckKind,
    Deviation,
    Found,
    Goods,
    Pot,
    SafetyLimits,
    SafetyRecords,
    Sample,
    Storage,
    deviations,
    eat_by,
    limits_from,
    site_eat_by,
    site_meal,
)

HOUR = 3600
NINE = 9 * HOUR
CLOSE = 13 * HOUR
EVENING = 20 * HOUR
DAY = date(2026, 11, 23)
LUNCH = MealPeriod.LUNCH
HOT = SafetyLimits()
COLD = SafetyLimits(chilled=True)
RUN = ("BIG_MEAT", "hongshaorou", False)
POT = Pot("p1", LUNCH, RUN, 40, NINE)
SITE = site_meal("s1", LUNCH)
ARRIVED = Arrival("s1", LUNCH, NINE + HOUR, 650, CLOSE)
GOODS = Goods("g1", Storage.CHILLED, 40, DAY, DAY)
SAMPLE = Sample("p1", 125, None)


def core(temp_dc=800, at_s=NINE, pot="p1"):
    return Check(CheckKind.COOKED, pot, temp_dc, at_s)


def held(temp_dc, at_s, subject=SITE):
    return Check(CheckKind.HELD, subject, temp_dc, at_s)


def loaded(temp_dc, at_s, subject=SITE):
    return Check(CheckKind.LOADED, subject, temp_dc, at_s)


def cooled(temp_dc, at_s, pot="p1"):
    return Check(CheckKind.COOLED, pot, temp_dc, at_s)


def reheated(temp_dc, at_s, subject=SITE):
    return Check(CheckKind.REHEATED, subject, temp_dc, at_s)


def store(kind, temp_dc, at_s=NINE, name="f1"):
    return Check(kind, name, temp_dc, at_s)


IN_TIME = (cooled(210, NINE + 2 * HOUR), cooled(80, NINE + 4 * HOUR))
TOMORROW = NINE + 24 * HOUR
# A day at which everything was measured and nothing is wrong, of a hot kitchen and of a chilled one.
GOOD_HOT = SafetyRecords(
    (POT,), (core(), held(650, NINE + 2 * HOUR)), (ARRIVED,), (GOODS,), (SAMPLE,)
)
GOOD_COLD = SafetyRecords(
    (POT,),
    (core(), *IN_TIME, loaded(50, NINE + 20 * HOUR), reheated(700, TOMORROW)),
    (Arrival("s1", LUNCH, NINE + 21 * HOUR, 60, TOMORROW + 2 * HOUR),),
    (GOODS,),
    (SAMPLE,),
)


def found(records, limits=HOT, now_s=EVENING):
    return deviations(records, limits, now_s)


def named(records, limits=HOT, now_s=EVENING):
    return {(one.code, one.subject) for one in found(records, limits, now_s)}


def plus(records, *checks):
    return replace(records, checks=(*records.checks, *checks))


def without(records, *kinds):
    return replace(records, checks=tuple(c for c in records.checks if c.kind not in kinds))


def simulated(pot, readings, limits):
    """Oracle: the last minute of eating, the food followed from minute to minute."""
    minute = {}
    for check in readings:
        minute.setdefault(check.at_s // 60, []).append(check)
    sure = [
        t
        for t, seen in minute.items()
        for c in seen
        if c.kind == "COOKED" and c.temp_dc >= limits.core_dc
    ]
    ready = pot.ready_s // 60
    if sure and max(sure) < ready:
        ready = max(sure)
    looked = [t for t, seen in minute.items() if any(c.kind == "COOKED" for c in seen)]
    if looked:
        last = [c.temp_dc for c in minute[max(looked)] if c.kind == "COOKED"]
        if min(last) < limits.core_dc:
            return ready * 60
    cold_from = _cold_from(ready, minute, limits) if limits.chilled else None
    state = "hot" if not limits.chilled else "warm" if cold_from is None else "cold"
    sure_at = ready if cold_from is None else cold_from
    begun = sure_at
    now = ready
    while _edible(now, state, ready, sure_at, limits):
        if now >= begun:
            state, sure_at = _looked_at(now, minute.get(now, ()), state, sure_at, limits)
        now += 1
    # What was found too warm had been so for a while: two hours after it was last cold may lie before that.
    back = sure_at + limits.warm_s // 60 if state == "thawed" else now
    return min(now - 1, back) * 60


def _cold_from(ready, minute, limits):
    first, last = ready + limits.cool_first_s // 60, ready + limits.cool_s // 60
    by_first = by_last = None
    for t in range(ready, max([last, *minute]) + 1):
        for temp in sorted(c.temp_dc for c in minute.get(t, ()) if c.kind == "COOLED"):
            if (t >= first and temp > limits.cool_first_dc) or (
                t >= last and temp > limits.cold_dc
            ):
                return None
            if t <= first and temp <= limits.cool_first_dc:
                by_first = t
            if t <= last and temp <= limits.cold_dc and by_last is None:
                by_last = t
    return None if by_first is None else by_last


def _edible(now, state, ready, sure_at, limits):
    longest = {"hot": limits.hot_s, "lost": limits.hot_s, "cold": limits.chilled_s,
               "thawed": limits.chilled_s, "warm": limits.warm_s}  # fmt: skip
    if state in longest and (now - ready) * 60 > longest[state]:
        return False
    return state == "cold" or (now - sure_at) * 60 <= limits.warm_s


def _looked_at(now, seen, state, sure_at, limits):
    hot = [c.temp_dc for c in seen if c.kind == "REHEATED" and c.temp_dc >= limits.reheat_dc]
    # Of one minute, what is hotter than the reheated food was read after it was reheated.
    temps = [
        c.temp_dc
        for c in seen
        if c.kind in {"HELD", "LOADED", "COOLED"} and c.temp_dc <= min(hot, default=c.temp_dc)
    ]
    if state == "hot" and temps:
        if min(temps) < limits.hot_dc:
            state = "lost"
        else:
            sure_at = now
    elif state == "cold" and temps:
        if min(temps) <= limits.cold_dc:
            sure_at = now
        if max(temps) > limits.cold_dc:
            state = "thawed"
    still = _edible(now, state, now, sure_at, limits)
    if still and hot:
        return "reheated", now
    return state, sure_at


# Times and temperatures stand close around the limits, so that every rule and every edge comes up.
minutes = st.sampled_from([-30, -1, 0, 1, 60, 119, 120, 121, 180, 239, 240, 241, 359, 360, 361, 480, 1439, 1440, 1441, 1500])  # fmt: skip
temps = st.sampled_from([20, 79, 80, 81, 209, 210, 211, 300, 599, 600, 601, 699, 700, 701])
of_food = [kind for kind in CheckKind if kind not in {CheckKind.FRIDGE, CheckKind.FREEZER}]


def check_lists(kinds, most=8):
    at = minutes.map(lambda m: NINE + m * 60)
    return st.lists(
        st.builds(Check, st.sampled_from(kinds), st.just("p1"), temps, at), max_size=most
    )


cooling_down = st.just(list(IN_TIME)) | st.just([])
limit_sets = st.sampled_from(
    [
        HOT,
        COLD,
        replace(HOT, warm_s=HOUR, hot_s=6 * HOUR),
        replace(COLD, warm_s=HOUR, cool_s=6 * HOUR),
    ]
)


@settings(max_examples=600, deadline=None)
@given(check_lists(of_food), cooling_down, limit_sets)
def test_the_eat_by_is_the_last_minute_of_a_simulated_day(readings, cooling, limits):
    readings = [*readings, *cooling]
    assert eat_by(POT, readings, limits) == simulated(POT, readings, limits)


@settings(max_examples=200)
@given(check_lists(of_food), cooling_down, limit_sets, st.randoms())
def test_the_order_of_writing_down_changes_neither_eat_by_nor_deviations(
    readings, cooling, limits, random
):
    readings = [*readings, *cooling]
    mixed = random.sample(readings, len(readings))
    assert eat_by(POT, readings, limits) == eat_by(POT, mixed, limits)
    one = SafetyRecords((POT,), tuple(readings), (ARRIVED,))
    assert found(one, limits) == found(replace(one, checks=tuple(mixed)), limits)


@settings(max_examples=300)
@given(check_lists(of_food), cooling_down, limit_sets, st.sampled_from(["HELD", "LOADED"]), minutes)
def test_one_more_bad_reading_never_makes_food_last_longer(readings, cooling, limits, kind, minute):
    readings = [*readings, *cooling]
    bad = Check(CheckKind(kind), "p1", 300, NINE + minute * 60)
    assert eat_by(POT, [*readings, bad], limits) <= eat_by(POT, readings, limits)


@settings(max_examples=300)
@given(check_lists([CheckKind.COOKED, CheckKind.COOLED, CheckKind.HELD]), cooling_down, limit_sets)
def test_a_pot_with_a_grave_deviation_is_never_fine_for_more_than_two_hours(
    readings, cooling, limits
):
    records = SafetyRecords((POT,), (*readings, *cooling), (), (), (SAMPLE,))
    grave = {one.code for one in found(records, limits, TOMORROW) if one.grave}
    until = eat_by(POT, records.checks, limits)
    if Deviation.CORE in grave:
        assert until <= NINE
    elif limits.chilled and grave:
        assert until <= NINE + limits.warm_s


@pytest.mark.parametrize(
    ("readings", "until"),
    [
        ([], 2 * HOUR),
        ([held(600, NINE + 2 * HOUR)], 4 * HOUR),
        ([held(599, NINE + 2 * HOUR)], 2 * HOUR),
        ([held(600, NINE + 2 * HOUR + 1)], 2 * HOUR),
        ([loaded(600, NINE + HOUR)], 3 * HOUR),
        ([held(700, NINE + 2 * HOUR), held(700, NINE + 4 * HOUR)], 4 * HOUR),
        ([held(599, NINE + HOUR), held(700, NINE + 90 * 60)], 2 * HOUR),
        ([held(600, NINE + HOUR), held(599, NINE + HOUR)], 2 * HOUR),
        ([held(700, NINE - 60)], 2 * HOUR),
        ([held(300, NINE - 60), held(600, NINE + HOUR)], 3 * HOUR),
        ([held(300, NINE + HOUR), reheated(700, NINE + 2 * HOUR)], 4 * HOUR),
        ([held(300, NINE + HOUR), reheated(699, NINE + 2 * HOUR)], 2 * HOUR),
        ([held(300, NINE + HOUR), reheated(700, NINE + 2 * HOUR + 1)], 2 * HOUR),
        ([reheated(750, NINE + 10 * HOUR)], 2 * HOUR),
        ([reheated(750, NINE - HOUR)], 2 * HOUR),
        ([reheated(700, NINE + HOUR), held(650, NINE + 2 * HOUR)], 3 * HOUR),
        ([reheated(700, NINE + HOUR), reheated(700, NINE + 3 * HOUR)], 5 * HOUR),
        ([reheated(700, NINE + HOUR), reheated(700, NINE + 3 * HOUR + 1)], 3 * HOUR),
        ([core(700), core(800, NINE + HOUR)], 2 * HOUR),
        ([core(700, NINE - HOUR)], HOUR),
        ([core(700, NINE - HOUR), core(700, NINE)], 2 * HOUR),
        ([core(699, NINE - HOUR), core(700, NINE)], 2 * HOUR),
        ([core(699)], 0),
        ([core(699), held(800, NINE), reheated(800, NINE), reheated(800, NINE + 1)], 0),
        ([core(800), core(699)], 0),
        ([core(800), core(650, NINE + 600)], 0),
    ],
)  # fmt: skip
def test_hot_food_may_be_eaten_two_hours_after_it_was_last_known_to_be_hot(readings, until):
    assert eat_by(POT, readings, HOT) == NINE + until


@pytest.mark.parametrize(
    ("readings", "until"),
    [
        ([], 2 * HOUR),
        (IN_TIME, 24 * HOUR),
        ([cooled(80, NINE + HOUR)], 24 * HOUR),
        ([cooled(211, NINE + 2 * HOUR), cooled(80, NINE + 4 * HOUR)], 2 * HOUR),
        ([cooled(210, NINE + 2 * HOUR), cooled(81, NINE + 4 * HOUR)], 2 * HOUR),
        ([cooled(210, NINE + 2 * HOUR + 1), cooled(80, NINE + 4 * HOUR)], 2 * HOUR),
        ([cooled(210, NINE + 2 * HOUR), cooled(80, NINE + 4 * HOUR + 1)], 2 * HOUR),
        ([cooled(80, NINE - 60)], 2 * HOUR),
        ([held(650, NINE + 600), *IN_TIME], 24 * HOUR),
        ([cooled(80, NINE - 60), held(650, NINE + 600), *IN_TIME], 24 * HOUR),
        ([cooled(80, NINE + HOUR), loaded(81, NINE + 2 * HOUR), cooled(80, NINE + 4 * HOUR)], 3 * HOUR),
        ([*IN_TIME, cooled(81, NINE + 10 * HOUR)], 2 * HOUR),
        ([*IN_TIME, loaded(80, NINE + 20 * HOUR)], 24 * HOUR),
        ([*IN_TIME, loaded(81, NINE + 20 * HOUR)], 6 * HOUR),
        ([*IN_TIME, loaded(80, NINE + 20 * HOUR), held(81, NINE + 21 * HOUR)], 22 * HOUR),
        ([*IN_TIME, loaded(80, NINE + 23 * HOUR), held(250, NINE + 24 * HOUR)], 24 * HOUR),
        ([*IN_TIME, reheated(700, NINE + 24 * HOUR)], 26 * HOUR),
        ([*IN_TIME, reheated(699, NINE + 23 * HOUR)], 24 * HOUR),
        ([*IN_TIME, reheated(700, NINE + 24 * HOUR + 1)], 24 * HOUR),
        ([*IN_TIME, reheated(700, NINE + 10 * HOUR)], 12 * HOUR),
        ([*IN_TIME, loaded(300, NINE + 9 * HOUR), reheated(700, NINE + 10 * HOUR)], 6 * HOUR),
        ([reheated(750, NINE + 23 * HOUR)], 2 * HOUR),
        ([reheated(750, NINE + 2 * HOUR)], 4 * HOUR),
        ([core(690), *IN_TIME], 0),
    ],
)  # fmt: skip
def test_chilled_food_lasts_a_day_only_if_it_was_cold_in_time_and_stayed_cold(readings, until):
    assert eat_by(POT, readings, COLD) == NINE + until


def test_a_site_eats_by_its_earliest_pot_and_by_its_own_arrival():
    late = replace(POT, batch_id="p2", ready_s=NINE + 1800)
    records = replace(GOOD_HOT, pots=(late, POT), checks=())
    assert site_eat_by(records, replace(ARRIVED, temp_dc=None), HOT) == NINE + 2 * HOUR
    assert site_eat_by(records, ARRIVED, HOT) == NINE + 3 * HOUR
    assert site_eat_by(records, replace(ARRIVED, temp_dc=599), HOT) == NINE + 2 * HOUR
    own = plus(records, held(650, NINE + 1800, "p1"), held(650, NINE + 2 * HOUR, "p2"))
    assert site_eat_by(own, replace(ARRIVED, temp_dc=None), HOT) == NINE + 1800 + 2 * HOUR
    other = plus(records, held(650, NINE + 2 * HOUR, site_meal("s2", LUNCH)))
    assert site_eat_by(other, ARRIVED, HOT) == NINE + 3 * HOUR


@pytest.mark.parametrize(
    "pot", [replace(POT, made=0), replace(POT, made=None), replace(POT, period=MealPeriod.SUPPER)]
)
def test_pots_that_were_thrown_away_or_are_of_another_meal_say_nothing_of_a_site(pot):
    early = replace(pot, batch_id="p0", ready_s=NINE - 5 * HOUR)
    assert site_eat_by(replace(GOOD_HOT, pots=(early,)), ARRIVED, HOT) is None
    assert site_eat_by(replace(GOOD_HOT, pots=(early, POT)), ARRIVED, HOT) == NINE + 4 * HOUR


def test_days_of_which_everything_was_measured_have_no_deviation():
    assert found(GOOD_HOT) == ()
    assert found(GOOD_COLD, COLD, TOMORROW + 3 * HOUR) == ()


def goods(**changes):
    return replace(GOOD_HOT, goods=(replace(GOODS, **changes),))


def samples(*kept):
    return replace(GOOD_HOT, samples=kept)


KITCHEN = replace(GOOD_HOT, arrivals=())
CHILL = replace(GOOD_COLD, arrivals=())
UNREAD = without(CHILL, CheckKind.COOLED)
# What was written down, the one deviation that it is: of what, the reading, the limit; grave or not.
CASES = [
    (plus(without(KITCHEN, CheckKind.COOKED), core(699)), HOT, Found(Deviation.CORE, "p1", 699, 700)),
    (without(GOOD_HOT, CheckKind.COOKED), HOT, Found(Deviation.CORE_NOT_MEASURED, "p1", 0, 700)),
    (plus(GOOD_HOT, held(599, CLOSE)), HOT, Found(Deviation.HOLD, SITE, 599, 600, last_s=CLOSE)),
    (plus(GOOD_HOT, held(599, CLOSE), held(650, CLOSE + 1)), HOT, Found(Deviation.HOLD, SITE, 599, 600, last_s=CLOSE)),
    (plus(GOOD_HOT, loaded(599, CLOSE)), HOT, Found(Deviation.LOAD, SITE, 599, 600, last_s=CLOSE)),
    (plus(CHILL, loaded(81, NINE)), COLD, Found(Deviation.LOAD, SITE, 81, 80, last_s=NINE)),
    (plus(UNREAD, cooled(211, NINE + 2 * HOUR)), COLD, Found(Deviation.COOLING, "p1", 211, 210)),
    (plus(UNREAD, cooled(210, NINE), cooled(81, NINE + 4 * HOUR)), COLD, Found(Deviation.COOLING, "p1", 81, 80)),
    (plus(CHILL, cooled(250, NINE + 5 * HOUR)), COLD, Found(Deviation.COOLING, "p1", 250, 80)),
    (UNREAD, COLD, Found(Deviation.NOT_COOLED, "p1", 0, 210)),
    (plus(UNREAD, cooled(80, NINE + 3 * HOUR)), COLD, Found(Deviation.NOT_COOLED, "p1", 0, 210)),
    (plus(UNREAD, cooled(210, NINE + HOUR)), COLD, Found(Deviation.NOT_COOLED, "p1", 0, 80)),
    (plus(GOOD_HOT, reheated(699, CLOSE)), HOT, Found(Deviation.REHEAT, SITE, 699, 700, last_s=CLOSE)),
    (goods(temp_dc=81), HOT, Found(Deviation.GOODS, "g1", 81, 80)),
    (goods(storage=Storage.FROZEN, temp_dc=-119), HOT, Found(Deviation.GOODS, "g1", -119, -120)),
    (goods(best_before=DAY - timedelta(days=1)), HOT, Found(Deviation.GOODS_EXPIRED, "g1")),
    (plus(GOOD_HOT, store(CheckKind.FRIDGE, 81)), HOT, Found(Deviation.STORE, "f1", 81, 80, last_s=NINE)),
    (plus(GOOD_HOT, store(CheckKind.FREEZER, -119)), HOT, Found(Deviation.STORE, "f1", -119, -120, last_s=NINE)),
    (samples(), HOT, Found(Deviation.NO_SAMPLE, "p1", 0, 125)),
    (samples(Sample("p2", 125, None)), HOT, Found(Deviation.NO_SAMPLE, "p1", 0, 125)),
    (samples(replace(SAMPLE, grams=124)), HOT, Found(Deviation.SMALL_SAMPLE, "p1", 124, 125)),
    (samples(replace(SAMPLE, kept_s=48 * HOUR - 1)), HOT, Found(Deviation.SAMPLE_GONE, "p1", 48 * HOUR - 1, 48 * HOUR)),
]  # fmt: skip
EDGES = [
    (plus(without(GOOD_HOT, CheckKind.COOKED), core(700)), HOT),
    (plus(GOOD_HOT, held(600, CLOSE), loaded(600, CLOSE), reheated(700, CLOSE)), HOT),
    (plus(CHILL, loaded(80, NINE), loaded(-50, NINE)), COLD),
    (plus(CHILL, cooled(600, NINE + 2 * HOUR - 1), cooled(210, NINE + 4 * HOUR - 1)), COLD),
    (plus(GOOD_HOT, store(CheckKind.FRIDGE, 80), store(CheckKind.FREEZER, -120)), HOT),
    (goods(temp_dc=80), HOT),
    (goods(temp_dc=None, best_before=None), HOT),
    (goods(storage=Storage.FROZEN, temp_dc=-120), HOT),
    (goods(storage=Storage.AMBIENT, temp_dc=300), HOT),
    (samples(replace(SAMPLE, kept_s=48 * HOUR)), HOT),
    (samples(), replace(HOT, sample_grams=0)),
]


@pytest.mark.parametrize(("records", "limits", "expected"), CASES)
def test_each_deviation_begins_one_step_beyond_its_limit(records, limits, expected):
    assert found(records, limits, TOMORROW) == (expected,)
    assert expected.grave == (expected.code in {"core_temperature", "cooling_too_slow", "not_cooled", "reheat_temperature", "goods_expired"})  # fmt: skip


@pytest.mark.parametrize(("records", "limits"), EDGES)
def test_what_is_just_at_its_limit_is_good(records, limits):
    assert found(records, limits, TOMORROW) == ()


def test_every_deviation_is_produced_by_some_record():
    produced = {
        one.code for records, limits, _ in CASES for one in found(records, limits, TOMORROW)
    }
    on_the_way = named(plus(replace(GOOD_HOT, arrivals=(replace(ARRIVED, temp_dc=599),))))
    produced |= {code for code, _ in on_the_way}
    assert produced == set(Deviation)
    assert produced >= GRAVE
    assert {expected.code for _, _, expected in CASES if expected.grave} == GRAVE


def test_arrivals_are_too_cold_in_a_hot_kitchen_and_too_warm_in_a_chilled_one():
    def arriving(temp_dc, limits):
        records = GOOD_COLD if limits.chilled else GOOD_HOT
        coming = tuple(replace(one, temp_dc=temp_dc) for one in records.arrivals)
        return {
            one
            for one in found(replace(records, arrivals=coming), limits)
            if one.code is Deviation.ARRIVAL
        }

    assert arriving(599, HOT) == {Found(Deviation.ARRIVAL, SITE, 599, 600)}
    assert arriving(81, COLD) == {Found(Deviation.ARRIVAL, SITE, 81, 80)}
    for temp_dc, limits in [
        (600, HOT),
        (900, HOT),
        (80, COLD),
        (-10, COLD),
        (None, HOT),
        (None, COLD),
    ]:
        assert arriving(temp_dc, limits) == set()


@pytest.mark.parametrize(
    ("closes", "now", "covered"),
    [(0, 1, True), (1, 0, True), (1, 1, False), (0, 900, True), (900, 0, True), (5, 2, False)],
)
def test_a_site_is_not_covered_once_the_eat_by_is_past_while_it_still_serves(closes, now, covered):
    until = NINE + 3 * HOUR
    at_site = replace(ARRIVED, closes_s=until + closes)
    records = replace(GOOD_HOT, checks=(core(),), arrivals=(at_site,))
    expected = () if covered else (Found(Deviation.NOT_COVERED, SITE, until, until + closes),)
    assert found(records, HOT, until + now) == expected


def test_chilled_food_that_nobody_reheated_is_missed_when_its_counter_has_closed():
    cold = without(GOOD_COLD, CheckKind.REHEATED)
    cold = replace(cold, arrivals=(replace(cold.arrivals[0], closes_s=TOMORROW),))
    missed = Found(Deviation.CORE_NOT_MEASURED, SITE, 0, 700)
    assert found(cold, COLD, TOMORROW) == ()
    assert found(cold, COLD, TOMORROW + 1) == (missed,)
    assert found(plus(cold, reheated(700, TOMORROW - 60)), COLD, TOMORROW + 1) == ()
    elsewhere = plus(cold, reheated(700, TOMORROW - 60, site_meal("s2", LUNCH)))
    assert found(elsewhere, COLD, TOMORROW + 1) == (missed,)
    nothing_made = replace(cold, pots=(replace(POT, made=0),))
    assert found(nothing_made, COLD, TOMORROW + 1) == ()


def test_cold_readings_are_missed_only_after_their_hour():
    unread = SafetyRecords((POT,), (core(),), (), (), (SAMPLE,))
    first, second = NINE + 2 * HOUR, NINE + 4 * HOUR
    assert found(unread, COLD, first) == ()
    assert found(unread, COLD, first + 1) == (Found(Deviation.NOT_COOLED, "p1", 0, 210),)
    begun = plus(unread, cooled(210, first))
    assert found(begun, COLD, second) == ()
    assert found(begun, COLD, second + 1) == (Found(Deviation.NOT_COOLED, "p1", 0, 80),)
    assert found(unread, HOT, EVENING) == ()
    early = plus(unread, core(800, NINE - HOUR))
    assert found(replace(early, checks=early.checks[1:]), COLD, first) != ()


@pytest.mark.parametrize("made", [0, None])
def test_a_pot_that_gave_nothing_needs_neither_reading_nor_sample_nor_cooling(made):
    at_site = replace(ARRIVED, temp_dc=None)
    gone = SafetyRecords((replace(POT, made=made),), (), (at_site,))
    assert found(gone, HOT) == ()
    assert found(gone, COLD) == ()
    low = plus(gone, core(650))
    assert found(low, HOT) == (Found(Deviation.CORE, "p1", 650, 700),)


again = {
    CheckKind.COOKED: (Deviation.CORE, 690, 700), CheckKind.REHEATED: (Deviation.REHEAT, 690, 700),
    CheckKind.FRIDGE: (Deviation.STORE, 90, 80), CheckKind.FREEZER: (Deviation.STORE, -110, -120),
    CheckKind.HELD: (Deviation.HOLD, 590, 600), CheckKind.LOADED: (Deviation.LOAD, 590, 600),
}  # fmt: skip
MENDS = set(again) - {CheckKind.HELD, CheckKind.LOADED}


@settings(max_examples=300)
@given(
    st.sampled_from(sorted(again)),
    st.lists(st.tuples(st.integers(0, 4), st.integers(-3, 3)), min_size=1, max_size=5),
)
def test_a_deviation_is_mended_only_if_nothing_bad_was_read_since_or_at_the_last_second(kind, read):
    code, _, limit = again[kind]
    upwards = kind in {CheckKind.FRIDGE, CheckKind.FREEZER}
    checks = tuple(Check(kind, "p1", limit + step, NINE + after) for after, step in read)
    records = SafetyRecords((POT,), checks, (), (), (SAMPLE,))
    mine = [one for one in found(records) if one.code is code]
    bad = {(after, step) for after, step in read if (step > 0 if upwards else step < 0)}
    if not bad:
        assert mine == []
        return
    worst = limit + (max if upwards else min)(step for _, step in bad)
    last = max(after for after, _ in read)
    good_again = all(after < last for after, _ in bad) and kind in MENDS
    bad_s = NINE + max(after for after, _ in bad) if kind != CheckKind.COOKED else None
    assert mine == [Found(code, "p1", worst, limit, good_again, bad_s)]
    assert mine[0].grave == (code in GRAVE and not good_again)


@pytest.mark.parametrize("kind", sorted(again))
def test_a_good_reading_afterwards_mends_pots_and_stores_but_not_food_that_was_cold(kind):
    code, bad, limit = again[kind]
    one = SafetyRecords((POT,), (Check(kind, "p1", bad, NINE),), (), (), (SAMPLE,))
    two = plus(one, Check(kind, "p1", limit, NINE + 1))
    three = plus(two, Check(kind, "p1", bad, NINE + 2))
    states = [[f.mended for f in found(records) if f.code is code] for records in (one, two, three)]
    assert states == [[False], [kind in MENDS], [False]]


def test_grave_deviations_stand_first_and_a_mended_one_is_not_grave():
    mended = plus(GOOD_HOT, core(650, NINE - 60), store(CheckKind.FRIDGE, 99))
    assert [one.code for one in found(mended)] == [Deviation.CORE, Deviation.STORE]
    assert not any(one.grave for one in found(mended))
    grave = plus(mended, reheated(600, CLOSE))
    assert [one.code for one in found(grave)] == [Deviation.REHEAT, Deviation.CORE, Deviation.STORE]


sample_rows = st.lists(
    st.builds(
        Sample,
        st.sampled_from(["p1", "p2", "p3"]),
        st.sampled_from([1, 124, 125, 200]),
        st.none() | st.sampled_from([0, 48 * HOUR - 1, 48 * HOUR, 60 * HOUR]),
    ),
    max_size=5,
)
makes = st.tuples(*[st.sampled_from([None, 0, 30])] * 3)


@settings(max_examples=400)
@given(sample_rows, makes, st.booleans())
def test_a_run_is_in_order_only_if_one_sample_of_it_is_heavy_enough_and_was_kept(rows, made, apart):
    runs = [RUN, RUN, ("BIG_MEAT", "hongshaorou", True) if apart else RUN]
    pots = [Pot(f"p{n + 1}", LUNCH, runs[n], made[n], NINE) for n in range(3)]
    checks = tuple(core(pot=pot.batch_id) for pot in pots)
    seen = found(SafetyRecords(tuple(pots), checks, (), (), tuple(rows)))
    for run in set(runs):
        cooked = [pot.batch_id for pot in pots if pot.run == run and pot.made]
        mine = [one.code for one in seen if one.subject in cooked]
        own = [one for one in rows if one.batch_id in cooked]
        kept = [one for one in own if one.kept_s is None or one.kept_s >= 48 * HOUR]
        wrong = set()
        if cooked and not own:
            # The pot that gives the sample may still be to come.
            waiting = any(pot.run == run and pot.made is None for pot in pots)
            wrong = set() if waiting else {Deviation.NO_SAMPLE}
        elif cooked:
            wrong |= {Deviation.SAMPLE_GONE} if not kept else set()
            heavy = any(one.grams >= 125 for one in kept or own)
            wrong |= set() if heavy else {Deviation.SMALL_SAMPLE}
        assert sorted(mine) == sorted(wrong)
    assert all(one.subject in {pot.batch_id for pot in pots if pot.made} for one in seen)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([Sample("p2", 125, None)], ()),
        ([Sample("p1", 1, 0), Sample("p2", 125, 48 * HOUR)], ()),
        ([Sample("p1", 200, HOUR), Sample("p2", 10, None)], (Found(Deviation.SMALL_SAMPLE, "p2", 10, 125),)),
        ([Sample("p1", 200, HOUR), Sample("p2", 125, 2 * HOUR)], (Found(Deviation.SAMPLE_GONE, "p1", 2 * HOUR, 48 * HOUR),)),
        ([Sample("p1", 30, None), Sample("p2", 40, None)], (Found(Deviation.SMALL_SAMPLE, "p2", 40, 125),)),
        ([], (Found(Deviation.NO_SAMPLE, "p1", 0, 125),)),
    ],
)  # fmt: skip
def test_one_good_sample_of_the_pots_of_a_run_is_enough_and_two_halves_are_not(rows, expected):
    other = replace(POT, batch_id="p2")
    checks = (core(), core(pot="p2"))
    assert found(SafetyRecords((other, POT), checks, (), (), tuple(rows))) == expected


def test_meals_and_ways_of_cooking_have_samples_of_their_own():
    low_salt = replace(POT, batch_id="p2", run=(*RUN[:2], True))
    supper = replace(POT, batch_id="p3", period=MealPeriod.SUPPER)
    same = replace(POT, batch_id="p4")
    cooked = tuple(core(pot=f"p{n}") for n in range(1, 5))
    records = replace(GOOD_HOT, pots=(POT, low_salt, supper, same), checks=cooked, arrivals=())
    assert named(records) == {(Deviation.NO_SAMPLE, "p2"), (Deviation.NO_SAMPLE, "p3")}


def refused(**changes):
    with pytest.raises(BadKitchenSetting) as error:
        replace(HOT, **changes)
    return error.value.setting, error.value.value


@pytest.mark.parametrize(
    "name", ["warm_s", "hot_s", "cool_first_s", "cool_s", "chilled_s", "sample_hours"]
)
@pytest.mark.parametrize("length", [0, -1])
def test_no_length_of_time_is_nothing_or_less(name, length):
    assert refused(**{name: length}) == (name, str(length))


@pytest.mark.parametrize(
    ("changes", "setting", "value"),
    [
        ({"hot_s": 2 * HOUR - 1}, "hot_s", "7199"),
        ({"warm_s": 4 * HOUR + 1}, "hot_s", "14400"),
        ({"cool_s": 2 * HOUR - 1}, "cool_s", "7199"),
        ({"cool_first_s": 4 * HOUR + 1}, "cool_s", "14400"),
        ({"frozen_dc": 80}, "hot_dc", "600"),
        ({"cold_dc": 210}, "hot_dc", "600"),
        ({"cool_first_dc": 600}, "hot_dc", "600"),
        ({"core_dc": 599}, "hot_dc", "600"),
        ({"hot_dc": 701}, "hot_dc", "701"),
        ({"reheat_dc": 599}, "reheat_dc", "599"),
        ({"sample_grams": -1}, "sample_grams", "-1"),
    ],
)
def test_limits_that_contradict_each_other_are_refused_by_name(changes, setting, value):
    assert refused(**changes) == (setting, value)


@pytest.mark.parametrize(
    "changes",
    [
        {"hot_s": 2 * HOUR},
        {"cool_s": 2 * HOUR},
        {"core_dc": 600},
        {"reheat_dc": 600},
        {"frozen_dc": 79},
        {"cold_dc": 209},
        {"sample_grams": 0},
        {"sample_hours": 1},
        {"chilled": True},
    ],
)
def test_limits_that_just_fit_together_are_kept(changes):
    assert asdict(limits_from(changes, HOT)) == asdict(HOT) | changes


@pytest.mark.parametrize(
    ("figures", "setting"),
    [
        ({"core": 700}, "core"),
        ({"__class__": 1}, "__class__"),
        ({"": 1}, ""),
        ({"core_dc": "750"}, "core_dc"),
        ({"core_dc": 750.0}, "core_dc"),
        ({"core_dc": None}, "core_dc"),
        ({"sample_grams": True}, "sample_grams"),
        ({"chilled": 1}, "chilled"),
        ({"chilled": "yes"}, "chilled"),
        ({"core_dc": 750, "hot_dc": 751}, "hot_dc"),
        ({"sample_hours": 0}, "sample_hours"),
    ],
)
def test_a_kitchens_own_figures_are_whole_numbers_of_known_names_that_fit(figures, setting):
    with pytest.raises(BadKitchenSetting) as error:
        limits_from(figures, HOT)
    assert error.value.setting == setting


def test_own_figures_stand_in_the_place_of_the_usual_ones_and_change_nothing_else():
    own = limits_from({"core_dc": 750, "chilled": True}, replace(HOT, sample_grams=200))
    assert asdict(own) == asdict(HOT) | {"core_dc": 750, "chilled": True, "sample_grams": 200}
    assert limits_from({}, own) == own
    assert named(GOOD_HOT, replace(HOT, core_dc=801)) >= {(Deviation.CORE, "p1")}


def test_the_usual_limits_are_those_of_the_rules():
    assert asdict(HOT) == {
        "core_dc": 700, "hot_dc": 600, "cold_dc": 80, "frozen_dc": -120, "reheat_dc": 700,
        "warm_s": 7_200, "hot_s": 14_400, "cool_first_dc": 210, "cool_first_s": 7_200,
        "cool_s": 14_400, "chilled_s": 86_400, "sample_grams": 125, "sample_hours": 48,
        "chilled": False,
    }  # fmt: skip
