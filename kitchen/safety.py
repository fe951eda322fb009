"""Food safety of one kitchen's day: limits, deviations with what was done about them, and until when to eat.

The critical limits are data (``SafetyLimits``), with the values common in China as defaults: core 70 C, hot food
held at 60 C or more, cooled food 60 -> 21 C in 2 h and to 8 C in 4 h, goods at 8 C or less (frozen -12 C), samples
of 125 g for 48 h. Temperatures are tenths of a degree Celsius, times seconds after midnight of the business day
(beyond 86,400 on the next). Deviations are worked out from records each time and never stored; what people did
about one is stored under its code and subject.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum

from kitchen.errors import BadKitchenSetting
from kitchen.kinds import MealPeriod


class CheckKind(StrEnum):
    """What was measured: in the pot, while held hot, cooling, after reheating, on loading, in a store."""

    COOKED = "COOKED"
    HELD = "HELD"
    COOLED = "COOLED"
    REHEATED = "REHEATED"
    LOADED = "LOADED"
    FRIDGE = "FRIDGE"
    FREEZER = "FREEZER"


class Storage(StrEnum):
    """How goods have to travel and be kept."""

    AMBIENT = "AMBIENT"
    CHILLED = "CHILLED"
    FROZEN = "FROZEN"


class Deviation(StrEnum):
    """A critical limit that was not kept, or a record that is missing."""

    CORE = "core_temperature"
    CORE_NOT_MEASURED = "core_not_measured"
    HOLD = "hold_temperature"
    COOLING = "cooling_too_slow"
    NOT_COOLED = "not_cooled"
    REHEAT = "reheat_temperature"
    LOAD = "load_temperature"
    ARRIVAL = "arrival_temperature"
    NOT_COVERED = "eat_by_before_close"
    GOODS = "goods_temperature"
    GOODS_EXPIRED = "goods_expired"
    STORE = "store_temperature"
    NO_SAMPLE = "no_sample"
    SMALL_SAMPLE = "small_sample"
    SAMPLE_GONE = "sample_gone_early"


GRAVE = frozenset(
    {Deviation.CORE, Deviation.COOLING, Deviation.NOT_COOLED, Deviation.REHEAT, Deviation.GOODS_EXPIRED}
)  # fmt: skip
"""Deviations that make food unsafe by themselves."""


class Remedy(StrEnum):
    """What somebody did about a deviation."""

    COOKED_ON = "COOKED_ON"
    REHEATED = "REHEATED"
    DISCARDED = "DISCARDED"
    RETURNED = "RETURNED"
    EATEN_IN_TIME = "EATEN_IN_TIME"
    MEASURED_AGAIN = "MEASURED_AGAIN"
    REPAIRED = "REPAIRED"
    EXPLAINED = "EXPLAINED"


@dataclass(frozen=True, slots=True)
class SafetyLimits:
    """A kitchen's critical limits; ``chilled``: its food leaves cold and is reheated at the points."""

    core_dc: int = 700
    hot_dc: int = 600
    cold_dc: int = 80
    frozen_dc: int = -120
    reheat_dc: int = 700
    warm_s: int = 2 * 3600
    hot_s: int = 4 * 3600
    cool_first_dc: int = 210
    cool_first_s: int = 2 * 3600
    cool_s: int = 4 * 3600
    chilled_s: int = 24 * 3600
    sample_grams: int = 125
    sample_hours: int = 48
    chilled: bool = False

    def __post_init__(self) -> None:
        """Refuse limits that contradict each other.

        Raises:
            BadKitchenSetting: a limit is out of its range.
        """
        for name in ("warm_s", "hot_s", "cool_first_s", "cool_s", "chilled_s", "sample_hours"):
            if getattr(self, name) <= 0:
                raise BadKitchenSetting(name, str(getattr(self, name)))
        if self.hot_s < self.warm_s:
            raise BadKitchenSetting("hot_s", str(self.hot_s))
        if not self.frozen_dc < self.cold_dc < self.cool_first_dc < self.hot_dc <= self.core_dc:
            raise BadKitchenSetting("hot_dc", str(self.hot_dc))
        if self.sample_grams < 0 or self.cool_s < self.cool_first_s or self.reheat_dc < self.hot_dc:
            raise BadKitchenSetting("reheat_dc", str(self.reheat_dc))


def limits_from(figures: Mapping[str, object], limits: SafetyLimits) -> SafetyLimits:
    """``limits`` with a kitchen's own figures in their place.

    Raises:
        BadKitchenSetting: an unknown name, no whole number, or limits that contradict each other.
    """
    known = {field.name for field in fields(SafetyLimits)}
    for name, value in figures.items():
        if name not in known or isinstance(value, bool) != (name == "chilled"):
            raise BadKitchenSetting(name, str(value))
        if not isinstance(value, int):
            raise BadKitchenSetting(name, str(value))
    return replace(limits, **figures)  # type: ignore[arg-type]  # names and types were looked at above


