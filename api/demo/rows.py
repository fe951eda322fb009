"""Table rows of the demo's values: every column is named, because the audit chain binds whole rows."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from api import clock
from api.demo.draws import Draws
from api.demo.fleet import DemoVan
from api.demo.logins import DemoLogin
from api.demo.records import DemandCount, DemoCounty, DemoSite, Fact, Person
from api.secrets import Secrets
from kitchen.dishes import Ingredient
from kitchen.kinds import Channel, MealPeriod, SiteKind
from pos.kinds import CardState, DeviceState
from pos.ledger import posting_rows, purse_id
from pos.policy import Policy
from pos.policy_load import policy_digest

Row = dict[str, Any]
_ISSUED_AT_S = 36_000
# period -> (arrive from, arrive by, serve until), seconds after midnight
WINDOWS = {
    MealPeriod.LUNCH: (36_900, 41_400, 45_000),
    MealPeriod.SUPPER: (58_500, 62_100, 64_800),
}
# A missing meal costs its price and the walk; a wasted one its food. q* = short / (short + waste).
_SHORT_PERCENT, _WASTE_PERCENT = 120, 45
_SHORT_PERCENT_CANTEEN = 180


def county_row(county: DemoCounty) -> Row:
    """A row of ``counties``."""
    return {
        "code": county.code,
        "name": county.name,
        "outline": [list(point) for point in county.outline],
        "source": county.source,
    }


def township_rows(county: DemoCounty) -> list[Row]:
    """Rows of ``townships``."""
    return [
        {
            "code": own.code,
            "county_code": county.code,
            "name": own.name,
            "lat": own.lat,
            "lon": own.lon,
            "source": own.source,
        }
        for own in county.townships
    ]


def village_rows(county: DemoCounty) -> list[Row]:
    """Rows of ``villages``."""
    return [
        {
            "code": own.code,
            "township_code": own.township_code,
            "name": own.name,
            "urban_rural_class": own.urban_rural_class,
            "lat": own.lat,
            "lon": own.lon,
            "position": own.position,
            "source": own.source,
        }
        for own in county.villages
    ]


def site_row(site: DemoSite) -> Row:
    """A row of ``sites``."""
    return {
        "site_id": site.site_id,
        "name": site.name,
        "kind": site.kind,
        "county_code": site.county_code,
        "township_code": site.township_code,
        "village_code": site.village_code,
        "kitchen_id": site.kitchen_id,
        "lat": site.lat,
        "lon": site.lon,
        "position": site.position,
        "narrow_road": site.narrow_road,
        "door_note": site.door_note,
        "phone": site.phone,
        "stars": site.stars,
        "valid_from": site.valid_from,
        "valid_to": None,
    }


def site_meal_rows(site: DemoSite) -> Iterator[Row]:
    """Rows of ``site_meals``; none for a kitchen that serves nobody."""
    canteen = site.kind is SiteKind.CENTRAL_CANTEEN
    short_percent = _SHORT_PERCENT_CANTEEN if canteen else _SHORT_PERCENT
    for period in site.meals:
        arrive_from_s, arrive_by_s, serve_until_s = WINDOWS[period]
        yield {
            "site_id": site.site_id,
            "period": period,
            "weekdays": site.weekdays,
            "arrive_from_s": arrive_from_s,
            "arrive_by_s": arrive_by_s,
            "serve_until_s": serve_until_s,
            "set_price_fen": site.set_price_fen,
            "short_cost_fen": site.set_price_fen * short_percent // 100,
            "waste_cost_fen": site.set_price_fen * _WASTE_PERCENT // 100,
        }


def device_row(site: DemoSite) -> Row:
    """A row of ``devices``: the till of a serving site."""
    return {
        "device_id": f"T-{site.site_id}",
        "site_id": site.site_id,
        "epoch": 1,
        "name": f"{site.name}收银机",
        "state": DeviceState.LIVE,
        "token_hash": None,
        "enrolled_at": None,
    }


def driver_row(van: DemoVan) -> Row:
    """A row of ``drivers``."""
    return {"driver_id": van.driver_id, "name": van.driver_name, "phone": van.driver_phone}


def vehicle_row(van: DemoVan) -> Row:
    """A row of ``vehicles``."""
    return {
        "vehicle_id": van.vehicle_id,
        "kitchen_id": van.kitchen_id,
        "plate": van.plate,
        "type_id": van.van_type.type_id,
        "capacity_boxes": van.van_type.capacity_boxes,
        "fixed_cost_fen": van.van_type.fixed_cost_fen,
        "cost_fen_per_km": van.van_type.cost_fen_per_km,
        "narrow_ok": van.van_type.narrow_ok,
        "driver_id": van.driver_id,
        "shift_from_s": van.shift_from_s,
        "shift_to_s": van.shift_to_s,
    }


def ingredient_row(cells: Mapping[str, str]) -> Row:
    """A row of ``ingredients`` from a line of the dish book's file."""
    return {
        "ingredient_id": cells["id"],
        "name_zh": cells["name_zh"],
        "name_en": cells["name_en"],
        "cells": dict(cells),
    }


def dish_row(cells: Mapping[str, str]) -> Row:
    """A row of ``dishes`` from a line of the dish book's file."""
    return {
        "dish_id": cells["id"],
        "name_zh": cells["name_zh"],
        "name_en": cells["name_en"],
        "cells": dict(cells),
    }


