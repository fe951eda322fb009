"""Replays, calendar changes, successions and channels on the demo county, in both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from api.day.advice import read_advice
from api.day.calendar import CalendarLine, put_line, remove_line, succeed
from api.day.channels import look_ahead_orders
from api.day.drifts import note_drifts
from api.day.forecasting import look_ahead, make_forecast, rain_chance, remake_forecast
from api.day.history import write_history
from api.day.locking import lock_forecast, say_own
from api.day.notes import Notes
from api.day.opening import open_ahead, open_meals
from api.day.orders import collect_orders
from api.day.outcomes import earned_by, read_outcomes, sites_of_kitchen
from api.day.replaying import replay_forecasts
from api.demo.managers import play_managers
from api.failures import BadRequest, NotFound
from api.house import House
from api.verify import verify
from kitchen.day_tables import ClosingCount, ForecastDay, KitchenForecast, KitchenReserve
from kitchen.errors import SuccessionCircle
from kitchen.forecast_scores import bill
from kitchen.kinds import Channel, FactKind, MealPeriod, OrderSource, OrderState
from kitchen.tables import DayFact, DemandDay, MealOrder, Site, StandingOrder
from pos.kinds import SeniorState
from pos.tables import Senior

LAST, NEXT = date(2026, 11, 22), date(2026, 11, 23)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LUNCH = MealPeriod.LUNCH


def said(house: House, day: date) -> dict[tuple[str, str], tuple[int, int]]:
    """(median, q90) by site and meal."""
    with house.database.read() as session:
        rows = session.exec(select(ForecastDay).where(ForecastDay.day == day)).all()
    return {(row.site_id, str(row.period)): (row.median, row.q90) for row in rows}


def kitchen_with_sites(session: Session) -> str:
    """The kitchen that cooks for most sites."""
    query = sa.select(col(Site.kitchen_id)).group_by(col(Site.kitchen_id))
    return str(session.scalar(query.order_by(sa.func.count().desc()).limit(1)))


def forget(house: House, day: date) -> None:
    with house.database.write(actor="t", action="t") as session:
        for table in (ForecastDay, KitchenForecast):
            for row in session.exec(select(table).where(col(table.day) == day)).all():
                session.delete(row)


def test_a_replay_knows_nothing_of_its_own_day_or_later(county: House) -> None:
    day = LAST - timedelta(days=3)
    replay_forecasts(county, [day])
    first = said(county, day)
    assert len(first) > 5
    forget(county, day)
    with county.database.write(actor="t", action="t") as session:
        for row in session.exec(select(DemandDay).where(col(DemandDay.day) >= day)).all():
            row.served += 40
        for fact in session.exec(select(DayFact).where(col(DayFact.day) >= day)).all():
            if fact.kind == FactKind.RAIN:
                session.delete(fact)
        rain = {"day": day, "scope": "", "kind": FactKind.RAIN, "name": "雨", "source": "t"}
        session.merge(DayFact(**rain))
    replay_forecasts(county, [day])
    assert said(county, day) == first


def test_days_that_have_a_forecast_are_not_replayed(county: House) -> None:
    days = [LAST - timedelta(days=back) for back in range(3)]
    assert replay_forecasts(county, days[1:]) == tuple(sorted(days[1:]))
    assert replay_forecasts(county, days) == (LAST,)
    assert verify(county.database).valid


def test_a_replay_says_what_the_evening_before_would_have_said(county: House) -> None:
    """The same history, cut off, gives the same numbers through the ordinary door."""
    replay_forecasts(county, [LAST])
    replayed = said(county, LAST)
    forget(county, LAST)
    with county.database.write(actor="t", action="t") as session:
        for row in session.exec(select(DemandDay).where(col(DemandDay.day) == LAST)).all():
            session.delete(row)
        for fact in session.exec(select(DayFact).where(col(DayFact.day) == LAST)).all():
            if fact.kind == FactKind.RAIN:
                session.delete(fact)
    make_forecast(county, LAST, now=NOW)
    assert said(county, LAST) == replayed


def test_managers_who_know_the_fairs_earn_a_weight_and_the_blend_costs_less(county: House) -> None:
    days = [LAST - timedelta(days=back) for back in range(28)]
    replay_forecasts(county, days)
    play_managers(county, days, seed=7)
    with county.database.read() as session:
        kitchen = kitchen_with_sites(session)
        found = read_outcomes(session, sites_of_kitchen(session, kitchen), min(days), LAST)
        known = earned_by(session, kitchen, NEXT)
    assert known.numbers == sum(one.own is not None and not one.at_least for one in found) > 50
    assert 0.0 < known.kitchen <= 1.0
    assert bill((o, o.own) for o in found if o.own is not None).days > 50


def test_rain_lowers_the_forecast_dry_weather_raises_it_and_nobody_knows_is_between(
    county: House,
) -> None:
    means = {}
    for kind in (None, FactKind.RAIN, FactKind.DRY):
        if kind is not None:
            put_line(county, CalendarLine(NEXT, kind, name="雨"), by="t")
        with county.database.read() as session:
            outlook = look_ahead(session, [NEXT], open_meals(session, NEXT))
        means[kind] = sum(one.mean for one in outlook.forecasts)
    assert means[FactKind.RAIN] < means[None] < means[FactKind.DRY]


def test_the_chance_of_rain_is_last_years_season_or_in_the_first_year_the_last_weeks() -> None:
    last_year = {NEXT - timedelta(days=365 + off) for off in range(-10, 11)}
    assert rain_chance(last_year, NEXT, date(2024, 1, 1), LAST) == pytest.approx(21 / 61)
    lately = {LAST - timedelta(days=back) for back in range(15)}
    assert rain_chance(lately, NEXT, LAST - timedelta(days=90), LAST) == pytest.approx(15 / 60)
    assert rain_chance(lately, NEXT, LAST - timedelta(days=29), LAST) == pytest.approx(15 / 30)


def test_weather_that_nobody_notes_any_more_changes_nothing(county: House) -> None:
    with county.database.write(actor="t", action="t") as session:
        for fact in session.exec(select(DayFact).where(col(DayFact.kind) == FactKind.RAIN)).all():
            if fact.day > LAST - timedelta(days=90):
                session.delete(fact)
    with county.database.read() as session:
        outlook = look_ahead(session, [NEXT], open_meals(session, NEXT))
    assert all(r.detail != "RAIN" for one in outlook.forecasts for r in one.reasons)


def test_a_calendar_line_changes_the_open_forecast_and_keeps_the_managers_number(
    county: House,
) -> None:
    collect_orders(county, NEXT, now=NOW)
    make_forecast(county, NEXT, now=NOW)
    with county.database.read() as session:
        kitchen = kitchen_with_sites(session)
        rows = session.exec(select(ForecastDay).where(ForecastDay.day == NEXT)).all()
        mine = set(sites_of_kitchen(session, kitchen))
    lunches = [row for row in rows if row.period == LUNCH and row.site_id in mine]
    closing, other = lunches[0].site_id, lunches[1].site_id
    say_own(county, NEXT, {(other, LUNCH): (77, "寿宴")}, by="t", now=NOW)
    before = said(county, NEXT)
    put_line(county, CalendarLine(NEXT, FactKind.CLOSED, closing), by="t")
    assert remake_forecast(county, NEXT)
    assert set(said(county, NEXT)) == set(before)
    put_line(county, CalendarLine(NEXT, FactKind.FAIR, other, "寿宴", 200), by="t")
    remake_forecast(county, NEXT)
    assert said(county, NEXT)[other, "LUNCH"][0] > 1.6 * before[other, "LUNCH"][0]
    with county.database.read() as session:
        assert session.get_one(ForecastDay, (other, NEXT, LUNCH)).manager_portions == 77
    lock_forecast(county, NEXT, locked_by="t", now=NOW)
    assert not remake_forecast(county, NEXT)
    with county.database.read() as session:
        assert session.get_one(ForecastDay, (closing, NEXT, LUNCH)).locked_portions == 0
        assert session.get_one(ForecastDay, (other, NEXT, LUNCH)).locked_portions == 77
    assert verify(county.database).valid


def test_a_merged_site_is_forecast_from_both_histories(county: House) -> None:
    with county.database.read() as session:
        query = select(Site).where(col(Site.site_id).in_(sa.select(col(DemandDay.site_id))))
        old, new = [site.site_id for site in session.exec(query.order_by(Site.site_id)).all()[:2]]
        apart = look_ahead(session, [NEXT], open_meals(session, NEXT))
    succeed(county, old, new, since=NEXT, by="t")
    with county.database.read() as session:
        opened = open_meals(session, NEXT)
        assert old not in {meal.site.site_id for meal in opened}
        merged = look_ahead(session, [NEXT], opened)
    means = {(one.site_id, one.period): one.mean for one in apart.forecasts}
    both = {(one.site_id, one.period): one.mean for one in merged.forecasts}[new, LUNCH]
    assert both == pytest.approx(means[old, LUNCH] + means[new, LUNCH], rel=0.12)
    with pytest.raises(SuccessionCircle):
        succeed(county, new, old, since=NEXT, by="t")
    with pytest.raises(BadRequest):
        succeed(county, new, new, since=NEXT, by="t")
    with pytest.raises(NotFound):
        succeed(county, new, "nowhere", since=NEXT, by="t")
    with pytest.raises(BadRequest):
        succeed(county, old, new, since=LAST, by="t")
    moved = succeed(county, old, new, since=NEXT + timedelta(days=9), by="t")
    assert moved.people > 0
    with county.database.read() as session:
        assert session.get_one(Site, old).valid_to == NEXT + timedelta(days=8)


def test_orders_enter_the_history_by_how_they_were_placed(county: House) -> None:
    with county.database.read() as session:
        senior = session.exec(select(Senior)).first()
        site = session.exec(select(DemandDay.site_id).where(DemandDay.day == LAST)).first()
    assert senior
    assert site
    served, due, missed = OrderState.SERVED, OrderState.DUE, OrderState.EXCEPTION
    orders = [
        (OrderSource.STANDING, served), (OrderSource.STANDING, due), (OrderSource.PHONE, served),
        (OrderSource.FAMILY, served), (OrderSource.FAMILY, missed),
    ]  # fmt: skip
    with county.database.write(actor="t", action="t") as session:
        for number, (source, state) in enumerate(orders):
            session.add(
                MealOrder(
                    order_id=f"o{number}", senior_id=senior.senior_id, site_id=site, day=NEXT,
                    period=LUNCH, home_delivery=False, variant="", source=source, state=state,
                    placed_at=NOW,
                )
            )  # fmt: skip
        session.add(
            ClosingCount(
                site_id=site, day=NEXT, period=LUNCH, served=20, left_over=2, wasted=0,
                turned_away=0, counted_by="t", counted_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        write_history(session, NEXT, Notes(NEXT, "close"))
    with county.database.read() as session:
        rows = session.exec(select(DemandDay).where(DemandDay.day == NEXT)).all()
    found = {Channel(row.channel): (row.served, row.portions) for row in rows}
    assert found == {
        Channel.WALK_IN: (17, 19), Channel.STANDING: (1, 2), Channel.PREORDER: (2, 2)
    }  # fmt: skip


def test_the_pots_follow_from_the_forecast_and_nobody_is_left_without_a_plate(
    county: House,
) -> None:
    collect_orders(county, NEXT, now=NOW)
    make_forecast(county, NEXT, now=NOW)
    with county.database.read() as session:
        kitchen = kitchen_with_sites(session)
        mine = set(sites_of_kitchen(session, kitchen))
        advice = read_advice(session, kitchen, NEXT)
        rows = session.exec(select(ForecastDay).where(ForecastDay.day == NEXT)).all()
    lunch = sum(
        row.proposed_portions for row in rows if row.site_id in mine and row.period == LUNCH
    )
    assert sum(n for (period, _), n in advice.diets.items() if period == LUNCH) == lunch
    dishes = [dish for dish in advice.dishes if dish.period == LUNCH]
    assert len({dish.slot for dish in dishes}) == len(dishes) > 3
    assert all(dish.walk_in >= lunch for dish in dishes)
    by_cost = sorted(dishes, key=lambda dish: dish.cost_fen)
    assert by_cost[0].level_percent >= by_cost[-1].level_percent


def test_orders_ahead_are_those_that_will_fall_due(county: House) -> None:
    ahead = [NEXT + timedelta(days=n) for n in range(7)]
    with county.database.read() as session:
        found = look_ahead_orders(session, ahead, open_ahead(session, ahead))
    said = {(*key, day): one.standing for (key, day), one in found.items()}
    collect_orders(county, NEXT, now=NOW)
    with county.database.read() as session:
        orders = session.exec(select(MealOrder).where(MealOrder.day == NEXT)).all()
    due: dict[tuple[str, MealPeriod], int] = {}
    for order in orders:
        if order.reason in {"", "diet_no_substitute", "no_menu"}:
            key = order.site_id, MealPeriod(order.period)
            due[key] = due.get(key, 0) + 1
    assert {key: said[*key, NEXT].known for key in due} == due
    assert all(0.8 * one.known <= one.mean <= one.known for one in said.values())
    assert len({day for _, _, day in said}) == 7


def test_a_wish_and_an_order_for_the_same_meal_are_one_meal(county: House) -> None:
    ahead = [NEXT + timedelta(days=1)]
    with county.database.read() as session:
        before = look_ahead_orders(session, ahead, open_ahead(session, ahead))
        wish = next(
            one for one in session.exec(select(StandingOrder)).all()
            if one.period == LUNCH and ((one.site_id, LUNCH), ahead[0]) in before
            and one.weekdays[ahead[0].weekday()] == "1" and one.ends is None
            and session.get_one(Senior, one.senior_id).state == SeniorState.ACTIVE
        )  # fmt: skip
    with county.database.write(actor="t", action="t") as session:
        session.add(
            MealOrder(
                order_id="both", senior_id=wish.senior_id, site_id=wish.site_id, day=ahead[0],
                period=LUNCH, home_delivery=False, variant="", source=OrderSource.PHONE,
                state=OrderState.DUE, placed_at=NOW,
            )
        )  # fmt: skip
    with county.database.read() as session:
        after = look_ahead_orders(session, ahead, open_ahead(session, ahead))
    key = (wish.site_id, LUNCH), ahead[0]
    assert after[key].preorders.known == 1
    assert after[key].standing.known == before[key].standing.known - 1


def test_orders_placed_for_one_day_are_forecast_from_their_own_book(county: House) -> None:
    with county.database.read() as session:
        senior = session.exec(select(Senior)).first()
        site = session.exec(select(DemandDay.site_id).where(DemandDay.day == LAST)).first()
    assert senior
    assert site
    with county.database.write(actor="t", action="t") as session:
        for back in range(60, -2, -1):
            day = LAST - timedelta(days=back)
            for number in range(5):
                early = number < 3
                if day > LAST and not early:
                    continue
                placed_on = day - timedelta(days=2 if early else 0)
                at = datetime(placed_on.year, placed_on.month, placed_on.day, 1, tzinfo=UTC)
                session.add(
                    MealOrder(
                        order_id=f"p{back}-{number}", senior_id=senior.senior_id, site_id=site,
                        day=day, period=LUNCH, home_delivery=False, variant="",
                        source=OrderSource.PHONE, state=OrderState.DUE, placed_at=at,
                    )
                )  # fmt: skip
            if day <= LAST:
                session.add(
                    DemandDay(
                        site_id=site, day=day, period=LUNCH, channel=Channel.PREORDER, served=5,
                        portions=5,
                    )
                )  # fmt: skip
    with county.database.read() as session:
        found = look_ahead_orders(session, [NEXT], open_ahead(session, [NEXT]))
    one = found[(site, LUNCH), NEXT].preorders
    assert one.known == 3
    assert one.mean == pytest.approx(5, abs=0.6)


def test_a_site_that_changes_for_good_is_listed_once_when_it_shows(county: House) -> None:
    days = [LAST - timedelta(days=back) for back in range(20, -1, -1)]
    replay_forecasts(county, days)
    with county.database.write(actor="t", action="t") as session:
        site = session.exec(select(DemandDay.site_id).where(DemandDay.day == LAST)).first()
        changed = select(DemandDay).where(
            col(DemandDay.day) >= days[8], col(DemandDay.site_id) == site,
            col(DemandDay.period) == LUNCH, col(DemandDay.channel) == Channel.WALK_IN,
        )  # fmt: skip
        for row in session.exec(changed).all():
            row.served += 60
    listed = []
    with county.database.read() as session:
        for day in days:
            notes = Notes(day, "close")
            note_drifts(session, day, notes)
            listed += [
                row for row in notes.exceptions.values() if row["subject"] == f"{site}-LUNCH"
            ]
    assert len(listed) == 1
    assert days[8] < listed[0]["day"] <= days[15]  # type: ignore[operator]  # a day
    detail = listed[0]["detail"]
    assert isinstance(detail, dict)
    assert detail["meals_a_day"] > 30


def test_a_county_closed_by_mistake_is_forecast_again_when_it_opens(county: House) -> None:
    put_line(county, CalendarLine(NEXT, FactKind.CLOSED), by="t")
    collect_orders(county, NEXT, now=NOW)
    make_forecast(county, NEXT, now=NOW)
    assert said(county, NEXT) == {}
    lock_forecast(county, NEXT, locked_by="t", now=NOW)
    remove_line(county, NEXT, FactKind.CLOSED, scope="", by="t")
    assert remake_forecast(county, NEXT)
    assert len(said(county, NEXT)) > 5
    for _again in range(2):
        lock_forecast(county, NEXT, locked_by="t", now=NOW)
    with county.database.read() as session:
        rows = session.exec(select(ForecastDay).where(ForecastDay.day == NEXT)).all()
        reserves = session.exec(select(KitchenReserve).where(KitchenReserve.day == NEXT)).all()
    assert all(row.locked_portions is not None for row in rows)
    assert reserves
    assert verify(county.database).valid
