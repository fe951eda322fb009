# 暖灶 Nuanzao. Needs Python 3.11+ and make; everything else is set up into .venv.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help setup run test lint check bench lock clean

help: ## show these lines
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

setup: $(STAMP) ## make .venv with everything, from the lock file

$(STAMP): requirements/lock.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/lock.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m routing.warm
	$(BIN)/python -m kitchen.warm
	@touch $(STAMP)

run: $(STAMP) ## load the demo county, plan and run a day, serve it on PORT
	$(BIN)/python -m routing.warm
	$(BIN)/python -m kitchen.warm
	$(BIN)/nuanzao demo run --port $(PORT)

test: $(STAMP) ## the whole suite, on SQLite and on PostgreSQL
	$(BIN)/python -m routing.warm
	$(BIN)/python -m kitchen.warm
	$(BIN)/pytest -n 2 --dist loadgroup

lint: $(STAMP) ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint test ## format, lint, types, then the suite (with the docs tests)

bench: $(STAMP) ## the benchmarks, each printing its table
	$(BIN)/python -m benchmarks

lock: $(STAMP) ## write requirements/lock.txt anew from pyproject.toml (needs uv on the PATH)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --extra dev --no-header \
	  pyproject.toml requirements/build.in -o requirements/lock.txt

clean: ## remove .venv and caches (never var/, where the databases are)
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
