"""What the tests of purses and grants share: the demo county's staff, people, and an independent look at money."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel, col, select

from api.auth import Person
from api.charging import charge
from api.house import House
from api.staff import staff_person
from api.verify import verify
from kitchen.kinds import MealPeriod
from kitchen.tables import SiteMeal
from pos.kinds import Buyer, PurseKind
from pos.ledger import posting_rows
from pos.money_tables import Movement
from pos.requests import BasketItem, ChargeRequest, OfflineNote
from pos.tables import Device, Posting, Purse, Senior

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


def staff(house: House, username: str) -> Person:
    """A member of the demo county's staff."""
    with house.database.read() as session:
        return staff_person(session, username)


def rows(house: House, table: type[SQLModel], *where: Any) -> list[Any]:
    """Stored rows."""
    with house.database.read() as session:
        return list(session.exec(select(table).where(*where)).all())


def people(house: House, site: str, *, kind: PurseKind | None = None) -> list[str]:
    """Senior ids of a site (with a purse of a kind), all alive and here."""
    query = sa.select(col(Senior.senior_id)).where(
        col(Senior.site_id) == site, col(Senior.state) == "ACTIVE"
    )
    if kind is not None:
        having = sa.select(col(Purse.senior_id)).where(col(Purse.kind) == kind)
        query = query.where(col(Senior.senior_id).in_(having))
    with house.database.read() as session:
        return list(session.scalars(query.order_by(col(Senior.senior_id))))


def purse(house: House, purse_id: str) -> Purse:
    """One stored purse."""
    (found,) = rows(house, Purse, col(Purse.purse_id) == purse_id)
    return found


def change(house: House, senior_id: str, **values: object) -> None:
    """A dated change of the register."""
    with house.database.write(actor="t", action="t") as session:
        senior = session.get_one(Senior, senior_id)
        for name, value in values.items():
            setattr(senior, name, value)


def stock(house: House, purse_id: str, fen: int, **values: Any) -> None:
    """Put a purse with money there, as an opening."""
    with house.database.write(actor="t", action="t") as session:
        session.add(Purse(**({"purse_id": purse_id, "balance_fen": fen} | values)))
        legs = [(f"purse:{purse_id}", -fen), ("opening:X", fen)]
        for row in posting_rows(f"open:{purse_id}", legs, day=TODAY, kind="opening"):
            session.add(Posting(**row))


def accounts(house: House) -> Counter[str]:
    """What every account holds (debit above zero), from movements' postings alone; empty ones are left out."""
    ids = {one.movement_id for one in rows(house, Movement)}
    sums: Counter[str] = Counter()
    for leg in rows(house, Posting):
        if leg.entry_id in ids:
            sums[leg.account] += leg.amount_fen
    return Counter({account: fen for account, fen in sums.items() if fen})


def sound(house: House) -> None:
    """The audit finds nothing, and no purse keeps aside more than it holds."""
    report = verify(house.database)
    assert report.findings == ()
    assert report.postings_sum_fen == 0
    assert all(p.held_fen <= p.balance_fen for p in rows(house, Purse))


def offline_meal(house: House, site: str, number: int, *, senior: str | None, cash: int) -> str:
    """A meal that a till sold off line for ``cash`` fen; its charge id."""
    with house.database.read() as session:
        price = session.get_one(SiteMeal, (site, MealPeriod.LUNCH)).set_price_fen
    till = rows(house, Device, col(Device.site_id) == site)[0]
    request = ChargeRequest(
        f"off-{number}", till.device_id, till.epoch, 100_000 + number,
        NOW + timedelta(minutes=number), MealPeriod.LUNCH,
        (BasketItem("套餐", "set", price),), senior_id=senior,
        buyer=Buyer.SENIOR if senior else Buyer.GUEST, purses=(),
        offline=OfflineNote(0, cash),
    )  # fmt: skip
    later = NOW + timedelta(hours=1)
    (answer,) = charge(house, [request], posted_at=later)
    assert answer.fate == "POSTED", answer
    return request.charge_id
