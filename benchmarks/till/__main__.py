"""`python -m benchmarks.till --database sqlite|postgresql`: the money path beside raw peers of the same run."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.till.county import prepared
from benchmarks.till.parts import PARTS, Plan, measure
from benchmarks.till.report import show


def arguments() -> argparse.Namespace:
    """What was asked on the command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.till", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of one run")
    parser.add_argument("--runs", type=int, default=5, help="interleaved runs; medians are shown")
    parser.add_argument(
        "--part", action="append", choices=PARTS, help="only these; may be repeated"
    )
    parser.add_argument("--scale", choices=("small", "county"), default="county")
    parser.add_argument(
        "--connections", type=int, default=48, help="of the closed loop of part http"
    )
    parser.add_argument("--clients", type=int, default=16, help="of pgbench")
    parser.add_argument("--rate", type=float, default=232.0, help="charges a second of part open")
    parser.add_argument("--queued", type=int, default=278_000, help="charges of part drain")
    parser.add_argument(
        "--drain-batch", type=int, default=500, help="charges a request of part drain"
    )
    parser.add_argument("--drain-lines", type=int, default=8, help="connections of part drain")
    parser.add_argument(
        "--quick", action="store_true", help="small county, 2 s, 3 runs, short queue"
    )
    parser.add_argument("--json", action="store_true", help="numbers instead of the table")
    return parser.parse_args()


def plan_of(args: argparse.Namespace) -> Plan:
    """The lengths and sizes of every part."""
    quick = args.quick
    return Plan(
        parts=tuple(args.part or PARTS),
        seconds=min(args.seconds, 2.0) if quick else args.seconds,
        runs=min(args.runs, 3) if quick else args.runs,
        connections=args.connections,
        clients=args.clients,
        rate=args.rate,
        queued=min(args.queued, 5_000) if quick else args.queued,
        drain_batch=args.drain_batch,
        drain_lines=args.drain_lines,
    )


def main() -> None:
    """Load the county, measure, show."""
    args = arguments()
    scale = "small" if args.quick else args.scale
    with tempfile.TemporaryDirectory(prefix="nuanzao-till-") as folder:
        print(f"loading the {scale} demo county into {args.database} ...", file=sys.stderr)
        with prepared(args.database, Path(folder), scale=scale) as ground:
            figures = measure(ground, plan_of(args))
    if args.json:
        print(json.dumps(figures, indent=1))
    else:
        show(args.database, figures)


main()
