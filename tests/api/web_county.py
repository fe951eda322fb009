"""A tiny county for the tests of the web side: two of everything, so that own and other can be told apart."""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from litestar import Litestar
from litestar.testing import TestClient
from sqlmodel import SQLModel, select

from api import clock
from api.app import create_app
from api.auth import SESSION_COOKIE, Role, csrf_token, token_hash
from api.charging import card_keys
from api.database import Database
from api.house import House
from api.migrate import migrate
from api.secrets import read_secrets
from api.settings import Settings
from api.tables import StaffSession, StaffUser
from kitchen import kinds
from kitchen import tables as k
from kitchen.day_tables import (
    Batch,
    ClosingCount,
    DayException,
    DayRecord,
    ForecastDay,
    KitchenReserve,
    Leak,
    PackLine,
    PurchaseLine,
    RouteStop,
)
from pos import kinds as pk
from pos import tables as p
from pos.card import CardCode, encode_card
from pos.ledger import posting_rows, purse_id
from pos.policies import policy_text

DAY = date(2026, 11, 20)
LUNCH = kinds.MealPeriod.LUNCH
PASSWORD = "right horse"
TOKENS = {role: f"{number:064x}" for number, role in enumerate(Role, start=1)}
SCOPES = {
    Role.CASHIER: "S1", Role.DRIVER: "V1", Role.KITCHEN: "K1", Role.TOWNSHIP: "330122001",
    Role.FAMILY: "E1",
}  # fmt: skip
# The same roles on the other side of the county, where a scope exists.
OTHER_SCOPES = {
    Role.CASHIER: "S2", Role.DRIVER: "V2", Role.KITCHEN: "K2", Role.TOWNSHIP: "330122002",
    Role.FAMILY: "E2",
}  # fmt: skip
LIVE_SERIAL, REVOKED_SERIAL = "00000000000a", "00000000000b"


@dataclass
class Web:
    """The served county."""

    house: House
    app: Litestar
    client: TestClient[Litestar]

    def as_role(self, role: Role, *, other: bool = False) -> dict[str, Any]:
        """Cookies and headers of a signed-in role, as keyword arguments of the client."""
        token = _token(role, other=other)
        return {
            "cookies": {SESSION_COOKIE: token},
            "headers": {"x-csrf-token": csrf_token(self.house, token)},
        }

    def get(self, path: str, role: Role | None = None, *, other: bool = False) -> Any:
        """GET without following redirects."""
        self.client.cookies.clear()
        who = self.as_role(role, other=other) if role else {}
        self.client.cookies.update(who.get("cookies", {}))
        return self.client.get(path, follow_redirects=False)

    def post(self, path: str, role: Role, *, other: bool = False, **how: Any) -> Any:
        """POST JSON with the header token."""
        who = self.as_role(role, other=other)
        self.client.cookies.clear()
        self.client.cookies.update(who["cookies"])
        headers = who["headers"] | how.pop("headers", {})
        return self.client.post(path, headers=headers, follow_redirects=False, **how)

    def form(self, path: str, role: Role, *, other: bool = False, **fields: Any) -> Any:
        """POST a form with the token in its field."""
        token = _token(role, other=other)
        self.client.cookies.clear()
        self.client.cookies.set(SESSION_COOKIE, token)
        data = {"csrf": csrf_token(self.house, token), **fields}
        return self.client.post(path, data=data, follow_redirects=False)

    def code(self, serial: str = LIVE_SERIAL) -> str:
        """The 49 digits of a card."""
        keys = card_keys(self.house)
        return encode_card(CardCode(serial, 1, keys.issuing_id), keys)

    def rows(self, table: type[SQLModel]) -> list[Any]:
        """Every row of a table."""
        with self.house.database.read() as session:
            return list(session.exec(select(table)).all())


def _token(role: Role, *, other: bool) -> str:
    return TOKENS[role][::-1] if other else TOKENS[role]


class OneFile:
    """A factory of one SQLite database, for runs that need no second kind."""

    def __init__(self, folder: Path) -> None:
        self._url = f"sqlite:///{folder / 'county.db'}"

    def url(self) -> str:
        """The address of its file."""
        return self._url

    def copy_of(self, database: Database) -> Database:
        """The database itself: there is one county only."""
        return database


# By the factory itself: the id of one that is gone may come again.
_filled: dict[Any, Database] = {}


