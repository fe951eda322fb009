"""What an invented senior holds: cards, purses, standing orders."""

from datetime import date, timedelta

from api.demo.draws import Draws, Weighted
from api.demo.records import DemoSite, PersonCard, PersonOrder, PersonPurse
from kitchen.kinds import MealPeriod
from pos.kinds import CareLevel, Hardship, PurseKind

_REISSUED_SHARE = 0.025
_REASONS = Weighted(("lost", "damaged"), (3, 1))
_OWN_SHARE = 0.93
# Share of people with a standing order, and how many of them are brought their meal at home.
_ORDER_SHARE = {"young": 0.08, "old": 0.24, "frail": 0.55}
_HOME_SHARE = {"young": 0.35, "old": 0.50, "frail": 0.80}
_SUPPER_TOO = 0.3
_WEEKDAYS = Weighted(("1111111", "1111110", "1111100", "1010100"), (55, 10, 28, 7))


def person_cards(serial: str, draws: Draws, *, until: date) -> tuple[PersonCard, ...]:
    """The first card, or a revoked first and a live second one of the same serial."""
    issued = until - timedelta(days=draws.between(200, 1_300))
    again, reason, after = draws.chance(_REISSUED_SHARE), _REASONS.at(draws.unit()), draws.unit()
    if not again:
        return (PersonCard(serial, 1, issued, None, ""),)
    lost = until - timedelta(days=int(180 * after))
    return (PersonCard(serial, 1, issued, lost, reason), PersonCard(serial, 2, lost, None, ""))


def person_purses(
    draws: Draws, *, age: int, hardship: Hardship, care: CareLevel
) -> tuple[PersonPurse, ...]:
    """Own money for most; the allowance from 80 on and for disabled people in hardship; charity for few."""
    own, fen = draws.chance(_OWN_SHARE), _own_fen(draws)
    allowance_fen, charity_fen = 500 * draws.between(0, 40), 500 * draws.between(4, 24)
    charity = draws.chance(0.25 if hardship is not Hardship.NONE else 0.01)
    entitled = age >= 80 or (care is not CareLevel.ABLE and hardship is not Hardship.NONE)
    held = [
        (PurseKind.OWN, fen, own),
        (PurseKind.ALLOWANCE, allowance_fen, entitled),
        (PurseKind.CHARITY, charity_fen, charity),
    ]
    return tuple(PersonPurse(kind, amount) for kind, amount, has in held if has)


def _own_fen(draws: Draws) -> int:
    """Mostly some weeks of meals; one in eight nearly nothing, so that cash is needed."""
    low, amount = draws.chance(0.125), draws.unit()
    return 100 * int(12 * amount) if low else 1_000 * (2 + int(38 * amount**1.6))


def person_orders(
    site: DemoSite, draws: Draws, *, age: int, frail: bool, until: date
) -> tuple[PersonOrder, ...]:
    """No order for most; the same weekdays for lunch and, where the site serves it, sometimes supper."""
    group = "frail" if frail else "old" if age >= 78 else "young"
    wants, home = draws.chance(_ORDER_SHARE[group]), draws.chance(_HOME_SHARE[group])
    weekdays, days_ago = _WEEKDAYS.at(draws.unit()), draws.between(3, 700)
    supper, any_day = draws.chance(_SUPPER_TOO), draws.chance(0.03)
    if not wants:
        return ()
    if not any_day:  # hardly anybody asks for a day on which the site is closed
        open_days = zip(weekdays, site.weekdays, strict=True)
        weekdays = "".join("1" if a == b == "1" else "0" for a, b in open_days)
    periods = site.meals if supper else (MealPeriod.LUNCH,)
    starts = until - timedelta(days=days_ago)
    return tuple(PersonOrder(period, weekdays, home, starts, None) for period in periods)
