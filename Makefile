# Everything runs in a virtual environment of the project's own, .venv; the engine is in .engine.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/.engine/bin:$(CURDIR)/$(BIN):$(PATH)

.PHONY: help demo test fuzz check versions floors format generate engine conformance bench clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(BIN)/.ready engine ## bring up examples/quickstart on a local IAM API, and look at it
	@$(BIN)/python tools/demo.py

test: $(BIN)/.ready engine ## all tests, the ones on the real engine included
	$(BIN)/python -m pytest -n auto --dist worksteal

# Each round draws anew, by the seed that it prints; what it prints of a failure can be pasted as a test.
FUZZ ?= 10
fuzz: $(BIN)/.ready ## random programs, drift, faults and garbage, for FUZZ minutes
	@end=$$(( $$(date +%s) + 60 * $(FUZZ) )); while [ $$(date +%s) -lt $$end ]; do \
	  seed=$$(date +%s); echo "FUZZ_SEEDS=20 FUZZ_SEED=$$seed --hypothesis-seed=$$seed"; \
	  FUZZ_SEEDS=20 FUZZ_SEED=$$seed $(BIN)/python -m pytest -q -n auto --dist worksteal --hypothesis-seed=$$seed \
	    tests/faults/test_machine.py tests/faults/test_garbage.py || exit; done

check: $(BIN)/.ready ## format, lint, types, and the tests that need no engine: seconds
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m tools.generate --check
	$(BIN)/mypy
	@for program in examples/*/__main__.py; do \
	  (cd $$(dirname $$program) && mypy --config-file $(CURDIR)/pyproject.toml --cache-dir $(CURDIR)/.mypy_cache .) || exit; done
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not engine and not faults"

versions: ## the quick tests on every Python from 3.10 on that is on PATH
	@for version in 3.10 3.11 3.12 3.13 3.14; do \
	  python$$version -c '' 2>/dev/null || { echo "no Python $$version"; continue; }; \
	  test -d .venv/$$version || python$$version -m venv .venv/$$version; \
	  .venv/$$version/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'; \
	  echo "Python $$version"; .venv/$$version/bin/python -m pytest -q -n auto --dist worksteal -m "not engine and not faults" || exit; done

floors: $(BIN)/.ready ## the quick tests on the oldest version of each dependency that is allowed
	@test -x .venv/floors/bin/python || $(PYTHON) -m venv .venv/floors
	@$(BIN)/python tools/floors.py >.venv/floors/constraints.txt
	@.venv/floors/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' \
	  --constraint .venv/floors/constraints.txt
	@cat .venv/floors/constraints.txt
	.venv/floors/bin/python -m pytest -q -n auto --dist worksteal -m "not engine and not faults"

format: $(BIN)/.ready ## put the source into form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

generate: $(BIN)/.ready ## write what is derived from the declarations
	$(BIN)/python -m tools.generate

engine: $(BIN)/.ready ## a pulumi that works, in .engine/bin
	@$(BIN)/python tools/engine/install.py

# Replays recordings of the real API, where they are there, against the local one.
CONFORMANCE ?= ../shared/conformance
conformance: $(BIN)/.ready ## how faithful the local IAM API is
	@if [ -x $(CONFORMANCE)/replay ]; then \
	  $(BIN)/python $(CONFORMANCE)/replay --min-score 99 --start '$(BIN)/pulumi-scw-iam emulator' $(CONFORMANCE)/recordings/*.jsonl; \
	else echo "no recordings in $(CONFORMANCE)"; fi

# SET=docs writes docs/guide/performance.md in about 10 minutes; FULL=1 does too, of all there is, in hours.
SET ?= short
bench: $(BIN)/.ready engine ## how fast: the local IAM API, the start of the plugin, and runs of the engine
	$(BIN)/python bench/emulator.py
	$(BIN)/python bench/startup.py
	$(BIN)/python -m bench.engine --set $(if $(FULL),full,$(SET))

clean: ## remove the environment, the engine, the demo and what was built
	rm -rf .venv .engine .demo build dist

$(BIN)/.ready: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the package and its tools into .venv, which takes about a minute"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
