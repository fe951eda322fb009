"""A small county, and lists of it as files, for the tests of the imports."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from api.imports import running
from api.imports.decisions import Decision
from api.imports.facts import (
    Box,
    DriverFact,
    Facts,
    OrderFact,
    SeniorFact,
    SiteFact,
    TownshipFact,
    VillageFact,
)
from api.imports.failures import UnusableFile
from api.imports.problems import problem
from api.imports.running import Report, Wish
from kitchen.kinds import MealPeriod
from pos.age import id_check_character
from pos.kinds import SeniorState

TODAY = date(2026, 3, 2)
BOX = Box(29.58, 119.16, 30.08, 119.98)
LUNCH = {MealPeriod.LUNCH: "1111110"}
FACTS = Facts(
    townships=(
        TownshipFact("330122105", "横村镇", "330122"),
        TownshipFact("330122106", "分水镇", "330122"),
    ),
    villages=(
        VillageFact("330122105200", "阳山畈村", "330122105"),
        VillageFact("330122105201", "方埠村", "330122105"),
        VillageFact("330122106200", "天英村", "330122106"),
        VillageFact("330122106201", "方埠村", "330122106"),
    ),
    sites=(
        SiteFact("K01", "县中央厨房", "330122105", "K01"),
        SiteFact("P001", "阳山畈老年食堂", "330122105", "K01", LUNCH),
        SiteFact("P002", "天英助餐点", "330122106", "K01", {**LUNCH, MealPeriod.SUPPER: "1111111"}),
    ),
    boxes={"330122": BOX},
)


def id_number(born: str = "19500301", order: int = 1, area: str = "330122") -> str:
    """A right ID number; an odd ``order`` is a man's."""
    first_17 = f"{area}{born}{order:03d}"
    return first_17 + id_check_character(first_17)


