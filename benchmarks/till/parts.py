"""The parts of the benchmark, run after run in turn, and the figures they give."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

import sqlalchemy as sa
from sqlmodel import col

from api.database import Database
from api.tables import AuditBlock
from benchmarks.till import plpgsql
from benchmarks.till.county import Ground
from benchmarks.till.load import Queue, Tally, closed_loop, drain, open_loop, run
from benchmarks.till.raw_sqlite import Raw
from benchmarks.till.server import Serving, serving
from benchmarks.till.traffic import Traffic
from pos.tables import Charge

PARTS = ("http", "bulk", "open", "drain")
WARM_S = 1.0
BULK_ROWS = 100
BULK_LINES = 4
OPEN_LINES = 64
INTERACTIVE_RATE = 50.0
STOCK_A_SECOND = 3_000

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, how long and how wide."""

    parts: tuple[str, ...]
    seconds: float
    runs: int
    connections: int
    clients: int
    rate: float
    queued: int
    drain_batch: int
    drain_lines: int

    @property
    def drain_limit_s(self) -> float:
        """When a drain that hangs is given up."""
        return 120 + self.queued / 200


@dataclass(slots=True)
class _Run:
    """What every part needs."""

    ground: Ground
    plan: Plan
    traffic: Traffic
    server: Serving
    database: Database


def measure(ground: Ground, plan: Plan) -> dict[str, Figures]:
    """Run the parts; medians over the runs, by part."""
    found: dict[str, list[Figures]] = defaultdict(list)
    with ExitStack() as stack:
        traffic, server = Traffic(ground), stack.enter_context(serving(ground))
        database = Database(ground.url)  # only read from: the server is the one writer
        stack.callback(database.reader.dispose)
        here = _Run(ground, plan, traffic, server, database)
        raw, bulk = _peers(ground)
        for number in range(plan.runs):
            if "http" in plan.parts:
                found["http"].append(http := _http(here))
                found["peer"].append(_peer(here, raw, number=number, group=http["per_commit"]))
            if "bulk" in plan.parts:
                found["bulk"].append(_bulk(here))
                found["bulk_peer"].append(_beside(here, lambda: bulk(plan.seconds)))
            if "open" in plan.parts:
                found["open"].append(_open(here))
        if "drain" in plan.parts:
            found["drain"].append(_drain(here))
    return _with_ratios({part: _medians(runs) for part, runs in found.items()})


def _peers(ground: Ground) -> tuple[Raw | None, Callable[[float], float]]:
    """The raw peers of the ground's database: in groups (SQLite only), and in bulk."""
    traffic = Traffic(ground)
    if ground.is_sqlite:
        raw = Raw(ground, traffic)
        return raw, lambda seconds: raw.run(seconds, group=BULK_ROWS, reads=False)
    plpgsql.prepare(ground)
    return None, plpgsql.Bulk(ground, traffic).run


def _medians(runs: list[Figures]) -> Figures:
    return {name: round(median(one[name] for one in runs), 4) for name in runs[0]}


def _with_ratios(found: dict[str, Figures]) -> dict[str, Figures]:
    for part, peer in (("http", "peer"), ("bulk", "bulk_peer")):
        if part in found:
            found[part]["ratio"] = round(found[part]["per_s"] / found[peer]["per_s"], 4)
    return found


def quantile_ms(waits_s: list[float], share: float) -> float:
    """The wait in ms that ``share`` of the requests did not exceed."""
    ordered = sorted(waits_s)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _figures(tally: Tally) -> Figures:
    posted = max(1, tally.posted)
    return {
        "per_s": tally.posted / tally.seconds,
        "p50_ms": quantile_ms(tally.waits_s, 0.5),
        "p99_ms": quantile_ms(tally.waits_s, 0.99),
        "max_ms": quantile_ms(tally.waits_s, 1.0),
        "app_cpu_ms": 1000 * tally.cpu_s / posted,
        "database_cpu_ms": 1000 * tally.database_cpu_s / posted,
        "generator_cpu_ms": 1000 * tally.own_cpu_s / posted,
    }


def _counts(here: _Run) -> tuple[int, int]:
    """Charges and commits of charges so far."""
    with here.database.read() as session:
        charges = session.scalar(sa.select(sa.func.count()).select_from(Charge)) or 0
        blocks = session.scalar(
            sa.select(sa.func.count())
            .select_from(AuditBlock)
            .where(col(AuditBlock.action).startswith("charge"))
        )
    return charges, blocks or 0


def _http(here: _Run) -> Figures:
    plan = here.plan
    here.traffic.stock_singles(int(STOCK_A_SECOND * (plan.seconds + WARM_S)))
    before = _counts(here)
    tally = run(
        closed_loop(
            here.server.port,
            here.traffic.single,
            lines=plan.connections,
            seconds=plan.seconds,
            warm_s=WARM_S,
            spent=here.server.spent,
        )
    )
    charges, blocks = (b - a for a, b in zip(before, _counts(here), strict=True))
    return _figures(tally) | {"per_commit": charges / max(1, blocks)}


def _peer(here: _Run, raw: Raw | None, *, number: int, group: float) -> Figures:
    plan = here.plan
    if raw is not None:
        size = max(1, round(group))
        return _beside(here, lambda: raw.run(plan.seconds, group=size, reads=True))
    seconds = max(1, round(plan.seconds))
    return _beside(
        here, lambda: plpgsql.pgbench(here.ground, number, clients=plan.clients, seconds=seconds)
    )


def _beside(here: _Run, peer: Callable[[], float]) -> Figures:
    """A peer's charges a second, and what PostgreSQL used for each."""
    _, before = here.server.spent()
    rate = peer()
    _, after = here.server.spent()
    return {
        "per_s": rate,
        "database_cpu_ms": 1000 * (after - before) / max(1.0, rate * here.plan.seconds),
    }


def _bulk(here: _Run) -> Figures:
    plan, traffic = here.plan, here.traffic
    traffic.stock_batches(int(STOCK_A_SECOND * (plan.seconds + WARM_S)) // BULK_ROWS, BULK_ROWS)
    return _figures(
        run(
            closed_loop(
                here.server.port,
                lambda: traffic.batch(BULK_ROWS),
                lines=BULK_LINES,
                seconds=plan.seconds,
                warm_s=WARM_S,
                spent=here.server.spent,
            )
        )
    )


def _open(here: _Run) -> Figures:
    plan = here.plan
    here.traffic.stock_singles(int(plan.rate * plan.seconds) + 1)
    return _figures(
        run(
            open_loop(
                here.server.port,
                here.traffic.single,
                lines=OPEN_LINES,
                seconds=plan.seconds,
                rate=plan.rate,
                spent=here.server.spent,
            )
        )
    )


def _drain(here: _Run) -> Figures:
    plan, traffic = here.plan, here.traffic
    requests = -(-plan.queued // plan.drain_batch)
    queue = Queue(lambda: traffic.batch(plan.drain_batch), requests, plan.drain_lines)
    upload, beside = run(
        drain(
            here.server.port,
            queue,
            traffic.single,
            rate=INTERACTIVE_RATE,
            limit_s=plan.drain_limit_s,
            spent=here.server.spent,
        )
    )
    single = _figures(beside)
    return _figures(upload) | {
        "queued": upload.posted,
        "total_s": upload.seconds,
        "single_p50_ms": single["p50_ms"],
        "single_p99_ms": single["p99_ms"],
        "single_max_ms": single["max_ms"],
    }
