"""Running scenarios: one by its seed, or many over processes; what is found is told with the seed that finds it."""

import multiprocessing
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api.house import House
from api.secrets import read_secrets
from api.settings import Settings
from api.simulation.checks import audit_faults, found_in
from api.simulation.county import County, key_file, make_counties
from api.simulation.ledger import judge
from api.simulation.plants import Plant
from api.simulation.server import CrashingDatabase, Server
from api.simulation.world import MOST_TILLS, Cast, World
from api.snapshots import signing_key
from pos.policies import shipped_policy
from pos.policy import Policy
from pos.till.client import TillRules

FULL_AUDIT_EVERY = 10
"""Every tenth seed's database is verified as a whole (``audit verify``)."""
AUDIT_EVERY = 3
"""Of the others, every third one's chain of blocks and the digests of its money tables are checked."""
MEMORY = Path("/dev/shm")  # noqa: S108  # a file system in memory, folders of it are our own
CHUNK = 8
RENEWED = 50
"""A process makes room for a new one after this many chunks: it never holds more than they leave behind."""
POLICIES = {
    "tonglu-demo": "tonglu-demo",
    "dinglan-example": "dinglan",
    "hangzhou-default": "hangzhou-default",
}


class Failure(msgspec.Struct, frozen=True):
    """A scenario that ended wrong; ``--seed SEED --scenarios 1`` plays it again."""

    seed: int
    reason: str


class Report(msgspec.Struct):
    """What scenarios have found, all together."""

    scenarios: int = 0
    charges: int = 0
    lost: int = 0
    doubled: int = 0
    postings_sum_fen: int = 0
    ledger_difference_fen: int = 0
    failures: list[Failure] = msgspec.field(default_factory=list)

    def add(self, other: "Report") -> None:
        """Put the findings of other scenarios to these."""
        self.scenarios += other.scenarios
        self.charges += other.charges
        self.lost += other.lost
        self.doubled += other.doubled
        self.postings_sum_fen += other.postings_sum_fen
        self.ledger_difference_fen += other.ledger_difference_fen
        self.failures += other.failures


@dataclass(frozen=True, slots=True)
class Theatre:
    """The folder in which scenarios are played, and the counties they begin with."""

    folder: Path
    counties: tuple[County, ...]


@contextmanager
def theatre() -> Iterator[Theatre]:
    """A folder in memory if there is one, gone at the end."""
    writable = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    base = str(MEMORY) if writable else None
    folder = Path(tempfile.mkdtemp(prefix="nuanzao-simulation-", dir=base))
    try:
        yield Theatre(folder, tuple(make_counties(folder)))
    finally:
        shutil.rmtree(folder)


def play(stage: Theatre, seed: int, *, bug: str = "", most_tills: int = MOST_TILLS) -> Report:
    """Play one scenario; the same seed plays the same scenario."""
    county = stage.counties[seed % len(stage.counties)]
    own = stage.folder / f"{os.getpid()}-{seed}"
    own.mkdir()
    try:
        return _play(county, own, seed=seed, plant=Plant(bug), most_tills=most_tills)
    finally:
        shutil.rmtree(own)


def _play(county: County, folder: Path, *, seed: int, plant: Plant, most_tills: int) -> Report:
    shutil.copyfile(county.path, folder / "county.db")
    settings = Settings(folder, f"sqlite:///{folder / 'county.db'}", "en")
    settings.keys_file.write_text(key_file(rotated=False), encoding="ascii")
    database = CrashingDatabase(settings.database_url)
    house = House(settings, database, read_secrets(settings.keys_file))
    chance = random.Random(f"nuanzao {seed}")  # noqa: S311  # a scenario must be played again
    report = Report(scenarios=1)
    try:
        with plant.planted():
            server = Server(house, database, now=lambda: world.now())  # noqa: PLW0108  # comes below
            cast = Cast(_rules(county, house), plant, most_tills)
            world = World(county, server, cast, chance=chance)
            _note(report, seed, lambda: world.run())  # noqa: PLW0108  # a fault of it is a finding
        _judge(report, seed, world, server)
    finally:
        database.close()
    return report


def _note(report: Report, seed: int, act: Callable[[], None]) -> None:
    """Any error that leaves the product is a finding."""
    try:
        act()
    except Exception as error:  # noqa: BLE001  # whatever it is, the seed is told
        report.failures.append(Failure(seed, f"{type(error).__name__}: {error}"[:300]))


def _judge(report: Report, seed: int, world: World, server: Server) -> None:
    found = found_in(server.database, world.county)
    verdict = judge(world.meals.values(), server.settled, world.facts, found)
    report.charges, report.postings_sum_fen = verdict.charges, found.postings_sum_fen
    report.lost, report.doubled = verdict.lost, verdict.doubled
    report.ledger_difference_fen = verdict.difference_fen
    reasons = verdict.reasons + world.faults
    if seed % FULL_AUDIT_EVERY == 0 or seed % AUDIT_EVERY == 0:
        reasons += audit_faults(server.database, whole=seed % FULL_AUDIT_EVERY == 0)
    if reasons:
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        report.failures.append(Failure(seed, reasons[0] + more))


def _rules(county: County, house: House) -> Callable[[str, str], TillRules]:
    key: Ed25519PublicKey = signing_key(house).public_key()
    shipped: dict[str, Policy] = {}

    def rules(device_id: str, site_id: str) -> TillRules:
        name = POLICIES[county.policies[site_id]]
        policy = shipped.setdefault(name, shipped_policy(name))
        return TillRules(device_id, policy, key)

    return rules


def simulate(
    seed: int,
    scenarios: int,
    *,
    bug: str = "",
    jobs: int = 1,
    most_tills: int = MOST_TILLS,
    progress: Callable[[int], None] = lambda _done: None,
) -> Report:
    """Play scenarios ``seed`` to ``seed + scenarios - 1``, in ``jobs`` processes.

    ``bug`` plants one of ``plants.BUGS``; ``most_tills`` bounds the tills of a scenario (5 to 20).
    """
    report = Report()
    with theatre() as stage:
        if jobs <= 1:
            for one in range(seed, seed + scenarios):
                report.add(play(stage, one, bug=bug, most_tills=most_tills))
                progress(report.scenarios)
            return report
        tasks = [(stage, one, bug, most_tills) for one in range(seed, seed + scenarios)]
        with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=RENEWED) as pool:
            for part in pool.imap(_task, tasks, chunksize=CHUNK):
                report.add(part)
                progress(report.scenarios)
    return report


def _task(task: tuple[Theatre, int, str, int]) -> Report:
    stage, seed, bug, most_tills = task
    return play(stage, seed, bug=bug, most_tills=most_tills)
