"""Shelves and deliveries: grams are conserved, what expires first goes first, nothing expired is cooked."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kitchen.diets import parse_diet, resolve_plate
from kitchen.dish_book import starter_book
from kitchen.dishes import Equipment, FoodKind
from kitchen.errors import NegativeStock
from kitchen.production import plan_production
from kitchen.production_values import KitchenSetting, Pots, Shift, SiteDemand
from kitchen.purchasing import ingredient_needs, pot_needs
from kitchen.safety import Storage
from kitchen.stock import UNKNOWN_LOT, Lot, Shelf, Taken, expired, recount, take, usual_storage
from tests.kitchen.menu_tasks import turned

BOOK = starter_book()
DAY = date(2026, 4, 14)
MENU = turned(DAY)
PLATES = {text: resolve_plate(MENU, parse_diet(text), book=BOOK) for text in ["", "SOFT+LOW_SALT"]}
SHIFT = Shift(DAY, 10 * 3600, 12 * 3600)


def ahead(days):
    return DAY + timedelta(days=days)


# Few grams and days close together, so that ties, empty deliveries and short shelves come up.
lots = st.lists(
    st.builds(
        Lot,
        st.sampled_from("abcdef"),
        st.integers(0, 6),
        st.integers(-3, 0).map(ahead),
        st.none() | st.integers(-2, 3).map(ahead),
    ),
    max_size=5,
    unique_by=lambda lot: lot.lot_id,
).map(tuple)
shelves = st.builds(Shelf, st.integers(0, 30), lots)
wanted = st.integers(0, 35)


def ledger(shelf, grams, day):
    """Oracle: one gram after the other leaves the shelf; counts by delivery, and grams that were not there."""
    left = {lot.lot_id: lot.grams for lot in shelf.lots}
    nobody = max(0, shelf.grams - sum(left.values()))
    gone, on_shelf = {}, shelf.grams
    for _ in range(grams):
        best = None
        for lot in shelf.lots:
            if not left[lot.lot_id] or (lot.best_before is not None and lot.best_before < day):
                continue
            if best is None or sooner(lot, best):
                best = lot
        if not on_shelf or (best is None and not nobody):
            break
        on_shelf -= 1
        if nobody:
            nobody -= 1
            name = ""
        else:
            left[best.lot_id] -= 1
            name = best.lot_id
        gone[name] = gone.get(name, 0) + 1
    return gone, grams - sum(gone.values())


def sooner(lot, other):
    """Whether ``lot`` goes first: dated before undated, earlier date, earlier delivery, id."""
    if lot.best_before != other.best_before:
        if lot.best_before is None or other.best_before is None:
            return other.best_before is None
        return lot.best_before < other.best_before
    if lot.received_on != other.received_on:
        return lot.received_on < other.received_on
    return lot.lot_id < other.lot_id


@settings(max_examples=500)
@given(shelves, wanted)
def test_a_pot_gets_what_a_ledger_gives_it_gram_by_gram(shelf, grams):
    taken = take(shelf, grams, DAY)
    assert (dict(taken.lots), taken.short_grams) == ledger(shelf, grams, DAY)
    assert len(dict(taken.lots)) == len(taken.lots)


@settings(max_examples=500)
@given(shelves, wanted)
def test_what_is_short_and_what_is_taken_are_what_was_asked_and_no_more_than_there_is(shelf, grams):
    taken = take(shelf, grams, DAY)
    assert taken.grams + taken.short_grams == grams
    assert taken.short_grams >= 0
    assert taken.grams <= shelf.grams
    there = {lot.lot_id: lot.grams for lot in shelf.lots}
    there[UNKNOWN_LOT] = max(0, shelf.grams - sum(there.values()))
    assert all(0 < part <= there[name] for name, part in taken.lots)


@settings(max_examples=500)
@given(shelves, wanted)
def test_nothing_leaves_an_expired_delivery_nor_a_later_one_while_an_earlier_one_has_grams(
    shelf, grams
):
    gone = dict(take(shelf, grams, DAY).lots)
    unknown = shelf.grams - sum(lot.grams for lot in shelf.lots)
    fresh = [lot for lot in shelf.lots if lot.best_before is None or lot.best_before >= DAY]
    assert set(gone) - {UNKNOWN_LOT} <= {lot.lot_id for lot in fresh}
    if set(gone) - {UNKNOWN_LOT}:
        assert gone.get(UNKNOWN_LOT, 0) == max(0, unknown)
    for lot in fresh:
        used_up = gone.get(lot.lot_id, 0) == lot.grams
        for other in fresh:
            if gone.get(other.lot_id) and sooner(lot, other):
                assert used_up


@settings(max_examples=200)
@given(shelves, st.lists(st.integers(0, 12), max_size=5))
def test_pots_one_after_the_other_take_what_one_large_pot_would(shelf, pots):
    at_once = take(shelf, sum(pots), DAY)
    gone, short = {}, 0
    for grams in pots:
        taken = take(shelf, grams, DAY)
        short += taken.short_grams
        parts = dict(taken.lots)
        for name, part in taken.lots:
            gone[name] = gone.get(name, 0) + part
        left = tuple(replace(lot, grams=lot.grams - parts.get(lot.lot_id, 0)) for lot in shelf.lots)
        shelf = Shelf(shelf.grams - taken.grams, left)
    assert (gone, short) == (dict(at_once.lots), at_once.short_grams)


@settings(max_examples=500)
@given(shelves, st.integers(0, 40))
def test_a_count_leaves_its_grams_and_takes_from_what_expires_first(shelf, counted):
    left = dict(recount(shelf, counted))
    known = sum(lot.grams for lot in shelf.lots)
    assert set(left) == {lot.lot_id for lot in shelf.lots}
    assert sum(left.values()) == min(counted, known)
    for lot in shelf.lots:
        assert 0 <= left[lot.lot_id] <= lot.grams
        for other in shelf.lots:
            if sooner(lot, other) and left[other.lot_id] < other.grams:
                assert left[lot.lot_id] == 0


@settings(max_examples=200)
@given(shelves, st.integers(0, 40), wanted)
def test_after_a_count_a_pot_takes_at_most_what_was_counted(shelf, counted, grams):
    left = dict(recount(shelf, counted))
    after = Shelf(counted, tuple(replace(lot, grams=left[lot.lot_id]) for lot in shelf.lots))
    assert take(after, grams, DAY).grams <= counted
    assert recount(after, counted) == recount(shelf, counted)


@settings(max_examples=300)
@given(shelves)
def test_a_delivery_is_either_expired_or_given_to_a_pot_never_both(shelf):
    old = expired(shelf, DAY)
    full = replace(shelf, grams=max(shelf.grams, sum(lot.grams for lot in shelf.lots)))
    given_ = dict(take(full, full.grams, DAY).lots)
    holding = [lot for lot in shelf.lots if lot.grams]
    assert {lot.lot_id for lot in holding} == {lot.lot_id for lot in old} | (set(given_) - {""})
    assert all(lot.lot_id not in given_ and lot.grams for lot in old)
    assert all(not sooner(later, lot) for lot, later in pairwise(old))


def test_a_delivery_is_used_on_its_last_day_and_stands_as_expired_on_the_next():
    shelf = Shelf(10, (Lot("a", 10, DAY, DAY),))
    assert take(shelf, 4, DAY) == Taken((("a", 4),), 0)
    assert expired(shelf, DAY) == ()
    assert take(shelf, 4, ahead(1)) == Taken((), 4)
    assert expired(shelf, ahead(1)) == shelf.lots


def test_grams_of_no_known_delivery_go_first_and_undated_deliveries_last():
    undated, dated = Lot("a", 5, ahead(-9)), Lot("b", 5, DAY, ahead(90))
    shelf = Shelf(12, (undated, dated))
    assert take(shelf, 9, DAY) == Taken((("", 2), ("b", 5), ("a", 2)), 0)
    assert take(shelf, 0, DAY) == Taken((), 0)
    assert take(shelf, 13, DAY).short_grams == 1
    assert recount(shelf, 6) == (("b", 1), ("a", 5))


def test_of_equal_dates_the_older_delivery_goes_first_and_then_the_lower_id():
    shelf = Shelf(9, (Lot("c", 3, DAY, DAY), Lot("b", 3, DAY, DAY), Lot("d", 3, ahead(-1), DAY)))
    assert take(shelf, 8, DAY).lots == (("d", 3), ("b", 3), ("c", 2))


def test_a_shelf_that_was_counted_low_gives_no_more_than_the_count():
    shelf = Shelf(3, (Lot("a", 5, DAY, ahead(-1)), Lot("b", 5, DAY, ahead(1))))
    assert take(shelf, 5, DAY) == Taken((("b", 3),), 2)


@pytest.mark.parametrize(
    ("action", "grams"),
    [
        (lambda: Shelf(-1), -1),
        (lambda: Shelf(5, (Lot("a", -2, DAY),)), -2),
        (lambda: take(Shelf(5), -3, DAY), -3),
        (lambda: recount(Shelf(5), -4), -4),
    ],
)
def test_fewer_than_no_grams_are_refused(action, grams):
    with pytest.raises(NegativeStock) as error:
        action()
    assert error.value.grams == grams


demands = st.lists(
    st.builds(
        SiteDemand, st.sampled_from("ab"), st.sampled_from(list(PLATES)), st.integers(0, 180)
    ),
    max_size=4,
)


def plan_of(demand, sample_grams):
    pots = {equipment: Pots(6) for equipment in Equipment}
    kitchen = KitchenSetting("k1", pots, sample_grams=sample_grams)
    return plan_production(demand, PLATES, book=BOOK, kitchen=kitchen, shift=SHIFT)


def needs_of_pots(plan):
    return [
        pot_needs(
            BOOK.dishes[pot.dish_id],
            pot.portions,
            pot.sample_grams,
            book=BOOK,
            low_salt=pot.low_salt,
        )
        for pot in plan.batches
    ]


@settings(max_examples=60, deadline=None)
@given(demands, st.sampled_from([0, 125, 200]))
def test_the_pots_of_a_meal_take_what_was_bought_for_it_but_for_less_than_a_gram_each(
    demand, sample_grams
):
    plan = plan_of(demand, sample_grams)
    bought = {need.ingredient_id: need.grams for need in ingredient_needs([plan], book=BOOK)}
    pots = needs_of_pots(plan)
    assert {name for needs in pots for name in needs} <= set(bought)
    for name, grams in bought.items():
        taken = [needs.get(name, 0) for needs in pots]
        cooks = [pot for pot in plan.batches if name in uses(pot.dish_id)]
        assert grams - len(cooks) - 1 < sum(taken) <= grams


def uses(dish_id):
    return {line.ingredient_id for line in BOOK.dishes[dish_id].recipe}


@settings(max_examples=30, deadline=None)
@given(demands)
def test_a_shelf_with_exactly_what_was_bought_is_never_short_for_the_pots_of_the_meal(demand):
    plan = plan_of(demand, 125)
    needs = ingredient_needs([plan], book=BOOK)
    stock = {need.ingredient_id: Shelf(need.grams, (Lot("x", need.grams, DAY),)) for need in needs}
    for pot in needs_of_pots(plan):
        for name, grams in pot.items():
            taken = take(stock[name], grams, DAY)
            assert taken == Taken((("x", grams),), 0)
            left = stock[name].grams - grams
            stock[name] = Shelf(left, (Lot("x", left, DAY),))


@pytest.mark.parametrize(
    ("kinds", "storage"),
    [
        ({FoodKind.PORK}, Storage.CHILLED),
        ({FoodKind.BEEF}, Storage.CHILLED),
        ({FoodKind.POULTRY}, Storage.CHILLED),
        ({FoodKind.FISH}, Storage.CHILLED),
        ({FoodKind.SHELLFISH}, Storage.CHILLED),
        ({FoodKind.DAIRY}, Storage.CHILLED),
        ({FoodKind.PORK, FoodKind.PRESERVED, FoodKind.SALTY}, Storage.AMBIENT),
        ({FoodKind.VEGETABLE}, Storage.AMBIENT),
        ({FoodKind.STAPLE}, Storage.AMBIENT),
        (set(), Storage.AMBIENT),
    ],
)
def test_fresh_meat_fish_and_dairy_usually_come_chilled(kinds, storage):
    food = replace(BOOK.ingredients["rice"], kinds=frozenset(kinds))
    assert usual_storage(food) is storage


def test_a_delivery_that_came_after_the_pot_did_not_go_into_it():
    shelf = Shelf(9, (Lot("later", 5, ahead(1), ahead(2)), Lot("there", 4, DAY, ahead(9))))
    assert take(shelf, 6, DAY) == Taken((("there", 4),), 2)
