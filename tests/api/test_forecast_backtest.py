"""`nuanzao forecast backtest` on files as people have them."""

import csv
import json
from datetime import date, timedelta
from pathlib import Path

from click.testing import CliRunner, Result

from api.cli import nuanzao

FIRST = date(2026, 1, 5)


def lines(days: int = 60, meals: int = 20) -> list[str]:
    return [f"甲村,{FIRST + timedelta(days=n)},{meals}" for n in range(days)]


def written(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def ran(*arguments: object) -> Result:
    return CliRunner().invoke(nuanzao, ["forecast", "backtest", *map(str, arguments)])


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_clean_history_is_forecast_and_scored(tmp_path: Path) -> None:
    history = written(tmp_path / "h.csv", "地点,日期,实际份数", *lines())
    out = tmp_path / "said.csv"
    result = ran(history, "--cutoffs", "2026-02-10, 2026-02-13", "--horizon", 3, "--out", out)
    assert result.exit_code == 0, result.output
    said = read(out)
    assert len(said) == 6
    assert list(said[0]) == [
        "site", "period", "cutoff", "day", "h", "mean", "q5", "q10", "q25", "q50", "q75", "q90",
        "q95", "q99",
    ]  # fmt: skip
    assert (said[0]["site"], said[0]["day"], said[0]["h"]) == ("甲村", "2026-02-11", "1")
    assert abs(float(said[0]["mean"]) - 20) < 0.5
    assert "WAPE" in result.output
    assert not (tmp_path / "said-problems.csv").exists()


def test_every_row_that_cannot_be_used_is_listed_with_its_line_and_reason(tmp_path: Path) -> None:
    bad = {
        "甲村,2026-02-29,3": "bad_date",
        "甲村,2026-03-06T23:30:00Z,3": "bad_date",
        "甲村,2026-03-07,-3": "negative",
        "甲村,2026-03-08,12 份": "not_a_number",
        "甲村,2026-03-09,3.5": "fractional",
        "甲村,2026-01-05,3": "duplicate_in_file",
        ",2026-03-10,3": "missing",
    }
    gap = "甲村,2026-04-20,20"
    history = written(tmp_path / "h.csv", "site,day,served", *lines(), *bad, gap)
    out = tmp_path / "said.csv"
    result = ran(history, "--cutoffs", "2026-02-20", "--out", out, "--json")
    assert result.exit_code == 1, result.output
    listed = read(tmp_path / "said-problems.csv")
    first = 62
    assert [(int(p["line"]), p["code"]) for p in listed if p["used"] == "0"] == [
        (first + number, code) for number, code in enumerate(bad.values())
    ]
    (note,) = (p for p in listed if p["used"] == "1")
    assert (note["code"], note["line"]) == ("gap_before", str(first + len(bad)))
    report = json.loads(result.stdout)
    assert (report["rows"], report["used"]) == (60 + len(bad) + 1, 61)


def test_bookings_and_calendar_are_used_and_their_bad_rows_listed(tmp_path: Path) -> None:
    cutoff = FIRST + timedelta(days=49)
    history = written(tmp_path / "h.csv", "site,day,served", *lines())
    book = written(
        tmp_path / "b.csv",
        "site,visit_day,booked_day,people",
        *(f"甲村,{FIRST + timedelta(days=n)},{FIRST + timedelta(days=n - 1)},5" for n in range(60)),
        f"甲村,{cutoff + timedelta(days=1)},{cutoff},40",
        f"甲村,{cutoff},{cutoff + timedelta(days=1)},1",
    )
    days = written(
        tmp_path / "c.csv",
        "日期,类别,名称,范围,倍数",
        f"{cutoff + timedelta(days=2)},停餐,,,",
        f"{cutoff + timedelta(days=3)},庙会,三月三,甲村,2",
        f"{cutoff + timedelta(days=4)},大集,,,",
        f"{cutoff + timedelta(days=5)},庙会,,,11",
    )
    out = tmp_path / "said.csv"
    result = ran(
        history, "--bookings", book, "--calendar", days, "--cutoffs", cutoff, "--horizon", 3,
        "--out", out,
    )  # fmt: skip
    assert result.exit_code == 1, result.output
    said = read(out)
    assert [row["h"] for row in said] == ["1", "3"]
    assert float(said[0]["mean"]) > 30
    assert 38 < float(said[1]["q50"]) < 42
    codes = {(p["file"], p["code"]) for p in read(tmp_path / "said-problems.csv")}
    assert codes == {
        ("b.csv", "booked_after_meal"), ("c.csv", "unknown_word"), ("c.csv", "out_of_range"),
    }  # fmt: skip


def test_what_the_forecast_cannot_use_of_good_rows_is_listed_too(tmp_path: Path) -> None:
    history = written(tmp_path / "h.csv", "site,day,served", *lines())
    book = written(tmp_path / "b.csv", "site,day,booked_on,meals", "乙村,2026-02-21,2026-02-20,4")
    days = written(
        tmp_path / "c.csv", "day,kind,scope", "2026-02-21,FAIR,丙村", f"{FIRST},CLOSED,甲村"
    )
    out = tmp_path / "said.csv"
    result = ran(
        history, "--bookings", book, "--calendar", days, "--cutoffs", "2026-02-20", "--out", out
    )
    assert result.exit_code == 1, result.output
    listed = read(tmp_path / "said-problems.csv")
    assert [(p["file"], p["line"], p["code"]) for p in listed] == [
        ("h.csv", "2", "closed_day"),
        ("b.csv", "2", "unknown_site"),
        ("c.csv", "2", "unknown_site"),
    ]


def test_a_history_shorter_than_the_horizon_says_so(tmp_path: Path) -> None:
    history = written(tmp_path / "h.csv", "site,day,served", *lines(5))
    result = ran(history, "--horizon", 7, "--out", tmp_path / "said.csv")
    assert result.exit_code == 2
    assert "too short" in result.output


def test_a_cut_off_before_the_history_and_a_useless_file_end_with_2(tmp_path: Path) -> None:
    history = written(tmp_path / "h.csv", "site,day,served", *lines(10))
    out = tmp_path / "said.csv"
    early = ran(history, "--cutoffs", "2025-01-01", "--out", out)
    assert (early.exit_code, out.exists()) == (2, False)
    assert "before the first row" in early.output
    useless = ran(written(tmp_path / "u.csv", "site,day", "a,2026-01-01"), "--out", out)
    assert (useless.exit_code, out.exists()) == (2, False)
    assert "served" in useless.output
    wrong = ran(history, "--cutoffs", "yesterday", "--out", out)
    assert wrong.exit_code == 2


def test_counts_known_beforehand_stand_in_columns_of_the_history(tmp_path: Path) -> None:
    days = [FIRST + timedelta(days=n) for n in range(120)]
    away = [(n * 37) % 41 for n in range(120)]
    rows = [
        f"甲村,{day},{60 - number},{'' if day == FIRST else number}"
        for day, number in zip(days, away, strict=True)
    ]
    history = written(tmp_path / "h.csv", "地点,日期,实际份数,请假", *rows)
    scores = {}
    for name, more in (("without", ()), ("with", ("--known", "请假"))):
        result = ran(history, *more, "--out", tmp_path / f"{name}.csv", "--json")
        assert result.exit_code == 0, result.output
        scores[name] = json.loads(result.stdout)["scores"][0]["wape"]
    assert scores["with"] < 0.5 * scores["without"]
    missing = ran(history, "--known", "出差", "--out", tmp_path / "x.csv")
    assert missing.exit_code == 2
    assert "出差" in missing.output
