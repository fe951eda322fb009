"""Stage 5: packed meals become a delivery problem, the problem a plan, the plan vans with stops.

A site at its own kitchen takes its meals across the counter (route 0). A site that no van can reach in
time stays in the count: its meals leave the chain by a named leak, with the cheapest way out beside it.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api.audit import insert_rows
from api.day.notes import Notes, is_done
from api.day.pot_times import stagger_pots
from api.day.production import STAGE as PRODUCTION
from api.failures import StageMissing
from api.house import House
from api.travel.stored import travel_layers
from kitchen.day_tables import KitchenReserve, PackLine, RouteStop, RunPlan
from kitchen.dispatch import (
    DispatchRules,
    Drop,
    Run,
    Van,
    assign_vans,
    boxes_for,
    delivery_problem,
    positions_of,
    split_drops,
)
from kitchen.kinds import MealPeriod
from kitchen.tables import KitchenSetup, Site, SiteMeal, Vehicle
from routing.errors import NoVehicles, RoutingError
from routing.explain import explain_all
from routing.formats import plan_record, problem_record, read_plan
from routing.habits import adapted, settled
from routing.plan import DeliveryPlan
from routing.problem import DeliveryProblem
from routing.records import plain
from routing.route import VisitSequence
from routing.solve import Progress, solve
from routing.travel import Position
from routing.travel_layers import Layers

STAGE = "dispatch"
SEED = 1
DEFAULT_LIMIT_S = 9.5
Watch = Callable[[str, Progress], None]


@dataclass(frozen=True, slots=True)
class KitchenRun:
    """What one kitchen sends out for one meal; ``travel`` knows the ways between its sites.

    ``before`` are the rounds of the last stored day for the same meal: what drivers and elders know.
    """

    kitchen: Site
    period: MealPeriod
    own: tuple[Drop, ...]
    drops: tuple[Drop, ...]
    vans: tuple[Van, ...]
    rules: DispatchRules
    travel: Layers
    before: tuple[VisitSequence, ...] = ()


@dataclass(frozen=True, slots=True)
class Solved:
    """A kitchen's problem with its plan and the runs that drive it."""

    work: KitchenRun
    problem: DeliveryProblem
    plan: DeliveryPlan
    runs: tuple[Run, ...]


def plan_routes(
    house: House,
    day: date,
    *,
    now: datetime,
    time_limit_s: float = DEFAULT_LIMIT_S,
    watch: Watch = lambda _name, _progress: None,
) -> None:
    """Plan every kitchen's runs of the day; solving holds no transaction.

    Raises:
        StageMissing: nothing is packed yet.
    """
    with house.database.read() as session:
        if is_done(session, day, STAGE):
            return
        if not is_done(session, day, PRODUCTION):
            raise StageMissing(str(day), PRODUCTION)
        work = kitchen_runs(session, day)
        reserves = session.scalars(
            sa.select(KitchenReserve).where(col(KitchenReserve.day) == day)
        ).all()
    notes = Notes(day, STAGE)
    for reserve in reserves:
        subject = f"{reserve.kitchen_id}-{reserve.period}"
        notes.leak("loaded", "reserve_kept", subject=subject, quantity=reserve.planned or 0)
    solved = [
        plan
        for one in work
        if (plan := _solve_one(one, day, notes, limit_s=time_limit_s, watch=watch))
    ]
    with house.database.write(actor="command", action="day.dispatch") as session:
        if is_done(session, day, STAGE):  # another command was quicker
            return
        insert_rows(session, RunPlan, [_plan_row(one, day) for one in solved])
        insert_rows(session, RouteStop, [r for one in work for r in _counter_rows(one, day)])
        insert_rows(session, RouteStop, [r for one in solved for r in _stop_rows(one, day)])
        notes.write(session, now)
        stagger_pots(session, day)


