"""`nuanzao menu`: plan weeks of sets, check a file of them, swap by hand, a kitchen's own rules."""

import sys
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import click
import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.commands.options import DAY, json_flag
from api.commands.output import progress_bar, say_json, table, write_file
from api.day.menu_files import judge_file, read_menu_file
from api.day.menu_planning import (
    Effort,
    Tell,
    cooking_for_others,
    load_rules,
    meals_of,
    plan_menus,
    read_menu,
    set_by_hand,
)
from api.day.menu_reading import Meal
from api.failures import FileUnusable, NotFound
from api.house import open_house
from api.menu_views import MenuView, menu_view, options_view
from api.printouts.wall import wall_menus
from kitchen import menu_tables
from kitchen.kinds import MealPeriod
from kitchen.menu_rules import shipped_rules_text
from kitchen.tables import Site
from printing.wall_menu import draw_wall_menus
from printing.words import Lang

BY = "command"
LONGEST_DAYS = 28
PERIOD = click.option("--period", type=click.Choice([str(p) for p in MealPeriod]))
KITCHEN = click.option("--kitchen", help="kitchen id; absent: every kitchen that cooks for others")


@click.group()
def menu() -> None:
    """Sets for the coming weeks: plan, check, swap by hand, rules."""


def _meals(session: Session, kitchen: str | None, period: str | None) -> list[Meal]:
    """The meals that are meant, sorted.

    Raises:
        NotFound: there is no such kitchen, or it cooks no such meal.
    """
    found = meals_of(session, kitchen) if kitchen else cooking_for_others(session)
    chosen = [meal for meal in found if period in {None, meal[1]}]
    if not chosen:
        raise NotFound("kitchen", f"{kitchen or ''} {period or ''}".strip())
    return chosen


@menu.command("plan")
@click.option("--from", "first", type=DAY, required=True, help="first day")
@click.option("--days", type=click.IntRange(1, LONGEST_DAYS), default=7, show_default=True)
@KITCHEN
@PERIOD
@click.option(
    "--time-limit", type=click.FloatRange(0.1, 600), default=4.0, show_default=True,
    help="seconds of search for each kitchen's meal",
)  # fmt: skip
@click.option(
    "--proof-limit", type=click.FloatRange(0, 3600), default=60.0, show_default=True,
    help="seconds more to prove which rules contradict each other, where they do",
)  # fmt: skip
@click.option("--bound", is_flag=True, help="also work out what no plan can be below (1-2 s more)")
@json_flag
def menu_plan(  # one parameter per option
    first: date, days: int, kitchen: str | None, period: str | None, time_limit: float,
    proof_limit: float, bound: bool, as_json: bool,
) -> None:  # fmt: skip
    """Plan sets and store them; locked dishes and produced days stay. Exit 1 if hard rules had to be broken."""
    house = open_house()
    asked = [first + timedelta(days=n) for n in range(days)]
    with house.database.read() as session:
        meals = _meals(session, kitchen, period)
    views = []
    bar, moved = progress_bar(quiet=as_json)
    with bar:
        for meal in meals:
            effort = Effort(
                time_limit, proof_limit, bound=bound, tell=partial(_tell, moved, " ".join(meal))
            )
            planned = plan_menus(house, meal, asked, today=clock.today(), by=BY, effort=effort)
            views.append(menu_view(planned, reasons=True))
    _say(views, as_json=as_json)
    sys.exit(1 if any(view.broken for view in views) else 0)


def _tell(moved: Tell, name: str, part: str, done: int, of: int) -> None:
    moved(f"{name} {part}", done, of)


