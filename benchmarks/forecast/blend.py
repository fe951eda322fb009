"""The kitchen's own plan blended into the forecast as far as it has earned it, day after day."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from benchmarks.forecast.rows import read_table
from benchmarks.forecast.studies import LUNCH, Figure
from kitchen.forecast import (
    DayFact,
    DemandDay,
    Forecast,
    Opening,
    at_level,
    forecast,
    portions,
    service_level,
)
from kitchen.forecast_blend import blended, earned
from kitchen.forecast_scores import Outcome, bill

DAYS, KNOWN = 120, timedelta(days=800)
WASTE_FEN = 100

Day = list[tuple[DemandDay, Forecast]]


def blended_plan(
    folder: Path, history: Sequence[DemandDay], facts: Sequence[DayFact]
) -> Iterator[Figure]:
    """Cost of the blend over that of the forecast alone, short to waste 3:1 and 9:1, on the last service days.

    Each day is forecast the evening before; the weights come from the days before it.
    """
    planned = {
        (row["site"], row["day"]): int(row["planned"])
        for row in read_table(folder, "canteens_daily")
        if row.get("planned")
    }
    days = sorted({row.day for row in history})[-DAYS:]
    made = [_evening(history, facts, day, planned) for day in days]
    for short in (3, 9):
        seen: list[Outcome] = []
        ours: list[tuple[Outcome, int]] = []
        for day in made:
            known = earned(seen)
            today = [_outcome(row, said, planned, short) for row, said in day]
            ours += [
                (one, blended(one.proposed, one.own or 0, known.weight((one.site_id, LUNCH))))
                for one in today
            ]
            seen += today
        if seen:
            ratio = bill(ours).cost_fen / bill((one, one.proposed) for one in seen).cost_fen
            name = f"canteens: blend with the kitchen's plan / forecast alone, {short}:1"
            yield Figure(name, ratio, 0, 1.0)


def _evening(
    history: Sequence[DemandDay],
    facts: Sequence[DayFact],
    day: date,
    planned: Mapping[tuple[str, str], int],
) -> Day:
    """The forecasts of one day's planned sites."""
    known = [row for row in history if day - KNOWN <= row.day < day]
    sites = {row.site_id for row in known}
    today = [
        row
        for row in history
        if row.day == day and row.site_id in sites and (row.site_id, str(day)) in planned
    ]
    opening = [Opening(row.site_id, LUNCH) for row in today]
    cutoff = day - timedelta(days=1)
    outlook = forecast(known, cutoff=cutoff, days=[day], facts=facts, opening=opening)
    said = {one.site_id: one for one in outlook.forecasts}
    return [(row, said[row.site_id]) for row in today]


def _outcome(
    row: DemandDay, said: Forecast, planned: Mapping[tuple[str, str], int], short: int
) -> Outcome:
    level = float(service_level(short * WASTE_FEN, WASTE_FEN))
    return Outcome(
        row.site_id, LUNCH, row.day, mean=said.mean, median=portions(said.median),
        q90=portions(said.quantiles[0.9]), proposed=portions(at_level(said.quantiles, level)),
        own=planned[row.site_id, str(row.day)], cooked=None, demand=row.served, at_least=False,
        short_fen=short * WASTE_FEN, waste_fen=WASTE_FEN,
    )  # fmt: skip