@dataclass(frozen=True, slots=True)
class Pot:
    """One pot as recorded; ``ready_s`` is when it was finished, or shall be."""

    batch_id: str
    period: MealPeriod
    run: tuple[str, str, bool]
    made: int | None
    ready_s: int


@dataclass(frozen=True, slots=True)
class Check:
    """One reading; ``subject`` is a batch, a site with its meal (``site_meal``) or the name of a store."""

    kind: CheckKind
    subject: str
    temp_dc: int
    at_s: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """Food at a site; ``closes_s`` is when its counter closes, ``period`` as in ``Pot``."""

    site_id: str
    period: MealPeriod
    at_s: int
    temp_dc: int | None
    closes_s: int


@dataclass(frozen=True, slots=True)
class Goods:
    """A delivery of one ingredient as it was received."""

    lot_id: str
    storage: Storage
    temp_dc: int | None
    received_on: date
    best_before: date | None


@dataclass(frozen=True, slots=True)
class Sample:
    """A retained sample of a pot, its weight, and for how many seconds it was kept (None: it still is)."""

    batch_id: str
    grams: int
    kept_s: int | None


@dataclass(frozen=True, slots=True)
class SafetyRecords:
    """Everything that was written down about one kitchen's day."""

    pots: tuple[Pot, ...] = ()
    checks: tuple[Check, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    goods: tuple[Goods, ...] = ()
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A deviation: of what, the worst reading and its limit (tenths of a degree, grams, seconds, or 0 and 0).

    ``mended``: a later reading of the same thing was good (a pot was cooked on).
    """

    code: Deviation
    subject: str
    measured: int = 0
    limit: int = 0
    mended: bool = False

    @property
    def grave(self) -> bool:
        """Whether the food is unsafe because of it."""
        return self.code in GRAVE and not self.mended


def site_meal(site_id: str, period: MealPeriod) -> str:
    """The subject of readings at a site."""
    return f"{site_id}-{period}"


def eat_by(pot: Pot, readings: Iterable[Check], limits: SafetyLimits) -> int:
    """Until when a pot's food may be eaten, by what was measured (of the pot, or where its food stood).

    Hot: two hours after it was last known to be hot, at most ``hot_s`` after it was ready; so food that is still at
    60 C two hours after cooking may be eaten for four. A reading below the limit ends that: later ones count no more,
    until it is reheated. Chilled: ``chilled_s``, if it was cold in time. Reheated: two hours from then.
    """
    seen = sorted(readings, key=lambda check: check.at_s)
    reheated = [
        check.at_s for check in seen
        if check.kind is CheckKind.REHEATED and check.temp_dc >= limits.reheat_dc
    ]  # fmt: skip
    if reheated:
        return reheated[-1] + limits.warm_s
    if limits.chilled:
        cold = any(
            check.kind is CheckKind.COOLED and check.temp_dc <= limits.cold_dc
            and check.at_s <= pot.ready_s + limits.cool_s
            for check in seen
        )  # fmt: skip
        return pot.ready_s + (limits.chilled_s if cold else limits.warm_s)
    hot_at = pot.ready_s
    for check in seen:
        if check.kind not in {CheckKind.HELD, CheckKind.LOADED} or check.at_s < pot.ready_s:
            continue
        if check.temp_dc < limits.hot_dc or check.at_s > hot_at + limits.warm_s:
            break
        hot_at = check.at_s
    return min(hot_at + limits.warm_s, pot.ready_s + limits.hot_s)


def site_eat_by(records: SafetyRecords, arrival: Arrival, limits: SafetyLimits) -> int | None:
    """Until when the meals at a site may be eaten; None where no pot of the meal was made."""
    pots = [pot for pot in records.pots if pot.period == arrival.period and pot.made]
    if not pots:
        return None
    subject = site_meal(arrival.site_id, arrival.period)
    here = [check for check in records.checks if check.subject == subject]
    if arrival.temp_dc is not None:
        here.append(Check(CheckKind.HELD, subject, arrival.temp_dc, arrival.at_s))
    by_pot: dict[str, list[Check]] = defaultdict(list)
    for check in records.checks:
        by_pot[check.subject].append(check)
    return min(eat_by(pot, [*by_pot[pot.batch_id], *here], limits) for pot in pots)


def deviations(records: SafetyRecords, limits: SafetyLimits, now_s: int) -> tuple[Found, ...]:
    """Every limit that was not kept by ``now_s``, and every record that is missing; grave ones first."""
    found = [
        *_pots(records, limits, now_s),
        *_readings(records.checks, limits),
        *_arrivals(records, limits, now_s),
        *_goods(records.goods, limits),
        *_samples(records, limits),
    ]
    return tuple(sorted(found, key=lambda one: (not one.grave, one.code, one.subject)))


def _pots(records: SafetyRecords, limits: SafetyLimits, now_s: int) -> Iterable[Found]:
    """Core temperatures; of a chilled kitchen also that every pot was cold in time."""
    by_pot: dict[tuple[CheckKind, str], list[Check]] = defaultdict(list)
    for check in sorted(records.checks, key=lambda check: check.at_s):
        by_pot[check.kind, check.subject].append(check)
    for pot in records.pots:
        core = by_pot[CheckKind.COOKED, pot.batch_id]
        if not core:
            if pot.made:
                yield Found(Deviation.CORE_NOT_MEASURED, pot.batch_id, 0, limits.core_dc)
        elif (least := min(check.temp_dc for check in core)) < limits.core_dc:
            mended = core[-1].temp_dc >= limits.core_dc
            yield Found(Deviation.CORE, pot.batch_id, least, limits.core_dc, mended)
        if limits.chilled and pot.made:
            yield from _cooling(pot, by_pot[CheckKind.COOLED, pot.batch_id], limits, now_s)


def _cooling(
    pot: Pot, readings: Sequence[Check], limits: SafetyLimits, now_s: int
) -> Iterable[Found]:
    slow = [
        check for check in readings
        if (check.at_s > pot.ready_s + limits.cool_first_s and check.temp_dc > limits.cool_first_dc)
        or (check.at_s > pot.ready_s + limits.cool_s and check.temp_dc > limits.cold_dc)
    ]  # fmt: skip
    if slow:
        worst = max(slow, key=lambda check: check.temp_dc)
        late = worst.at_s > pot.ready_s + limits.cool_s
        limit = limits.cold_dc if late else limits.cool_first_dc
        yield Found(Deviation.COOLING, pot.batch_id, worst.temp_dc, limit)
        return
    due_s = pot.ready_s + limits.cool_s
    cold = any(check.temp_dc <= limits.cold_dc and check.at_s <= due_s for check in readings)
    if not cold and now_s > due_s:
        yield Found(Deviation.NOT_COOLED, pot.batch_id, 0, limits.cold_dc)


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
    by_subject: dict[tuple[CheckKind, str], list[Check]] = defaultdict(list)
    for check in checks:
        if check.kind in bounds:
            by_subject[check.kind, check.subject].append(check)
    for (kind, subject), seen in by_subject.items():
        code, limit, is_most = bounds[kind]
        beyond = [one for one in seen if (one.temp_dc > limit if is_most else one.temp_dc < limit)]
        if not beyond:
            continue
        worst = (max if is_most else min)(one.temp_dc for one in beyond)
        # Food that was cold for a while is not mended by a warmer reading; a store or a pot reheated again is.
        again = kind in {CheckKind.REHEATED, CheckKind.FRIDGE, CheckKind.FREEZER}
        latest = max(seen, key=lambda one: one.at_s)
        yield Found(code, subject, worst, limit, again and latest not in beyond)


def _arrivals(records: SafetyRecords, limits: SafetyLimits, now_s: int) -> Iterable[Found]:
    """Temperatures on arrival, and sites that served longer than their last reading covers."""
    for one in records.arrivals:
        subject = site_meal(one.site_id, one.period)
        limit = limits.cold_dc if limits.chilled else limits.hot_dc
        if one.temp_dc is not None and (
            one.temp_dc > limit if limits.chilled else one.temp_dc < limit
        ):
            yield Found(Deviation.ARRIVAL, subject, one.temp_dc, limit)
        until = site_eat_by(records, one, limits)
        if until is not None and until < min(one.closes_s, now_s):
            yield Found(Deviation.NOT_COVERED, subject, until, one.closes_s)


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
    of_pot: dict[str, list[Sample]] = defaultdict(list)
    for sample in records.samples:
        of_pot[sample.batch_id].append(sample)
    hold_s = limits.sample_hours * 3600
    for batch_ids in runs.values():
        samples = [one for batch_id in batch_ids for one in of_pot[batch_id]]
        if not samples:
            yield Found(Deviation.NO_SAMPLE, min(batch_ids), 0, limits.sample_grams)
            continue
        best = max(samples, key=lambda one: one.grams)
        if best.grams < limits.sample_grams:
            code = Deviation.SMALL_SAMPLE
            yield Found(code, best.batch_id, best.grams, limits.sample_grams)
        if all(one.kept_s is not None and one.kept_s < hold_s for one in samples):
            longest = max(one.kept_s or 0 for one in samples)
            yield Found(Deviation.SAMPLE_GONE, best.batch_id, longest, hold_s)
