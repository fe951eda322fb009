"""The small counties that scenarios happen in: made once as files, copied for every scenario."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

from api.database import Database
from api.migrate import migrate
from api.simulation.told import Person
from kitchen import kinds
from kitchen import tables as k
from pos import tables as p
from pos.kinds import CardState, CareLevel, Hardship, PurseKind, SeniorState
from pos.ledger import purse_id
from pos.policies import policy_text
from pos.policy_load import load_policy, policy_digest

FIRST_DAY = date(2026, 11, 23)
TOWN, VILLAGE = "330122001", "330122001001"
# Each county: the policies it runs, and its sites. One site has a policy of its own.
COUNTIES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("tonglu-demo",), ("S1", "S2", "S3")),
    (("tonglu-demo", "dinglan"), ("S1", "S2", "example-dinglan")),
    (("hangzhou-default",), ("S1", "S2", "S3")),
)
MOST_TILLS, MOST_PEOPLE = 20, 40
KEYS = {"seal_key": "5a" * 32, "search_key": "5b" * 32}


@dataclass(frozen=True, slots=True)
class Elder:
    """A person with a card and what the purses hold at the start (fen)."""

    person: Person
    serial: str
    own_fen: int
    allowance_fen: int


@dataclass(frozen=True, slots=True)
class County:
    """A made county: its file, sites with their policies, tills by site, and people."""

    path: Path
    policies: dict[str, str]
    tills: dict[str, str]
    elders: tuple[Elder, ...]
    opening_fen: dict[str, int]


def make_counties(folder: Path) -> list[County]:
    """Write the counties' files into a folder."""
    return [_make(folder / f"county-{number}.db", number) for number in range(len(COUNTIES))]


def key_file(*, rotated: bool) -> str:
    """The text of a key file with one card key, or two and the second in use."""
    card_keys = {"1": "c1" * 32} | ({"2": "c2" * 32} if rotated else {})
    return json.dumps(KEYS | {"card_keys": card_keys, "card_key_id": 2 if rotated else 1})


def _make(path: Path, number: int) -> County:
    names, sites = COUNTIES[number]
    chance = random.Random(number)  # noqa: S311  # a made-up county, the same every time
    elders = tuple(_elder(index, chance) for index in range(MOST_PEOPLE))
    tills = {f"T{i:02d}": sites[i % len(sites)] for i in range(MOST_TILLS)}
    main = load_policy(policy_text(names[0]), origin=names[0]).policy_id
    policies = {site: "dinglan-example" if site.startswith("example") else main for site in sites}
    database = Database(f"sqlite:///{path}")
    migrate(database)
    with database.write(actor="simulation", action="county.make") as session:
        for rows in (*_places(sites), _policies(names), _tills(tills), *_people(elders)):
            session.add_all(rows)
            session.flush()
    database.close()
    opening = {purse: fen for elder in elders for purse, fen in _purses_of(elder)}
    return County(path, policies, tills, elders, opening)


def _elder(index: int, chance: random.Random) -> Elder:
    """Some have the birthday that changes their tier within the simulated days."""
    age = chance.choice((59, 60, 65, 71, 79, 80, 84, 89, 90, 96))
    shift = chance.randrange(1, 300)
    born = FIRST_DAY.replace(year=FIRST_DAY.year - age) - timedelta(days=shift)
    if age in {59, 79, 89}:
        years = FIRST_DAY.year - age - 1
        born = (FIRST_DAY + timedelta(days=chance.randrange(1, 3))).replace(year=years)
    person = Person(f"E{index:02d}", born, resident=chance.random() < 0.9)
    own_fen = chance.choice((0, 500, 3000, 20000))
    return Elder(person, f"{index + 1:012x}", own_fen, chance.choice((0, 0, 1500)))


def _purses_of(elder: Elder) -> Iterator[tuple[str, int]]:
    yield purse_id(elder.person.senior_id, PurseKind.OWN), elder.own_fen
    if elder.allowance_fen:
        yield purse_id(elder.person.senior_id, PurseKind.ALLOWANCE), elder.allowance_fen


def _places(sites: Sequence[str]) -> Iterator[list[SQLModel]]:
    at: dict[str, Any] = {"lat": 29.8, "lon": 119.7}
    surveyed = kinds.Position.SURVEYED
    yield [k.County(code="330122", name="桐庐县", outline=[], source="simulation")]
    yield [k.Township(code=TOWN, county_code="330122", name="乡", source="simulation", **at)]
    yield [
        k.Village(
            code=VILLAGE, township_code=TOWN, name="村", urban_rural_class="220",
            position=surveyed, source="simulation", **at,
        )
    ]  # fmt: skip
    yield [
        k.Site(
            site_id=site_id, name=site_id, kind=kinds.SiteKind.CENTRAL_KITCHEN, county_code="330122",
            township_code=TOWN, kitchen_id=site_id, position=surveyed, valid_from=date(2020, 1, 1),
            phone="", door_note="", **at,
        )
        for site_id in sites
    ]  # fmt: skip


def _policies(names: Sequence[str]) -> list[SQLModel]:
    rows: list[SQLModel] = []
    for name in names:
        text = policy_text(name)
        policy = load_policy(text, origin=name)
        rows.append(
            p.PolicyVersion(
                policy_id=policy.policy_id, district=policy.district,
                effective_from=policy.effective_from, effective_to=policy.effective_to, text=text,
                sha256=policy_digest(text),
            )
        )  # fmt: skip
    return rows


def _tills(tills: dict[str, str]) -> list[SQLModel]:
    return [p.Device(device_id=t, site_id=s, epoch=1, name=t) for t, s in tills.items()]


def _people(elders: Sequence[Elder]) -> Iterator[list[SQLModel]]:
    yield [_senior(elder) for elder in elders]
    issued = datetime(2026, 1, 1, tzinfo=UTC)
    yield [
        p.Card(
            serial=elder.serial, issue_no=1, key_id=1, senior_id=elder.person.senior_id,
            state=CardState.LIVE, issued_at=issued,
        )
        for elder in elders
    ]  # fmt: skip
    yield [
        p.Purse(
            purse_id=purse, senior_id=elder.person.senior_id, balance_fen=fen,
            kind=PurseKind(purse.partition("-")[2]),
        )
        for elder in elders
        for purse, fen in _purses_of(elder)
    ]  # fmt: skip
    yield [
        p.Posting(
            entry_id=f"open-{purse}", leg=leg, account=account, amount_fen=amount,
            business_day=issued.date(), kind="opening",
        )
        for elder in elders
        for purse, fen in _purses_of(elder)
        for leg, (account, amount) in enumerate(
            ((f"purse:{purse}", -fen), ("bank:county", fen)), start=1
        )
    ]  # fmt: skip


def _senior(elder: Elder) -> SQLModel:
    person = elder.person
    return p.Senior(
        senior_id=person.senior_id, name="某人", sex="F", birth_date=person.birth_date,
        id_number_cipher="", id_number_hash=person.senior_id, township_code=TOWN,
        village_code=VILLAGE, site_id="S1", resident=person.resident, hardship=Hardship.NONE,
        care_level=CareLevel.ABLE, lives_alone=False, diet="", state=SeniorState.ACTIVE,
    )  # fmt: skip
