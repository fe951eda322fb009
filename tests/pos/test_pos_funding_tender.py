"""The funders' waterfall and the purses' order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.errors import NegativeAmount
from pos.funding import fund
from pos.kinds import PurseKind
from pos.policy import Funder, FunderLine, ShareKind, SpendScope
from pos.tender import Due, Tender, tender

BOTH = (SpendScope.MEALS, SpendScope.DELIVERY)
ORDER = (PurseKind.ALLOWANCE, PurseKind.CHARITY, PurseKind.OWN)


def lines(*pairs):
    return [FunderLine(Funder.COUNTY, kind, value) for kind, value in pairs]


@pytest.mark.parametrize(
    ("subsidy_fen", "waterfall", "expected"),
    [
        (450, [("PERCENT", 50), ("PERCENT", 30), ("REMAINDER", 0)], ((225, 135, 90), 0)),
        (1, [("PERCENT", 50), ("PERCENT", 30), ("REMAINDER", 0)], ((1, 0, 0), 0)),
        (100, [("PERCENT", 33), ("PERCENT", 33), ("PERCENT", 34)], ((33, 33, 34), 0)),
        (1, [("PERCENT", 33), ("PERCENT", 33), ("PERCENT", 34)], ((0, 0, 1), 0)),
        (500, [("FIXED", 200), ("REMAINDER", 0)], ((200, 300), 0)),
        (150, [("FIXED", 200), ("REMAINDER", 0)], ((0, 150), 0)),
        (200, [("FIXED", 200), ("REMAINDER", 0)], ((200, 0), 0)),
        (150, [("UP_TO", 200), ("REMAINDER", 0)], ((150, 0), 0)),
        (500, [("UP_TO", 200), ("UP_TO", 200)], ((200, 200), 100)),
        (500, [("FIXED", 200), ("PERCENT", 50), ("REMAINDER", 0)], ((200, 150, 150), 0)),
        (0, [("FIXED", 200), ("PERCENT", 50), ("REMAINDER", 0)], ((0, 0, 0), 0)),
        (100, [], ((), 100)),
    ],
)
def test_known_waterfalls_give_known_shares(subsidy_fen, waterfall, expected):
    assert fund(subsidy_fen, lines(*((ShareKind(k), v) for k, v in waterfall))) == expected


KINDS = st.tuples(st.sampled_from(ShareKind), st.integers(1, 20))


@given(st.integers(0, 10_000), st.lists(KINDS, max_size=5))
def test_shares_and_what_is_left_add_up_and_none_is_negative(subsidy_fen, waterfall):
    parts, left_fen = fund(subsidy_fen, lines(*waterfall))
    assert sum(parts) + left_fen == subsidy_fen
    assert min((*parts, left_fen)) >= 0
    assert len(parts) == len(waterfall)


@pytest.mark.parametrize(
    ("due", "balances", "expected"),
    [
        (Due(1000), {}, Tender(0, 0, 0, 1000)),
        (Due(1000), {PurseKind.OWN: 5000}, Tender(0, 0, 1000, 0)),
        (
            Due(1000, 200),
            {PurseKind.ALLOWANCE: 300, PurseKind.CHARITY: 300, PurseKind.OWN: 300},
            Tender(300, 300, 300, 300),
        ),
        (Due(1000), {PurseKind.ALLOWANCE: -50, PurseKind.OWN: 400}, Tender(0, 0, 400, 600)),
        (Due(0), {PurseKind.OWN: 400}, Tender(0, 0, 0, 0)),
    ],
)
def test_purses_pay_in_order_and_cash_pays_the_rest(due, balances, expected):
    assert tender(due, balances, order=ORDER, allowance_scope=BOTH) == expected


@pytest.mark.parametrize(
    ("scope", "allowance_fen"),
    [((), 0), ((SpendScope.MEALS,), 1000), ((SpendScope.DELIVERY,), 200), (BOTH, 1200)],
)
def test_the_allowance_pays_only_what_its_scope_allows(scope, allowance_fen):
    balances = {PurseKind.ALLOWANCE: 9000, PurseKind.OWN: 9000}
    paid = tender(Due(1000, 200), balances, order=ORDER, allowance_scope=scope)
    assert (paid.allowance_fen, paid.own_fen) == (allowance_fen, 1200 - allowance_fen)


def test_who_wants_to_pay_cash_keeps_the_purses_full():
    paid = tender(Due(700, 200), {PurseKind.OWN: 9000}, order=(), allowance_scope=BOTH)
    assert paid == Tender(0, 0, 0, 900)


def test_a_purse_named_twice_never_pays_more_than_it_holds():
    order = (PurseKind.OWN, PurseKind.OWN)
    paid = tender(Due(700), {PurseKind.OWN: 400}, order=order, allowance_scope=BOTH)
    assert paid == Tender(0, 0, 400, 300)


@given(
    st.builds(Due, st.integers(0, 5000), st.integers(0, 500)),
    st.dictionaries(st.sampled_from(PurseKind), st.integers(-100, 4000)),
    st.permutations(list(PurseKind)),
    st.sets(st.sampled_from(SpendScope)),
)
def test_a_tender_adds_up_and_overdraws_no_purse(due, balances, order, scope):
    paid = tender(due, balances, order=order, allowance_scope=scope)
    assert paid.total_fen == due.total_fen
    for kind, amount_fen in (
        (PurseKind.ALLOWANCE, paid.allowance_fen),
        (PurseKind.CHARITY, paid.charity_fen),
        (PurseKind.OWN, paid.own_fen),
    ):
        assert 0 <= amount_fen <= max(0, balances.get(kind, 0))


def test_nothing_below_zero_is_ever_due():
    with pytest.raises(NegativeAmount):
        tender(Due(-1), {}, order=ORDER, allowance_scope=BOTH)
