"""What a menu planner is asked, and what it answers. Money in fen, portions whole, weights in grams."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from kitchen.diets import Diet, unmet_needs
from kitchen.dishes import Course, DishBook, Equipment
from kitchen.menu_rules import RuleSet
from kitchen.production_values import Pots


@dataclass(frozen=True, slots=True)
class DaySet:
    """The dishes of one day as (slot, dish id), in the order of the places."""

    day: date
    dishes: tuple[tuple[str, str], ...]

    @property
    def dish_ids(self) -> tuple[str, ...]:
        """Dish ids in the order of the places."""
        return tuple(dish_id for _, dish_id in self.dishes)


@dataclass(frozen=True, slots=True)
class MenuTask:
    """Plan the sets of ``days`` (ascending) for one kitchen's meal.

    ``meals`` are the portions expected by day (a missing day counts as the mean), ``served`` the sets of days
    outside ``days`` that gaps and weeks must mind, ``locks`` dish ids set by hand, ``diets`` those for which every
    set must give a plate, ``stock`` grams on the shelf, ``liking`` -1 (left on the plate) to 1 (asked for again)
    by dish, ``pots`` None: not known, so equipment is not looked at. ``today`` is the day orders to suppliers
    go out; ``weekdays`` on which the kitchen cooks ("1111100", Monday first).
    """

    days: tuple[date, ...]
    book: DishBook
    rules: RuleSet
    today: date
    meals: Mapping[date, int] = field(default_factory=dict)
    served: tuple[DaySet, ...] = ()
    locks: Mapping[tuple[date, str], str] = field(default_factory=dict)
    diets: tuple[Diet, ...] = ()
    pots: Mapping[Equipment, Pots] | None = None
    stock: Mapping[str, int] = field(default_factory=dict)
    liking: Mapping[str, Fraction] = field(default_factory=dict)
    weekdays: str = "1111111"

    def portions(self, day: date) -> int:
        """Meals of a day; where nothing is expected yet, the mean of the days that are, or 100."""
        known = [meals for one in self.days if (meals := self.meals.get(one, 0)) > 0]
        mean = round(sum(known) / len(known)) if known else 100
        return self.meals.get(day, 0) or mean


def hopeless(
    diet: Diet, days: Iterable[date], *, book: DishBook, places: Iterable[tuple[str, Course]]
) -> str:
    """The first course of which the book has too few dishes for a diet in some month of ``days``, or "".

    An ingredient to leave out that the book does not know is hopeless too: nobody can tell which dishes hold it.
    """
    unknown = sorted(diet.without - set(book.ingredients))
    if unknown:
        return unknown[0]
    wanted = Counter(course for _, course in places)
    months = {day.month for day in days}
    fit = [dish for dish in book.dishes.values() if not unmet_needs(dish, diet, book=book)]
    for course, count in sorted(wanted.items()):
        for month in sorted(months):
            if sum(d.course == course and month in d.months for d in fit) < count:
                return course
    return ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules that cannot all be kept on ``days``.

    ``smallest``: no fewer rules contradict each other there (proven); otherwise there may be fewer, or, on all days
    of the task, only no plan was found that keeps them.
    """

    rules: tuple[str, ...]
    days: tuple[date, ...]
    smallest: bool


@dataclass(frozen=True, slots=True)
class MenuPlan:
    """Sets for every day, or the conflict that leaves none.

    ``cost`` is the objective in fen an average set (food and soft rules), ``bound`` what no plan can be below.
    With a ``conflict`` the sets break the ``broken`` hard rules as little as was found; it may have none at all.
    """

    sets: tuple[DaySet, ...]
    cost: float
    bound: float | None = None
    conflict: Conflict | None = None
    broken: tuple[str, ...] = ()

    @property
    def gap(self) -> float | None:
        """How far above the bound the cost may be, as a share of the bound."""
        if self.bound is None or self.bound <= 0:
            return None
        return max(0.0, self.cost / self.bound - 1)