@contextlib.contextmanager
def served(factory: Any, folder: Path) -> Iterator[Web]:
    """A running server over a fresh copy of the filled county."""
    if factory not in _filled:
        _filled[factory] = database = Database(factory.url())
        migrate(database)
        _fill(database)
    database = factory.copy_of(_filled[factory])
    settings = Settings(folder, database.url.render_as_string(hide_password=False), "zh")
    house = House(settings, database, read_secrets(settings.keys_file))
    app = create_app(house)
    with contextlib.closing(database), TestClient(app, raise_server_exceptions=False) as client:
        yield Web(house, app, client)


def _fill(database: Database) -> None:
    with database.write(actor="test", action="test.fill") as session:
        rows = (*_places(), *_people(), *_money(), *_day(), *_staff())
        by_table = {table: [row for row in rows if type(row) is table] for table in map(type, rows)}
        for same in by_table.values():  # first seen first: the order of the foreign keys
            session.add_all(same)
            session.flush()


def charge_body(**changes: Any) -> dict[str, Any]:
    """A guest's lunch at the till of S1."""
    body = {
        "charge_id": "c-1", "device_id": "T1", "epoch": 1, "counter": 1,
        "occurred_at": "2026-11-20T11:05:00+08:00", "period": "LUNCH",
        "basket": [{"name": "套餐", "category": "set", "unit_price_fen": 1500, "quantity": 1}],
    }  # fmt: skip
    return {key: value for key, value in {**body, **changes}.items() if value is not None}


def _site(site_id: str, kind: str, township: str, kitchen: str, **more: Any) -> k.Site:
    base = {
        "site_id": site_id, "name": f"{site_id}食堂", "kind": kind, "county_code": "330122",
        "township_code": township, "kitchen_id": kitchen, "lat": 29.8, "lon": 119.7,
        "position": kinds.Position.SURVEYED, "valid_from": date(2020, 1, 1), "phone": "0571-1",
        "door_note": "后门",
    }  # fmt: skip
    return k.Site(**{**base, **more})


def _places() -> list[SQLModel]:
    outline = [[119.5, 29.6], [119.9, 29.6], [119.9, 30.0], [119.5, 30.0]]
    rows: list[SQLModel] = [k.County(code="330122", name="桐庐县", outline=outline, source="t")]
    for n in ("1", "2"):
        code = f"33012200{n}"
        rows += [
            k.Township(code=code, county_code="330122", name=f"乡{n}", lat=29.8, lon=119.7, source="t"),
            k.Village(
                code=f"{code}001", township_code=code, name="村", urban_rural_class="220", lat=29.8,
                lon=119.7, position=kinds.Position.SURVEYED, source="t",
            ),
            _site(f"K{n}", "CENTRAL_KITCHEN", code, f"K{n}"),
            _site(f"S{n}", "SENIOR_CANTEEN", code, f"K{n}", lat=29.85, lon=119.6),
            k.SiteMeal(
                site_id=f"S{n}", period=LUNCH, weekdays="1111111", arrive_from_s=36_000,
                arrive_by_s=41_400, serve_until_s=46_800, set_price_fen=1500, short_cost_fen=300,
                waste_cost_fen=100,
            ),
            k.Driver(driver_id=f"D{n}", name="老周", phone="1"),
            k.Vehicle(
                vehicle_id=f"V{n}", kitchen_id=f"K{n}", plate=f"浙A{n}", type_id="van",
                capacity_boxes=40, fixed_cost_fen=1, cost_fen_per_km=1, narrow_ok=True,
                driver_id=f"D{n}", shift_from_s=0, shift_to_s=80_000,
            ),
            p.Device(device_id=f"T{n}", site_id=f"S{n}", epoch=1, name="till"),
        ]  # fmt: skip
    rows.append(k.Dish(dish_id="d1", name_zh="红烧肉", name_en="Braised pork", cells={"a": "b"}))
    rows.append(k.Ingredient(ingredient_id="i1", name_zh="猪肉", name_en="Pork", cells={"a": "b"}))
    return rows


def _people() -> list[SQLModel]:
    rows: list[SQLModel] = []
    for n in ("1", "2"):
        rows.append(
            p.Senior(
                senior_id=f"E{n}",
                name="张桂花",
                sex="F",
                birth_date=date(1950, 1, 1),
                id_number_cipher="secret-cipher",
                id_number_hash=f"h{n}",
                township_code=f"33012200{n}",
                village_code=f"33012200{n}001",
                site_id=f"S{n}",
                resident=True,
                hardship=pk.Hardship.DESTITUTE,
                care_level=pk.CareLevel.ABLE,
                lives_alone=True,
                diet="",
                state=pk.SeniorState.ACTIVE,
            )
        )
    now = clock.now()
    for serial, state in ((LIVE_SERIAL, "LIVE"), (REVOKED_SERIAL, "REVOKED")):
        rows.append(
            p.Card(serial=serial, issue_no=1, key_id=1, senior_id="E1", state=state, issued_at=now)
        )
    return rows


