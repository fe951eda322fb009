"""Pots put off to their rounds: nothing too late, nothing earlier than before, less waiting."""

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import pairwise, permutations, product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from kitchen.dish_book import starter_book
from kitchen.dishes import DishBook, Equipment
from kitchen.production_batches import make_batches
from kitchen.production_values import Batch, DishRun, KitchenSetting, Pots, Shift
from kitchen.readiness import Round, RoundFault, RoundProblem, round_problems, stagger, waiting_s

BOOK = starter_book()
SHIFT = Shift(date(2026, 4, 14), 10 * 3600, 12 * 3600)
DISHES = sorted(BOOK.dishes)[:40]
STEAMED = [name for name in sorted(BOOK.dishes) if BOOK.dishes[name].equipment == Equipment.STEAMER]


def kitchen(units):
    return KitchenSetting("k1", {equipment: Pots(units) for equipment in Equipment})


def run_of(batch):
    return batch.slot, batch.dish_id, batch.low_salt


def planned(portions_of, units, book=BOOK):
    """The schedule the kitchen plans today: every pot ready for the first van."""
    runs = [DishRun(*name, portions, (), "S") for name, portions in portions_of.items()]
    return make_batches(runs, book=book, kitchen=kitchen(units), shift=SHIFT)[0]


def rounds_of(leaves, portions_of, shares):
    """Rounds that take the percentages ``shares`` of every run, the last one all that is left."""
    left = {("S", *name): portions for name, portions in portions_of.items()}
    rounds = []
    for number, leaves_s in enumerate(sorted(leaves)):
        last = number == len(leaves) - 1
        taken = {run: n if last else n * shares[number] // 100 for run, n in left.items()}
        left = {run: left[run] - taken[run] for run in left}
        rounds.append(Round(leaves_s, taken))
    return tuple(rounds)


portions = st.dictionaries(
    st.tuples(st.sampled_from(DISHES), st.booleans()), st.integers(1, 300), min_size=1, max_size=6
)
after_dispatch = st.lists(
    st.integers(0, 120).map(lambda minutes: SHIFT.dispatch_s + minutes * 60), min_size=1, max_size=4
)
hundredths = st.lists(st.integers(0, 100), min_size=4, max_size=4)
few_units = st.integers(1, 4)


@settings(max_examples=60)
@given(portions, after_dispatch, hundredths, few_units)
def test_the_pots_stay_the_same_and_never_get_earlier(portions_of, leaves, shares, units):
    before = planned(portions_of, units)
    rounds = rounds_of(leaves, portions_of, shares)
    after = {pot.batch_id: pot for pot in stagger(before, rounds, kitchen=kitchen(units))}
    assert len(after) == len(before)
    for old in before:
        new = after[old.batch_id]
        assert new.ready_s >= old.ready_s
        assert new.ready_s - new.starts_s == old.ready_s - old.starts_s
        assert new.eat_by_s == new.ready_s + kitchen(units).hold_s
        moved = {name: getattr(old, name) for name in ("unit", "starts_s", "ready_s", "eat_by_s")}
        assert replace(new, **moved) == old


@settings(max_examples=60)
@given(portions, after_dispatch, hundredths, few_units)
def test_no_unit_has_two_pots_at_once_and_none_is_invented(portions_of, leaves, shares, units):
    before = planned(portions_of, units)
    busy = {}
    for pot in stagger(before, rounds_of(leaves, portions_of, shares), kitchen=kitchen(units)):
        assert 1 <= pot.unit <= units
        busy.setdefault((pot.equipment, pot.unit), []).append((pot.starts_s, pot.ready_s))
    for spans in busy.values():
        assert all(first[1] <= second[0] for first, second in pairwise(sorted(spans)))


@settings(max_examples=60)
@given(portions, after_dispatch, hundredths, few_units)
def test_every_round_finds_its_portions_ready_when_it_is_packed(portions_of, leaves, shares, units):
    """The judge counts portions, not pots: ready by then, against all that has left by then."""
    rounds = rounds_of(leaves, portions_of, shares)
    setting = kitchen(units)
    after = stagger(planned(portions_of, units), rounds, kitchen=setting)
    gone = Counter()
    for leaving in rounds:
        gone.update(leaving.portions)
        packing_s = leaving.leaves_s - setting.packing_s
        ready = Counter()
        for pot in after:
            ready[run_of(pot)] += pot.portions if pot.ready_s <= packing_s else 0
        assert all(ready[run] >= number for run, number in gone.items())
    assert round_problems(after, rounds, kitchen=setting) == ()


@settings(max_examples=60)
@given(portions, after_dispatch, hundredths, few_units)
def test_waiting_is_what_leaves_less_what_is_ready_and_never_gets_worse(
    portions_of, leaves, shares, units
):
    before = planned(portions_of, units)
    rounds = rounds_of(leaves, portions_of, shares)
    after = stagger(before, rounds, kitchen=kitchen(units))
    left = sum(one.leaves_s * sum(one.portions.values()) for one in rounds)
    for pots in (before, after):
        assert waiting_s(pots, rounds) == left - sum(pot.portions * pot.ready_s for pot in pots)
    assert waiting_s(after, rounds) <= waiting_s(before, rounds)


wanted = st.lists(
    st.builds(
        Round,
        st.integers(SHIFT.dispatch_s - 7200, SHIFT.dispatch_s + 7200),
        st.dictionaries(
            st.tuples(st.just("S"), st.sampled_from(DISHES[:4]), st.booleans()),
            st.integers(0, 90),
        ),
    ),
    max_size=4,
)
cooked = st.dictionaries(
    st.tuples(st.sampled_from(DISHES[:4]), st.booleans()), st.integers(1, 90), max_size=4
)


@settings(max_examples=100)
@given(cooked, wanted, few_units)
def test_rounds_that_do_not_fit_the_pots_lose_no_portion_and_move_no_pot_forward(
    portions_of, rounds, units
):
    before = planned(portions_of, units)
    after = stagger(before, rounds, kitchen=kitchen(units))
    old = {pot.batch_id: pot.ready_s for pot in before}
    assert all(pot.ready_s >= old[pot.batch_id] for pot in after)
    assert waiting_s(after, rounds) <= waiting_s(before, rounds)
    asked, listed = Counter(), {fault: Counter() for fault in RoundFault}
    for one in rounds:
        asked.update(one.portions)
    for problem in round_problems(after, rounds, kitchen=kitchen(units)):
        assert problem.portions > 0
        listed[problem.fault][problem.run] += problem.portions
    made = Counter({("S", *name): number for name, number in portions_of.items()})
    assert listed[RoundFault.NO_ROUND] == made - asked
    assert listed[RoundFault.NOT_COOKED] == asked - made


def due_of(pots, rounds, packing_s):
    """Oracle: by when each pot has to be ready, counting portions one by one."""
    leaves = {}
    for one in sorted(rounds, key=lambda one: one.leaves_s):
        for run, number in one.portions.items():
            leaves.setdefault(run, []).extend([one.leaves_s] * number)
    due = {}
    for pot in sorted(pots, key=lambda pot: pot.ready_s):
        queue = leaves[run_of(pot)]
        due[pot.batch_id] = queue[0] - packing_s
        del queue[: pot.portions]
    return due


def best_gain(pots, due):
    """Oracle: the most portion-seconds that can be saved, by trying every unit and every sequence."""
    units = sorted({pot.unit for pot in pots})
    best = 0
    for places in product(units, repeat=len(pots)):
        gains = [
            best_sequence([p for p, at in zip(pots, places, strict=True) if at == unit], due)
            for unit in units
        ]
        if None not in gains:
            best = max(best, sum(gains))
    return best


def best_sequence(pots, due):
    found = []
    for sequence in permutations(pots):
        free_s, gain = 2**40, 0
        for pot in sequence:
            ready_s = min(free_s, due[pot.batch_id])
            gain += pot.portions * (ready_s - pot.ready_s)
            if ready_s < pot.ready_s:
                break
            free_s = ready_s - (pot.ready_s - pot.starts_s)
        else:
            found.append(gain)
    return max(found, default=None)


def small_case(seed):
    """Up to six pots in at most three steamers, of dishes that take as long as chance will have it."""
    chance = Random(seed)
    dishes, portions_of = dict(BOOK.dishes), {}
    for name in chance.sample(STEAMED, chance.randint(1, 4)):
        dishes[name] = replace(dishes[name], minutes=chance.randint(3, 12) * 5, pot_portions=20)
        portions_of[name, False] = chance.randint(5, 60)
        if sum(-(-number // 20) for number in portions_of.values()) > 6:
            del portions_of[name, False]
    leaves = [SHIFT.dispatch_s + chance.randint(0, 8) * 300 for _ in range(chance.randint(1, 4))]
    shares = [chance.randint(0, 100) for _ in leaves]
    units = chance.randint(1, 3)
    pots = planned(portions_of, units, DishBook(BOOK.ingredients, dishes))
    return pots, rounds_of(leaves, portions_of, shares), kitchen(units)


def test_small_cases_save_nearly_as_much_waiting_as_trying_every_schedule():
    saved, possible = 0, 0
    for seed in range(400):
        pots, rounds, setting = small_case(seed)
        gain = waiting_s(pots, rounds) - waiting_s(stagger(pots, rounds, kitchen=setting), rounds)
        best = best_gain(pots, due_of(pots, rounds, setting.packing_s))
        assert 0 <= gain <= best
        saved, possible = saved + gain, possible + best
    assert saved >= 0.95 * possible > 0


def test_where_every_pot_can_be_ready_just_in_time_every_pot_is():
    seen = 0
    for seed in range(2000):
        pots, rounds, setting = small_case(seed)
        due = due_of(pots, rounds, setting.packing_s)
        spans = [(due[p.batch_id] - (p.ready_s - p.starts_s), due[p.batch_id]) for p in pots]
        units = len({pot.unit for pot in pots})
        if all(sum(a < end <= b for a, b in spans) <= units for _, end in spans):
            seen += 1
            after = stagger(pots, rounds, kitchen=setting)
            assert {pot.batch_id: pot.ready_s for pot in after} == due
    assert seen > 100


@given(portions, after_dispatch, hundredths, st.randoms(use_true_random=False))
def test_the_order_in_which_rounds_are_given_does_not_matter(portions_of, leaves, shares, chance):
    pots = planned(portions_of, 2)
    rounds = rounds_of(sorted(set(leaves)), portions_of, shares)
    turned = list(rounds)
    chance.shuffle(turned)
    assert stagger(pots, turned, kitchen=kitchen(2)) == stagger(pots, rounds, kitchen=kitchen(2))
    assert waiting_s(pots, turned) == waiting_s(pots, rounds)


@given(portions, few_units)
def test_with_one_round_nothing_changes(portions_of, units):
    before = planned(portions_of, units)
    rounds = rounds_of([SHIFT.dispatch_s], portions_of, [])
    assert stagger(before, rounds, kitchen=kitchen(units)) == before


def pot(number, unit, starts_s, ready_s, dish_id="d", portions=10):
    return Batch(
        f"S-{dish_id}-{number}", dish_id, False, "S", Equipment.WOK, unit, portions, starts_s,
        ready_s, ready_s + 14_400, 0,
    )  # fmt: skip


RUN = ("S", "d", False)


def test_the_second_pot_waits_for_the_second_round_on_its_unit():
    pots = (pot(2, 1, 4800, 6000), pot(1, 1, 6000, 7200))
    rounds = [Round(8400, {RUN: 10}), Round(12_000, {RUN: 10})]
    after = stagger(pots, rounds, kitchen=kitchen(1))
    assert [(p.batch_id, p.ready_s) for p in after] == [("S-d-2", 7200), ("S-d-1", 10_800)]
    assert waiting_s(pots, rounds) == 10 * (2400 + 4800)
    assert waiting_s(after, rounds) == 10 * (1200 + 1200)


def test_a_pot_of_which_one_portion_leaves_early_is_ready_early():
    pots = (pot(1, 1, 6000, 7200), pot(2, 2, 6000, 7200))
    rounds = [Round(8400, {RUN: 11}), Round(12_000, {RUN: 9})]
    assert stagger(pots, rounds, kitchen=kitchen(2)) == pots


def test_what_does_not_fit_is_listed_with_its_pot_and_departure():
    pots = (pot(1, 1, 6000, 7200),)
    rounds = [Round(8399, {RUN: 4}), Round(8400, {RUN: 3, ("S", "e", True): 2})]
    assert round_problems(pots, rounds, kitchen=kitchen(1)) == (
        RoundProblem(RoundFault.READY_TOO_LATE, RUN, 4, "S-d-1", 8399),
        RoundProblem(RoundFault.NOT_COOKED, ("S", "e", True), 2, "", 8400),
        RoundProblem(RoundFault.NO_ROUND, RUN, 3, "S-d-1", None),
    )
    assert stagger(pots, rounds, kitchen=kitchen(1)) == pots
    assert waiting_s(pots, rounds) == 4 * 1199 + 3 * 1200


def test_a_pot_ready_after_its_round_has_left_does_not_make_up_for_the_waiting_of_others():
    assert (
        waiting_s((pot(1, 1, 6000, 7200),), [Round(7000, {RUN: 5}), Round(7300, {RUN: 5})]) == 500
    )


def test_a_pot_no_round_needs_keeps_its_time():
    pots = (pot(1, 1, 6000, 7200), pot(1, 2, 6000, 7200, "e"))
    rounds = [Round(12_000, {RUN: 10})]
    after = {p.dish_id: p.ready_s for p in stagger(pots, rounds, kitchen=kitchen(2))}
    assert after == {"d": 10_800, "e": 7200}


def test_nothing_cooked_is_nothing_to_put_off():
    assert stagger((), (), kitchen=kitchen(1)) == ()
    assert (waiting_s((), ()), round_problems((), (), kitchen=kitchen(1))) == (0, ())
