"""The values of production: what goes into a meal's plan and what comes out.

Portions are whole; times are seconds after midnight of the business day; weights are grams.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kitchen.dishes import Equipment
from kitchen.errors import BadKitchenSetting


@dataclass(frozen=True, slots=True)
class SiteDemand:
    """What one meal point is to get of one variant: locked walk-in portions and meals ordered."""

    site_id: str
    variant: str
    walk_in_portions: int
    ordered_portions: int = 0

    @property
    def portions(self) -> int:
        """Both together."""
        return self.walk_in_portions + self.ordered_portions


@dataclass(frozen=True, slots=True)
class Pots:
    """How many pots of one kind a kitchen has; ``size_percent`` scales the book's pot portions."""

    units: int
    size_percent: int = 100


@dataclass(frozen=True, slots=True)
class KitchenSetting:
    """A kitchen's own rules.

    ``hold_s`` is how long after it is ready a batch may be eaten: 4 h when held at 60 C or more,
    else 2 h. ``sample_grams`` is kept of every dish of every meal (留样, 125 g by common practice). ``cool_s`` is
    how long a pot cools before it is packed, where food leaves chilled.
    """

    kitchen_id: str
    pots: Mapping[Equipment, Pots]
    meals_per_box: int = 20
    hold_s: int = 4 * 3600
    packing_s: int = 20 * 60
    sample_grams: int = 125
    cool_s: int = 0

    def __post_init__(self) -> None:
        """Refuse settings nothing can be planned with.

        Raises:
            BadKitchenSetting: a number is out of its range.
        """
        lowest = {"meals_per_box": 1, "hold_s": 1, "packing_s": 0, "sample_grams": 0, "cool_s": 0}
        for name, least in lowest.items():
            if getattr(self, name) < least:
                raise BadKitchenSetting(name, str(getattr(self, name)))
        for equipment, pots in self.pots.items():
            if pots.units < 0 or pots.size_percent < 0:
                raise BadKitchenSetting(f"pots.{equipment}", str(pots))

    @property
    def handling_s(self) -> int:
        """Seconds between a pot's end and the van: cooling, where food leaves chilled, and packing."""
        return self.cool_s + self.packing_s


@dataclass(frozen=True, slots=True)
class Shift:
    """One meal to produce: when the first van leaves and until when people eat."""

    day: date
    dispatch_s: int
    eaten_by_s: int


class PlanFault(StrEnum):
    """Why something of the plan cannot be as it should."""

    NO_PLATE = "no_plate"
    UNKNOWN_DISH = "unknown_dish"
    NO_RECIPE = "no_recipe"
    UNKNOWN_INGREDIENT = "unknown_ingredient"
    ZERO_YIELD = "zero_yield"
    NO_POT = "no_pot"
    POT_TOO_SMALL = "pot_too_small"
    NEGATIVE_PORTIONS = "negative_portions"
    READY_TOO_EARLY = "ready_too_early"
    STARTS_BEFORE_MIDNIGHT = "starts_before_midnight"
    NEGATIVE_STOCK = "negative_stock"
    UNKNOWN_STOCK = "unknown_stock"
    TOO_LATE_TO_ORDER = "too_late_to_order"


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """What is wrong, with what (a dish, ingredient, site or variant), and how many portions."""

    fault: PlanFault
    subject: str
    portions: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unmade:
    """Portions of one site and variant that the kitchen cannot make, and why."""

    site_id: str
    variant: str
    portions: int
    fault: PlanFault
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DishRun:
    """All portions of one dish cooked one way, for whichever variants get it."""

    dish_id: str
    low_salt: bool
    portions: int
    variants: tuple[tuple[str, int], ...]
    slot: str


@dataclass(frozen=True, slots=True)
class Batch:
    """One pot: started at ``starts_s``, ready at ``ready_s``, to be eaten by ``eat_by_s``."""

    batch_id: str
    dish_id: str
    low_salt: bool
    slot: str
    equipment: Equipment
    unit: int
    portions: int
    starts_s: int
    ready_s: int
    eat_by_s: int
    sample_grams: int


class TaskKind(StrEnum):
    """What somebody has to do at a time."""

    START = "start"
    READY = "ready"
    SAMPLE = "sample"
    PACK = "pack"
    DISPATCH = "dispatch"


@dataclass(frozen=True, slots=True)
class Task:
    """A line of the kitchen's day; ``subject`` is a batch id, or a site id when packing."""

    at_s: int
    kind: TaskKind
    subject: str
    portions: int


@dataclass(frozen=True, slots=True)
class PackLine:
    """Portions of one variant packed for one site."""

    site_id: str
    variant: str
    portions: int


@dataclass(frozen=True, slots=True)
class SitePack:
    """Everything packed for one site; variants share its boxes."""

    site_id: str
    lines: tuple[PackLine, ...]
    portions: int
    boxes: int


@dataclass(frozen=True, slots=True)
class ProductionPlan:
    """One meal of one kitchen, from what was ordered to what is packed."""

    ordered: int
    spare: int
    runs: tuple[DishRun, ...]
    batches: tuple[Batch, ...]
    tasks: tuple[Task, ...]
    packs: tuple[SitePack, ...]
    unmade: tuple[Unmade, ...]
    problems: tuple[PlanProblem, ...]

    @property
    def exceptions(self) -> int:
        """Portions that cannot be made; each stands in ``unmade`` with its reason."""
        return sum(one.portions for one in self.unmade)

    @property
    def packed(self) -> int:
        """Portions that leave for the sites."""
        return sum(pack.portions for pack in self.packs)

    @property
    def planned(self) -> int:
        """Portions the kitchen cooks: those packed and those held back as a reserve."""
        return self.packed + self.spare


@dataclass(frozen=True, slots=True)
class IngredientNeed:
    """Grams of an ingredient that all runs together need, rounded up once."""

    ingredient_id: str
    grams: int


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """What to buy of one ingredient: whole packs, their cost in fen, the last day to order them."""

    ingredient_id: str
    supplier: str
    need_grams: int
    stock_grams: int
    packs: int
    pack_grams: int
    cost_fen: int
    order_by: date


@dataclass(frozen=True, slots=True)
class Delivery:
    """Whole packs that must be there on a day, and the last day to order them."""

    day: date
    packs: int
    order_by: date


@dataclass(frozen=True, slots=True)
class WeekLine:
    """What to buy of one ingredient for several days; ``by_day`` are the grams each day needs."""

    ingredient_id: str
    supplier: str
    need_grams: int
    stock_grams: int
    pack_grams: int
    packs: int
    cost_fen: int
    by_day: tuple[tuple[date, int], ...]
    deliveries: tuple[Delivery, ...]
