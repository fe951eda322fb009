"""The record of a kitchen's day for the inspector, and the labels of its retained samples."""

from collections import defaultdict
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from api import clock
from api.day.menu import stored_book
from api.day.safety import SafetyDay, read_safety
from api.day.samples import kept_samples
from api.labels import celsius, label
from api.printouts.facts import DayFacts
from api.printouts.words import clock_time
from api.safety_views import DeviationView, safety_view
from kitchen.day_tables import Batch, DayRecord, RouteStop
from kitchen.kinds import MealPeriod
from kitchen.menu_tables import BatchLot, FoodLot
from kitchen.safety import Check, CheckKind, Deviation, Pot, eat_by, site_eat_by
from kitchen.safety_tables import RetainedSample, WasteRecord
from kitchen.tables import KitchenSetup, Site
from pos.tables import SiteClose
from printing import kitchen_sheets as sheets

_NEXT_DAY = {"zh": "次日", "en": "next day"}
_SETS = {"zh": "整份套餐", "en": "whole sets"}


def production_records(
    session: Session, facts: DayFacts, now: datetime, kitchen_id: str = ""
) -> list[sheets.ProductionRecord]:
    """One record per kitchen that cooked on the day, or that of one kitchen."""
    cooks = sorted({batch.kitchen_id for batch in facts.batches})
    return [
        _record(session, facts, cook, now) for cook in cooks if kitchen_id in {"", cook}
    ]  # fmt: skip


def _record(
    session: Session, facts: DayFacts, kitchen_id: str, now: datetime
) -> sheets.ProductionRecord:
    safety = read_safety(session, kitchen_id, facts.day, now)
    book = stored_book(session)
    view = safety_view(session, safety, (), book=book, now=now)
    setup = session.get(KitchenSetup, kitchen_id)
    batches = [batch for batch in facts.batches if batch.kitchen_id == kitchen_id]
    waste = _waste(session, facts, kitchen_id)
    return sheets.ProductionRecord(
        kitchen=facts.site_name(kitchen_id),
        licence=setup.licence if setup else "",
        day=facts.day,
        made_at=facts.made_at,
        pots=_pots(session, facts, batches, safety),
        goods=_goods(session, facts, kitchen_id),
        samples=_samples(session, facts, kitchen_id),
        checks=tuple(
            sheets.CheckLine(
                _hour(one.taken_at), label(one.kind, facts.lang), _subject(one, facts.lang),
                _degrees(one.temp_dc), facts.person(one.taken_by), one.note,
            )
            for one in view.checks
            if one.kind is not CheckKind.COOKED
        ),
        arrivals=_arrivals(session, facts, kitchen_id, safety),
        deviations=tuple(_deviation(one, facts) for one in view.deviations),
        waste=waste,
        total_planned=sum(batch.planned_portions for batch in batches),
        total_made=sum(batch.made_portions or 0 for batch in batches),
        waste_fen=sum(line.cost_fen for line in waste),
        closed_by=_closed_by(session, facts, kitchen_id),
    )  # fmt: skip


def _closed_by(session: Session, facts: DayFacts, kitchen_id: str) -> str:
    """Who closed the day and when; "" while it is open."""
    record = session.get(DayRecord, facts.day)
    if record is None or record.closed_at is None:
        return ""
    who = session.scalars(
        sa.select(col(SiteClose.closed_by))
        .join(Site, col(Site.site_id) == col(SiteClose.site_id))
        .where(col(Site.kitchen_id) == kitchen_id, col(SiteClose.day) == facts.day)
        .limit(1)
    ).first()
    return f"{who or ''} {_moment(record.closed_at)}".strip()


def _hour(at: datetime) -> str:
    return f"{at.astimezone(clock.SHANGHAI):%H:%M}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(clock.SHANGHAI):%m-%d %H:%M}"


def _degrees(tenths: int | None) -> str:
    return "" if tenths is None else f"{tenths / 10:.1f}"


def _subject(one: object, lang: str) -> str:
    return str(getattr(one, "subject_en" if lang == "en" else "subject_zh"))