def kitchen_runs(session: Session, day: date) -> list[KitchenRun]:
    """Per kitchen and meal: the packed sites, at the kitchen or on the road, and the kitchen's vans."""
    meals: dict[tuple[str, MealPeriod], int] = {}
    for line in session.scalars(sa.select(PackLine).where(col(PackLine.day) == day)):
        key = line.site_id, MealPeriod(line.period)
        meals[key] = meals.get(key, 0) + line.quantity
    sites = {site.site_id: site for site in session.scalars(sa.select(Site))}
    setups = {row.kitchen_id: row for row in session.scalars(sa.select(KitchenSetup))}
    hours = {(m.site_id, MealPeriod(m.period)): m for m in session.scalars(sa.select(SiteMeal))}
    # What is packed goes out, also to a site that was closed after packing: its meals are somewhere.
    packed: dict[tuple[str, MealPeriod], list[Drop]] = {}
    for key, quantity in sorted(meals.items()):
        kitchen = sites[key[0]].kitchen_id, key[1]
        packed.setdefault(kitchen, []).append(_drop(sites[key[0]], hours[key], quantity))
    runs = []
    for (kitchen_id, period), drops in sorted(packed.items()):
        runs.append(
            KitchenRun(
                kitchen=sites[kitchen_id],
                period=period,
                own=tuple(d for d in drops if d.site_id == kitchen_id),
                drops=tuple(d for d in drops if d.site_id != kitchen_id),
                vans=_vans(session, kitchen_id),
                rules=_rules(setups.get(kitchen_id)),
                travel=travel_layers(session, {kitchen_id, *(d.site_id for d in drops)}),
                before=last_rounds(session, day, kitchen_id, period),
            )
        )
    return runs


def last_rounds(
    session: Session, day: date, kitchen_id: str, period: MealPeriod
) -> tuple[VisitSequence, ...]:
    """The rounds of the latest stored plan before ``day``; none if there is none that can be read."""
    query = sa.select(RunPlan).where(
        col(RunPlan.day) < day, col(RunPlan.kitchen_id) == kitchen_id, col(RunPlan.period) == period
    )
    row = session.scalars(query.order_by(col(RunPlan.day).desc()).limit(1)).first()
    if row is None:
        return ()
    try:
        return read_plan(json.dumps(row.plan))[1].sequences()
    except RoutingError:  # of a version that is not read any more: today starts afresh
        return ()


def _rules(setup: KitchenSetup | None) -> DispatchRules:
    if setup is None:
        return DispatchRules()
    return DispatchRules(
        meals_per_box=setup.meals_per_box, hold_s=setup.van_hold_s, lead_s=setup.lead_s
    )


def _drop(site: Site, meal: SiteMeal, meals: int) -> Drop:
    return Drop(
        site.site_id, meals, site.lat, site.lon, site.narrow_road, meal.arrive_from_s, meal.arrive_by_s
    )  # fmt: skip


def _vans(session: Session, kitchen_id: str) -> tuple[Van, ...]:
    query = sa.select(Vehicle).where(col(Vehicle.kitchen_id) == kitchen_id)
    return tuple(
        Van(
            v.vehicle_id, v.type_id, v.capacity_boxes, v.fixed_cost_fen, v.cost_fen_per_km,
            v.narrow_ok, v.shift_from_s, v.shift_to_s,
        )
        for v in session.scalars(query.order_by(col(Vehicle.vehicle_id)))
    )  # fmt: skip


def build_problem(work: KitchenRun, day: date, drops: Sequence[Drop]) -> DeliveryProblem:
    """The delivery problem of one kitchen's drops (all with coordinates).

    Raises:
        RoutingError: a figure cannot be used, for instance no vans.
    """
    kitchen = work.kitchen
    seat = Position(kitchen.site_id, kitchen.lon or 0.0, kitchen.lat or 0.0)
    travel = work.travel.table(positions_of(seat, drops))
    name = f"{kitchen.site_id}-{day:%Y%m%d}-{work.period}"
    return delivery_problem(
        name, drops, work.vans, kitchen_id=kitchen.site_id, travel=travel, rules=work.rules
    )


