"""Reading a stored day into the structs that go out; every function reads and none decides."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlmodel import Session, col, select

from api.day.chain import read_chain
from api.handlers.scopes import Sites
from api.schemas import (
    BatchView,
    BreakView,
    ChargesView,
    ChargeTotal,
    DayView,
    ExceptionView,
    ForecastView,
    LeakView,
    LinkView,
    PackView,
    ProductionView,
    PurchaseView,
    ReasonView,
    ReserveView,
)
from kitchen.chain import breaks
from kitchen.day_tables import (
    Batch,
    DayException,
    DayRecord,
    ForecastDay,
    KitchenReserve,
    PackLine,
    PurchaseLine,
)
from kitchen.tables import Dish, Ingredient, MealOrder, Site
from pos.kinds import ChargeState
from pos.tables import Charge, Refusal, Senior

_AMOUNTS = (
    "list_price_fen", "delivery_fee_fen", "subsidy_fen", "allowance_fen", "charity_fen", "own_fen",
    "cash_fen", "plan_fen", "outside_fen", "disputed_fen",
)  # fmt: skip


def read_day(session: Session, day: date) -> DayView:
    """Stages, chain, breaks and the number of exceptions of a day."""
    record = session.get(DayRecord, day)
    links = read_chain(session, day)
    waiting = select(sa.func.count()).select_from(DayException).where(col(DayException.day) == day)
    return DayView(
        day=day,
        stages=record.stages if record else {},
        closed_at=record.closed_at if record else None,
        links=tuple(
            LinkView(x.link, x.quantity, tuple(LeakView(k.reason, k.quantity) for k in x.leaks))
            for x in links
        ),
        breaks=tuple(BreakView(b.link, b.expected, b.found, b.unexplained) for b in breaks(links)),
        exceptions=session.exec(waiting).one(),
    )


def read_forecast(session: Session, day: date, sites: Sites) -> tuple[ForecastView, ...]:
    """The forecasts of a day, by kitchen, meal and site name."""
    query = (
        select(ForecastDay, Site)
        .join(Site, col(Site.site_id) == col(ForecastDay.site_id))
        .where(col(ForecastDay.day) == day)
        .order_by(col(Site.kitchen_id), col(ForecastDay.period), col(Site.name), col(Site.site_id))
    )
    if sites is not None:
        query = query.where(col(ForecastDay.site_id).in_(sites))
    return tuple(_forecast(row, site) for row, site in session.exec(query))


def _forecast(row: ForecastDay, site: Site) -> ForecastView:
    return ForecastView(
        site.site_id, site.name, site.kitchen_id, row.period, row.mean_milli, row.median, row.q75,
        row.q90, row.q95, row.service_level_percent, row.proposed_portions, row.manager_portions,
        row.override_reason, row.locked_portions, row.locked_by,
        tuple(_reason(reason) for reason in row.reasons),
    )  # fmt: skip


def _reason(stored: Mapping[str, Any]) -> ReasonView:
    milli = stored.get("milli", 0)
    return ReasonView(
        str(stored.get("kind", "")),
        milli if isinstance(milli, int) else 0,
        str(stored.get("detail", "")),
    )


def read_production(session: Session, day: date, kitchen_id: str | None) -> ProductionView:
    """What one kitchen, or (None) every kitchen, cooks, packs, buys and keeps back."""
    return ProductionView(
        day,
        _batches(session, day, kitchen_id),
        _packing(session, day, kitchen_id),
        _purchases(session, day, kitchen_id),
        _reserves(session, day, kitchen_id),
    )


def _batches(session: Session, day: date, kitchen_id: str | None) -> tuple[BatchView, ...]:
    query = (
        select(Batch, Dish)
        .join(Dish, col(Dish.dish_id) == col(Batch.dish_id), isouter=True)
        .where(col(Batch.day) == day)
        .order_by(col(Batch.kitchen_id), col(Batch.starts_s), col(Batch.batch_id))
    )
    if kitchen_id is not None:
        query = query.where(col(Batch.kitchen_id) == kitchen_id)
    return tuple(_batch(batch, dish) for batch, dish in session.exec(query))


def _batch(row: Batch, dish: Dish | None) -> BatchView:
    names = (dish.name_zh, dish.name_en) if dish else (row.dish_id, row.dish_id)
    return BatchView(
        row.batch_id, row.kitchen_id, row.period, row.slot, *names, row.low_salt, row.equipment,
        row.planned_portions, row.made_portions, row.starts_s, row.ready_s, row.eat_by_s,
        row.core_temp_dc, row.sample_grams, row.short_reason,
    )  # fmt: skip


def _packing(session: Session, day: date, kitchen_id: str | None) -> tuple[PackView, ...]:
    query = (
        select(PackLine, Site.name)
        .join(Site, col(Site.site_id) == col(PackLine.site_id))
        .where(col(PackLine.day) == day)
        .order_by(
            col(PackLine.period), col(Site.name), col(PackLine.site_id), col(PackLine.variant)
        )
    )
    if kitchen_id is not None:
        query = query.where(col(PackLine.kitchen_id) == kitchen_id)
    return tuple(
        PackView(p.kitchen_id, p.site_id, name, p.period, p.variant, p.quantity)
        for p, name in session.exec(query)
    )


def _purchases(session: Session, day: date, kitchen_id: str | None) -> tuple[PurchaseView, ...]:
    query = (
        select(PurchaseLine, Ingredient)
        .join(
            Ingredient,
            col(Ingredient.ingredient_id) == col(PurchaseLine.ingredient_id),
            isouter=True,
        )
        .where(col(PurchaseLine.day) == day)
        .order_by(col(PurchaseLine.kitchen_id), col(PurchaseLine.ingredient_id))
    )
    if kitchen_id is not None:
        query = query.where(col(PurchaseLine.kitchen_id) == kitchen_id)
    return tuple(_purchase(line, ingredient) for line, ingredient in session.exec(query))


def _purchase(line: PurchaseLine, ingredient: Ingredient | None) -> PurchaseView:
    names = (ingredient.name_zh, ingredient.name_en) if ingredient else (line.ingredient_id,) * 2
    return PurchaseView(
        line.kitchen_id, *names, line.need_grams, line.stock_grams, line.packs, line.cost_fen,
        line.order_by, line.supplier,
    )  # fmt: skip


def _reserves(session: Session, day: date, kitchen_id: str | None) -> tuple[ReserveView, ...]:
    query = select(KitchenReserve).where(col(KitchenReserve.day) == day)
    if kitchen_id is not None:
        query = query.where(col(KitchenReserve.kitchen_id) == kitchen_id)
    ordered = query.order_by(col(KitchenReserve.kitchen_id), col(KitchenReserve.period))
    return tuple(ReserveView(r.kitchen_id, r.period, r.quantity) for r in session.exec(ordered))


def read_exceptions(session: Session, day: date, sites: Sites) -> tuple[ExceptionView, ...]:
    """The exceptions of a day; those of no known site are seen by the county only."""
    rows = session.exec(
        select(DayException)
        .where(col(DayException.day) == day)
        .order_by(col(DayException.stage), col(DayException.code), col(DayException.exception_id))
    ).all()
    where = _sites_of_subjects(session, {name for row in rows for name in _names(row.subject)})
    views = sorted((_exception(row, where) for row in rows), key=_gravity)
    return tuple(view for view in views if sites is None or view.site_id in sites)


def _gravity(view: ExceptionView) -> int:
    return {"blocking": 0, "check": 1}.get(view.severity, 2)


def _names(subject: str) -> list[str]:
    """What a subject such as ``site-LUNCH`` or ``kitchen-LUNCH-SOUP`` may begin with, longest first."""
    parts = subject.split("-")
    return ["-".join(parts[:end]) for end in range(len(parts), 0, -1)]


def _exception(row: DayException, where: Mapping[str, str]) -> ExceptionView:
    named = row.detail.get("site_id")
    found = next((where[name] for name in _names(row.subject) if name in where), "")
    detail = {name: _text(value) for name, value in row.detail.items()}
    return ExceptionView(
        exception_id=row.exception_id,
        stage=row.stage,
        code=row.code,
        subject=row.subject,
        severity=row.severity,
        site_id=named if isinstance(named, str) else found,
        detail=detail,
    )


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _sites_of_subjects(session: Session, subjects: set[str]) -> dict[str, str]:
    """Which site a subject (site, senior, order, batch, charge) belongs to."""
    where: dict[str, str] = {}
    lookups: tuple[tuple[Any, Any], ...] = (
        (Refusal.charge_id, Refusal.site_id),
        (Charge.charge_id, Charge.site_id),
        (Batch.batch_id, Batch.kitchen_id),
        (MealOrder.order_id, MealOrder.site_id),
        (Senior.senior_id, Senior.site_id),
        (Site.site_id, Site.site_id),
    )
    for key, site in lookups:
        where.update(dict(session.exec(select(key, site).where(key.in_(subjects))).all()))
    return where


def read_charges(session: Session, first: date, last: date, *, sites: Sites) -> ChargesView:
    """Money from ``first`` to ``last`` by site and tier, reversals taken off; no person in it.

    Rows are summed by the database over equal ``shares`` (compared as the text they are stored as).
    """
    shares = sa.cast(col(Charge.shares), sa.Text)
    keys: list[Any] = [col(Charge.site_id), col(Charge.tier), col(Charge.state)]
    sums = [sa.func.sum(getattr(Charge, name)) for name in ("meals", *_AMOUNTS)]
    query = (
        sa.select(*keys, sa.func.count(), *sums, shares)
        .where(col(Charge.business_day).between(first, last))
        .group_by(*keys, shares)
        .order_by(*keys)
    )
    if sites is not None:
        query = query.where(col(Charge.site_id).in_(sites))
    return ChargesView(first, last, _charge_totals(session.connection().execute(query)))


def _charge_totals(rows: Any) -> tuple[ChargeTotal, ...]:
    sums: dict[tuple[str, str], defaultdict[str, int]] = {}
    funders: dict[tuple[str, str], defaultdict[str, int]] = {}
    for site_id, tier, state, charges, meals, *rest in rows:
        sign = -1 if state == ChargeState.REVERSAL else 1
        total = sums.setdefault((site_id, tier), defaultdict(int))
        owed = funders.setdefault((site_id, tier), defaultdict(int))
        for name, amount in zip(
            ("charges", "meals", *_AMOUNTS), (charges, meals, *rest), strict=False
        ):
            total[name] += sign * int(amount) if name == "charges" else int(amount)
        for funder, fen in msgspec.json.decode(rest[-1], type=dict[str, int]).items():
            owed[funder] += fen * charges
    return tuple(
        ChargeTotal(
            site_id=site_id, tier=tier, charges=total["charges"], meals=total["meals"],
            list_price_fen=total["list_price_fen"], delivery_fee_fen=total["delivery_fee_fen"],
            subsidy_fen=total["subsidy_fen"], allowance_fen=total["allowance_fen"],
            charity_fen=total["charity_fen"], own_fen=total["own_fen"], cash_fen=total["cash_fen"],
            plan_fen=total["plan_fen"], outside_fen=total["outside_fen"],
            disputed_fen=total["disputed_fen"],
            shares=dict(sorted(funders[site_id, tier].items())),
        )
        for (site_id, tier), total in sums.items()
    )  # fmt: skip