def _pots(
    session: Session, facts: DayFacts, batches: list[Batch], safety: SafetyDay
) -> tuple[sheets.PotLine, ...]:
    lots = _lots(session, facts, [batch.batch_id for batch in batches])
    sampled = {row.batch_id: row.grams for row in _sample_rows(session, batches)}
    readings: dict[str, list[Check]] = defaultdict(list)
    for check in safety.records.checks:
        readings[check.subject].append(check)
    pots = {pot.batch_id: pot for pot in safety.records.pots}
    lines = []
    for batch in sorted(batches, key=lambda batch: (batch.ready_s, batch.batch_id)):
        pot = pots[batch.batch_id]
        until = eat_by(pot, readings[batch.batch_id], safety.limits)
        grams = sampled.get(batch.batch_id)
        lines.append(
            sheets.PotLine(
                period=MealPeriod(batch.period).value,
                dish=_pot_name(facts, batch),
                pot=_number(pot),
                equipment=label(batch.equipment, facts.lang),
                planned=batch.planned_portions,
                made=batch.made_portions,
                start=clock_time(batch.starts_s),
                finish=clock_time(pot.ready_s),
                core_c=_degrees(batch.core_temp_dc),
                eat_by=clock_time(until) if batch.made_portions else None,
                eat_by_day=_NEXT_DAY[facts.lang] if until >= 86_400 else "",
                sample=f"{grams} g" if grams else "" if batch.sample_grams else "–",
                lots=lots.get(batch.batch_id, ()),
                by=facts.person(batch.recorded_by),
                note=label(batch.short_reason, facts.lang) if batch.short_reason else "",
            )
        )
    return tuple(lines)


def _pot_name(facts: DayFacts, batch: Batch) -> str:
    """The dish of a pot, and whether it was cooked with less salt."""
    salted = f"（{label('LOW_SALT', facts.lang)}）" if batch.low_salt else ""
    return facts.dish_name(batch.dish_id) + salted


def _number(pot: Pot) -> int:
    tail = pot.batch_id.rpartition("-")[2]
    return int(tail) if tail.isdecimal() else 0


def _sample_rows(session: Session, batches: list[Batch]) -> list[RetainedSample]:
    ids = [batch.batch_id for batch in batches]
    query = sa.select(RetainedSample).where(col(RetainedSample.batch_id).in_(ids))
    return list(session.scalars(query.order_by(col(RetainedSample.sample_id))))


def _lots(session: Session, facts: DayFacts, batch_ids: list[str]) -> dict[str, tuple[str, ...]]:
    """The deliveries that went into each pot: ingredient and the supplier's lot."""
    rows = session.execute(
        sa.select(col(BatchLot.batch_id), col(FoodLot.ingredient_id), col(FoodLot.supplier_lot))
        .join(FoodLot, col(FoodLot.lot_id) == col(BatchLot.lot_id))
        .where(col(BatchLot.batch_id).in_(batch_ids))
        .order_by(col(BatchLot.grams).desc(), col(FoodLot.lot_id))
    )
    found: dict[str, list[str]] = defaultdict(list)
    for batch_id, ingredient_id, lot in rows:
        found[batch_id].append(f"{_food(facts, ingredient_id)} {lot}".strip())
    return {batch_id: tuple(names) for batch_id, names in found.items()}


def _food(facts: DayFacts, ingredient_id: str) -> str:
    food = facts.ingredients.get(ingredient_id)
    if food is None:
        return ingredient_id
    return food.name_en if facts.lang == "en" else food.name_zh


def _goods(session: Session, facts: DayFacts, kitchen_id: str) -> tuple[sheets.GoodsLine, ...]:
    rows = session.scalars(
        sa.select(FoodLot)
        .where(col(FoodLot.kitchen_id) == kitchen_id, col(FoodLot.received_on) == facts.day)
        .order_by(col(FoodLot.received_at), col(FoodLot.lot_id))
    )
    return tuple(
        sheets.GoodsLine(
            _food(facts, row.ingredient_id), row.supplier, row.supplier_lot, row.grams,
            _degrees(row.temp_dc), row.best_before,
            clock_time(clock.seconds(facts.day, row.received_at)), facts.person(row.received_by),
        )
        for row in rows
    )  # fmt: skip


