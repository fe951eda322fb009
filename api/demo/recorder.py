"""What people would have recorded on a day: drivers at sites, volunteers at doors, tills, hand counts.

Everything is a pure function of the seed and of frozen values, so a day can be recorded again and gives the
same. The order of the calls for one meal of a day:

1. ``record_stop_outcomes(seed, stops, day=, period=)`` -> what each site received;
2. build a ``SiteMealDay`` per site (``demand`` from ``api.demo.demand.walk_in_demand``);
3. ``record_doors(seed, site)`` -> one record per home delivery;
4. ``api.demo.scans.record_scans(seed, sites)`` -> the tills' requests, all sites at once;
5. ``api.demo.scans.record_door_charges(seed, site, doors, first_counter=)`` -> charges of the meals handed over at
   doors, numbered after the scans;
6. ``record_closing(seed, sites, scans, doors)`` -> the hand counts.

Meals of a site go to home deliveries first, then to orders eaten in, then to walk-ins, so that

    received = served (counter and doors) + left over + explained losses

holds at every site; a meal that nobody takes at the door comes back and is left over.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from api.demo.draws import Draws, Weighted, rank, units
from api.demo.records import (
    ClosingRecord,
    DayOrder,
    DoorRecord,
    LossRecord,
    ScanRecord,
    SiteMealDay,
    StopDue,
    StopRecord,
)
from kitchen.kinds import MealPeriod, StopOutcome

HANDED_OVER = frozenset({StopOutcome.DELIVERED, StopOutcome.LEFT_WITH_NEIGHBOUR})
SERVING_HOURS = {
    MealPeriod.BREAKFAST: (23_400, 28_800),  # 6:30-8:00
    MealPeriod.LUNCH: (37_800, 45_000),  # 10:30-12:30
    MealPeriod.SUPPER: (59_400, 64_800),  # 16:30-18:00
}
_ODD_STOPS = 0.015
_LOSSES = 0.025
_DOORS = Weighted(
    (
        (StopOutcome.DELIVERED, ""),
        (StopOutcome.LEFT_WITH_NEIGHBOUR, "asked_for"),
        (StopOutcome.NOT_HOME, "no_answer"),
        (StopOutcome.NOT_HOME, "at_hospital"),
        (StopOutcome.REFUSED, "not_hungry"),
        (StopOutcome.REFUSED, "family_cooks"),
    ),
    (94.0, 2.4, 1.6, 0.6, 0.8, 0.6),
)
_LOSS_REASONS = Weighted(("dropped_meal", "damaged_box"), (3, 2))


def record_stop_outcomes(
    seed: int, stops: Sequence[StopDue], *, day: date, period: MealPeriod
) -> tuple[StopRecord, ...]:
    """What each site received, in the given order: nearly always all that was loaded.

    A few stops (one in seventy, at least one where any site has three meals) are SHORT by a miscount or
    DAMAGED by a dropped box, of one to three meals.
    """
    large = sorted(
        (stop for stop in stops if stop.loaded >= 3),
        key=lambda stop: rank(seed, f"stop {day} {period}", stop.site_id),
    )
    odd = {stop.site_id for stop in large[: _share(len(stops), _ODD_STOPS)]}
    return tuple(_stop(seed, stop, day, period, is_odd=stop.site_id in odd) for stop in stops)


def _share(count: int, share: float) -> int:
    """A share of a count, at least one of any."""
    return max(1, round(count * share)) if count else 0


def _stop(seed: int, stop: StopDue, day: date, period: MealPeriod, *, is_odd: bool) -> StopRecord:
    draws = Draws(seed, "stop", stop.site_id, day.toordinal(), period.value)
    late_s, temp_dc = draws.between(-180, 420), draws.between(622, 748)
    short, lost = draws.chance(0.5), draws.between(1, 3)
    outcome, reason = StopOutcome.DELIVERED, ""
    if is_odd:
        outcome = StopOutcome.SHORT if short else StopOutcome.DAMAGED
        reason = "miscounted_at_loading" if short else "box_dropped"
    return StopRecord(
        site_id=stop.site_id,
        loaded=stop.loaded,
        received=stop.loaded - lost if is_odd else stop.loaded,
        outcome=outcome,
        reason=reason,
        arrival_temp_dc=temp_dc,
        recorded_s=stop.arrive_s + late_s,
    )


def home_orders(site: SiteMealDay) -> list[DayOrder]:
    """The site's orders that go to a door, in the order of their ids."""
    return sorted((o for o in site.orders if o.home_delivery), key=lambda o: o.order_id)


