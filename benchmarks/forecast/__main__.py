"""``python -m benchmarks.forecast``: the kitchen's forecast next to its peers, on the same rows."""

import argparse
import csv
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.forecast import studies
from benchmarks.forecast.blend import blended_plan
from benchmarks.forecast.rows import Key, Peers, Prediction, read_peers, read_table, score, table
from kitchen.forecast import (
    Booking,
    DayFact,
    DemandDay,
    FactKind,
    MealPeriod,
    Opening,
    forecast,
)

LUNCH = MealPeriod.LUNCH

SCHOOL_DAYS = frozenset({0, 1, 3, 4})
LAST_DAYS, FIRST_DAYS = 5, 3
"""Days before and after a school break that the calendar names."""


BARS = {
    "restaurants": (0.965, 0.96, 0.97),
    "restaurants+bookings": (0.94, 0.96, 0.97),
    "canteens": (0.85, 0.96, 0.97),
}
"""WAPE, nv3 and nv9 over AutoETS that each set has to stay under."""


@dataclass(frozen=True, slots=True)
class Task:
    """One set to forecast."""

    name: str
    history: Sequence[DemandDay]
    bookings: Sequence[Booking]
    facts: Sequence[DayFact]
    peers: Peers


def _history(folder: Path, name: str) -> list[DemandDay]:
    return [
        DemandDay(row["site"], date.fromisoformat(row["day"]), LUNCH, int(row["served"]))
        for row in read_table(folder, f"{name}_daily")
    ]


def _bookings(folder: Path) -> list[Booking]:
    return [
        Booking(
            row["site"],
            date.fromisoformat(row["visit_day"]),
            LUNCH,
            date.fromisoformat(row["booked_day"]),
            int(row["people"]),
        )
        for row in read_table(folder, "restaurants_bookings")
    ]


def _facts(folder: Path) -> list[DayFact]:
    rows = read_table(folder, "restaurants_calendar")
    days = [date.fromisoformat(row["day"]) for row in rows if row["holiday"] == "1"]
    holidays = [DayFact(day, "", FactKind.HOLIDAY) for day in days]
    return holidays + [DayFact(day - timedelta(days=1), "", FactKind.EVE) for day in days]


def _canteen_facts(folder: Path) -> list[DayFact]:
    """The days around each break of the schools' calendar, each by its distance, as a manager marks them."""
    facts: dict[date, DayFact] = {}
    if not (folder / "canteens_school_breaks.csv.xz").is_file():
        return []
    for row in read_table(folder, "canteens_school_breaks"):
        if row["zone"] != "B":
            continue
        first, last = date.fromisoformat(row["from"]), date.fromisoformat(row["to"])
        for step, many, near, kind in (
            (-1, LAST_DAYS, first, FactKind.EVE),
            (1, FIRST_DAYS, last, FactKind.HOLIDAY),
        ):
            day, count = near, 0
            while count < many:
                day += timedelta(days=step)
                if day.weekday() in SCHOOL_DAYS:
                    count += 1
                    name = f"{row['name']} {step * count:+d}"
                    facts.setdefault(day, DayFact(day, "", kind, name))
    return list(facts.values())


def _tasks(folder: Path) -> list[Task]:
    restaurants = _history(folder, "restaurants")
    facts = _facts(folder)
    peers = read_peers(folder, "restaurants")
    return [
        Task("restaurants", restaurants, [], facts, peers),
        Task("restaurants+bookings", restaurants, _bookings(folder), facts, peers),
        Task(
            "canteens",
            _history(folder, "canteens"),
            [],
            _canteen_facts(folder),
            read_peers(folder, "canteens"),
        ),
    ]


def _predict(task: Task) -> dict[Key, Prediction]:
    """Forecast each cut-off from what was known on it."""
    said: dict[Key, Prediction] = {}
    for cutoff in sorted({key[1] for key in task.peers.served}):
        asked = [key for key in task.peers.served if key[1] == cutoff]
        outlook = forecast(
            [row for row in task.history if row.day <= cutoff],
            cutoff=cutoff,
            days=sorted({key[2] for key in asked}),
            booked=[row for row in task.bookings if row.booked_on <= cutoff],
            facts=task.facts,
            opening=[Opening(site, LUNCH) for site in sorted({key[0] for key in asked})],
        )
        found = {(one.site_id, cutoff, one.day): one for one in outlook.forecasts}
        for key in asked:
            one = found[key]
            said[key] = Prediction(one.mean, *(one.quantiles[q] for q in (0.75, 0.9, 0.95)))
    return said


