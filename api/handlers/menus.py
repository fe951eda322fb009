"""Menus over HTTP: plan, show, check, options, set by hand."""

from datetime import date, timedelta
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body, FromQuery

from api import clock
from api.auth import Role, needs
from api.day.menu_files import FileProblem, MenuFile, judge_file, read_menu
from api.day.menu_planning import Effort, plan_menus, set_by_hand
from api.day.menu_planning import read_menu as read_stored
from api.failures import BadRequest, NotFound, NotYours
from api.handlers.scopes import checked_day, own_kitchen
from api.handlers.visits import Visit, house_of, strict_json
from api.menu_views import MenuView, SwapView, menu_view, options_view
from api.schemas import Line, Problem
from kitchen.kinds import MealPeriod

LONGEST_DAYS, LONGEST_S = 28, 10
NEIGHBOURS = 28
READERS = needs(Role.KITCHEN, Role.COUNTY, Role.AUDITOR)
WRITERS = needs(Role.KITCHEN, Role.COUNTY)


class MenuPlanRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Plan a kitchen's meal from a day on; ``seconds`` of search."""

    kitchen_id: Line
    period: MealPeriod
    first: date
    days: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_DAYS)] = 7
    seconds: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_S)] = 4


class MenuSetRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Put a dish into a slot of a stored set and lock it; an empty ``dish_id`` takes the lock away."""

    kitchen_id: Line
    period: MealPeriod
    day: date
    slot: Line
    dish_id: Line


class MenuCheckRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One dish of a menu to check."""

    kitchen: Line
    period: Line
    day: Line
    slot: Line
    dish: Line


class MenuCheckRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The dishes of a menu to check, in any order."""

    rows: Annotated[tuple[MenuCheckRow, ...], msgspec.Meta(min_length=1, max_length=2_000)]


class MenuCheckView(msgspec.Struct, frozen=True):
    """The menus judged, and rows that cannot be used."""

    menus: tuple[MenuView, ...]
    problems: tuple[FileProblem, ...]


_PLAN = {"kitchen_id": "122-K01", "period": "LUNCH", "first": "2026-11-23", "days": 7}
_SET = {
    "kitchen_id": "122-K01", "period": "LUNCH", "day": "2026-11-23", "slot": "SOUP",
    "dish_id": "tomato_egg_soup",
}  # fmt: skip
_CHECK = {
    "rows": [
        {
            "kitchen": "122-K01", "period": "LUNCH", "day": "2026-11-23", "slot": "SOUP",
            "dish": "tomato_egg_soup",
        }
    ]
}  # fmt: skip
PlanBody = Annotated[MenuPlanRequest, Body(examples=[Example(summary="a week", value=_PLAN)])]
SetBody = Annotated[MenuSetRequest, Body(examples=[Example(summary="another soup", value=_SET)])]
CheckBody = Annotated[MenuCheckRequest, Body(examples=[Example(summary="one dish", value=_CHECK)])]


def _span(first: date, days: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(days)]


def _period(text: str) -> MealPeriod:
    if text not in MealPeriod.__members__:
        raise BadRequest("period", "LUNCH, SUPPER, BREAKFAST")
    return MealPeriod(text)


@post(
    "/api/menus/plan",
    guards=[WRITERS],
    before_request=strict_json(MenuPlanRequest),
    sync_to_thread=True,
    status_code=200,
    responses={
        404: ResponseSpec(Problem, description="the kitchen cooks no such meal on these days")
    },
)
def post_plan(request: Visit, data: PlanBody) -> MenuView:
    """Plan sets and store them; locked dishes and produced days stay. Broken rules are in the answer."""
    house = house_of(request)
    checked_day(data.first.isoformat())
    with house.database.read() as session:
        meal = own_kitchen(session, request.user, data.kitchen_id), data.period
    planned = plan_menus(
        house, meal, _span(data.first, data.days), today=clock.today(),
        by=request.user.username, effort=Effort(data.seconds),
    )  # fmt: skip
    if not planned.plan.sets:
        raise NotFound("menu", f"{meal[0]} {data.first} {meal[1]}")
    return menu_view(planned, reasons=True)


@get("/api/menus", guards=[READERS], sync_to_thread=True)
def get_menu(
    request: Visit,
    first: FromQuery[str],
    days: FromQuery[int] = 7,
    kitchen: FromQuery[str] = "",
    period: FromQuery[str] = "LUNCH",
) -> MenuView:
    """The stored sets from a day on, judged by the kitchen's rules, with the swaps that would be better."""
    if not 1 <= days <= LONGEST_DAYS:
        raise BadRequest("days", f"1 - {LONGEST_DAYS}")
    with house_of(request).database.read() as session:
        meal = own_kitchen(session, request.user, kitchen), _period(period)
        shown = read_stored(session, meal, _span(checked_day(first), days), today=clock.today())
    return menu_view(shown, reasons=True)


@get("/api/menus/options", guards=[READERS], sync_to_thread=True)
def get_options(
    request: Visit,
    day: FromQuery[str],
    slot: FromQuery[str],
    kitchen: FromQuery[str] = "",
    period: FromQuery[str] = "LUNCH",
) -> tuple[SwapView, ...]:
    """What could stand in a slot instead: fen more a set, and the hard rules it would break."""
    on = checked_day(day)
    span = _span(on - timedelta(days=NEIGHBOURS), 2 * NEIGHBOURS + 1)
    with house_of(request).database.read() as session:
        meal = own_kitchen(session, request.user, kitchen), _period(period)
        shown = read_stored(session, meal, span, today=clock.today())
    if not any(one.day == on and slot in dict(one.dishes) for one in shown.sets):
        raise NotFound("menu", f"{meal[0]} {on} {meal[1]} {slot}")
    return options_view(shown, on, slot)


@post(
    "/api/menus/set",
    guards=[WRITERS],
    before_request=strict_json(MenuSetRequest),
    sync_to_thread=True,
    status_code=200,
    responses={
        404: ResponseSpec(Problem, description="no such set, slot or dish"),
        409: ResponseSpec(Problem, description="the day is produced already"),
    },
)
def post_set(request: Visit, data: SetBody) -> MenuView:
    """Put a dish into a stored set and lock it there; the answer says what the set breaks now."""
    house = house_of(request)
    with house.database.read() as session:
        meal = own_kitchen(session, request.user, data.kitchen_id), data.period
    dishes = {(data.day, data.slot): data.dish_id}
    set_by_hand(house, meal, dishes, by=request.user.username, now=clock.now())
    with house.database.read() as session:
        return menu_view(read_stored(session, meal, [data.day], today=clock.today()))


@post(
    "/api/menus/check",
    guards=[READERS],
    before_request=strict_json(MenuCheckRequest),
    sync_to_thread=True,
    status_code=200,
)
def post_check(request: Visit, data: CheckBody) -> MenuCheckView:
    """Judge a menu without storing it; rows that cannot be used are listed."""
    if request.user.role is Role.KITCHEN and {row.kitchen for row in data.rows} != {
        request.user.scope
    }:
        raise NotYours(request.user.role)
    rows = [
        (str(number), {name: getattr(row, name) for name in MenuCheckRow.__struct_fields__})
        for number, row in enumerate(data.rows, start=1)
    ]
    read: MenuFile = read_menu(rows, [])
    with house_of(request).database.read() as session:
        shown, unknown = judge_file(session, read, today=clock.today())
    problems = (*read.problems, *(FileProblem("", "kitchen", name) for name in unknown))
    return MenuCheckView(tuple(menu_view(one) for one in shown), problems)


ENDPOINTS = (post_plan, get_menu, get_options, post_set, post_check)
