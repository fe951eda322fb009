"""Which meals are asked for on a day: standing orders fall due, and none is lost on the way.

A wish that cannot be met becomes an order in state EXCEPTION with its reason: it stays in every count and
somebody has to look at it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from kitchen.kinds import MealPeriod, OrderState


@dataclass(frozen=True, slots=True)
class Wish:
    """A standing order as the register holds it; ``weekdays`` is Monday first, "1111100"."""

    standing_id: str
    senior_id: str
    site_id: str
    period: MealPeriod
    weekdays: str
    home_delivery: bool
    starts: date
    ends: date | None


@dataclass(frozen=True, slots=True)
class Eater:
    """What the kitchen must know of a senior: whether they can eat today, and which diet."""

    senior_id: str
    unable: str
    """"" or why no meal can go out: "deceased", "moved", "hospital", "paused"."""
    diet: str


@dataclass(frozen=True, slots=True)
class DueOrder:
    """One meal asked for on the day; ``reason`` is empty unless the state is EXCEPTION."""

    order_id: str
    senior_id: str
    site_id: str
    period: MealPeriod
    home_delivery: bool
    variant: str
    state: OrderState
    reason: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """What decides whether a meal can go out on the day.

    ``eaters``: seniors by id; somebody unknown cannot be served. ``open_meals``: (site, period) pairs that
    serve. ``plate_problem``: (site id, period, diet) -> "" or why that diet gets no plate from the menu.
    """

    eaters: Mapping[str, Eater]
    open_meals: frozenset[tuple[str, MealPeriod]]
    plate_problem: Callable[[str, MealPeriod, str], str]

    def obstacle(self, senior_id: str, site_id: str, period: MealPeriod) -> str:
        """Why this senior gets no meal there and then; empty when they do."""
        eater = self.eaters.get(senior_id)
        if eater is None:
            return "unknown_senior"
        if eater.unable:
            return f"senior_{eater.unable}"
        if (site_id, period) not in self.open_meals:
            return "site_closed"
        return self.plate_problem(site_id, period, eater.diet)


def due_orders(
    day: date,
    wishes: Iterable[Wish],
    *,
    ready: Readiness,
    placed: frozenset[tuple[str, MealPeriod]] = frozenset(),
) -> list[DueOrder]:
    """One order for every wish of the day's weekday, in the order of their ids.

    Args:
        day: the business day of the meal.
        wishes: all standing orders.
        ready: what decides whether a meal can go out.
        placed: (senior id, period) pairs already ordered by telephone or family: a second meal of the same
            period is an exception, so that nobody is cooked for twice unseen.
    """
    due = []
    for wish, reason in judged_wishes(day, wishes, ready=ready, placed=placed):
        eater = ready.eaters.get(wish.senior_id)
        due.append(
            DueOrder(
                order_id=f"{wish.standing_id}-{day:%Y%m%d}-{wish.period}",
                senior_id=wish.senior_id,
                site_id=wish.site_id,
                period=wish.period,
                home_delivery=wish.home_delivery,
                variant=eater.diet if eater else "",
                state=OrderState.EXCEPTION if reason else OrderState.DUE,
                reason=reason,
            )
        )
    return due


def judged_wishes(
    day: date,
    wishes: Iterable[Wish],
    *,
    ready: Readiness,
    placed: frozenset[tuple[str, MealPeriod]] = frozenset(),
) -> Iterator[tuple[Wish, str]]:
    """The wishes that fall on ``day`` in the order of their ids, and why one cannot be met ("": it can)."""
    taken = set(placed)
    falling = (wish for wish in wishes if _falls_on(wish, day))
    for wish in sorted(falling, key=lambda w: (w.standing_id, w.period)):
        reason = ready.obstacle(wish.senior_id, wish.site_id, wish.period)
        if not reason and (wish.senior_id, wish.period) in taken:
            reason = "ordered_twice"
        if not reason:
            taken.add((wish.senior_id, wish.period))
        yield wish, reason


def _falls_on(wish: Wish, day: date) -> bool:
    in_time = wish.starts <= day and (wish.ends is None or day <= wish.ends)
    return in_time and wish.weekdays[day.weekday()] == "1"
