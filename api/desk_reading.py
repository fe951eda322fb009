"""Everything a batch of requests may touch, read with one statement per table: the till's desk.

All writers of a database stand in line behind the audit chain's head (``audit.lock_head``), so what is read here
cannot change before the batch is written, and no further lock is needed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlmodel import Session, col

from api.history_reading import RIGHTS, read_rights, read_sold, whole_charges
from api.house import House
from api.order_reading import charged_orders_of, holds_of, orders_of, references_of
from api.statements import AnyOf, Statement, ask_ahead
from kitchen.day_tables import DayRecord
from kitchen.kinds import MealPeriod
from kitchen.tables import Site
from pos.card import KeyRing, claimed_serial
from pos.desk import CardFact, Desk, Member, PurseFact, Sale, TillFact
from pos.kinds import (
    CardState,
    CareLevel,
    DeviceState,
    Hardship,
    PurseKind,
    SeniorState,
)
from pos.money_tables import PlanMonth
from pos.policy import Policy, Scope
from pos.policy_load import load_policy
from pos.quote import Diner
from pos.requests import ChargeRequest, ReversalRequest
from pos.tables import (
    Card,
    Charge,
    Device,
    PolicyVersion,
    Posting,
    Purse,
    Refusal,
    Senior,
    SiteClose,
)

_parsed: dict[tuple[str, str], Policy] = {}


@dataclass(frozen=True, slots=True)
class _Names:
    """The ids a batch speaks of."""

    devices: set[str]
    charges: set[str]
    cards: set[str]
    seniors: set[str]
    orders: set[str]
    days: set[date]
    origins: set[str]
    references: set[str]
    voids: set[str]
    offline: bool


def read_desk(session: Session, sales: Sequence[Sale], house: House, *, now: datetime) -> Desk:
    """The desk of a batch."""
    keys = card_keys(house)
    names = _names(sales)
    _ask_first(session, names, sales)
    cards = _cards(session, names.cards)
    names.seniors.update(card.senior_id for card in cards.values())
    origins = whole_charges(session, names.origins)
    names.seniors.update(row["senior_id"] for row in origins if row["senior_id"])
    names.days.update(row["business_day"] for row in origins)
    names.orders.update(row["order_id"] for row in origins if row["order_id"])
    tills = _tills(session, names.devices)
    policies = stored_policies(session)
    sites = {till.site_id for till in tills.values()}
    _ask_of_people(session, names, sites)
    desk = Desk(
        tills=tills,
        members=_members(session, names.seniors),
        cards=cards,
        policies=policies,
        keys=keys,
        now=now,
        purses=_purses(session, names.seniors),
        known=_known(session, names.charges),
        counters=_counters(session, sales),
        orders=orders_of(session, names.orders),
        charged_orders=charged_orders_of(session, names.orders),
        holds=holds_of(session, names.orders),
        closed_days=_closed_days(session, names.days),
        closed=_closed(session, sites, names.days),
        plans=_plans(session, names, policies),
        references=references_of(session, names.references),
        trusted=house.trusted,
    )
    read_rights(session, names.seniors, names.days, desk)
    read_sold(session, origins, desk, offline=names.offline, voids=names.voids)
    return desk


def _ask_first(session: Session, names: _Names, sales: Sequence[Sale]) -> None:
    """What needs the requests only, in one trip."""
    asked: list[tuple[Statement, dict[str, Any]]] = [
        (_POLICIES, {}),
        (_TILLS, {"devices": names.devices}),
        (_STORED, {"charges": names.charges}),
        (_COUNTERS, {"places": _places_text(session, sales)}),
    ]
    if names.cards:
        asked.append((_CARDS, {"serials": names.cards}))
    ask_ahead(session, *asked)


def _ask_of_people(session: Session, names: _Names, sites: Collection[str]) -> None:
    """What needs to know who the cards belong to, in one trip."""
    asked: list[tuple[Statement, dict[str, Any]]] = [
        (_CLOSED_DAYS, {"days": names.days}),
        (_CLOSED, {"sites": sites, "days": names.days}),
    ]
    if names.seniors:
        people = {"seniors": names.seniors}
        asked += [(_SENIORS, people), (_PURSES, people), (RIGHTS, people | {"days": names.days})]
    ask_ahead(session, *asked)


def _names(sales: Sequence[Sale]) -> _Names:
    charges = [s.request for s in sales if isinstance(s.request, ChargeRequest)]
    reversals = [s.request for s in sales if isinstance(s.request, ReversalRequest)]
    return _Names(
        devices={sale.request.device_id for sale in sales},
        charges={s.request.charge_id for s in sales} | {r.origin_id for r in reversals},
        cards={s for s in (claimed_serial(r.card_code) for r in charges if r.card_code) if s},
        seniors={request.senior_id for request in charges if request.senior_id},
        orders={request.order_id for request in charges if request.order_id},
        days={sale.day for sale in sales},
        origins={request.origin_id for request in reversals},
        references={part.reference for sale in sales for part in sale.request.outside},
        voids={request.origin_id for request in reversals if request.void},
        offline=any(request.offline for request in charges),
    )


def card_keys(house: House) -> KeyRing:
    """The key ring of this installation."""
    return KeyRing(house.secrets.card_key_id, house.secrets.card_keys)


_POLICIES = Statement(lambda _: sa.select(col(PolicyVersion.policy_id), col(PolicyVersion.sha256)))


def stored_policies(session: Session) -> list[Policy]:
    """Every policy version of the database; each text is parsed once per program."""
    keys = [(policy_id, sha256) for policy_id, sha256 in _POLICIES.rows(session)]
    missing = [policy_id for policy_id, sha256 in keys if (policy_id, sha256) not in _parsed]
    if missing:
        where = col(PolicyVersion.policy_id).in_(missing)
        for row in session.scalars(sa.select(PolicyVersion).where(where)):
            _parsed[row.policy_id, row.sha256] = load_policy(row.text, origin=row.policy_id)
    return [_parsed[key] for key in keys]


_CARDS = Statement(
    lambda _: sa.select(
        col(Card.serial), col(Card.issue_no), col(Card.senior_id), col(Card.state),
        col(Card.revoked_at),
    ).where(AnyOf(Card.serial, "serials"))
)  # fmt: skip


def _cards(session: Session, serials: Collection[str]) -> dict[tuple[str, int], CardFact]:
    if not serials:
        return {}
    return {
        (serial, issue): CardFact(serial, issue, senior, CardState(state), revoked_at)
        for serial, issue, senior, state, revoked_at in _CARDS.rows(session, serials=serials)
    }


_SENIORS = Statement(
    lambda _: sa.select(
        col(Senior.senior_id), col(Senior.birth_date), col(Senior.resident), col(Senior.hardship),
        col(Senior.care_level), col(Senior.state), col(Senior.state_since),
    ).where(AnyOf(Senior.senior_id, "seniors"))
)  # fmt: skip


def _members(session: Session, seniors: Collection[str]) -> dict[str, Member]:
    if not seniors:
        return {}
    return {
        senior_id: Member(
            senior_id,
            Diner(birth, resident, Hardship(hardship), CareLevel(care)),
            SeniorState(state),
            since,
        )
        for senior_id, birth, resident, hardship, care, state, since in _SENIORS.rows(
            session, seniors=seniors
        )
    }


def member_of(senior: Senior) -> Member:
    """The senior as the till's rules know them."""
    diner = Diner(
        senior.birth_date,
        senior.resident,
        Hardship(senior.hardship),
        CareLevel(senior.care_level),
    )
    return Member(senior.senior_id, diner, SeniorState(senior.state), senior.state_since)


