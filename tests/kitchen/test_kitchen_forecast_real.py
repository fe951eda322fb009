"""A look at real small sites: better than the three-day mean that others ship, and calibrated."""

import csv
import lzma
import math
from datetime import date, timedelta

from kitchen.forecast import DemandDay, MealPeriod, Opening, forecast


def test_real_small_sites_are_forecast_better_than_by_a_three_day_mean(shared_data):
    path = shared_data / "demand" / "restaurants_daily.csv.xz"
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = [
            DemandDay(r["site"], date.fromisoformat(r["day"]), MealPeriod.LUNCH, int(r["served"]))
            for r in csv.DictReader(file)
        ]
    cutoff = date(2017, 4, 2)
    known = [row for row in rows if row.day <= cutoff]
    last: dict[str, list[int]] = {}
    for row in sorted(known, key=lambda row: row.day):
        last.setdefault(row.site_id, []).append(row.served)
    days = [cutoff + timedelta(days=lead) for lead in range(1, 8)]
    truth = {(r.site_id, r.day): r.served for r in rows if r.day in set(days)}
    opening = [Opening(site, MealPeriod.LUNCH) for site in sorted(last) if len(last[site]) > 100]
    outlook = forecast(known, cutoff=cutoff, days=days, opening=opening)
    scored = [one for one in outlook.forecasts if (one.site_id, one.day) in truth]
    ours = sum(abs(truth[one.site_id, one.day] - one.mean) for one in scored)
    theirs = sum(
        abs(truth[one.site_id, one.day] - sum(last[one.site_id][-3:]) / 3) for one in scored
    )
    hits = sum(truth[o.site_id, o.day] <= math.ceil(o.quantiles[0.9]) for o in scored)
    assert ours < 0.8 * theirs
    assert 0.85 <= hits / len(scored) <= 0.95