def _solve_one(
    work: KitchenRun,
    day: date,
    notes: Notes,
    *,
    limit_s: float,
    watch: Watch,
) -> Solved | None:
    drops, lost = split_drops(work.drops)
    for one in lost:
        _leave_behind(work, notes, one.site_id, reason=one.reason)
    if work.kitchen.lat is None or work.kitchen.lon is None:
        for drop in drops:
            _leave_behind(work, notes, drop.site_id, reason="kitchen_without_coordinates")
        return None
    if not drops:
        return None
    try:
        problem = build_problem(work, day, drops)
    except RoutingError as error:  # one kitchen's figures cannot be used: the others still drive
        reason = "no_vehicle" if isinstance(error, NoVehicles) else error.code
        for drop in drops:
            _leave_behind(work, notes, drop.site_id, reason=reason)
        return None
    # Of plans that cost the same drivers get the one nearest to what they know. Habits with a price
    # (`routing.habits`) stay out: cost and bound are printed as public money.
    start = adapted(problem, work.before)
    plan = solve(
        problem,
        time_limit_s=limit_s,
        seed=SEED,
        progress=lambda progress: watch(problem.name, progress),
        start=start,
    )
    plan = settled(problem, plan, start)
    for why in explain_all(problem, plan):
        stop = why.blocking
        displaces = {"displaces": list(why.displaces.stop_ids)} if why.displaces else {}
        _leave_behind(
            work, notes, stop.stop_id, reason=f"no_route_{stop.reason}",
            needs=stop.detail.needs, limit=stop.detail.limit,
            way_out=plain(why.cheapest) if why.cheapest else None, **displaces,
        )  # fmt: skip
    return Solved(work, problem, plan, tuple(assign_vans(plan, work.vans)))


def _leave_behind(
    work: KitchenRun, notes: Notes, site_id: str, *, reason: str, **detail: object
) -> None:
    meals = next(drop.meals for drop in work.drops if drop.site_id == site_id)
    subject = f"{site_id}-{work.period}"
    notes.exception(reason, subject, severity="blocking", site_id=site_id, meals=meals, **detail)
    notes.leak("loaded", reason, subject=subject, quantity=meals)


def _plan_row(solved: Solved, day: date) -> dict[str, object]:
    return {
        "kitchen_id": solved.work.kitchen.site_id,
        "day": day,
        "period": solved.work.period,
        "problem": problem_record(solved.problem),
        "plan": plan_record(solved.plan),
        "cost": solved.plan.cost,
        "bound": solved.plan.bound,
        "proven": solved.plan.proven,
    }


def _counter_rows(work: KitchenRun, day: date) -> list[dict[str, object]]:
    return [
        _stop_row(
            work, day, drop.site_id, route_no=0, sequence=0, vehicle_id=None,
            depart_s=drop.arrive_from_s, arrive_s=drop.arrive_from_s,
            arrive_by_s=drop.arrive_by_s, boxes=boxes_for(drop.meals, work.rules), loaded=drop.meals,
        )
        for drop in work.own
    ]  # fmt: skip


def _stop_rows(solved: Solved, day: date) -> list[dict[str, object]]:
    drops = {drop.site_id: drop for drop in solved.work.drops}
    stops = {stop.stop_id: stop for stop in solved.problem.stops}
    return [
        _stop_row(
            solved.work, day, visit.stop_id, route_no=run.number, sequence=sequence,
            vehicle_id=run.vehicle_id, depart_s=run.route.depart_s, arrive_s=visit.arrive_s,
            arrive_by_s=drops[visit.stop_id].arrive_by_s, boxes=stops[visit.stop_id].boxes,
            loaded=drops[visit.stop_id].meals,
        )
        for run in solved.runs
        for sequence, visit in enumerate(run.route.visits, start=1)
    ]  # fmt: skip


def _stop_row(work: KitchenRun, day: date, site_id: str, **figures: object) -> dict[str, object]:
    return {
        "site_id": site_id, "day": day, "period": work.period,
        "kitchen_id": work.kitchen.site_id, **figures, "received": None, "outcome": None,
        "reason": "", "arrival_temp_dc": None, "recorded_at": None,
    }  # fmt: skip


def stored_plans(session: Session, day: date) -> list[tuple[RunPlan, list[Site]]]:
    """The stored plans of a day, each with every site that has coordinates."""
    placed = sa.select(Site).where(col(Site.lat).is_not(None), col(Site.lon).is_not(None))
    sites = list(session.scalars(placed))
    plans = sa.select(RunPlan).where(col(RunPlan.day) == day)
    in_order = plans.order_by(col(RunPlan.kitchen_id), col(RunPlan.period))
    return [(plan, sites) for plan in session.scalars(in_order)]