def _money() -> list[SQLModel]:
    text = policy_text("tonglu-demo")
    rows: list[SQLModel] = [
        p.PolicyVersion(
            policy_id="tonglu-demo",
            district="330122",
            effective_from=date(2022, 1, 1),
            text=text,
            sha256=hashlib.sha256(text.encode()).hexdigest(),
        )
    ]
    own = purse_id("E1", pk.PurseKind.OWN)
    rows.append(p.Purse(purse_id=own, senior_id="E1", kind=pk.PurseKind.OWN, balance_fen=5000))
    legs = [(f"purse:{own}", -5000), ("bank:county", 5000)]
    rows += [
        p.Posting(**row)
        for row in posting_rows("open-E1", legs, day=DAY - timedelta(days=1), kind="opening")
    ]
    return rows


def _day() -> list[SQLModel]:
    now = clock.now()
    rows: list[SQLModel] = [DayRecord(day=DAY, stages={"orders": "x"})]
    for n in ("1", "2"):
        at = {"site_id": f"S{n}", "day": DAY, "period": LUNCH}
        rows += [
            ForecastDay(
                **at, cutoff=DAY, mean_milli=10_000, median=10, q75=12, q90=14, q95=16,
                service_level_percent=75, proposed_portions=12, locked_portions=12,
                reasons=[{"kind": "level", "milli": 9500, "detail": ""}],
            ),
            RouteStop(
                **at, kitchen_id=f"K{n}", route_no=1, sequence=1, vehicle_id=f"V{n}",
                depart_s=36_000, arrive_s=37_800, arrive_by_s=41_400, boxes=1, loaded=12,
            ),
            PackLine(**at, variant="SOFT", kitchen_id=f"K{n}", quantity=12),
            ClosingCount(
                **at, served=1, left_over=0, wasted=0, turned_away=0, counted_by="t", counted_at=now
            ),
            Batch(
                batch_id=f"B{n}", kitchen_id=f"K{n}", day=DAY, period=LUNCH, slot="BIG_MEAT",
                dish_id="d1", low_salt=False, equipment="WOK-1", planned_portions=12, starts_s=28_800,
                ready_s=32_400, eat_by_s=46_800, made_portions=12, core_temp_dc=800,
            ),
            KitchenReserve(kitchen_id=f"K{n}", day=DAY, period=LUNCH, quantity=2),
            PurchaseLine(
                kitchen_id=f"K{n}", day=DAY, ingredient_id="i1", need_grams=500, stock_grams=0,
                packs=1, cost_fen=3000, order_by=DAY, supplier="供应商",
            ),
            k.MenuDish(kitchen_id=f"K{n}", day=DAY, period=LUNCH, slot="BIG_MEAT", dish_id="d1", position=1),
            k.MealOrder(
                order_id=f"O{n}", senior_id=f"E{n}", site_id=f"S{n}", day=DAY, period=LUNCH,
                home_delivery=False, variant="", source=kinds.OrderSource.PHONE,
                state=kinds.OrderState.DUE, placed_at=now,
            ),
            DayException(
                exception_id=f"x{n}", day=DAY, stage="close", code="arrival_short",
                subject=f"S{n}-LUNCH", severity="check", detail={"loaded": 12, "received": 11},
            ),
        ]  # fmt: skip
    rows.append(
        DayException(
            exception_id="x3",
            day=DAY,
            stage="menu",
            code="no_menu",
            subject="?",
            severity="blocking",
            detail={},
        )
    )
    rows.append(
        Leak(leak_id="l1", day=DAY, link="served", reason="left_over", subject="S1", quantity=1)
    )
    return rows


def _staff() -> list[SQLModel]:
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    now = clock.now()
    users, sessions = [], []
    for other, scopes in ((False, SCOPES), (True, OTHER_SCOPES)):
        for role in Role:
            name = f"{role}2" if other else str(role)
            users.append(
                StaffUser(
                    username=name,
                    display_name=f"某{role}",
                    role=role,
                    scope=scopes.get(role, ""),
                    password_hash=hashed,
                )
            )
            sessions.append(
                StaffSession(
                    token_hash=token_hash(_token(role, other=other)),
                    username=name,
                    started_at=now,
                    expires_at=now + timedelta(hours=1),
                )
            )
    return [*users, *sessions]
