"""Claim lines add up to their charges, whatever the charges are."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from kitchen.kinds import MealPeriod
from pos.claim_lines import RefusedCharge, claim_lines
from pos.facts import ChargeFact
from pos.policy import Funder

CHARGE = ChargeFact(
    charge_id="c1",
    site_id="s1",
    township_code="330122100",
    day=date(2026, 1, 5),
    period=MealPeriod.LUNCH,
    tier="80-89",
    list_price_fen=1500,
    delivery_fee_fen=200,
    allowance_fen=300,
    charity_fen=50,
    own_fen=400,
    cash_fen=300,
    shares={Funder.COUNTY: 425, Funder.TOWN: 135, Funder.VILLAGE: 90},
    delivery_subsidy_fen=200,
    senior_id="p1",
)


def turned(fact, charge_id):
    """The reversal of a charge."""
    names = ("list_price", "delivery_fee", "allowance", "charity", "own", "cash")
    amounts = {f"{name}_fen": -getattr(fact, f"{name}_fen") for name in names}
    return replace(
        fact,
        charge_id=charge_id,
        origin_id=fact.charge_id,
        meals=-fact.meals,
        shares={funder: -fen for funder, fen in fact.shares.items()},
        delivery_subsidy_fen=-fact.delivery_subsidy_fen,
        **amounts,
    )


SHARES = st.dictionaries(st.sampled_from(Funder), st.integers(0, 900), max_size=4)
AMOUNT = st.integers(0, 900)


@st.composite
def charges(draw):
    found = []
    for number in range(draw(st.integers(0, 25))):
        paid = dict(zip(("allowance_fen", "charity_fen", "own_fen", "cash_fen"),
                        draw(st.tuples(AMOUNT, AMOUNT, AMOUNT, AMOUNT)), strict=True))  # fmt: skip
        shares, fee = draw(SHARES), draw(st.sampled_from((0, 200)))
        whole = sum(paid.values()) + sum(shares.values())
        fact = replace(
            CHARGE,
            charge_id=f"c{number}",
            site_id=draw(st.sampled_from(("s1", "s2", "s3"))),
            township_code=draw(st.sampled_from(("330122100", "330122101"))),
            tier=draw(st.sampled_from(("60-79", "80-89"))),
            list_price_fen=max(0, whole - fee),
            delivery_fee_fen=min(fee, whole),
            shares=shares,
            **paid,
        )
        found.append(fact)
        if draw(st.booleans()):
            found.append(turned(fact, f"r{number}"))
    return found


@given(charges())
def test_lines_and_places_add_up_to_the_charges_and_nothing_is_lost(facts):
    statement = claim_lines(facts)
    assert statement.refused == ()
    assert statement.total_fen == sum(fact.subsidy_fen for fact in facts)
    for funder in Funder:
        assert statement.owed_by(funder) == sum(fact.shares.get(funder, 0) for fact in facts)
    assert sorted((*statement.claimed, *statement.outside)) == sorted(f.charge_id for f in facts)
    claimed = [fact for fact in facts if fact.charge_id in statement.claimed]
    assert sum(p.meals for p in statement.places) == sum(fact.meals for fact in claimed)
    for place in statement.places:
        price = place.list_price_fen + place.delivery_fee_fen
        paid = place.allowance_fen + place.charity_fen + place.own_fen + place.cash_fen
        assert price == paid + place.subsidy_fen
        lines = [x for x in statement.lines if (x.site_id, x.tier) == (place.site_id, place.tier)
                 and x.township_code == place.township_code]  # fmt: skip
        assert sum(line.share_fen for line in lines) == place.subsidy_fen


@given(charges(), st.randoms(use_true_random=False))
def test_the_order_of_the_charges_does_not_matter(facts, random):
    shuffled = list(facts)
    random.shuffle(shuffled)
    one, other = claim_lines(facts), claim_lines(shuffled)
    assert (one.lines, one.places) == (other.lines, other.places)


@given(charges())
def test_charges_and_their_reversals_cancel_to_lines_of_zero(facts):
    origins = [fact for fact in facts if fact.origin_id is None]
    statement = claim_lines([*origins, *(turned(f, f"x{f.charge_id}") for f in origins)])
    assert all(line.share_fen == line.meals == line.list_price_fen == 0 for line in statement.lines)


def test_known_charges_give_known_lines():
    second = replace(CHARGE, charge_id="c2", delivery_fee_fen=0, list_price_fen=1700)
    other = replace(CHARGE, charge_id="c3", tier="60-79")
    lines = claim_lines([other, second, CHARGE]).lines
    assert [(x.funder, x.tier, x.meals, x.share_fen) for x in lines] == [
        (Funder.COUNTY, "60-79", 1, 425),
        (Funder.COUNTY, "80-89", 2, 850),
        (Funder.TOWN, "60-79", 1, 135),
        (Funder.TOWN, "80-89", 2, 270),
        (Funder.VILLAGE, "60-79", 1, 90),
        (Funder.VILLAGE, "80-89", 2, 180),
    ]
    assert lines[1].list_price_fen == 3200


def test_full_price_sales_are_listed_and_never_claimed():
    guest = replace(CHARGE, charge_id="g", shares={Funder.COUNTY: 0}, cash_fen=950)
    statement = claim_lines([guest])
    assert (statement.lines, statement.places, statement.claimed) == ((), (), ())
    assert statement.outside == ("g",)


def test_charges_that_cannot_be_right_are_refused_with_their_reason():
    wrong = replace(CHARGE, charge_id="w", cash_fen=301)
    mixed = replace(CHARGE, charge_id="m", cash_fen=-300, own_fen=1000)
    statement = claim_lines([CHARGE, CHARGE, wrong, mixed])
    assert statement.refused == (
        RefusedCharge("c1", "repeated", 650),
        RefusedCharge("w", "equation", 650),
        RefusedCharge("m", "sign", 650),
    )
    assert statement.claimed == ("c1",)
    assert statement.total_fen == 650


def test_no_charge_gives_an_empty_statement():
    assert claim_lines([]).total_fen == 0