_PURSES = Statement(
    lambda _: (
        sa.select(Purse).where(AnyOf(Purse.senior_id, "seniors")).order_by(col(Purse.purse_id))
    )
)
_PURSE_NAMES = [column.key for column in sa.inspect(Purse).columns]
PURSE_ROWS = "purse_rows"
"""Where a session keeps the purses it has read, by id, so that writing them need not read them again."""


def _purses(session: Session, seniors: Collection[str]) -> dict[str, list[PurseFact]]:
    held: dict[str, list[PurseFact]] = defaultdict(list)
    rows = _PURSES.rows(session, seniors=seniors) if seniors else []
    stored = session.info[PURSE_ROWS] = {
        row[0]: dict(zip(_PURSE_NAMES, row, strict=True)) for row in rows
    }
    for one in stored.values():
        held[one["senior_id"]].append(
            PurseFact(
                one["purse_id"], one["senior_id"], PurseKind(one["kind"]), one["balance_fen"],
                one["held_fen"], one["expires_on"],
            )
        )  # fmt: skip
    return held


_TILLS = Statement(
    lambda _: (
        sa.select(
            col(Device.device_id), col(Device.epoch), col(Device.state), col(Site.site_id),
            col(Site.township_code), col(Site.county_code),
        )
        .join(Site, col(Site.site_id) == col(Device.site_id))
        .where(AnyOf(Device.device_id, "devices"))
    )
)  # fmt: skip


def _tills(session: Session, devices: Collection[str]) -> dict[str, TillFact]:
    return {
        device: TillFact(device, epoch, site, scopes_of(site, town, county), DeviceState(state))
        for device, epoch, state, site, town, county in _TILLS.rows(session, devices=devices)
    }


def places_of(site: Site) -> tuple[tuple[Scope, str], ...]:
    """Where to look for the policy of a site, narrowest first."""
    return scopes_of(site.site_id, site.township_code, site.county_code)