def _three_day_mean(task: Task) -> dict[Key, Prediction]:
    """The mean of the last three open days, cooked as it is: what a market leader ships."""
    by_site: dict[str, list[DemandDay]] = {}
    for row in sorted(task.history, key=lambda row: row.day):
        by_site.setdefault(row.site_id, []).append(row)
    said = {}
    for key in task.peers.served:
        site, cutoff, _ = key
        last = [row.served for row in by_site[site] if row.day <= cutoff][-3:]
        mean = sum(last) / len(last)
        said[key] = Prediction(mean, mean, mean, mean)
    return said


def _write(path: Path, tasks: Mapping[str, tuple[Peers, Mapping[Key, Prediction]]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["set", "site", "cutoff", "day", "h", "mean", "q75", "q90", "q95"])
        for name, (peers, said) in tasks.items():
            for key, one in said.items():
                numbers = (f"{number:.3f}" for number in (one.mean, one.q75, one.q90, one.q95))
                out.writerow([name, *key, peers.horizon[key], *numbers])


def main() -> None:
    """Forecast every set, write the predictions and print the scores."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecast")
    parser.add_argument("--data", type=Path, required=True, help="folder of the histories")
    parser.add_argument("--out", type=Path, required=True, help="predictions as CSV")
    options = parser.parse_args()
    written: dict[str, tuple[Peers, Mapping[Key, Prediction]]] = {}
    tasks = _tasks(options.data)
    for task in tasks:
        began = time.process_time()
        said = _predict(task)
        seconds = time.process_time() - began
        written[task.name] = task.peers, said
        scores = {"this project": score(task.peers.served, said)}
        for name, model in task.peers.models.items():
            scores[name] = score(task.peers.served, model)
        scores["3-day moving average"] = score(task.peers.served, _three_day_mean(task))
        sites = len({row.site_id for row in task.history})
        cutoffs = len({key[1] for key in said})
        note = f"{seconds:.1f} s CPU for {cutoffs} cut-offs with {sites} sites of history"
        print(table(task.name, scores, base="AutoETS", notes=[note]))
    _write(options.out, written)
    for figure in _figures(options.data, tasks, written):
        print(figure.line(), flush=True)


def _figures(
    folder: Path,
    tasks: Sequence[Task],
    written: Mapping[str, tuple[Peers, Mapping[Key, Prediction]]],
) -> Iterator[studies.Figure]:
    """The bars, one after another."""
    for name, (wape, nv3, nv9) in BARS.items():
        peers, said = written[name]
        ours, base = score(peers.served, said), score(peers.served, peers.models["AutoETS"])
        yield studies.Figure(f"{name}, WAPE / AutoETS", ours.wape / base.wape, 0, wape)
        yield studies.Figure(f"{name}, nv3 / AutoETS", ours.nv3 / base.nv3, 0, nv3)
        yield studies.Figure(f"{name}, nv9 / AutoETS", ours.nv9 / base.nv9, 0, nv9)
        yield studies.Figure(f"{name}, coverage of q90", ours.cover, 0.88, 0.92)
    plain, booked, canteens = tasks
    yield studies.booked_sites(booked.peers, written[booked.name][1], booked.bookings)
    yield from studies.small_sites(plain.peers, written[plain.name][1], plain.history)
    yield from studies.own_plan(folder, canteens.peers, written[canteens.name][1])
    yield from blended_plan(folder, canteens.history, canteens.facts)
    yield from studies.head_counts(folder)
    cutoffs = {key[1] for key in plain.peers.served}
    yield studies.cold_start(plain.history, plain.facts, cutoffs)
    yield studies.sold_out(plain.history, plain.facts)
    yield studies.speed()


if __name__ == "__main__":
    main()
