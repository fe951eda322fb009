"""Boxes: every meal in one of them, and diets in as few as possible."""

from collections import Counter
from fractions import Fraction
from itertools import combinations, combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kitchen.boxes import Box, pack_boxes
from kitchen.dispatch import DispatchRules, boxes_for
from kitchen.production_values import PackLine

lines_of_a_site = st.lists(
    st.builds(
        PackLine,
        st.just("a"),
        st.sampled_from(["", "", "SOFT", "LOW_SALT", "SOFT+LOW_SALT", "NO_PORK", "DIABETIC"]),
        st.integers(0, 45),
    ),
    max_size=9,
)
sizes_of_boxes = st.integers(1, 25)


def lines(standard, *special):
    rows = [PackLine("a", f"V{number}", portions) for number, portions in enumerate(special)]
    return [PackLine("a", "", standard), *rows]


def pieces(boxes):
    """In how many boxes each special variant is."""
    return Counter(variant for box in boxes for variant, _ in box.meals if variant)


def split(boxes):
    return sum(number > 1 for number in pieces(boxes).values())


def special_boxes(boxes):
    return sum(any(variant for variant, _ in box.meals) for box in boxes)


def fits(sizes, rooms):
    """Oracle: whether all sizes go into the rooms whole, by trying every way."""
    if not sizes:
        return True
    return any(
        fits(sizes[1:], [*rooms[:number], room - sizes[0], *rooms[number + 1 :]])
        for number, room in enumerate(rooms)
        if room >= sizes[0] and room not in rooms[:number]
    )


def fewest_split(sizes, boxes, meals_per_box):
    """Oracle: what is not kept whole can always fill up the rest, portion by portion."""
    return min(
        len(sizes) - len(whole)
        for number in range(len(sizes) + 1)
        for whole in combinations(sizes, number)
        if fits(whole, [meals_per_box] * boxes)
    )


def fewest_boxes(sizes, meals_per_box):
    return next(n for n in range(len(sizes) + 1) if fits(sizes, [meals_per_box] * n))


@given(lines_of_a_site, sizes_of_boxes)
def test_every_meal_is_in_one_box_and_there_are_as_many_boxes_as_the_rounds_count_on(
    packed, meals_per_box
):
    boxes = pack_boxes(packed, meals_per_box)
    inside, wanted = Counter(), Counter()
    for box in boxes:
        assert all(portions > 0 for _, portions in box.meals)
        assert 1 <= sum(portions for _, portions in box.meals) <= meals_per_box
        assert len({variant for variant, _ in box.meals}) == len(box.meals)
        inside.update(dict(box.meals))
    for line in packed:
        wanted[line.variant] += line.portions
    assert inside == +wanted
    assert [box.number for box in boxes] == list(range(1, len(boxes) + 1))
    assert len(boxes) == boxes_for(wanted.total(), DispatchRules(meals_per_box))


@given(lines_of_a_site, sizes_of_boxes)
def test_boxes_with_special_meals_come_first_and_name_them_first(packed, meals_per_box):
    boxes = pack_boxes(packed, meals_per_box)
    special = [any(variant for variant, _ in box.meals) for box in boxes]
    assert special == sorted(special, reverse=True)
    assert all("" not in [variant for variant, _ in box.meals[:-1]] for box in boxes)


@given(st.lists(st.integers(1, 30), max_size=9), st.integers(0, 40), sizes_of_boxes)
def test_fewer_variants_are_split_than_there_are_boxes(special, standard, meals_per_box):
    boxes = pack_boxes(lines(standard, *special), meals_per_box)
    assert split(boxes) < max(1, len(boxes))


@given(st.lists(st.integers(1, 12), max_size=7), st.integers(0, 60))
def test_whole_variants_are_in_few_boxes_however_many_they_are(special, standard):
    boxes = pack_boxes(lines(standard, *special), 12)
    if not split(boxes):
        assert special_boxes(boxes) <= Fraction(11, 9) * fewest_boxes(special, 12) + Fraction(6, 9)


@pytest.mark.parametrize("meals_per_box", range(1, 8))
def test_up_to_four_special_variants_are_packed_as_well_as_by_trying_every_way(meals_per_box):
    for number in range(1, 5):
        for sizes in combinations_with_replacement(range(1, meals_per_box + 2), number):
            for standard in (0, 1, 2 * meals_per_box):
                boxes = pack_boxes(lines(standard, *sizes), meals_per_box)
                assert split(boxes) == fewest_split(sizes, len(boxes), meals_per_box)
                if not split(boxes):
                    assert special_boxes(boxes) == fewest_boxes(sizes, meals_per_box)


@given(lines_of_a_site, sizes_of_boxes, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(packed, meals_per_box, chance):
    turned = list(packed)
    chance.shuffle(turned)
    assert pack_boxes(turned, meals_per_box) == pack_boxes(packed, meals_per_box)


def test_diets_share_the_first_box_and_standard_meals_fill_it_up():
    packed = [PackLine("a", "", 26), PackLine("a", "SOFT", 6), PackLine("a", "NO_PORK", 3)]
    assert pack_boxes(packed, 20) == (
        Box(1, (("NO_PORK", 3), ("SOFT", 6), ("", 6))),
        Box(2, (("", 20),)),
    )


def test_a_variant_larger_than_a_box_fills_boxes_and_its_rest_joins_the_other_diets():
    assert pack_boxes(lines(14, 12, 4), 10) == (
        Box(1, (("V0", 2), ("V1", 4), ("", 4))),
        Box(2, (("V0", 10),)),
        Box(3, (("", 10),)),
    )


def test_three_variants_of_two_thirds_of_a_box_in_two_boxes_cost_one_split():
    assert pieces(pack_boxes(lines(0, 6, 6, 6), 9)) == {"V0": 1, "V1": 1, "V2": 2}


def test_no_meals_need_no_box():
    assert pack_boxes([], 20) == pack_boxes(lines(0, 0), 20) == ()