def scopes_of(site_id: str, township: str, county: str) -> tuple[tuple[Scope, str], ...]:
    """``places_of`` for who knows the codes only."""
    return (
        (Scope.SITE, site_id),
        (Scope.TOWNSHIP, township),
        (Scope.COUNTY, county),
        (Scope.CITY, county[:4] + "00"),
    )


def _stored_ids(_dialect: str) -> sa.Select[Any]:
    """Charges and refusals by their ids, after whatever else in the ledger has such an id."""
    first_legs: Any = sa.select(col(Posting.entry_id), sa.literal_column("''").label("hash")).where(
        AnyOf(Posting.entry_id, "charges"), col(Posting.leg) == sa.literal_column("1")
    )
    parts = (
        sa.select(col(table.charge_id), col(table.content_hash)).where(
            AnyOf(table.charge_id, "charges")
        )
        for table in (Charge, Refusal)
    )
    return sa.select(*sa.union_all(first_legs, *parts).subquery().c)


_STORED = Statement(_stored_ids)


def _known(session: Session, charges: Collection[str]) -> dict[str, str]:
    rows = _STORED.rows(session, charges=charges)
    # What is no charge has no hash: a charge's own comes after it.
    return {one: str(digest) for one, digest in sorted(rows, key=lambda row: str(row[1]))}


def _used_counters(dialect: str) -> sa.Select[Any]:
    """Charges and refusals at any (device, epoch, counter) of a JSON list, refusals first."""
    asked = sa.bindparam("places", type_=sa.String())
    if dialect == "sqlite":
        each = sa.func.json_each(asked).table_valued("value")
        place: list[Any] = [
            sa.func.json_extract(each.c.value, sa.literal_column(f"'$[{i}]'")) for i in range(3)
        ]
    else:
        named = (sa.column("d", sa.String()), sa.column("e", sa.Integer()))
        each = sa.func.json_to_recordset(sa.cast(asked, sa.JSON())).table_valued(
            *named, sa.column("n", sa.Integer())
        )
        each = each.render_derived(with_types=True)
        place = [each.c.d, each.c.e, each.c.n]
    parts = [
        sa.select(col(table.device_id), col(table.epoch), col(table.counter), col(table.charge_id))
        .select_from(each)
        .join(
            table,
            sa.and_(
                col(table.device_id) == place[0],
                col(table.epoch) == place[1],
                col(table.counter) == place[2],
            ),
        )
        for table in (Refusal, Charge)
    ]
    return sa.select(*sa.union_all(*parts).subquery().c)


_COUNTERS = Statement(_used_counters)


def _counters(session: Session, sales: Iterable[Sale]) -> dict[tuple[str, int, int], str]:
    """Which (device, epoch, counter) of the batch were used before."""
    rows = _COUNTERS.rows(session, places=_places_text(session, sales))
    return {(device, epoch, counter): one for device, epoch, counter, one in rows}


def _places_text(session: Session, sales: Iterable[Sale]) -> str:
    """The (device, epoch, counter) of a batch as the dialect's JSON."""
    asked = sorted({(s.request.device_id, s.request.epoch, s.request.counter) for s in sales})
    if session.connection().dialect.name == "sqlite":
        return msgspec.json.encode(asked).decode()
    named = [{"d": device, "e": epoch, "n": counter} for device, epoch, counter in asked]
    return msgspec.json.encode(named).decode()


_CLOSED_DAYS = Statement(
    lambda _: sa.select(col(DayRecord.day)).where(
        AnyOf(DayRecord.day, "days"), col(DayRecord.closed_at).is_not(None)
    )
)
_CLOSED = Statement(
    lambda _: sa.select(col(SiteClose.site_id), col(SiteClose.day), col(SiteClose.period)).where(
        AnyOf(SiteClose.site_id, "sites"), AnyOf(SiteClose.day, "days")
    )
)


def _closed_days(session: Session, days: Collection[date]) -> frozenset[date]:
    return frozenset(day for (day,) in _CLOSED_DAYS.rows(session, days=days))


def _closed(
    session: Session, sites: Collection[str], days: Collection[date]
) -> frozenset[tuple[str, date, MealPeriod]]:
    rows = _CLOSED.rows(session, sites=sites, days=days)
    return frozenset((site, day, MealPeriod(period)) for site, day, period in rows)


def _plans(
    session: Session, names: _Names, policies: Iterable[Policy]
) -> frozenset[tuple[str, str]]:
    if not names.seniors or all(policy.plan is None for policy in policies):
        return frozenset()
    rows = session.execute(
        sa.select(col(PlanMonth.senior_id), col(PlanMonth.month)).where(
            col(PlanMonth.senior_id).in_(names.seniors),
            col(PlanMonth.month).in_({f"{day:%Y-%m}" for day in names.days}),
        )
    )
    return frozenset((senior, month) for senior, month in rows)