@menu.command("show")
@click.option("--from", "first", type=DAY, required=True, help="first day")
@click.option("--days", type=click.IntRange(1, LONGEST_DAYS), default=7, show_default=True)
@KITCHEN
@PERIOD
@json_flag
def menu_show(
    first: date, days: int, kitchen: str | None, period: str | None, as_json: bool
) -> None:
    """The stored sets, judged by the kitchen's rules, with the single swaps that would be better."""
    house = open_house()
    asked = [first + timedelta(days=n) for n in range(days)]
    with house.database.read() as session:
        views = [
            menu_view(read_menu(session, meal, asked, today=clock.today()), reasons=True)
            for meal in _meals(session, kitchen, period)
        ]
    _say(views, as_json=as_json)


@menu.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_flag
def menu_check(file: Path, as_json: bool) -> None:
    """Judge a file of sets (the JSON of `menu plan`, or CSV); exit 1 if hard rules are broken or rows unusable."""
    try:
        read = read_menu_file(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise FileUnusable(str(file), str(error)) from None
    house = open_house()
    with house.database.read() as session:
        shown, unknown = judge_file(session, read, today=clock.today())
        views = [menu_view(one) for one in shown]
    problems = [{"place": p.place, "field": p.field, "value": p.value} for p in read.problems]
    problems += [{"place": "", "field": "kitchen", "value": name} for name in unknown]
    if as_json:
        say_json({"menus": views, "problems": problems})
    else:
        _say(views, as_json=False)
        if problems:
            rows = [(p["place"], p["field"], p["value"]) for p in problems]
            table("cannot be used", ("place", "field", "value"), rows)
    sys.exit(1 if problems or any(view.broken for view in views) else 0)


@menu.command("options")
@click.option("--date", "on", type=DAY, required=True)
@click.option("--slot", required=True, help="BIG_MEAT, SMALL_MEAT, VEGETABLE_1 ...")
@click.option("--kitchen", required=True)
@click.option("--period", type=click.Choice([str(p) for p in MealPeriod]), default="LUNCH")
@json_flag
def menu_options(on: date, slot: str, kitchen: str, period: str, as_json: bool) -> None:
    """What could stand in a slot instead: what it costs more, and the hard rules it would break."""
    house = open_house()
    span = [on + timedelta(days=n) for n in range(-LONGEST_DAYS, LONGEST_DAYS + 1)]
    with house.database.read() as session:
        shown = read_menu(session, (kitchen, MealPeriod(period)), span, today=clock.today())
    if not any(one.day == on and slot in dict(one.dishes) for one in shown.sets):
        raise NotFound("menu", f"{kitchen} {on} {period} {slot}")
    options = options_view(shown, on, slot)
    if as_json:
        say_json({"options": options})
        return
    rows = [(o.dish_id, o.extra_fen / 100, ", ".join(o.breaks)) for o in options]
    table(f"{kitchen} {on} {period} {slot}", ("dish", "yuan more", "breaks"), rows)


@menu.command("set")
@click.option("--date", "on", type=DAY, required=True)
@click.option("--slot", required=True, help="BIG_MEAT, SMALL_MEAT, VEGETABLE_1 ...")
@click.option("--dish", required=True, help='dish id; "" takes the lock away')
@click.option("--kitchen", required=True)
@click.option("--period", type=click.Choice([str(p) for p in MealPeriod]), default="LUNCH")
@json_flag
def menu_set(  # one parameter per option
    on: date, slot: str, dish: str, kitchen: str, period: str, as_json: bool
) -> None:
    """Put a dish into a stored set and lock it there; what this breaks is listed."""
    house = open_house()
    meal = kitchen, MealPeriod(period)
    set_by_hand(house, meal, {(on, slot): dish}, by=BY, now=clock.now())
    with house.database.read() as session:
        view = menu_view(read_menu(session, meal, [on], today=clock.today()))
    _say([view], as_json=as_json)


@menu.command("rules")
@click.option("--kitchen", help="kitchen id; absent: the shipped rules are shown")
@click.option("--load", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def menu_rules(kitchen: str | None, file: Path | None) -> None:
    """Show a kitchen's rule file (TOML), or load one for it."""
    if file is None and kitchen is None:
        click.echo(shipped_rules_text(), nl=False)
        return
    house = open_house()
    if file is not None:
        if kitchen is None:
            raise click.UsageError("--load needs --kitchen")
        text = file.read_text(encoding="utf-8-sig")
        count = load_rules(house, kitchen, text, by=BY, now=clock.now())
        click.echo(f"{kitchen}: {count} rules")
        return
    with house.database.read() as session:
        if session.get(Site, kitchen) is None:
            raise NotFound("kitchen", str(kitchen))
        stored = session.get(menu_tables.MenuRules, kitchen)
    click.echo(stored.text if stored else shipped_rules_text(), nl=False)


def _say(views: list[MenuView], *, as_json: bool) -> None:
    if as_json:
        say_json({"menus": views})
        return
    for view in views:
        _show(view)


def _show(view: MenuView) -> None:
    rows = [
        (
            f"{one.day:%m-%d %a}",
            *(f"{d.name_zh}{'*' if d.locked else ''}" for d in one.dishes),
            f"{one.food_fen / 100:.2f}",
            f"{one.kcal:.0f}",
            f"{one.salt_g:.1f}",
        )
        for one in view.sets
    ]
    if rows:
        slots = [dish.slot for dish in view.sets[0].dishes]
        width = max(len(row) for row in rows)
        columns = ["day", *slots, *[""] * (width - len(slots) - 4), "food", "kcal", "salt"]
        whole = [row for row in rows if len(row) == len(columns)]
        table(f"{view.kitchen_id} {view.period}", columns, whole)
    gap = "" if view.gap is None else f", at most {view.gap:.1%} above the least possible"
    click.echo(
        f"{view.kitchen_id} {view.period}: {len(view.sets)} sets, food {view.food_fen / 100:.2f} yuan a set{gap}"
    )
    for one in view.findings:
        if one.hard:
            days = ", ".join(str(day) for day in one.days)
            click.echo(f"✗ {one.rule} {days}: {one.beyond:g} beyond ({one.detail})")
    if view.conflict:
        proof = "proven" if view.conflict.smallest else "not proven"
        days = f"{view.conflict.days[0]} .. {view.conflict.days[-1]}"
        click.echo(f"✗ cannot all be kept ({proof}) on {days}: {', '.join(view.conflict.rules)}")
    for diet in view.unserved:
        click.echo(f"! no menu can serve the diet {diet.diet}: {diet.reason}")
    for swap in view.better:
        click.echo(
            f"→ {swap.day} {swap.slot}: {swap.dish_id} instead of {swap.instead_of} saves {-swap.extra_fen / 100:.2f} yuan a set"
        )


@menu.command("print")
@click.option("--from", "first", type=DAY, required=True, help="first day of the week")
@click.option("--site", help="site id; every site that serves meals if absent")
@click.option(
    "--address", default="", help="address of this server as phones reach it, for the QR code"
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path(), show_default=True, help="folder")  # fmt: skip
def menu_print(first: date, site: str | None, address: str, out: Path) -> None:
    """Write the week's menus for the walls as one PDF, A3: dishes, allergens, plain words, a code for the phone."""
    house = open_house()
    lang: Lang = "en" if house.settings.lang == "en" else "zh"
    with house.database.read() as session:
        if site is not None and session.get(Site, site) is None:
            raise NotFound("site", site)
        query = sa.select(Site).order_by(col(Site.township_code), col(Site.site_id))
        sites = session.scalars(query.where(col(Site.site_id) == site) if site else query).all()
        menus = [
            one
            for place in sites
            for one in wall_menus(
                session, place, first, made_at=clock.now(), lang=lang,
                address=f"{address.rstrip('/')}/menu/{place.site_id}" if address else "",
            )
        ]  # fmt: skip
    if not menus:
        raise NotFound("menu", f"{site or ''} {first}".strip())
    pdf = draw_wall_menus(menus, lang=lang).pdf
    click.echo(f"{write_file(out, f'menu-{first}.pdf', pdf)}: {len(menus)}")


COMMAND = menu
