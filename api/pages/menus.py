"""The menu page: a week of sets with what is in them, planned in one tap, swapped dish by dish."""

from collections import defaultdict
from datetime import date, timedelta
from functools import partial
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from api import clock
from api.auth import Role, needs
from api.day.menu_planning import Effort, meals_of, plan_menus, read_menu, set_by_hand
from api.day.menu_reading import Meal
from api.day.purchases import week_days
from api.failures import BadRequest, NotFound
from api.handlers.scopes import checked_day
from api.handlers.visits import Visit, house_of
from api.menu_views import FindingView, menu_view, options_view
from api.menu_words import rule_words
from api.pages.kitchens import head_values, kitchen_of
from api.pages.rendering import go, lang_of, page
from kitchen.kinds import MealPeriod
from kitchen.tables import Site

PLAN_DAYS = {"week": 7, "month": 28}
PLAN_SECONDS = 4.0
NEIGHBOURS = 28


class MenuForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page sends: plan from a day on, or put a dish into a slot (empty: take the lock away)."""

    day: Annotated[str, msgspec.Meta(max_length=10)]
    period: MealPeriod
    plan: Annotated[str, msgspec.Meta(max_length=5)] = ""
    slot: Annotated[str, msgspec.Meta(max_length=20)] = ""
    dish: Annotated[str, msgspec.Meta(max_length=64)] = ""
    kitchen: Annotated[str, msgspec.Meta(max_length=64)] = ""
    csrf: str = ""


@get(
    "/kitchen/menu", guards=[needs(Role.KITCHEN, Role.COUNTY, Role.AUDITOR)], sync_to_thread=True
)  # fmt: skip
def show_menu(
    request: Visit,
    day: FromQuery[str | None] = None,
    kitchen: FromQuery[str | None] = None,
    period: FromQuery[str | None] = None,
    slot: FromQuery[str | None] = None,
) -> Response[str]:
    """The week of ``day``; with ``slot``, what could stand there on that day instead."""
    with house_of(request).database.read() as session:
        kitchens, chosen = kitchen_of(session, request.user, kitchen)
        shown_day = checked_day(day) if day else clock.today()
        meals = meals_of(session, chosen.site_id)
        meal = _meal(meals, chosen, period)
        week = week_days(shown_day)
        near = [shown_day + timedelta(days=n) for n in range(-NEIGHBOURS, NEIGHBOURS + 1)]
        shown = read_menu(session, meal, near if slot else week, today=clock.today())
    view = menu_view(shown, reasons=slot is None)
    sets = {one.day: one for one in view.sets}
    places = [place for place, _ in shown.task.rules.places]
    if slot is not None and slot not in places:
        raise BadRequest("slot", slot[:20])
    options = options_view(shown, shown_day, slot) if slot and shown_day in sets else ()
    return page(
        request,
        "menu.html",
        day=shown_day,
        **head_values(kitchens, chosen),
        periods=[str(one) for _, one in meals],
        period=str(meal[1]),
        week=week,
        sets=sets,
        places=places,
        view=view,
        findings=_by_day(view.findings),
        reasons={(one.day, one.slot): one for one in view.reasons},
        slot=slot,
        options=options,
        dishes=shown.task.book.dishes,
        rule_words=partial(rule_words, lang=lang_of(request)),
        may_write=request.user.role in {Role.KITCHEN, Role.COUNTY},
    )


def _meal(meals: list[Meal], chosen: Site, period: str | None) -> Meal:
    """The wished meal of a kitchen, or lunch, or its first."""
    wished = [meal for meal in meals if meal[1] == (period or MealPeriod.LUNCH)]
    if period and not wished:
        raise NotFound("meal", f"{chosen.site_id} {period[:12]}")
    return (wished or meals or [(chosen.site_id, MealPeriod.LUNCH)])[0]


def _by_day(findings: tuple[FindingView, ...]) -> dict[date, list[str]]:
    """Hard rules that are broken, by each of their days."""
    found: dict[date, set[str]] = defaultdict(set)
    for one in findings:
        if one.hard:
            for day in one.days:
                found[day].add(one.rule)
    return {day: sorted(rules) for day, rules in found.items()}


@post(
    "/kitchen/menu", guards=[needs(Role.KITCHEN, Role.COUNTY)], sync_to_thread=True, status_code=200
)  # fmt: skip
def menu_from_form(request: Visit, data: URLEncodedBody[MenuForm]) -> Redirect:
    """Plan a week or four, or set one dish by hand.

    Raises:
        BadRequest: neither a plan nor a slot is named.
    """
    house, person, day = house_of(request), request.user, checked_day(data.day)
    with house.database.read() as session:
        meal = _own_meal(session, request, data)
    if data.plan:
        if data.plan not in PLAN_DAYS:
            raise BadRequest("plan", data.plan)
        days = [day + timedelta(days=n) for n in range(PLAN_DAYS[data.plan])]
        plan_menus(
            house, meal, days, today=clock.today(), by=person.username, effort=Effort(PLAN_SECONDS)
        )
    elif data.slot:
        dishes = {(day, data.slot): data.dish}
        set_by_hand(house, meal, dishes, by=person.username, now=clock.now())
    else:
        raise BadRequest("slot", "")
    keep = {"kitchen": data.kitchen} if data.kitchen else {}
    return go("/kitchen/menu", day=day.isoformat(), period=str(meal[1]), **keep)


def _own_meal(session: Session, request: Visit, data: MenuForm) -> Meal:
    _, chosen = kitchen_of(session, request.user, data.kitchen or None)
    return _meal(meals_of(session, chosen.site_id), chosen, str(data.period))
