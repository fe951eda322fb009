"""Loading the demo county into an empty database, part by part and in chunks."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlmodel import SQLModel

from api.audit import insert_rows
from api.database import Database
from api.demo import rows
from api.demo.fleet import kitchen_vans
from api.demo.history import history_first_day, site_history
from api.demo.logins import DEMO_PASSWORD, DemoLogin, demo_logins, hash_password
from api.demo.occasions import demo_facts, facts_by_day
from api.demo.people import Register, new_numbering, site_counts, site_people, villages_of_sites
from api.demo.places import demo_counties, demo_sites
from api.demo.records import DemoCounty, DemoSite, Fact, Person, PersonOrder
from api.demo.rows import Row
from api.demo.scales import Scale, scale_named
from api.failures import AlreadyLoaded
from api.secrets import Secrets
from api.tables import CountyFact, StaffUser
from kitchen import tables as kitchen_tables
from kitchen.dish_book import starter_book, starter_cells
from kitchen.kinds import SiteKind
from pos import tables as pos_tables
from pos.kinds import SeniorState
from pos.policies import policy_text, shipped_policy

Progress = Callable[[str, int, int], None]
FACTS_AHEAD = timedelta(days=426)  # fourteen months
_PEOPLE_CHUNK = 4_000
_HISTORY_CHUNK = 24_000


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """What was loaded: rows by table, the days of history, the first day to run, the logins."""

    scale: str
    seed: int
    counts: Mapping[str, int]
    first_day: date
    last_day: date
    next_day: date
    logins: tuple[DemoLogin, ...]
    password: str


@dataclass(slots=True)
class _Loading:
    """One run of the loader."""

    database: Database
    secrets: Secrets
    scale: Scale
    seed: int
    until: date
    progress: Progress | None
    counts: Counter[str]

    def tell(self, part: str, done: int, total: int) -> None:
        if self.progress:
            self.progress(part, done, total)

    def store(self, part: str, tables: Iterable[tuple[type[SQLModel], Sequence[Row]]]) -> None:
        """One commit with rows of several tables, in their order."""
        with self.database.write(actor="command", action=f"demo.load.{part}") as session:
            for table, found in tables:
                insert_rows(session, table, found)
                self.counts[str(table.__tablename__)] += len(found)


def load_demo(
    database: Database,
    secrets: Secrets,
    *,
    scale: str,
    seed: int,
    until: date,
    progress: Progress | None = None,
) -> LoadSummary:
    """Load a demo county: a year of history that ends with ``until``, and facts fourteen months ahead.

    Args:
        database: migrated and empty.
        secrets: seal the invented ID numbers; the key id goes on the cards.
        scale: "small", "county" or "city".
        seed: equal seeds give equal rows, cipher texts and password hashes apart.
        until: the last day of history.
        progress: told (part, done, total) now and then.

    Every part is a commit of its own; the county facts come last, so that their presence means that
    nothing is missing.

    Raises:
        AlreadyLoaded: the database holds places, people, charges or logins.
        BadRequest: there is no such scale.
    """
    run = _Loading(database, secrets, scale_named(scale), seed, until, progress, Counter())
    _refuse_loaded(database)
    counties = demo_counties(run.scale)
    sites = demo_sites(run.scale, counties, seed=seed, until=until)
    facts = _facts(run, sites)
    _store_places(run, counties, sites)
    vehicle_id = _store_fleet(run, sites)
    _store_dishes_and_policies(run, sites)
    run.store("facts", [(kitchen_tables.DayFact, [rows.fact_row(fact) for fact in facts])])
    people = _store_people(run, counties, sites)
    _store_history(run, sites, people, facts)
    logins = demo_logins(sites, vehicle_id=vehicle_id, senior_id=people.family_of)
    _store_logins(run, counties, logins)
    return LoadSummary(
        scale=scale,
        seed=seed,
        counts=dict(sorted(run.counts.items())),
        first_day=history_first_day(until),
        last_day=until,
        next_day=until + timedelta(days=1),
        logins=logins,
        password=DEMO_PASSWORD,
    )


def is_loaded(database: Database) -> bool:
    """Whether the database holds a county already."""
    with database.read() as session:
        return session.scalar(sa.select(kitchen_tables.County).limit(1)) is not None


def _refuse_loaded(database: Database) -> None:
    tables: tuple[type[SQLModel], ...] = (
        kitchen_tables.County,
        kitchen_tables.Site,
        pos_tables.Senior,
        pos_tables.Charge,
        StaffUser,
    )
    with database.read() as session:
        found = [
            session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables
        ]
    if any(found):
        raise AlreadyLoaded(sum(found))


def _facts(run: _Loading, sites: Sequence[DemoSite]) -> list[Fact]:
    first, last = history_first_day(run.until), run.until + FACTS_AHEAD
    return demo_facts(sites, seed=run.seed, first=first, last=last, rain_until=run.until)


def _store_places(run: _Loading, counties: Sequence[DemoCounty], sites: Sequence[DemoSite]) -> None:
    serving = [site for site in sites if site.meals]
    run.store(
        "places",
        [
            (kitchen_tables.County, [rows.county_row(county) for county in counties]),
            (kitchen_tables.Township, [r for c in counties for r in rows.township_rows(c)]),
            (kitchen_tables.Village, [r for c in counties for r in rows.village_rows(c)]),
            (kitchen_tables.Site, [rows.site_row(site) for site in sites]),
            (kitchen_tables.SiteMeal, [r for site in serving for r in rows.site_meal_rows(site)]),
            (pos_tables.Device, [rows.device_row(site) for site in serving]),
        ],
    )
    run.tell("places", len(sites), len(sites))


def _store_fleet(run: _Loading, sites: Sequence[DemoSite]) -> str:
    """Store vans and drivers; the id of the first van."""
    kitchens = [site for site in sites if site.kind is SiteKind.CENTRAL_KITCHEN]
    scale, percent = run.scale, run.scale.van_boxes_percent
    vans = [
        van
        for site in kitchens
        for van in kitchen_vans(site, scale.vans, seed=run.seed, boxes_percent=percent)
    ]
    run.store(
        "fleet",
        [
            (kitchen_tables.Driver, [rows.driver_row(van) for van in vans]),
            (kitchen_tables.Vehicle, [rows.vehicle_row(van) for van in vans]),
        ],
    )
    return vans[0].vehicle_id


def _store_dishes_and_policies(run: _Loading, sites: Sequence[DemoSite]) -> None:
    foods, dishes, recipes = starter_cells()
    known = starter_book().ingredients.values()
    registered = site_counts(sites, run.scale.seniors, seed=run.seed)
    cooks = [site for site in sites if site.kitchen_id == site.site_id]
    eaters: Counter[str] = Counter()
    for site in sites:
        eaters[site.kitchen_id] += registered.get(site.site_id, 0)
    run.store(
        "dishes",
        [
            (kitchen_tables.Ingredient, [rows.ingredient_row(cells) for cells in foods]),
            (kitchen_tables.Dish, [rows.dish_row(cells) for cells in dishes]),
            (kitchen_tables.RecipeLine, [rows.recipe_row(cells) for cells in recipes]),
            (kitchen_tables.KitchenSetup, [rows.setup_row(s, eaters[s.site_id]) for s in cooks]),
            (
                kitchen_tables.KitchenStock,
                [rows.stock_row(s, food, seed=run.seed) for s in cooks for food in known],
            ),
        ],
    )
    named = [rows.policy_row(shipped_policy(n), policy_text(n)) for n in run.scale.policies]
    run.store("policies", [(pos_tables.PolicyVersion, named)])


@dataclass(slots=True)
class _Stored:
    """What the history and the logins need of the people."""

    registered: Mapping[str, int]
    orders: dict[str, list[PersonOrder]]
    family_of: str


def _store_people(
    run: _Loading, counties: Sequence[DemoCounty], sites: Sequence[DemoSite]
) -> _Stored:
    registered = site_counts(sites, run.scale.seniors, seed=run.seed)
    stored = _Stored(registered, {}, "")
    chunk: list[Person] = []
    done = 0
    for person in _people(run, counties, sites, registered):
        chunk.append(person)
        if person.orders:
            stored.orders.setdefault(person.site_id, []).extend(person.orders)
            if person.state is SeniorState.ACTIVE:
                stored.family_of = stored.family_of or person.senior_id
        if len(chunk) == _PEOPLE_CHUNK:
            done += _store_chunk(run, chunk, done)
            chunk = []
    _store_chunk(run, chunk, done)
    return stored


def _people(
    run: _Loading,
    counties: Sequence[DemoCounty],
    sites: Sequence[DemoSite],
    registered: Mapping[str, int],
) -> Iterator[Person]:
    """All seniors, county by county and site by site."""
    numbering = new_numbering()
    for county in counties:
        register = Register(run.seed, run.until, county.outline)
        fed = villages_of_sites(county, sites)
        for site in sites:
            if site.county_code == county.code and site.site_id in fed:
                yield from site_people(
                    register,
                    site,
                    villages=fed[site.site_id],
                    count=registered[site.site_id],
                    numbering=numbering,
                )


def _store_chunk(run: _Loading, people: Sequence[Person], done: int) -> int:
    key_id = run.secrets.card_key_id
    run.store(
        "people",
        [
            (pos_tables.Senior, [rows.senior_row(person, run.secrets) for person in people]),
            (pos_tables.Card, [r for p in people for r in rows.card_rows(p, key_id=key_id)]),
            (pos_tables.Purse, [r for p in people for r in rows.purse_rows(p)]),
            (pos_tables.Posting, [r for p in people for r in rows.opening_rows(p, day=run.until)]),
            (kitchen_tables.StandingOrder, [r for p in people for r in rows.standing_rows(p)]),
        ],
    )
    run.tell("people", done + len(people), run.scale.seniors)
    return len(people)


def _store_history(
    run: _Loading, sites: Sequence[DemoSite], people: _Stored, facts: Sequence[Fact]
) -> None:
    by_scope: dict[str, list[Fact]] = {}
    for fact in facts:
        by_scope.setdefault(fact.scope, []).append(fact)
    serving = [site for site in sites if site.meals]
    chunk: list[Row] = []
    for done, site in enumerate(serving, start=1):
        own = [
            f for scope in ("", site.township_code, site.site_id) for f in by_scope.get(scope, ())
        ]
        chunk += (
            rows.demand_row(site.site_id, *count)
            for count in site_history(
                run.seed,
                site,
                registered=people.registered[site.site_id],
                orders=people.orders.get(site.site_id, ()),
                until=run.until,
                facts=facts_by_day(own),
            )
        )
        if len(chunk) >= _HISTORY_CHUNK or done == len(serving):
            run.store("history", [(kitchen_tables.DemandDay, chunk)])
            run.tell("history", done, len(serving))
            chunk = []


def _store_logins(
    run: _Loading, counties: Sequence[DemoCounty], logins: Sequence[DemoLogin]
) -> None:
    hashed = hash_password(DEMO_PASSWORD)
    facts = {
        "demo_seed": str(run.seed),
        "demo_scale": run.scale.name,
        "demo_until": run.until.isoformat(),
        "county_name": counties[0].name if len(counties) == 1 else "杭州市",
    }
    run.store(
        "logins",
        [
            (StaffUser, [rows.staff_row(login, password_hash=hashed) for login in logins]),
            (CountyFact, [{"name": name, "value": value} for name, value in facts.items()]),
        ],
    )
