"""The frozen values that may be drawn. No value here has a field for an ID number, an age or a hardship.

Names, dishes, variants and other words come ready to read, in the language of the print. Hours are the
county's own (Asia/Shanghai); `made_at` is a moment with a time zone and becomes the document's date.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from printing.words import Period

LonLat = tuple[float, float]
"""Longitude and latitude in degrees; one datum for a whole map."""


@dataclass(frozen=True, slots=True)
class VariantMeals:
    """Meals of one variant (plain, soft, low salt ...)."""

    variant: str
    meals: int


@dataclass(frozen=True, slots=True)
class LoadLine:
    """What is loaded for one stop in one variant."""

    point: str
    variant: str
    meals: int
    boxes: int


@dataclass(frozen=True, slots=True)
class RouteStop:
    """One stop; `arrive_by` is the latest hour, `planned_at` the planned one; `nav_url` becomes the QR code."""

    sequence: int
    site: str
    kind: str
    planned_at: time
    boxes: int
    meals: tuple[VariantMeals, ...]
    arrive_by: time | None = None
    contact: str = ""
    phone: str = ""
    door_note: str = ""
    nav_url: str = ""


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A place on the route map with the short text drawn in its dot (the stop's sequence)."""

    label: str
    at: LonLat


@dataclass(frozen=True, slots=True)
class RouteMap:
    """The drawn map: outlines (rings of the county or townships), the depot, the stops, the driven line."""

    outlines: tuple[tuple[LonLat, ...], ...]
    depot: LonLat
    points: tuple[MapPoint, ...]
    path: tuple[LonLat, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanProof:
    """Cost of the whole plan and the proven lower bound, in one unit (metres, seconds, fen ...)."""

    cost: int
    bound: int | None
    unit: str


@dataclass(frozen=True, slots=True)
class RouteSheet:
    """One route of one vehicle on one day; the totals must be the sums of the stops and of the load list."""

    route: str
    driver: str
    vehicle: str
    plate: str
    depot: str
    day: date
    period: Period
    depart_at: time
    made_at: datetime
    stops: tuple[RouteStop, ...]
    load: tuple[LoadLine, ...]
    total_meals: int
    total_boxes: int
    return_at: time | None = None
    distance_m: int | None = None
    map: RouteMap | None = None
    proof: PlanProof | None = None


@dataclass(frozen=True, slots=True)
class MealLabel:
    """The label of one meal; `bearer` is a name or a code, `diet` holds diet and texture words."""

    bearer: str
    day: date
    period: Period
    dishes: tuple[str, ...]
    eat_by: time
    qr: str
    variant: str = ""
    diet: tuple[str, ...] = ()
    allergens: tuple[str, ...] = ()
    site: str = ""
    route: str = ""
    stop_no: int | None = None
    box_no: int | None = None


@dataclass(frozen=True, slots=True)
class BoxLabel:
    """The label of one insulated box, with the marks a central kitchen owes: name, licence, made at, eat by."""

    site: str
    day: date
    period: Period
    box_no: int
    box_count: int
    meals: tuple[VariantMeals, ...]
    eat_by: time
    qr: str
    route: str = ""
    stop_no: int | None = None
    kitchen: str = ""
    licence: str = ""
    cooked_at: time | None = None


@dataclass(frozen=True, slots=True)
class MealLabels:
    """A roll of meal labels."""

    made_at: datetime
    labels: tuple[MealLabel, ...]


@dataclass(frozen=True, slots=True)
class BoxLabels:
    """A roll of box labels."""

    made_at: datetime
    labels: tuple[BoxLabel, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """One pot: its number, portions, hours and equipment."""

    number: int
    portions: int
    start: time
    finish: time
    equipment: str
    pot: str = ""


@dataclass(frozen=True, slots=True)
class IngredientAmount:
    """Grams of one ingredient for all portions of a dish."""

    ingredient: str
    grams: int


@dataclass(frozen=True, slots=True)
class DishPlan:
    """One dish; its batches, when there are any, must add up to `portions`."""

    dish: str
    portions: int
    batches: tuple[Batch, ...] = ()
    ingredients: tuple[IngredientAmount, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class KitchenTask:
    """Something to be done at an hour; the sheet prints tasks in the order of time."""

    at: time
    action: str
    dish: str = ""
    equipment: str = ""


@dataclass(frozen=True, slots=True)
class ProductionSheet:
    """A kitchen's work for one meal period; `total_portions` is the sum over the dishes."""

    kitchen: str
    day: date
    period: Period
    made_at: datetime
    dishes: tuple[DishPlan, ...]
    tasks: tuple[KitchenTask, ...]
    total_portions: int


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """One ingredient to buy: need and stock in grams, packs of `pack_grams` to order, cost in fen."""

    ingredient: str
    need_grams: int
    stock_grams: int
    pack_grams: int
    order_packs: int
    supplier: str
    cost_fen: int


@dataclass(frozen=True, slots=True)
class PurchaseList:
    """What a kitchen buys for a day; `total_cost_fen` is the sum of the lines."""

    kitchen: str
    day: date
    made_at: datetime
    lines: tuple[PurchaseLine, ...]
    total_cost_fen: int


@dataclass(frozen=True, slots=True)
class PackingLine:
    """Portions and boxes of one variant for one point."""

    point: str
    variant: str
    portions: int
    boxes: int
    route: str = ""


@dataclass(frozen=True, slots=True)
class PackingList:
    """What is packed for which point; the totals are the sums of the lines."""

    kitchen: str
    day: date
    period: Period
    made_at: datetime
    lines: tuple[PackingLine, ...]
    total_portions: int
    total_boxes: int


@dataclass(frozen=True, slots=True)
class ClosingCount:
    """Meals of one period: received, served, charged at the till, kept at closing, left over and thrown away.

    What is received and neither served, kept nor left over prints as the difference.
    """

    period: Period
    received: int
    served: int
    charged: int
    closing: int
    leftover: int


@dataclass(frozen=True, slots=True)
class Amount:
    """A named sum in fen (a tender, a funder, a purse)."""

    name: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Finding:
    """An exception that a person must look at: its code or kind, what happened, how often, what was done."""

    kind: str
    detail: str
    count: int = 1
    state: str = ""


@dataclass(frozen=True, slots=True)
class ClosingSheet:
    """A site's day at closing; takings and shares must each add up, and together to the price of all meals."""

    site: str
    day: date
    made_at: datetime
    counts: tuple[ClosingCount, ...]
    tenders: tuple[Amount, ...]
    funders: tuple[Amount, ...]
    price_fen: int
    takings_fen: int
    shares_fen: int
    audit_head: str
    exceptions: tuple[Finding, ...] = ()
    closed_by: str = ""


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """Meals of one site and tier: list price = paid + shares, all in fen, shares in the sheet's funder order."""

    site: str
    tier: str
    meals: int
    list_fen: int
    paid_fen: int
    shares_fen: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClaimStatement:
    """A month's claim of `claimant` on the funders named in `claimed_from`; every total is checked.

    `month` is any day of the month; `claim_fen` is the sum of the shares of the funders claimed from.
    """

    number: str
    claimant: str
    month: date
    made_at: datetime
    funders: tuple[str, ...]
    lines: tuple[ClaimLine, ...]
    total_meals: int
    total_list_fen: int
    total_paid_fen: int
    total_shares_fen: tuple[int, ...]
    claimed_from: tuple[str, ...]
    claim_fen: int
    block_hash: str


@dataclass(frozen=True, slots=True)
class CardFace:
    """One senior card: the 49 digits of its code, the number people read, and a masked or chosen name."""

    code: str
    number: str
    issuer: str
    name: str = ""
    hotline: str = ""


@dataclass(frozen=True, slots=True)
class CardFaces:
    """Cards to print."""

    made_at: datetime
    cards: tuple[CardFace, ...]


@dataclass(frozen=True, slots=True)
class Leak:
    """Why something of the link before did not reach the next; negative when something came in."""

    reason: str
    amount: int


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a chain, such as "cooked", with the leaks between it and the next link."""

    name: str
    amount: int
    leaks: tuple[Leak, ...] = ()


@dataclass(frozen=True, slots=True)
class DaySummary:
    """A county's day on one page: the chain of meals and the chain of money (fen), and the exceptions.

    A difference between two links that no leak explains is printed as unexplained.
    """

    county: str
    day: date
    made_at: datetime
    meals: tuple[Link, ...]
    money: tuple[Link, ...] = ()
    exceptions: tuple[Finding, ...] = ()
    audit_head: str = ""
