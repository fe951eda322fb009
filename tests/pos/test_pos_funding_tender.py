"""The funders' waterfall and the purses' order."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.errors import NegativeAmount
from pos.funding import fund
from pos.kinds import PurseKind
from pos.policy import Funder, FunderLine, ShareKind, SpendScope
from pos.tender import Due, Pot, TenderRules
from pos.tender import tender as tender_of

BOTH = (SpendScope.MEALS, SpendScope.DELIVERY)
DAY = date(2026, 11, 23)
ORDER = (PurseKind.ALLOWANCE, PurseKind.CHARITY, PurseKind.OWN)


def tender(due, balances, *, order, allowance_scope, **more):
    pots = [Pot(str(kind), kind, fen) for kind, fen in balances.items()]
    return tender_of(due, pots, TenderRules(order, allowance_scope, **more), day=DAY)


def given_by(paid):
    """(allowance, charity, own, cash) of a tender."""
    return (*(paid.from_kind(kind) for kind in ORDER), paid.cash_fen)


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
        (Due(1000), {}, (0, 0, 0, 1000)),
        (Due(1000), {PurseKind.OWN: 5000}, (0, 0, 1000, 0)),
        (
            Due(1000, 200),
            {PurseKind.ALLOWANCE: 300, PurseKind.CHARITY: 300, PurseKind.OWN: 300},
            (300, 300, 300, 300),
        ),
        (Due(1000), {PurseKind.ALLOWANCE: -50, PurseKind.OWN: 400}, (0, 0, 400, 600)),
        (Due(0), {PurseKind.OWN: 400}, (0, 0, 0, 0)),
    ],
)
def test_purses_pay_in_order_and_cash_pays_the_rest(due, balances, expected):
    assert given_by(tender(due, balances, order=ORDER, allowance_scope=BOTH)) == expected


@pytest.mark.parametrize(
    ("scope", "allowance_fen"),
    [((), 0), ((SpendScope.MEALS,), 1000), ((SpendScope.DELIVERY,), 200), (BOTH, 1200)],
)
def test_the_allowance_pays_only_what_its_scope_allows(scope, allowance_fen):
    balances = {PurseKind.ALLOWANCE: 9000, PurseKind.OWN: 9000}
    paid = tender(Due(1000, 200), balances, order=ORDER, allowance_scope=scope)
    assert given_by(paid) == (allowance_fen, 0, 1200 - allowance_fen, 0)


def test_who_wants_to_pay_cash_keeps_the_purses_full():
    paid = tender(Due(700, 200), {PurseKind.OWN: 9000}, order=(), allowance_scope=BOTH)
    assert given_by(paid) == (0, 0, 0, 900)


def test_of_several_purses_the_one_that_expires_first_pays_first_and_a_past_one_never():
    soon, later, past = DAY, DAY + timedelta(days=9), DAY - timedelta(days=1)
    pots = [
        Pot("b", PurseKind.ALLOWANCE, 300, later),
        Pot("c", PurseKind.ALLOWANCE, 300, past),
        Pot("a", PurseKind.ALLOWANCE, 300),
        Pot("d", PurseKind.ALLOWANCE, 300, soon),
    ]
    paid = tender_of(Due(800), pots, TenderRules(ORDER, BOTH), day=DAY)
    assert [(draw.purse_id, draw.amount_fen) for draw in paid.draws] == [
        ("d", 300), ("b", 300), ("a", 200),
    ]  # fmt: skip


def test_outside_money_pays_first_and_a_limit_bounds_the_own_purse():
    balances = {PurseKind.OWN: 5000}
    paid = tender(
        Due(1000), balances, order=ORDER, allowance_scope=BOTH, outside_fen=300,
        limits={PurseKind.OWN: 200},
    )  # fmt: skip
    assert (paid.outside_fen, given_by(paid)) == (300, (0, 0, 200, 500))


@pytest.mark.parametrize(
    ("collected_fen", "disputed_fen"), [(600, 0), (500, 100), (0, 600), (900, 0), (1200, -200)]
)
def test_what_an_offline_till_took_too_little_or_too_much_is_disputed(collected_fen, disputed_fen):
    paid = tender(
        Due(1000), {PurseKind.OWN: 400}, order=ORDER, allowance_scope=BOTH,
        collected_fen=collected_fen,
    )  # fmt: skip
    assert (paid.cash_fen, paid.disputed_fen) == (collected_fen, disputed_fen)
    assert paid.total_fen == 1000


@pytest.mark.parametrize(
    ("collected_fen", "drawn_fen"), [(0, 400), (700, 300), (1000, 0), (1500, 0)]
)
def test_purses_give_only_what_the_collected_cash_has_left(collected_fen, drawn_fen):
    paid = tender(
        Due(1000), {PurseKind.OWN: 400}, order=ORDER, allowance_scope=BOTH,
        collected_fen=collected_fen,
    )  # fmt: skip
    assert sum(draw.amount_fen for draw in paid.draws) == drawn_fen


@given(
    st.builds(Due, st.integers(0, 5000), st.integers(0, 500)),
    st.dictionaries(st.sampled_from(PurseKind), st.integers(-100, 4000)),
    st.permutations(list(PurseKind)),
    st.sets(st.sampled_from(SpendScope)),
)
def test_a_tender_adds_up_and_overdraws_no_purse(due, balances, order, scope):
    paid = tender(due, balances, order=order, allowance_scope=scope)
    assert paid.total_fen == due.total_fen
    for kind in PurseKind:
        amount_fen = paid.from_kind(kind)
        assert 0 <= amount_fen <= max(0, balances.get(kind, 0))


def test_nothing_below_zero_is_ever_due():
    with pytest.raises(NegativeAmount):
        tender(Due(-1), {}, order=ORDER, allowance_scope=BOTH)
    with pytest.raises(NegativeAmount):
        tender(Due(100), {}, order=ORDER, allowance_scope=BOTH, outside_fen=101)
