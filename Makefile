# The verbs of this project. `make help` lists them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9

# One place for the Dagster instance of this checkout; an existing DAGSTER_HOME wins.
export DAGSTER_HOME ?= $(CURDIR)/.aug/home

# Without byte code on disk each of a run's processes would compile every library anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo ui test lint lock install install-test bench clean

help: ## list the verbs
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet uv==$(UV_VERSION)

$(VENV)/run.stamp: $(BIN)/uv requirements/run.txt pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements/run.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp requirements/test.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements/test.txt
	touch $@

install: $(VENV)/run.stamp ## create .venv from pinned versions

install-test: $(VENV)/test.stamp ## the same, with what the tests need

demo: install ## 14 days of card fraud, from raw rows to validated rows
	$(BIN)/aug demo

ui: install ## the Dagster UI on the same instance
	$(BIN)/aug ui

test: install-test lint ## linter, type checker, all tests
	PYTHONHASHSEED=random $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: install-test ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lock: $(BIN)/uv ## resolve the pins again
	$(BIN)/uv pip compile --quiet --no-annotate --no-header --upgrade pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --no-annotate --no-header --upgrade --group test --constraints requirements/run.txt pyproject.toml -o requirements/test.txt

clean: ## remove the environment and the local instance
	rm -rf $(VENV) .aug