def eat_in_orders(site: SiteMealDay) -> list[DayOrder]:
    """The site's orders that are eaten at its tables, in the order of their ids."""
    return sorted((o for o in site.orders if not o.home_delivery), key=lambda o: o.order_id)


def record_doors(seed: int, site: SiteMealDay) -> tuple[DoorRecord, ...]:
    """What happened at each door of a site, in the round's sequence.

    SHORT ("no_meal_left") where the site received fewer meals than its home deliveries.
    """
    first_s = SERVING_HOURS[site.period][0]
    records = []
    for at, order in enumerate(home_orders(site)):
        chosen, pause = units(seed, "door", order.order_id)[:2]
        outcome, reason = _DOORS.at(chosen)
        if at >= site.received:
            outcome, reason = StopOutcome.SHORT, "no_meal_left"
        at_s = first_s + 240 * at + int(180 * pause)
        records.append(DoorRecord(order.order_id, order.senior_id, outcome, reason, at_s))
    return tuple(records)


def record_closing(
    seed: int,
    sites: Sequence[SiteMealDay],
    scans: Mapping[str, ScanRecord],
    doors: Mapping[str, Sequence[DoorRecord]],
) -> tuple[ClosingRecord, ...]:
    """The hand counts of one meal of a day, in the order of ``sites``.

    Args:
        seed: the county's seed.
        sites: the sites of the meal.
        scans: by site id, what its till sent.
        doors: by site id, its home deliveries (a site without any may be missing).

    One site in forty that has meals left (at least one) lost one or two of them, with a reason.
    """
    counted = [
        (site, *_rest(site, scans[site.site_id], doors.get(site.site_id, ()))) for site in sites
    ]
    spare = sorted(
        (site for site, _served, rest in counted if rest),
        key=lambda site: rank(seed, f"loss {site.day} {site.period}", site.site_id),
    )
    losing = {site.site_id for site in spare[: _share(len(sites), _LOSSES)]}
    return tuple(
        _closing(seed, site, scans[site.site_id], (served, rest), loses=site.site_id in losing)
        for site, served, rest in counted
    )


def _rest(site: SiteMealDay, scan: ScanRecord, doors: Sequence[DoorRecord]) -> tuple[int, int]:
    """(meals handed over, meals not handed over) of what the site received."""
    served = scan.meals + sum(door.outcome in HANDED_OVER for door in doors)
    return served, site.received - served


def _closing(
    seed: int, site: SiteMealDay, scan: ScanRecord, counts: tuple[int, int], *, loses: bool
) -> ClosingRecord:
    served, rest = counts
    draws = Draws(seed, "closing", site.site_id, site.day.toordinal(), site.period.value)
    lost, reason = min(rest, draws.between(1, 2)) if loses else 0, _LOSS_REASONS.at(draws.unit())
    left = rest - lost
    # Staff and neighbours eat some of what is left; the rest is thrown away and weighed.
    wasted = left - min(left, draws.below(3))
    return ClosingRecord(
        site_id=site.site_id,
        served=served,
        left_over=left,
        wasted=wasted,
        turned_away=scan.turned_away,
        sold_out_at_s=scan.sold_out_at_s,
        losses=(LossRecord(site.site_id, reason, lost),) if lost else (),
        counted_s=SERVING_HOURS[site.period][1] + draws.between(300, 1_500),
    )
