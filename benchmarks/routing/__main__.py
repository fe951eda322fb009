"""`python -m benchmarks.routing --set rural --data DIR --out results.json`: our plans beside optima and peers.

The files of the set are looked for in DIR and in DIR/<set>. Each instance is solved in a fresh
process, one after another; the results are written anew after each. The exit code is 1 when a plan
is infeasible or incomplete, a cost is not the judge's, or a bound lies above a known cost.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from benchmarks.routing.peers import PEERS, interpreter
from benchmarks.routing.peers.answers import Answers
from benchmarks.routing.report import machine, show
from benchmarks.routing.rows import Race, Row, row
from benchmarks.routing.sets import PATTERNS, Choice, Skipped, cases


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part.strip())


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def arguments() -> argparse.Namespace:
    """What was asked on the command line."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.routing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--set", dest="set_name", choices=tuple(PATTERNS), required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder of the instances")
    parser.add_argument("--out", type=Path, required=True, help="results as JSON")
    parser.add_argument(
        "--sizes",
        type=_sizes,
        default=(),
        help="stops, e.g. 20,40: only such instances; Solomon: the first so many customers "
        "(default: every size; Solomon 25,50,100)",
    )
    parser.add_argument("--names", type=_names, default=(), help="only these, e.g. R101,RC101")
    parser.add_argument(
        "--class",
        dest="solomon_class",
        choices=("1", "2", "all"),
        default="1",
        help="of the Solomon instances; --names overrides it",
    )
    parser.add_argument("--time-limit", type=float, default=10.0, help="seconds an instance")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--peers",
        nargs="*",
        choices=PEERS,
        metavar="PEER",
        help=f"run them too, all that can or only these: {' '.join(PEERS)}",
    )
    parser.add_argument(
        "--peer-answers",
        type=Path,
        help="JSON file of kept answers: peers that stand there at this limit and seed do not run "
        "again, the others are added",
    )
    parser.add_argument("--solver", choices=("ours", "none"), default="ours")
    args = parser.parse_args()
    if args.time_limit <= 0:
        parser.error("--time-limit has to be over 0")
    if not args.data.is_dir():
        parser.error(f"no folder {args.data}")
    if args.peers is not None and not interpreter().exists():
        parser.error("no peers here; run: python -m benchmarks.routing.peers --install")
    return args


def told(done: Row, number: int, total: int) -> str:
    """One line of progress."""
    parts = [f"[{number}/{total}] {done['instance']} n={done['n']}"]
    if done["cost"] is not None:
        proof = "proven" if done["proven"] else f"bound {done['bound']}"
        parts.append(f"cost {done['cost']} ({proof}) in {done['cpu_s']} s CPU")
    for peer, entry in done["peers"].items():
        parts.append(f"{peer} {entry['cost']}" + (" (infeasible)" if entry["faults"] else ""))
    return "; ".join([*parts, *done["problems"]])


def main() -> int:
    """Run every case, write the results after each, print the tables."""
    args = arguments()
    wanted = None if args.solomon_class == "all" else args.solomon_class
    choice = Choice(args.sizes, args.names, wanted)
    peers = () if args.peers is None else tuple(args.peers or PEERS)
    kept = Answers(args.peer_answers) if args.peer_answers else None
    race = Race(args.time_limit, args.seed, args.solver == "ours", peers, kept)
    todo = []
    for found in cases(args.set_name, args.data, choice):
        if isinstance(found, Skipped):
            print(f"not used: {found.path}: {found.why}", file=sys.stderr)
        else:
            todo.append(found)
    if not todo:
        print(f"no {args.set_name} instance was found in {args.data}", file=sys.stderr)
        return 2
    print(machine(), file=sys.stderr)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    begin = time.perf_counter()
    for number, (case, problem) in enumerate(todo, start=1):
        rows.append(row(case, problem, race))
        args.out.write_text(json.dumps(rows, indent=1), encoding="utf-8")
        print(told(rows[-1], number, len(todo)), file=sys.stderr, flush=True)
    show(rows)
    print(f"{len(rows)} instances in {time.perf_counter() - begin:.0f} s; results in {args.out}")
    return 1 if any(done["problems"] for done in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
