from dataclasses import replace
from typing import Any

from kitchen.dispatch import Van, assign_vans, van_types
from routing.plan import DeliveryPlan
from routing.route import Route, Visit

VAN = Van("v1", "van", 24, 5000, 120, narrow_ok=True, shift_from_s=0, shift_to_s=86_400)


def route(stop_id: str, depart_s: int, type_id: str = "van", **changes: Any) -> Route:
    visit = Visit(stop_id, depart_s + 100, depart_s + 100, depart_s + 160, 100, 0)
    return Route(type_id, depart_s, depart_s + 260, (visit,), 2000, 260, 1, 2000, **changes)


def plan(*routes: Route) -> DeliveryPlan:
    return DeliveryPlan(
        "day",
        routes,
        (),
        0,
        None,
        0,
        None,
        proven=False,
        seed=1,
        iterations=0,
        ended_by_clock=False,
    )


def driven(routes: DeliveryPlan, *vans: Van) -> list[tuple[int, str, str]]:
    runs = assign_vans(routes, vans)
    return [(run.number, run.vehicle_id, run.route.visits[0].stop_id) for run in runs]


def test_the_trips_of_one_vehicle_get_the_same_van() -> None:
    second = replace(VAN, vehicle_id="v2")
    routes = plan(
        route("late", 2000, vehicle=0, trip=2),
        route("early", 0, vehicle=0),
        route("other", 500, vehicle=1),
        route("last", 2500, vehicle=1, trip=2),
    )
    assert driven(routes, VAN, second) == [
        (1, "v1", "early"),
        (2, "v2", "other"),
        (3, "v1", "late"),
        (4, "v2", "last"),
    ]


def test_vehicles_of_two_types_may_have_the_same_number() -> None:
    cart = replace(VAN, vehicle_id="c1", type_id="cart")
    routes = plan(route("a", 0, vehicle=0), route("b", 10, "cart", vehicle=0))
    assert driven(routes, VAN, cart) == [(1, "v1", "a"), (2, "c1", "b")]


def test_vans_that_differ_in_a_figure_are_types_of_their_own() -> None:
    larger = replace(VAN, vehicle_id="v2", capacity_boxes=30)
    assert set(van_types([VAN, larger])) == {"van", "van#2"}
    assert driven(plan(route("a", 0, "van#2")), VAN, larger) == [(1, "v2", "a")]
