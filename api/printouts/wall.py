"""The week's menu of a site for its wall, in plain words."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from api.day.menu import stored_book
from api.day.menu_reading import stored_sets
from api.labels import label
from api.menu_views import SetView, set_view
from kitchen.dishes import DishBook
from kitchen.kinds import MealPeriod
from kitchen.menu_task import DaySet
from kitchen.tables import Site, SiteMeal
from printing import kitchen_sheets as sheets
from printing.words import Lang

DAYS = 7
SOFT_IDDSI = 6
PROTEIN_G, SALT_G = 22, 2.0
"""A third of a day's protein (WS/T 556-2017) is much for a meal; two grams of salt are little."""
_WORDS = {"protein": ("蛋白质足", "Much protein"), "salt": ("少盐", "Little salt")}
_NOTE = (
    "软食、低盐、忌口请告诉工作人员。营养按生料计算。",
    "Tell us about soft food, less salt, allergies. Nutrition is that of the raw food.",
)


def wall_menus(
    session: Session, site: Site, first: date, *, made_at: datetime, lang: Lang, address: str = ""
) -> list[sheets.WallMenu]:
    """One wall menu of seven days for each meal that the site serves; a meal without any set gives none."""
    book = stored_book(session)
    span = [first + timedelta(days=n) for n in range(DAYS)]
    kitchen = session.get(Site, site.kitchen_id)
    meals = _meals(session, site)
    found = []
    for meal in meals:
        period = MealPeriod(meal.period)
        stored = stored_sets(session, (site.kitchen_id, period), first, span[-1])
        sets = {one.day: one for one in stored}
        if not sets:
            continue
        found.append(
            sheets.WallMenu(
                site=site.name,
                kitchen=kitchen.name if kitchen else "",
                made_at=made_at,
                period=period.value,
                days=tuple(
                    _day(
                        day,
                        sets.get(day) if meal.weekdays[day.weekday()] == "1" else None,
                        book,
                        lang,
                    )
                    for day in span
                ),
                price=_price(meal.set_price_fen, lang),
                address=address,
                note=_NOTE[lang == "en"],
            )
        )
    return found


def _meals(session: Session, site: Site) -> list[SiteMeal]:
    """The meals that a site serves; of a kitchen that serves nobody itself, one site's for each meal it cooks."""
    query = sa.select(SiteMeal).order_by(col(SiteMeal.arrive_from_s), col(SiteMeal.site_id))
    own = list(session.scalars(query.where(col(SiteMeal.site_id) == site.site_id)))
    if own:
        return own
    fed = query.join(Site, col(Site.site_id) == col(SiteMeal.site_id)).where(
        col(Site.kitchen_id) == site.site_id
    )
    return list({meal.period: meal for meal in reversed(list(session.scalars(fed)))}.values())[::-1]


def _price(fen: int, lang: Lang) -> str:
    yuan = f"{fen / 100:.2f}"
    return f"{yuan} yuan a set" if lang == "en" else f"每份 {yuan} 元"


def _day(day: date, menu: DaySet | None, book: DishBook, lang: Lang) -> sheets.WallDay:
    if menu is None:
        return sheets.WallDay(day, (), None, (), estimated=False)
    view = set_view(menu, book)
    return sheets.WallDay(
        day,
        tuple(_dishes(view, book, lang)),
        round(view.kcal),
        tuple(_words(view, lang)),
        estimated=any(dish.estimated for dish in view.dishes),
    )


def _dishes(view: SetView, book: DishBook, lang: Lang) -> Iterable[sheets.WallDish]:
    for one in view.dishes:
        dish = book.dishes[one.dish_id]
        yield sheets.WallDish(
            one.name_en if lang == "en" else one.name_zh,
            label(one.slot, lang),
            tuple(label(name, lang) for name in sorted(book.allergens(dish))),
            dish.texture_iddsi <= SOFT_IDDSI and not dish.bones,
        )


def _words(view: SetView, lang: Lang) -> Iterable[str]:
    if view.protein_g >= PROTEIN_G:
        yield _WORDS["protein"][lang == "en"]
    if view.salt_g <= SALT_G:
        yield _WORDS["salt"][lang == "en"]
