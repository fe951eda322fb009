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
    runs = (
        ("benchmarks.forecast", "--data", DATA / "demand", "--out", out / "predictions.csv"),
        ("benchmarks.routing", "--data", DATA / "routing", "--out", out / "routing.json"),
        ("benchmarks.till", "--database", "sqlite"),
        ("benchmarks.till", "--database", "postgresql"),
    )
    codes = [subprocess.call([sys.executable, "-m", *map(str, run)]) for run in runs]
    print(f"raw results in {out}")
    return max(codes)


sys.exit(main())
