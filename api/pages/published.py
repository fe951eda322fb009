"""The published menu: what a site serves today and tomorrow, for everybody's phone, and a tap of opinion."""

from datetime import date, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import PathParameter, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session, col, select

from api import clock
from api.auth import form_secret
from api.day.menu import stored_book
from api.day.menu_reading import stored_sets
from api.day.opinions import own_opinions, say_opinion
from api.failures import NotFound
from api.handlers.visits import ID_PATTERN, house_of
from api.menu_views import SetView, set_view
from api.pages.rendering import go, page
from kitchen.dishes import Allergen, DishBook
from kitchen.kinds import MealPeriod
from kitchen.tables import Site, SiteMeal, Township

DAYS = 3
TAPS_A_MINUTE = 40
SALT_A_DAY_G, ENERGY_A_DAY_KCAL, PROTEIN_A_DAY_G = 5, 1_900, 60
"""WS/T 556-2017: salt under 5 g; 1,500-2,350 kcal and 55-65 g of protein at 65 and more, here the middle."""

SiteId = Annotated[str, PathParameter(pattern=ID_PATTERN, max_length=64)]


class OpinionForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tap; ``liked`` is 1 or 0."""

    period: MealPeriod
    dish: Annotated[str, msgspec.Meta(max_length=64)]
    liked: Annotated[str, msgspec.Meta(pattern="^[01]$")]
    csrf: str = ""


@get("/menu", sync_to_thread=True)
def show_sites(request: Request[Any, Any, Any]) -> Response[str]:
    """Every site that serves meals, by township."""
    with house_of(request).database.read() as session:
        rows = session.exec(
            select(Township.name, Site)
            .join(Site, col(Site.township_code) == col(Township.code))
            .where(col(Site.site_id).in_(select(SiteMeal.site_id)))
            .order_by(col(Township.code), col(Site.name), col(Site.site_id))
        ).all()
    by_township: dict[str, list[Site]] = {}
    for township, site in rows:
        by_township.setdefault(township, []).append(site)
    return page(request, "published_sites.html", townships=by_township)


@get("/menu/{site_id:str}", sync_to_thread=True)
def show_published(request: Request[Any, Any, Any], site_id: SiteId) -> Response[str]:
    """Today and the next two days of one site, in plain words."""
    today = clock.today()
    with house_of(request).database.read() as session:
        site = session.get(Site, site_id)
        if site is None:
            raise NotFound("site", site_id)
        book = stored_book(session)
        days = _days(session, site, today, book)
        said = own_opinions(session, form_secret(request), site_id, today)
    return page(
        request,
        "published.html",
        site=site,
        today=today,
        days=days,
        said=said,
        allergens=lambda dish_id: _allergens(dish_id, book),
        dishes=book.dishes,
        salt_a_day=SALT_A_DAY_G,
        energy_percent=lambda kcal: round(100 * kcal / ENERGY_A_DAY_KCAL),
        protein_percent=lambda grams: round(100 * grams / PROTEIN_A_DAY_G),
    )


def _days(
    session: Session, site: Site, today: date, book: DishBook
) -> dict[date, list[tuple[str, SetView]]]:
    """The sets of each day by meal, in the order of the meals."""
    found: dict[date, list[tuple[str, SetView]]] = {
        today + timedelta(days=n): [] for n in range(DAYS)
    }
    meals = session.exec(select(SiteMeal).where(col(SiteMeal.site_id) == site.site_id))
    for meal in sorted(meals, key=lambda one: one.arrive_from_s):
        kitchen_meal = site.kitchen_id, MealPeriod(meal.period)
        for one in stored_sets(session, kitchen_meal, today, today + timedelta(days=DAYS - 1)):
            if meal.weekdays[one.day.weekday()] == "1":
                found[one.day].append((str(meal.period), set_view(one, book)))
    return found


def _allergens(dish_id: str, book: DishBook) -> list[Allergen]:
    dish = book.dishes.get(dish_id)
    return sorted(book.allergens(dish)) if dish else []


@post("/menu/{site_id:str}", sync_to_thread=True, status_code=200)
def opinion_from_form(
    request: Request[Any, Any, Any], site_id: SiteId, data: URLEncodedBody[OpinionForm]
) -> Redirect:
    """Keep one tap about a dish of today.

    Raises:
        TooFast: too many taps from one address within a minute.
    """
    host = request.client.host if request.client else ""
    now = clock.now()
    request.app.state.opinions.step(host, now)
    dish = site_id, clock.today(), data.period, data.dish
    liked = data.liked == "1"
    say_opinion(house_of(request), form_secret(request), dish, liked=liked, now=now)
    return go(f"/menu/{site_id}")
