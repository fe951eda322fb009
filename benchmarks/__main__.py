"""`make bench`: every benchmark on the real data beside the project, each printing its table."""

import subprocess
import sys
import tempfile
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def main() -> int:
    """Run the benchmarks one after another; the worst exit code."""
    if not DATA.is_dir():
        print(f"real data absent: no folder {DATA}; nothing was measured")
        return 1
    out = Path(tempfile.mkdtemp(prefix="nuanzao-bench-"))
    routing = ("benchmarks.routing", "--data", DATA / "routing", "--time-limit", "10")
    runs = (
        ("benchmarks.forecast", "--data", DATA / "demand", "--out", out / "predictions.csv"),
        (*routing, "--set", "rural", "--sizes", "20,40", "--out", out / "rural.json"),
        (*routing, "--set", "solomon", "--sizes", "25", "--out", out / "solomon.json"),
        ("benchmarks.menus", "--peer-limit", "10", "--rule-sets", "10"),
        ("benchmarks.till", "--database", "sqlite"),
        ("benchmarks.till", "--database", "postgresql"),
    )
    codes = [subprocess.call([sys.executable, "-m", *map(str, run)]) for run in runs]
    print(f"raw results in {out}")
    return max(codes)


sys.exit(main())
