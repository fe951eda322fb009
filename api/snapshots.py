"""The card lists that tills hold off line: made per policy, kept for some days, handed out whole or as a delta."""

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlmodel import Session, col

from api import clock
from api.audit import insert_rows
from api.desk_reading import card_keys
from api.failures import NotFound
from api.house import House
from api.statements import Statement
from pos.age import birthday_reaching
from pos.card import CardCode, encode_card
from pos.errors import CardKeyUnknown
from pos.identify import GONE
from pos.kinds import CardState, CareLevel, Hardship, PurseKind
from pos.money_tables import CardSnapshot, PlanMonth
from pos.policy import Policy, SpendScope
from pos.quote import Diner
from pos.snapshot import (
    NO_FLAG,
    CardEntry,
    Flag,
    Header,
    Limits,
    digest,
    entry_bytes,
    pack,
    sign_delta,
    sign_snapshot,
)
from pos.standing import standing_of
from pos.tables import Card, Purse, Senior

KEPT = 7
"""Lists kept per policy: a till that holds an older one gets the whole list."""
REFRESH = timedelta(hours=1)
"""How old the newest list may be before a greeting makes another; balances change with every meal."""
SPEND_FEN = 4_000
"""Most that a card's purses may pay off line, whatever they hold (fen)."""
ENTRY_BYTES = 20
LAST_DAY = date(2199, 6, 6)
"""The last day that an entry's two bytes can say: for good."""
_LABEL = b"nuanzao snapshot signing v1"
_OLDEST = 130


@dataclass(frozen=True, slots=True)
class NewestList:
    """The newest card list of a policy."""

    policy_id: str
    seq: int
    made_at: datetime


def signing_key(house: House) -> Ed25519PrivateKey:
    """The key that signs card lists: derived, so that a backup of the keys is enough to have it again."""
    return _derived(house.secrets.seal_key)


@lru_cache(maxsize=8)
def _derived(seal_key: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hmac.digest(seal_key, _LABEL, "sha256"))


def public_key(house: House) -> str:
    """The public half of that key: 64 hexadecimal digits."""
    return _public_key(house.secrets.seal_key)


@lru_cache(maxsize=8)
def _public_key(seal_key: bytes) -> str:
    public = _derived(seal_key).public_key()
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def newest_list(
    house: House, policy: Policy, *, now: datetime, refresh: timedelta = REFRESH
) -> NewestList:
    """The newest list of a policy; one older than ``refresh`` is made again.

    Its number grows only when an entry changed or a day has passed.
    """
    with house.database.read() as session:
        found = _newest(session, policy.policy_id)
    if found is not None and now - found.made_at < refresh:
        return found
    with house.database.write(actor="snapshots", action="snapshot.make") as session:
        return _make(session, house, policy, now=now)


_LISTS = Statement(
    lambda _: sa.select(
        sa.func.max(col(CardSnapshot.seq)), sa.func.max(col(CardSnapshot.made_at))
    ).where(col(CardSnapshot.policy_id) == sa.bindparam("policy", type_=sa.String()))
)


def _newest(session: Session, policy_id: str) -> NewestList | None:
    seq, made_at = _LISTS.rows(session, policy=policy_id)[0]
    return None if seq is None else NewestList(policy_id, seq, made_at)


def _make(session: Session, house: House, policy: Policy, *, now: datetime) -> NewestList:
    older = session.scalars(
        sa.select(CardSnapshot)
        .where(col(CardSnapshot.policy_id) == policy.policy_id)
        .order_by(col(CardSnapshot.seq).desc())
    ).all()
    day = clock.business_day(now)
    entries = pack(card_entries(session, house, policy, day=day))
    newest = older[0] if older else None
    sha256 = digest(entries)
    if newest is not None and newest.sha256 == sha256 and clock.business_day(newest.made_at) == day:
        return NewestList(policy.policy_id, newest.seq, newest.made_at)
    seq = newest.seq + 1 if newest else 1
    for row in older[KEPT - 1 :]:
        session.delete(row)
    row_of_list = {
        "policy_id": policy.policy_id, "seq": seq, "made_at": now,
        "cards": len(entries) // ENTRY_BYTES, "entries": entries, "sha256": sha256,
    }  # fmt: skip
    insert_rows(session, CardSnapshot, [row_of_list])
    return NewestList(policy.policy_id, seq, now)


def list_bytes(house: House, policy: Policy, *, county: str, have: int = 0) -> bytes:
    """The newest list, signed: what changed since list ``have`` if that is still kept, else all of it.

    Raises:
        NotFound: no list was made yet.
    """
    with house.database.read() as session:
        rows = _TWO.rows(session, policy=policy.policy_id, have=have)
    found = [_Stored(*row) for row in rows]
    if not found:
        raise NotFound("card list", policy.policy_id)
    newest, held = found[0], next((one for one in found if one.seq == have), None)
    header = Header(
        county, policy.policy_id, newest.seq, newest.made_at, newest.cards, newest.sha256, Limits(),
        held.seq if held else 0,
    )  # fmt: skip
    if held is None:
        return sign_snapshot(header, newest.entries, signing_key(house))
    return sign_delta(header, held.entries, newest.entries, signing_key(house))