def recipe_row(cells: Mapping[str, str]) -> Row:
    """A row of ``recipe_lines`` from a line of the dish book's file."""
    return {
        "dish_id": cells["dish_id"],
        "ingredient_id": cells["ingredient_id"],
        "cells": dict(cells),
    }


def stock_row(site: DemoSite, food: Ingredient, *, seed: int) -> Row:
    """A row of ``kitchen_stock``: a few packs on the shelf."""
    packs = Draws(seed, "stock", site.site_id, food.ingredient_id).below(5)
    grams = packs * food.pack_grams
    return {"kitchen_id": site.site_id, "ingredient_id": food.ingredient_id, "grams": grams}


def setup_row(site: DemoSite, meals: int) -> Row:
    """A row of ``kitchen_setups``: pots enough for ``meals`` of one sitting, the default rules."""
    size = 400 if meals > 1_000 else 100
    units = max(1, -(-meals // (3 * size)))
    return {
        "kitchen_id": site.site_id,
        "pots": {
            "WOK": [3 * units, size],
            "STEAMER": [2 * units, size],
            "OVEN": [units, size],
            "STOCKPOT": [3 * units, size],
            "RICE_COOKER": [2 * units, size],
        },
        "meals_per_box": 20,
        "hold_hot_s": 14_400,
        "packing_s": 900,
        "sample_grams": 125,
        "lead_s": 5_100,
        "van_hold_s": 7_200,
        "lock_s": 16_200,
        "safety": {},
        "licence": f"演示-{site.site_id}",
    }


def policy_row(policy: Policy, text: str) -> Row:
    """A row of ``policy_versions``."""
    return {
        "policy_id": policy.policy_id,
        "district": policy.district,
        "effective_from": policy.effective_from,
        "effective_to": policy.effective_to,
        "text": text,
        "sha256": policy_digest(text),
    }


def fact_row(fact: Fact) -> Row:
    """A row of ``day_facts``."""
    return {
        "day": fact.day,
        "scope": fact.scope,
        "kind": fact.kind,
        "name": fact.name,
        "source": fact.source,
        "multiplier_percent": None,
    }


def demand_row(
    site_id: str, day: date, period: MealPeriod, channel: Channel, count: DemandCount
) -> Row:
    """A row of ``demand_days``."""
    return {
        "site_id": site_id,
        "day": day,
        "period": period,
        "channel": channel,
        "served": count.served,
        "portions": count.portions,
        "sold_out": count.sold_out,
        "turned_away": count.turned_away,
    }


def senior_row(person: Person, secrets: Secrets) -> Row:
    """A row of ``seniors``: the ID number leaves this function sealed and hashed only."""
    return {
        "senior_id": person.senior_id,
        "name": person.name,
        "sex": person.sex,
        "birth_date": person.birth_date,
        "id_number_cipher": secrets.seal_id(person.id_number),
        "id_number_hash": secrets.search_hash(person.id_number),
        "township_code": person.township_code,
        "village_code": person.village_code,
        "site_id": person.site_id,
        "resident": person.resident,
        "hardship": person.hardship,
        "care_level": person.care_level,
        "lives_alone": person.lives_alone,
        "diet": person.diet,
        "phone": person.phone,
        "door_note": person.door_note,
        "lat": person.lat,
        "lon": person.lon,
        "state": person.state,
        "state_since": person.state_since,
    }


def card_rows(person: Person, *, key_id: int) -> Iterator[Row]:
    """Rows of ``cards``."""
    for card in person.cards:
        gone = card.revoked_on
        yield {
            "serial": card.serial,
            "issue_no": card.issue_no,
            "key_id": key_id,
            "senior_id": person.senior_id,
            "state": CardState.LIVE if gone is None else CardState.REVOKED,
            "issued_at": clock.at(card.issued_on, _ISSUED_AT_S),
            "revoked_at": None if gone is None else clock.at(gone, _ISSUED_AT_S),
            "reason": card.reason,
        }


def purse_rows(person: Person) -> Iterator[Row]:
    """Rows of ``purses``."""
    for purse in person.purses:
        yield {
            "purse_id": purse_id(person.senior_id, purse.kind),
            "senior_id": person.senior_id,
            "kind": purse.kind,
            "balance_fen": purse.balance_fen,
            "version": 1,
            "earmark": "",
            "expires_on": None,
            "held_fen": 0,
        }


def opening_rows(person: Person, *, day: date) -> Iterator[Row]:
    """Rows of ``postings`` that put the opening balances into the purses (an empty purse has none)."""
    for purse in person.purses:
        if purse.balance_fen:
            own = purse_id(person.senior_id, purse.kind)
            legs = [
                (f"purse:{own}", -purse.balance_fen),
                (f"opening:{purse.kind}", purse.balance_fen),
            ]
            yield from posting_rows(f"open:{own}", legs, day=day, kind="opening")


def standing_rows(person: Person) -> Iterator[Row]:
    """Rows of ``standing_orders``."""
    for order in person.orders:
        yield {
            "standing_id": f"SO-{person.senior_id}-{order.period[0]}",
            "senior_id": person.senior_id,
            "site_id": person.site_id,
            "period": order.period,
            "weekdays": order.weekdays,
            "home_delivery": order.home_delivery,
            "starts": order.starts,
            "ends": order.ends,
        }


def staff_row(login: DemoLogin, *, password_hash: str) -> Row:
    """A row of ``staff_users``."""
    return {
        "username": login.username,
        "display_name": login.display_name,
        "role": login.role,
        "scope": login.scope,
        "password_hash": password_hash,
        "locked": False,
    }
