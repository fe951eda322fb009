"""A menu in a file: as ``menu plan --json`` prints it, or CSV with kitchen, period, day, slot, dish."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from api.day.menu import stored_book
from api.day.menu_planning import Shown
from api.day.menu_reading import Meal, read_task
from kitchen import tables
from kitchen.kinds import MealPeriod
from kitchen.menu_check import Judge
from kitchen.menu_task import DaySet

COLUMNS = ("kitchen", "period", "day", "slot", "dish")


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A line (or place in the JSON) that cannot be used, the field, and what stood there."""

    place: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class MenuFile:
    """The sets of a file by kitchen and meal, and all that cannot be used."""

    sets: dict[Meal, tuple[DaySet, ...]]
    problems: tuple[FileProblem, ...]


Place = tuple[str, dict[str, str]]
"""Where a row stands, and its cells by column."""


def read_menu_file(text: str) -> MenuFile:
    """Read a file; nothing that stands in it is left out silently."""
    problems: list[FileProblem] = []
    body = text.lstrip("\ufeff").lstrip()
    rows = _from_json(body, problems) if body.startswith(("{", "[")) else _from_csv(body, problems)
    return read_menu(rows, problems)


def read_menu(rows: Sequence[Place], problems: list[FileProblem]) -> MenuFile:
    """Read rows with the cells of ``COLUMNS``; what cannot be used joins ``problems``."""
    found: dict[Meal, dict[date, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for place, row in rows:
        before = len(problems)
        empty = [name for name in COLUMNS if not row.get(name)]
        problems += [FileProblem(place, name, "") for name in empty]
        period, day = row.get("period", ""), _day(row.get("day", ""))
        if period and period not in MealPeriod.__members__:
            problems.append(FileProblem(place, "period", period))
        if day is None and row.get("day"):
            problems.append(FileProblem(place, "day", row["day"]))
        if len(problems) == before and day is not None:
            found[row["kitchen"], MealPeriod(period)][day].append((row["slot"], row["dish"]))
    sets = {
        meal: tuple(DaySet(day, tuple(dishes)) for day, dishes in sorted(days.items()))
        for meal, days in found.items()
    }
    if not sets and not problems:
        problems.append(FileProblem("1", "menu", "empty"))
    return MenuFile(sets, tuple(problems))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _from_csv(text: str, problems: list[FileProblem]) -> list[tuple[str, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    problems += [FileProblem("1", name, "missing column") for name in missing]
    if missing:
        return []
    return [
        (str(reader.line_num), {k: (v or "").strip() for k, v in row.items() if isinstance(k, str)})
        for row in reader
    ]


def _from_json(text: str, problems: list[FileProblem]) -> list[tuple[str, dict[str, str]]]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        problems.append(FileProblem("1", "json", str(error)[:120]))
        return []
    menus = whole.get("menus", [whole]) if isinstance(whole, dict) else whole
    rows: list[tuple[str, dict[str, str]]] = []
    for number, menu in enumerate(_listed(menus, "menus", problems), start=1):
        for one in _listed(menu.get("sets", []), f"menus {number}", problems):
            for dish in _listed(one.get("dishes", []), f"menus {number} sets", problems):
                row = {
                    "kitchen": menu.get("kitchen_id"), "period": menu.get("period"),
                    "day": one.get("day"), "slot": dish.get("slot"), "dish": dish.get("dish_id"),
                }  # fmt: skip
                place = f"menus {number} {one.get('day')}"
                rows.append((place, {k: str(v) if v is not None else "" for k, v in row.items()}))
    return rows


def _listed(value: Any, place: str, problems: list[FileProblem]) -> list[dict[str, Any]]:
    if not isinstance(value, list) or any(not isinstance(one, dict) for one in value):
        problems.append(FileProblem(place, "json", "a list of objects is wanted"))
        return []
    return value


def judge_file(session: Session, file: MenuFile, *, today: date) -> tuple[list[Shown], list[str]]:
    """The menus of a file judged by their kitchens' rules, and the kitchens that do not exist."""
    book = stored_book(session)
    shown: list[Shown] = []
    unknown = []
    for meal, sets in sorted(file.sets.items()):
        if session.get(tables.Site, meal[0]) is None:
            unknown.append(meal[0])
            continue
        asked = read_task(session, meal, [one.day for one in sets], book=book, today=today)
        report = Judge(asked.task).report(sets)
        shown.append(Shown(meal, asked.task, sets, report, asked.unserved))
    return shown, unknown
