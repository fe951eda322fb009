"""Food safety of one kitchen's day: limits, deviations with what was done about them, and until when to eat.

The critical limits are data (``SafetyLimits``), with the values common in China as defaults: core 70 C, hot food
held at 60 C or more, cooled food 60 -> 21 C in 2 h and to 8 C in 4 h, goods at 8 C or less (frozen -12 C), samples
of 125 g for 48 h. Temperatures are tenths of a degree Celsius, times seconds after midnight of the business day
(beyond 86,400 on the next). Deviations are worked out from records each time and never stored; what people did
about one is stored under its code and subject.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from kitchen.kinds import MealPeriod
from kitchen.safety_values import (
    GRAVE,
    Arrival,
    Check,
    CheckKind,
    Deviation,
    Found,
    Goods,
    Pot,
    Remedy,
    SafetyLimits,
    SafetyRecords,
    Sample,
    Storage,
    limits_from,
    site_meal,
)

__all__ = [
    "GRAVE",
    "Arrival",
    "Check",
    "CheckKind",
    "Deviation",
    "Found",
    "Goods",
    "Pot",
    "Remedy",
    "SafetyLimits",
    "SafetyRecords",
    "Sample",
    "Storage",
    "deviations",
    "eat_by",
    "limits_from",
    "site_eat_by",
    "site_meal",
]


def eat_by(pot: Pot, readings: Iterable[Check], limits: SafetyLimits) -> int:
    """Until when a pot's food may be eaten, by what was measured (of the pot, or where its food stood).

    Hot: two hours after it was last known to be hot, at most ``hot_s`` after it was ready; so food that is still at
    60 C two hours after cooking may be eaten for four. A reading below the limit ends that: later ones count no more.
    Chilled: ``chilled_s``, if it was cold in time; measured too warm, two hours after it was last known to be cold.
    Reheated within that time: two hours from then. Food past its time stays so, and what is not done is never fine.
    """
    seen = sorted(readings, key=lambda check: (check.at_s, check.temp_dc, check.kind))
    pot = _done(pot, seen, limits)
    good_at, most_s = _span(pot, seen, limits)
    until_s, kept = most_s if limits.chilled else min(good_at + limits.warm_s, most_s), True
    for check in seen:
        if not good_at <= check.at_s <= until_s:
            continue
        if check.kind is CheckKind.REHEATED:
            if check.temp_dc >= limits.reheat_dc:
                until_s, kept = check.at_s + limits.warm_s, False
        elif kept and check.kind is not CheckKind.COOKED:
            kept = not _beyond(check.temp_dc, limits)
            good_at = check.at_s if kept else good_at
            until_s = most_s if kept and limits.chilled else min(good_at + limits.warm_s, most_s)
    return until_s


def _done(pot: Pot, seen: Iterable[Check], limits: SafetyLimits) -> Pot:
    """The pot with its time: as planned or written down, but not after it was last measured to be done."""
    core = [check for check in seen if check.kind is CheckKind.COOKED]
    done = [check.at_s for check in core if check.temp_dc >= limits.core_dc]
    return replace(pot, ready_s=min(pot.ready_s, max(done, default=pot.ready_s)))


def _span(pot: Pot, seen: Iterable[Check], limits: SafetyLimits) -> tuple[int, int]:
    """Since when its readings count (cold food: since it was cold), and until when it is fine at most: never if raw."""
    core = [(-check.at_s, check.temp_dc) for check in seen if check.kind is CheckKind.COOKED]
    if core and min(core)[1] < limits.core_dc:
        return pot.ready_s + 1, pot.ready_s
    if not limits.chilled:
        return pot.ready_s, pot.ready_s + limits.hot_s
    cooled = [check for check in seen if check.kind is CheckKind.COOLED]
    if any(_cooling(pot, cooled, limits, pot.ready_s + limits.cool_s + 1)):
        return pot.ready_s, pot.ready_s + limits.warm_s
    cold = [one.at_s for one in cooled if one.temp_dc <= limits.cold_dc and one.at_s >= pot.ready_s]
    return min(cold), pot.ready_s + limits.chilled_s


def _mended(seen: Iterable[Check], bad: Iterable[Check]) -> bool:
    """Whether the last reading was good: of several at the same second, each."""
    return max(check.at_s for check in bad) < max(check.at_s for check in seen)


def _beyond(temp_dc: int, limits: SafetyLimits) -> bool:
    """Whether food on its way was not hot enough, in a chilled kitchen not cold enough."""
    return temp_dc > limits.cold_dc if limits.chilled else temp_dc < limits.hot_dc


def site_eat_by(records: SafetyRecords, arrival: Arrival, limits: SafetyLimits) -> int | None:
    """Until when the meals at a site may be eaten; None where no pot of the meal was made."""
    pots = [pot for pot in records.pots if pot.period == arrival.period and pot.made]
    if not pots:
        return None
    seen: dict[str, list[Check]] = defaultdict(list)
    for check in records.checks:
        seen[check.subject].append(check)
    here = seen[site_meal(arrival.site_id, arrival.period)]
    if arrival.temp_dc is not None:
        here.append(Check(CheckKind.HELD, arrival.site_id, arrival.temp_dc, arrival.at_s))
    return min(eat_by(pot, [*seen[pot.batch_id], *here], limits) for pot in pots)


def deviations(records: SafetyRecords, limits: SafetyLimits, now_s: int) -> tuple[Found, ...]:
    """Every limit that was not kept by ``now_s``, and every record that is missing; grave ones first."""
    found = [*_pots(records, limits, now_s), *_arrivals(records, limits, now_s)]
    found += [*_readings(records.checks, limits), *_goods(records.goods, limits)]
    found += _samples(records, limits)
    return tuple(sorted(found, key=lambda one: (not one.grave, one.code, one.subject)))


def _by_subject(checks: Iterable[Check]) -> dict[tuple[CheckKind, str], list[Check]]:
    found: dict[tuple[CheckKind, str], list[Check]] = defaultdict(list)
    for check in checks:
        found[check.kind, check.subject].append(check)
    return found


def _pots(records: SafetyRecords, limits: SafetyLimits, now_s: int) -> Iterable[Found]:
    """Core temperatures; of a chilled kitchen also that every pot was cold in time."""
    by_pot = _by_subject(records.checks)
    for pot in records.pots:
        core = by_pot[CheckKind.COOKED, pot.batch_id]
        low = [check for check in core if check.temp_dc < limits.core_dc]
        if low:
            least = min(check.temp_dc for check in low)
            yield Found(Deviation.CORE, pot.batch_id, least, limits.core_dc, _mended(core, low))
        elif pot.made and not core:
            yield Found(Deviation.CORE_NOT_MEASURED, pot.batch_id, 0, limits.core_dc)
        if limits.chilled and pot.made:
            cooled = by_pot[CheckKind.COOLED, pot.batch_id]
            yield from _cooling(_done(pot, core, limits), cooled, limits, now_s)


def _cooling(pot: Pot, seen: Iterable[Check], limits: SafetyLimits, now_s: int) -> Iterable[Found]:
    """Both steps of cooling have to be shown by a reading at or before their hour."""
    steps = {limits.cool_first_dc: limits.cool_first_s, limits.cold_dc: limits.cool_s}
    read = [(check.at_s - pot.ready_s, check.temp_dc) for check in seen]
    slow = [
        (temp - limit, temp, limit)
        for limit, due_s in steps.items() for after_s, temp in read if after_s >= due_s and temp > limit
    ]  # fmt: skip
    if slow:
        yield Found(Deviation.COOLING, pot.batch_id, *max(slow)[1:])
        return
    for limit, due_s in steps.items():
        shown = any(0 <= after_s <= due_s and temp <= limit for after_s, temp in read)
        if not shown and now_s > pot.ready_s + due_s:
            yield Found(Deviation.NOT_COOLED, pot.batch_id, 0, limit)
            return


def _readings(checks: Sequence[Check], limits: SafetyLimits) -> Iterable[Found]:
    """Holding, loading, reheating and stores: one deviation for each thing, with its worst reading."""
    loaded = Deviation.LOAD, *((limits.cold_dc, True) if limits.chilled else (limits.hot_dc, False))
    bounds = {
        CheckKind.HELD: (Deviation.HOLD, limits.hot_dc, False),
        CheckKind.LOADED: loaded,
        CheckKind.REHEATED: (Deviation.REHEAT, limits.reheat_dc, False),
        CheckKind.FRIDGE: (Deviation.STORE, limits.cold_dc, True),
        CheckKind.FREEZER: (Deviation.STORE, limits.frozen_dc, True),
    }
    for (kind, subject), seen in _by_subject(one for one in checks if one.kind in bounds).items():
        code, limit, is_most = bounds[kind]
        beyond = [one for one in seen if (one.temp_dc > limit if is_most else one.temp_dc < limit)]
        # Food that was cold for a while is not mended by a warmer reading; a store or a pot reheated again is.
        again = kind in {CheckKind.REHEATED, CheckKind.FRIDGE, CheckKind.FREEZER}
        if beyond:
            worst = (max if is_most else min)(one.temp_dc for one in beyond)
            last_s = max(one.at_s for one in beyond)
            yield Found(code, subject, worst, limit, again and _mended(seen, beyond), last_s)


def _arrivals(records: SafetyRecords, limits: SafetyLimits, now_s: int) -> Iterable[Found]:
    """Temperatures on arrival, sites that served longer than their readings cover, cold food never reheated."""
    reheats = {check.subject for check in records.checks if check.kind is CheckKind.REHEATED}
    for one in records.arrivals:
        subject = site_meal(one.site_id, one.period)
        if one.temp_dc is not None and _beyond(one.temp_dc, limits):
            limit = limits.cold_dc if limits.chilled else limits.hot_dc
            yield Found(Deviation.ARRIVAL, subject, one.temp_dc, limit)
        until = site_eat_by(records, one, limits)
        if until is not None and until < min(one.closes_s, now_s):
            yield Found(Deviation.NOT_COVERED, subject, until, one.closes_s)
        if until is not None and limits.chilled and one.closes_s < now_s and subject not in reheats:
            yield Found(Deviation.CORE_NOT_MEASURED, subject, 0, limits.reheat_dc)


def _goods(goods: Sequence[Goods], limits: SafetyLimits) -> Iterable[Found]:
    most = {Storage.CHILLED: limits.cold_dc, Storage.FROZEN: limits.frozen_dc}
    for one in goods:
        limit = most.get(one.storage)
        if limit is not None and one.temp_dc is not None and one.temp_dc > limit:
            yield Found(Deviation.GOODS, one.lot_id, one.temp_dc, limit)
        if one.best_before is not None and one.best_before < one.received_on:
            yield Found(Deviation.GOODS_EXPIRED, one.lot_id)


def _samples(records: SafetyRecords, limits: SafetyLimits) -> Iterable[Found]:
    """Every dish that was made, cooked one way for one meal, has one sample that is heavy enough and was kept."""
    if not limits.sample_grams:
        return
    runs: dict[tuple[MealPeriod, tuple[str, str, bool]], list[str]] = defaultdict(list)
    for pot in records.pots:
        if pot.made:
            runs[pot.period, pot.run].append(pot.batch_id)
    hold_s = limits.sample_hours * 3600
    waiting = {(pot.period, pot.run) for pot in records.pots if pot.made is None}
    for run, batch_ids in runs.items():
        samples = [one for one in records.samples if one.batch_id in batch_ids]
        if not samples:
            if run not in waiting:  # the pot with the sample may still be to come
                yield Found(Deviation.NO_SAMPLE, min(batch_ids), 0, limits.sample_grams)
            continue
        kept = [one for one in samples if one.kept_s is None or one.kept_s >= hold_s]
        best = max(kept or samples, key=lambda one: one.grams)
        if best.grams < limits.sample_grams:
            yield Found(Deviation.SMALL_SAMPLE, best.batch_id, best.grams, limits.sample_grams)
        if not kept:
            longest = max(one.kept_s or 0 for one in samples)
            yield Found(Deviation.SAMPLE_GONE, best.batch_id, longest, hold_s)