def _samples(session: Session, facts: DayFacts, kitchen_id: str) -> tuple[sheets.SampleLine, ...]:
    batches = {batch.batch_id: batch for batch in facts.batches if batch.kitchen_id == kitchen_id}
    return tuple(
        sheets.SampleLine(
            _pot_name(facts, batches[row.batch_id]),
            MealPeriod(batches[row.batch_id].period).value, row.grams, row.place,
            _moment(row.taken_at), _moment(row.keep_until),
            _moment(row.discarded_at) if row.discarded_at else "", facts.person(row.taken_by),
        )
        for row in _sample_rows(session, list(batches.values()))
    )  # fmt: skip


def _arrivals(
    session: Session, facts: DayFacts, kitchen_id: str, safety: SafetyDay
) -> tuple[sheets.ArrivalLine, ...]:
    until = {
        (one.site_id, one.period): site_eat_by(safety.records, one, safety.limits)
        for one in safety.records.arrivals
    }
    rows = session.scalars(
        sa.select(RouteStop)
        .where(col(RouteStop.kitchen_id) == kitchen_id, col(RouteStop.day) == facts.day)
        .order_by(col(RouteStop.period), col(RouteStop.arrive_s), col(RouteStop.site_id))
    )
    lines = []
    for row in rows:
        period = MealPeriod(row.period)
        by_s = until.get((row.site_id, period))
        came = clock_time(clock.seconds(facts.day, row.recorded_at)) if row.recorded_at else None
        lines.append(
            sheets.ArrivalLine(
                facts.site_name(row.site_id), period.value, came, _degrees(row.arrival_temp_dc),
                row.received, row.loaded, clock_time(by_s) if by_s is not None else None,
            )
        )  # fmt: skip
    return tuple(lines)


def _deviation(one: DeviationView, facts: DayFacts) -> sheets.DeviationLine:
    """What somebody did; where nobody wrote anything and a later reading was good, just that."""
    action = f"{label(one.remedy, facts.lang)} {one.note}".strip() if one.remedy else ""
    if not action and one.mended:
        action = label("good_later", facts.lang)
    return sheets.DeviationLine(
        label(one.code, facts.lang), _subject(one, facts.lang), _amount(one.code, one.measured),
        _amount(one.code, one.limit), action, facts.person(one.done_by),
        _moment(one.done_at) if one.done_at else "",
    )  # fmt: skip


def _amount(code: str, value: int) -> str:
    """A reading or limit of a deviation in its own unit."""
    if code in {Deviation.NO_SAMPLE, Deviation.SMALL_SAMPLE}:
        return f"{value} g"
    if code == Deviation.NOT_COVERED:
        return f"{clock_time(value):%H:%M}"
    if code == Deviation.SAMPLE_GONE:
        return f"{value // 3600} h"
    return "" if code == Deviation.GOODS_EXPIRED else celsius(value)


def _waste(session: Session, facts: DayFacts, kitchen_id: str) -> tuple[sheets.WasteLine, ...]:
    rows = session.scalars(
        sa.select(WasteRecord)
        .join(Site, col(Site.site_id) == col(WasteRecord.site_id))
        .where(col(Site.kitchen_id) == kitchen_id, col(WasteRecord.day) == facts.day)
        .order_by(col(WasteRecord.stage), col(WasteRecord.site_id), col(WasteRecord.waste_id))
    )
    lines = []
    for row in rows:
        what = facts.dish_name(row.dish_id) if row.dish_id else _SETS[facts.lang]
        if row.ingredient_id:
            what = _food(facts, row.ingredient_id)
        lines.append(
            sheets.WasteLine(
                facts.site_name(row.site_id), label(row.stage, facts.lang), what, row.portions,
                row.grams, row.cost_fen, row.reason,
            )
        )  # fmt: skip
    return tuple(lines)


def sample_labels(
    session: Session, facts: DayFacts, kitchen_id: str, day: date
) -> sheets.SampleLabels:
    """A label for every sample of a kitchen's day that is still kept."""
    return sheets.SampleLabels(
        facts.made_at,
        tuple(
            sheets.SampleLabel(
                one.row.sample_id, facts.site_name(kitchen_id), _pot_name(facts, one.batch),
                one.batch.day, MealPeriod(one.batch.period).value, one.row.grams,
                _moment(one.row.taken_at), _moment(one.row.keep_until),
                facts.person(one.row.taken_by),
            )
            for one in kept_samples(session, kitchen_id)
            if one.batch.day == day
        ),
    )  # fmt: skip