def _two_lists(_dialect: str) -> Any:
    """The newest list of a policy and another one, newest first."""
    mine = col(CardSnapshot.policy_id) == sa.bindparam("policy", type_=sa.String())
    highest = sa.select(sa.func.max(col(CardSnapshot.seq))).where(mine).scalar_subquery()
    held = col(CardSnapshot.seq) == sa.bindparam("have", type_=sa.Integer())
    columns = (
        col(CardSnapshot.seq), col(CardSnapshot.made_at), col(CardSnapshot.cards),
        col(CardSnapshot.entries), col(CardSnapshot.sha256),
    )  # fmt: skip
    query = sa.select(*columns).where(mine, sa.or_(col(CardSnapshot.seq) == highest, held))
    return query.order_by(col(CardSnapshot.seq).desc())


_TWO = Statement(_two_lists)


class _Stored(NamedTuple):
    """A list as it is kept."""

    seq: int
    made_at: datetime
    cards: int
    entries: bytes
    sha256: str


def card_entries(session: Session, house: House, policy: Policy, *, day: date) -> Iterator[bytes]:
    """The entry of every live card whose owner may be served; cards under a key that is gone open nothing."""
    keys, spend = card_keys(house), _spendable(session, policy, day)
    planned = _planned(session, policy, day)
    for card, senior_id, diner in _owners(session, day):
        try:
            code = encode_card(card, keys)
        except CardKeyUnknown:
            continue
        standing = standing_of(diner, day, policy)
        yield entry_bytes(
            code,
            CardEntry(
                standing.tier,
                min(spend.get(senior_id, 0), SPEND_FEN),
                _last_day(diner, day, policy),
                flags=Flag.ON_PLAN if senior_id in planned else NO_FLAG,
            ),
        )


def _owners(session: Session, day: date) -> Iterator[tuple[CardCode, str, Diner]]:
    """Live cards with their owners, without those who are dead or have moved away by the day."""
    rows = session.execute(
        sa.select(
            col(Card.serial), col(Card.issue_no), col(Card.key_id), col(Senior.senior_id),
            col(Senior.birth_date), col(Senior.resident), col(Senior.hardship),
            col(Senior.care_level), col(Senior.state), col(Senior.state_since),
        )
        .join(Senior, col(Senior.senior_id) == col(Card.senior_id))
        .where(col(Card.state) == CardState.LIVE)
    )  # fmt: skip
    for serial, issue_no, key_id, senior_id, birth, resident, hardship, care, state, since in rows:
        if state in GONE and (since is None or since <= day):
            continue
        diner = Diner(birth, resident, Hardship(hardship), CareLevel(care))
        yield CardCode(serial, issue_no, key_id), senior_id, diner


def _spendable(session: Session, policy: Policy, day: date) -> Mapping[str, int]:
    """What own money and allowance hold for meals on a day (fen), by senior."""
    kinds = [PurseKind.OWN]
    if SpendScope.MEALS in policy.allowance.scopes:
        kinds.append(PurseKind.ALLOWANCE)
    free: Any = sa.func.sum(col(Purse.balance_fen) - col(Purse.held_fen))
    rows = session.execute(
        sa.select(col(Purse.senior_id), free)
        .where(
            col(Purse.kind).in_([kind for kind in kinds if kind in policy.purse_order]),
            sa.or_(col(Purse.expires_on).is_(None), col(Purse.expires_on) >= day),
        )
        .group_by(col(Purse.senior_id))
    )
    return {str(senior): max(0, int(fen)) for senior, fen in rows}


def _planned(session: Session, policy: Policy, day: date) -> frozenset[str]:
    if policy.plan is None:
        return frozenset()
    month = col(PlanMonth.month) == f"{day:%Y-%m}"
    return frozenset(session.scalars(sa.select(col(PlanMonth.senior_id)).where(month)))


def _last_day(diner: Diner, day: date, policy: Policy) -> date:
    """The last day on which an entry still says the truth: before the birthday that changes the tier."""
    ages = _changing_ages(diner, policy)
    days = (birthday_reaching(diner.birth_date, age) - timedelta(days=1) for age in ages)
    last = min((end for end in days if end >= day), default=LAST_DAY)
    return min(last, policy.effective_to or LAST_DAY)


_ages: dict[tuple[object, ...], tuple[int, ...]] = {}


def _changing_ages(diner: Diner, policy: Policy) -> tuple[int, ...]:
    """The ages at which a person of these grounds changes tier; reckoned once per policy and grounds."""
    grounds = (diner.resident, diner.hardship, diner.care)
    key = (policy.policy_id, policy.eligible_age, policy.resident_only, policy.tiers, *grounds)
    if key not in _ages:
        _ages[key] = tuple(_reckoned_ages(diner, policy))
    return _ages[key]


def _reckoned_ages(diner: Diner, policy: Policy) -> Iterator[int]:
    """Ask for somebody of every age, on the first day of the policy."""
    day, before = policy.effective_from, None
    for age in range(_OLDEST):
        somebody = replace(diner, birth_date=date(day.year - age, 1, 1))
        tier = standing_of(somebody, day, policy).tier
        if age and tier != before:
            yield age
        before = tier
