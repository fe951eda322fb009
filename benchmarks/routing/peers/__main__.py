"""`python -m benchmarks.routing.peers --install`: make the peers' venv; without it, show what is there."""

import argparse
import subprocess
import sys

from benchmarks.routing.peers import REQUIREMENTS, VENV, interpreter


def _pip() -> list[str]:
    return [str(interpreter()), "-m", "pip", "--disable-pip-version-check"]


def main() -> int:
    """Install or list."""
    parser = argparse.ArgumentParser(prog="benchmarks.routing.peers", description=__doc__)
    parser.add_argument("--install", action="store_true", help=f"make {VENV} from requirements.txt")
    if parser.parse_args().install:
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        subprocess.run([*_pip(), "install", "--quiet", "-r", str(REQUIREMENTS)], check=True)
    if not interpreter().exists():
        print(f"no {VENV}; run: python -m benchmarks.routing.peers --install")
        return 1
    return subprocess.call([*_pip(), "list"])


sys.exit(main())
