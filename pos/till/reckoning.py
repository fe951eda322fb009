"""What a meal costs at a till off line: by the card list, the till's own log and the policy's rules. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kitchen.kinds import MealPeriod
from pos.errors import PosError
from pos.kinds import Buyer, FoundBy, PurseKind
from pos.policy import Policy
from pos.pricing import GUEST, Basket, BasketLine, History, Quote, Reason, Standing, price_standing
from pos.requests import BasketItem
from pos.snapshot import CardEntry, Flag, Limits, Snapshot
from pos.till.entries import Reckoned
from pos.till.state import Line, State

NO_LIST, STALE, OTHER_POLICY = "offline.no_list", "offline.list_stale", "offline.other_policy"
NO_CARD, UNKNOWN, BLOCKED = "offline.no_card", "offline.card_unknown", "offline.card_blocked"
EXPIRED, CARD_MEALS = "offline.entry_expired", "offline.card_meals"
CARD_TOTAL, TILL_COUNT = "offline.card_total", "offline.till_count"
TILL_TOTAL, NO_POLICY = "offline.till_total", "offline.no_policy"


@dataclass(frozen=True, slots=True)
class Ask:
    """A meal that somebody wants: what, and by which card or name (neither: ``buyer`` pays the full price).

    ``purses`` names the purses that may pay (None: the policy's order; empty: none, all in cash).
    """

    period: MealPeriod
    basket: tuple[BasketItem, ...]
    card_code: str | None = None
    senior_id: str | None = None
    found_by: FoundBy | None = None
    buyer: Buyer = Buyer.GUEST
    home_delivery: bool = False
    purses: tuple[PurseKind, ...] | None = None

    def priced(self, day: date) -> Basket:
        """The basket as the pricing rules take it."""
        lines = tuple(BasketLine(i.category, i.unit_price_fen, i.quantity) for i in self.basket)
        return Basket(day, self.period, lines, delivered=self.home_delivery)


@dataclass(frozen=True, slots=True)
class Known:
    """What a till off line prices by: its policy and card list, its log's state, and what it takes for the time."""

    policy: Policy
    snapshot: Snapshot | None
    state: State
    now: datetime
    day: date


def reckon(ask: Ask, card: str, known: Known) -> Reckoned:
    """What to ask for; whoever cannot be recognised, and whatever is above a limit, pays the full price in cash.

    ``card`` is the name of the card in card lists, "" without one.
    """
    if ask.card_code is None:
        return _full(ask, known, "" if ask.senior_id is None else NO_CARD)
    entry, reason = _entry(ask.card_code, known)
    if entry is None or known.snapshot is None:
        return _full(ask, known, reason)
    wanted = _entitled(ask, card, known, entry)
    if wanted is None:
        return _full(ask, known, NO_POLICY)
    if wanted.due_fen == wanted.cash_fen and not wanted.subsidy_fen and not wanted.plan_fen:
        return wanted
    over = _over(card, ask.period, known, limits=known.snapshot.header.limits, entry=entry)
    over = over or _over_money(card, known, known.snapshot.header.limits, wanted)
    return _full(ask, known, over) if over else wanted


def _entry(code: str, known: Known) -> tuple[CardEntry | None, str]:
    """What the list says of a card, or why it says nothing."""
    held = known.snapshot
    if held is None:
        return None, NO_LIST
    if held.header.policy_id != known.policy.policy_id:
        return None, OTHER_POLICY
    if known.now - held.header.made_at > timedelta(hours=held.header.limits.stop_hours):
        return None, STALE
    entry = held.find(code)
    if entry is None:
        return None, UNKNOWN
    if Flag.BLOCKED in entry.flags:
        return None, BLOCKED
    return (None, EXPIRED) if known.day > entry.last_day else (entry, "")


def _entitled(ask: Ask, card: str, known: Known, entry: CardEntry) -> Reckoned | None:
    """Price and purses of somebody on the list."""
    standing = GUEST if entry.tier is None else Standing(Reason.NONE, "eligible_age", entry.tier)
    history = History(known.state.rights_used(card, known.day))
    quote = _quote(ask, known, standing, history=history, on_plan=Flag.ON_PLAN in entry.flags)
    if quote is None:
        return None
    held = known.snapshot.header.seq if known.snapshot else 0
    room_fen = max(0, entry.spend_fen - known.state.drawn_fen(card, held))
    purse_fen = 0 if ask.purses == () else min(quote.due_fen, room_fen)
    return Reckoned(
        due_fen=quote.due_fen,
        cash_fen=quote.due_fen - purse_fen,
        purse_fen=purse_fen,
        subsidy_fen=quote.subsidy_fen,
        plan_fen=quote.plan_fen,
        reason=str(quote.reason),
    )


def _quote(
    ask: Ask, known: Known, standing: Standing, *, history: History, on_plan: bool
) -> Quote | None:
    """The price, or None when the policy says nothing of this day or this tier."""
    try:
        basket = ask.priced(known.day)
        return price_standing(basket, standing, history, known.policy, on_plan=on_plan)
    except PosError:
        return None


def _full(ask: Ask, known: Known, reason: str) -> Reckoned:
    """The full price, in cash; the delivery fee too, when the policy has one."""
    quote = _quote(ask, known, GUEST, history=History(), on_plan=False)
    due_fen = ask.priced(known.day).total_fen() if quote is None else quote.due_fen
    return Reckoned(due_fen=due_fen, cash_fen=due_fen, reason=reason)


def _over(card: str, period: MealPeriod, known: Known, *, limits: Limits, entry: CardEntry) -> str:
    """The limit by count that one more meal on the till's word would pass."""
    same = [m for m in known.state.rights_used(card, known.day) if m.period == period]
    if len(same) >= entry.meals_a_period:
        return CARD_MEALS
    return TILL_COUNT if len(known.state.unsettled()) >= limits.till_count else ""


def _over_money(card: str, known: Known, limits: Limits, wanted: Reckoned) -> str:
    """The limit in fen that it would pass."""
    more_fen = wanted.subsidy_fen + wanted.plan_fen + wanted.purse_fen
    mine = known.state.unsettled(card) if card else ()
    if _sum_fen(mine) + more_fen > limits.card_total_fen:
        return CARD_TOTAL
    over = _sum_fen(known.state.unsettled()) + more_fen > limits.till_total_fen
    return TILL_TOTAL if over else ""


def _sum_fen(lines: Sequence[Line]) -> int:
    return sum(line.gap_fen for line in lines)