def wide(text: str) -> str:
    """The text in full-width signs."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def hashed(number: str) -> str:
    """Stands for the keyed hash."""
    return f"hash of {number}"


KNOWN_ID, GONE_ID = id_number("19480808", 7), id_number("19470707", 9)
ORDER_FACTS = Facts(
    sites=FACTS.sites,
    ids=frozenset({"S000007"}),
    hashes={hashed(KNOWN_ID): "P000001", hashed(GONE_ID): "P000002"},
    seniors={
        "P000001": SeniorFact("P000001", "P001", SeniorState.ACTIVE, has_position=False),
        "P000002": SeniorFact("P000002", "P001", SeniorState.DECEASED, has_position=True),
        "P000003": SeniorFact("P000003", "P002", SeniorState.HOSPITAL, has_position=True),
    },
    orders={
        ("P000003", MealPeriod.LUNCH): (
            OrderFact("S000007", "1000000", date(2026, 1, 1), date(2026, 6, 30)),
        )
    },
)
VEHICLE_FACTS = Facts(
    sites=FACTS.sites,
    ids=frozenset({"V001"}),
    plates=frozenset({"浙A·12345"}),
    drivers=(DriverFact("D001", "方师傅", "13900000000"),),
)
FACTS_OF = {
    "people": FACTS,
    "places": replace(FACTS, ids=frozenset(site.site_id for site in FACTS.sites)),
    "orders": ORDER_FACTS,
    "vehicles": VEHICLE_FACTS,
}


def person(**cells: Any) -> dict[str, Any]:
    """A good row of people, with other cells where named."""
    return {
        "姓名": "王桂英", "身份证号": id_number("19500301", 2), "乡镇": "横村镇", "村": "阳山畈村",
        "助餐点": "P001", "本地户籍": "是", "纬度": "29.85", "经度": "119.55",
    } | cells  # fmt: skip


def place(**cells: Any) -> dict[str, Any]:
    """A good row of places."""
    return {
        "地点编号": "P100", "名称": "方埠老年食堂", "类型": "老年食堂", "乡镇": "横村镇",
        "村": "方埠村", "供餐厨房": "K01", "纬度": "29.80", "经度": "119.60", "餐次": "午餐",
        "套餐价": "15.00",
    } | cells  # fmt: skip


def order(**cells: Any) -> dict[str, Any]:
    """A good row of standing orders."""
    return {
        "老人编号": "P000001", "餐次": "午餐", "星期": "1111100", "送餐上门": "否",
        "开始日期": "2026-03-09",
    } | cells  # fmt: skip


def vehicle(**cells: Any) -> dict[str, Any]:
    """A good row of vehicles."""
    return {
        "所属厨房": "K01", "车牌": "浙A·88888", "车型": "厢式", "箱数": "40", "每趟成本": "60",
        "每公里成本": "1.2", "司机": "李师傅", "司机电话": "13800000000", "上班时间": "8:00",
        "下班时间": "17:30",
    } | cells  # fmt: skip


MAKERS: dict[str, Callable[..., dict[str, Any]]] = {
    "people": person,
    "places": place,
    "orders": order,
    "vehicles": vehicle,
}


def csv_text(rows: Sequence[dict[str, Any]], *, separator: str = ",") -> str:
    """Rows as CSV under the union of their headers."""
    headers = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, headers, delimiter=separator, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def csv_file(folder: Path, rows: Sequence[dict[str, Any]], name: str = "list.csv") -> Path:
    """Rows as a UTF-8 file."""
    return written(folder / name, csv_text(rows).encode())


def written(path: Path, content: bytes) -> Path:
    """The path after the content was written there."""
    path.write_bytes(content)
    return path


def xlsx_file(path: Path, fill: Callable[[Any, Any], None], sheet: str = "名册") -> Path:
    """A workbook whose first sheet ``fill(workbook, worksheet)`` writes."""
    workbook = xlsxwriter.Workbook(str(path))
    fill(workbook, workbook.add_worksheet(sheet))
    workbook.close()
    return path


def xlsx_rows(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Rows as a workbook; dates become Excel dates."""

    def fill(workbook: Any, sheet: Any) -> None:
        day = workbook.add_format({"num_format": "yyyy/m/d"})
        headers = list(dict.fromkeys(name for row in rows for name in row))
        sheet.write_row(0, 0, headers)
        for at, row in enumerate(rows, start=1):
            for column, name in enumerate(headers):
                cell = row.get(name, "")
                if isinstance(cell, date):
                    sheet.write_datetime(at, column, cell, day)
                elif isinstance(cell, str):
                    sheet.write_string(at, column, cell)
                else:
                    sheet.write(at, column, cell)

    return xlsx_file(path, fill)


def judged(kind: str, path: Path, facts: Facts | None = None, **wish: Any) -> Report:
    """The report of a list that is judged against plain facts, without a database."""
    asked = Wish(kind, path, **wish)
    try:
        opened = asked.opened()
    except UnusableFile as error:
        said = problem(error.line, "", code=error.fault, detail=error.detail)
        return running._unusable(asked, (said,), ())
    if opened.faults:
        return running._unusable(asked, opened.faults, opened.notes)
    decision = decided(kind, opened, facts)
    return running._report(asked, decision, opened.notes, written=0)


def decided(kind: str, opened: Any, facts: Facts | None = None) -> Decision[Any]:
    """The decision on an opened list."""
    known = facts or FACTS_OF[kind]
    return running._decide(kind, opened, known, today=TODAY, hash_id=hashed)


def good_rows(kind: str, path: Path, facts: Facts | None = None) -> tuple[Any, ...]:
    """The good rows of a list."""
    return decided(kind, Wish(kind, path).opened(), facts).good


def codes(report: Report) -> list[str]:
    """The codes of the problems."""
    return [said.code for said in report.problems]


def noted(report: Report) -> list[str]:
    """The codes of the warnings."""
    return [said.code for said in report.warnings]
