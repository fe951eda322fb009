"""Integer fen: rounding, splitting, yuan text."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.errors import NegativeAmount, NoWeights, PercentOutOfRange, YuanMalformed
from pos.money import format_yuan, parse_yuan, percent_of_fen, split_fen

FEN = st.integers(0, 10**12)


@given(FEN, st.integers(0, 100))
def test_a_percentage_is_rounded_half_up_as_decimal_arithmetic_says(amount_fen, percent):
    exact = Decimal(amount_fen) * percent / 100
    assert percent_of_fen(amount_fen, percent) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("amount_fen", "percent", "expected"),
    [(1500, 80, 1200), (1, 50, 1), (3, 50, 2), (99, 85, 84), (10, 85, 9), (1, 49, 0), (0, 80, 0)],
)
def test_known_percentages_are_exact(amount_fen, percent, expected):
    assert percent_of_fen(amount_fen, percent) == expected


def test_a_negative_amount_is_never_rounded():
    with pytest.raises(NegativeAmount):
        percent_of_fen(-1, 50)


@pytest.mark.parametrize("percent", [-1, 101])
def test_a_percentage_outside_0_to_100_is_refused(percent):
    with pytest.raises(PercentOutOfRange):
        percent_of_fen(100, percent)


@given(FEN, st.lists(st.integers(0, 1000), min_size=1, max_size=8).filter(any))
def test_parts_add_up_and_stay_within_one_fen_of_their_quota(total_fen, weights):
    parts = split_fen(total_fen, weights)
    assert sum(parts) == total_fen
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total_fen * weight, sum(weights))) < 1
        assert weight > 0 or part == 0


@given(FEN, st.lists(st.integers(1, 1000), min_size=2, max_size=8))
def test_a_larger_fraction_is_never_passed_over(total_fen, weights):
    parts = split_fen(total_fen, weights)
    whole = sum(weights)
    fractions = [total_fen * weight % whole for weight in weights]
    extra = [p - total_fen * w // whole for p, w in zip(parts, weights, strict=True)]
    served = [f for f, e in zip(fractions, extra, strict=True) if e]
    passed = [f for f, e in zip(fractions, extra, strict=True) if not e]
    assert not served or not passed or min(served) >= max(passed)


def test_equal_fractions_are_served_in_the_given_order():
    assert split_fen(2, (1, 1, 1)) == (1, 1, 0)


def test_nothing_splits_into_nothing_even_without_weights():
    assert split_fen(0, (0, 0)) == (0, 0)
    assert split_fen(0, ()) == ()


def test_money_without_a_receiver_is_refused():
    with pytest.raises(NoWeights):
        split_fen(1, (0, 0))


@pytest.mark.parametrize(("total_fen", "weights"), [(-1, (1,)), (1, (2, -1))])
def test_negative_totals_and_weights_are_refused(total_fen, weights):
    with pytest.raises(NegativeAmount):
        split_fen(total_fen, weights)


@given(st.integers(-(10**14) + 1, 10**14 - 1))
def test_every_amount_survives_its_own_text(amount_fen):
    assert parse_yuan(format_yuan(amount_fen)) == amount_fen


@pytest.mark.parametrize(
    ("text", "fen"), [("12.50", 1250), ("12.5", 1250), ("12", 1200), ("0.05", 5), ("-3.00", -300)]
)
def test_known_texts_are_read_exactly(text, fen):
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1 ", "1.", ".5", "1.234", "01", "+1", "1,000", "1e3", "\uff112.50", "一", "-0", "-0.00",
     "1.5\n", "nan", "9999999999999", "--1", "¥1"],
)  # fmt: skip
def test_a_text_that_is_not_plain_yuan_is_refused(text):
    with pytest.raises(YuanMalformed):
        parse_yuan(text)
