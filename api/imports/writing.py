"""The one place that writes what an import decided; rows name every column, for the audit chain."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, SQLModel

from api.audit import insert_rows
from api.imports.orders import OrderRow
from api.imports.people import PersonRow
from api.imports.places import PlaceRow
from api.imports.vehicles import VehicleRow
from api.secrets import Secrets
from kitchen.tables import Driver, Site, SiteMeal, StandingOrder, Vehicle
from pos.kinds import PurseKind
from pos.ledger import purse_id
from pos.tables import Purse, Senior

CHUNK = 2_000
# Referenced tables first.
_ORDER: tuple[type[SQLModel], ...] = (
    Site, SiteMeal, Senior, Purse, StandingOrder, Driver, Vehicle,
)  # fmt: skip
Row = Mapping[str, Any]
GoodRow = PersonRow | PlaceRow | OrderRow | VehicleRow


def write_rows(session: Session, rows: Sequence[GoodRow], secrets: Secrets) -> None:
    """Write all good rows of one list inside the open transaction."""
    for start in range(0, len(rows), CHUNK):
        filled: dict[type[SQLModel], list[Row]] = {}
        for row in rows[start : start + CHUNK]:
            for table, values in _table_rows(row, secrets):
                filled.setdefault(table, []).append(values)
        for table in _ORDER:
            insert_rows(session, table, filled.get(table, []))


def _table_rows(row: GoodRow, secrets: Secrets) -> list[tuple[type[SQLModel], Row]]:
    """The table rows of one good row."""
    if isinstance(row, PersonRow):
        return [(Senior, senior_row(row, secrets)), (Purse, purse_row(row.senior_id))]
    if isinstance(row, PlaceRow):
        meals = [(SiteMeal, values) for values in site_meal_rows(row)]
        return [(Site, site_row(row)), *meals]
    if isinstance(row, OrderRow):
        return [(StandingOrder, order_row(row))]
    driver = [(Driver, driver_row(row))] if row.new_driver else []
    return [*driver, (Vehicle, vehicle_row(row))]


def senior_row(row: PersonRow, secrets: Secrets) -> Row:
    """A row of ``seniors``: the ID number sealed and hashed."""
    return {
        "senior_id": row.senior_id,
        "name": row.name,
        "sex": row.sex,
        "birth_date": row.birth_date,
        "id_number_cipher": secrets.seal_id(row.id_number),
        "id_number_hash": secrets.search_hash(row.id_number),
        "township_code": row.township_code,
        "village_code": row.village_code,
        "site_id": row.site_id,
        "resident": row.resident,
        "hardship": row.hardship,
        "care_level": row.care_level,
        "lives_alone": row.lives_alone,
        "diet": row.diet,
        "phone": row.phone,
        "door_note": row.door_note,
        "lat": row.lat,
        "lon": row.lon,
        "state": row.state,
        "state_since": row.state_since,
    }


def purse_row(senior_id: str) -> Row:
    """A row of ``purses``: the senior's own, with nothing in it."""
    return {
        "purse_id": purse_id(senior_id, PurseKind.OWN),
        "senior_id": senior_id,
        "kind": PurseKind.OWN,
        "balance_fen": 0,
        "version": 1,
        "earmark": "",
        "expires_on": None,
        "held_fen": 0,
    }


def site_row(row: PlaceRow) -> Row:
    """A row of ``sites``."""
    return {
        "site_id": row.site_id,
        "name": row.name,
        "kind": row.kind,
        "county_code": row.county_code,
        "township_code": row.township_code,
        "village_code": row.village_code,
        "kitchen_id": row.kitchen_id,
        "lat": row.lat,
        "lon": row.lon,
        "position": row.position,
        "narrow_road": row.narrow_road,
        "door_note": row.door_note,
        "phone": row.phone,
        "stars": row.stars,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
    }


def site_meal_rows(row: PlaceRow) -> list[Row]:
    """Rows of ``site_meals``; none for a place that only cooks."""
    return [
        {
            "site_id": row.site_id,
            "period": meal.period,
            "weekdays": meal.weekdays,
            "arrive_from_s": meal.arrive_from_s,
            "arrive_by_s": meal.arrive_by_s,
            "serve_until_s": meal.serve_until_s,
            "set_price_fen": meal.set_price_fen,
            "short_cost_fen": meal.short_cost_fen,
            "waste_cost_fen": meal.waste_cost_fen,
        }
        for meal in row.meals
    ]


def order_row(row: OrderRow) -> Row:
    """A row of ``standing_orders``."""
    return {
        "standing_id": row.standing_id,
        "senior_id": row.senior_id,
        "site_id": row.site_id,
        "period": row.period,
        "weekdays": row.weekdays,
        "home_delivery": row.home_delivery,
        "starts": row.starts,
        "ends": row.ends,
    }


def driver_row(row: VehicleRow) -> Row:
    """A row of ``drivers``."""
    driver = row.driver
    return {"driver_id": driver.driver_id, "name": driver.name, "phone": driver.phone}


def vehicle_row(row: VehicleRow) -> Row:
    """A row of ``vehicles``."""
    return {
        "vehicle_id": row.vehicle_id,
        "kitchen_id": row.kitchen_id,
        "plate": row.plate,
        "type_id": row.type_id,
        "capacity_boxes": row.capacity_boxes,
        "fixed_cost_fen": row.fixed_cost_fen,
        "cost_fen_per_km": row.cost_fen_per_km,
        "narrow_ok": row.narrow_ok,
        "driver_id": row.driver.driver_id,
        "shift_from_s": row.shift_from_s,
        "shift_to_s": row.shift_to_s,
    }
