# Each target runs in the virtual environment .venv. The Pulumi engine is in .engine. ENGINE is the folder of another
# engine for the tests and benchmarks: `make bench ENGINE=$PWD/.engine/3.276.0/bin`.
PYTHON ?= python3
PYTEST := -m pytest -n auto --dist worksteal
# The quick tests run no engine and no long series of failing API calls. The slow tests are the others, except the
# tests of the release, which `make release-check` runs on the files that it has built.
QUICK := -m "not engine and not faults and not artifacts"
SLOW := -m "(engine or faults) and not artifacts"
BIN := .venv/bin
ENGINE ?= $(CURDIR)/.engine/bin
export ENGINE
export PATH := $(ENGINE):$(CURDIR)/$(BIN):$(PATH)
# Without compiled files, each test worker, program and plugin compiles all its modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo check lint quick coverage slow test keep-states browser hooks fuzz versions floors newest format generate docs picture engine engines conformance live record javascript bench release release-check clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(BIN)/.ready engine ## create the stack examples/quickstart on the local IAM API
	@$(BIN)/python tools/demo.py

check: lint quick ## before each commit: static checks and quick tests, about three minutes

lint: $(BIN)/.ready ## static checks: format, ruff, generated files, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m tools.generate --check
	$(BIN)/mypy
	@for program in examples/*/__main__.py examples/*/*/__main__.py; do \
	  (cd $$(dirname $$program) && mypy --config-file $(CURDIR)/pyproject.toml --cache-dir $(CURDIR)/.mypy_cache .) || exit; done

quick: $(BIN)/.ready ## the tests that need no engine
	$(BIN)/python $(PYTEST) $(QUICK)

coverage: $(BIN)/.ready ## the quick tests, with branch coverage and its floor
	$(BIN)/coverage erase
	$(BIN)/coverage run $(PYTEST) $(QUICK)
	$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report --fail-under 0
	@$(BIN)/python tools/coverage_floor.py

slow: $(BIN)/.ready engine ## the other tests: the real engine, and failing API calls
	$(BIN)/python $(PYTEST) $(SLOW)

test: $(BIN)/.ready engine ## all tests: about half an hour on two cores
	$(BIN)/python $(PYTEST)

# The tests of the page skip without a browser, with the reason.
browser: ## a headless browser for the tests of the page of access, from Debian's packages
	@for name in chromium-headless-shell chromium chromium-browser google-chrome; do \
	  command -v $$name >/dev/null && exit; done; \
	apt-get update -qq && apt-get install --yes -qq --no-install-recommends chromium-headless-shell fonts-dejavu-core >/dev/null

hooks: $(BIN)/.ready ## the hooks of .pre-commit-config.yaml, on all files
	$(BIN)/pre-commit run --all-files

# Each round draws new cases from the seed that it prints. The output of a failure can be pasted as a test.
FUZZ ?= 10
fuzz: $(BIN)/.ready ## random programs, organizations, drift, faults and garbage for FUZZ minutes
	@end=$$(( $$(date +%s) + 60 * $(FUZZ) )); while [ $$(date +%s) -lt $$end ]; do \
	  seed=$$(date +%s); echo "FUZZ_SEEDS=20 FUZZ_SEED=$$seed --hypothesis-seed=$$seed"; \
	  FUZZ_SEEDS=20 FUZZ_SEED=$$seed $(BIN)/python -m pytest -q -n auto --dist worksteal --hypothesis-seed=$$seed \
	    tests/faults/test_machine.py tests/faults/test_garbage.py tests/adopt/test_drawn.py \
	    tests/access/test_model.py || exit; done

# pyenv has its other Pythons on PATH on request: `PYENV_VERSION=3.12.1:3.13.0 make versions VERSIONS="3.12 3.13"`.
VERSIONS ?= 3.10 3.11 3.12 3.13 3.14
versions: ## the quick tests on each Python of VERSIONS that is on PATH
	@found=; for version in $(VERSIONS); do \
	  python$$version -c '' 2>/dev/null || { echo "no Python $$version on PATH"; continue; }; \
	  found=yes; home=$(CURDIR)/.venv/$$version; \
	  test -x $$home/bin/python || python$$version -m venv $$home || exit; \
	  $$home/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' || exit; \
	  echo "Python $$version"; PATH=$$home/bin:$$PATH $$home/bin/python $(PYTEST) -q $(QUICK) || exit; \
	done; test $$found

floors: $(BIN)/.ready ## the quick tests on the oldest allowed version of each dependency
	@test -x .venv/floors/bin/python || $(PYTHON) -m venv .venv/floors
	@$(BIN)/python tools/floors.py >.venv/floors/constraints.txt
	@.venv/floors/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' \
	  --constraint .venv/floors/constraints.txt
	@cat .venv/floors/constraints.txt
	.venv/floors/bin/python $(PYTEST) -q $(QUICK)

# Needs Go, npm and their registries; an SDK out of reach is a skipped test with the reason.
newest: $(BIN)/.ready ## compare the client with Scaleway's newest SDKs for Go and JavaScript
	NEWEST=1 $(BIN)/python -m pytest -q -rs -n 0 tests/api/test_official_names.py

format: $(BIN)/.ready ## fix and format the source
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

generate: $(BIN)/.ready ## write the files that are derived from the declarations
	$(BIN)/python -m tools.generate

docs: $(BIN)/.docs ## the documentation as a site in site/, with all links checked
	$(BIN)/python tools/site.py

keep-states: $(BIN)/.ready engine ## the states of this release, as test data for later releases
	@$(BIN)/python -m tools.keep_states

picture: $(BIN)/.ready engine ## the picture of the README, from a run of the engine
	@$(BIN)/python -m tools.picture

engine: $(BIN)/.ready ## find, download or build Pulumi in .engine/bin
	@$(BIN)/python tools/engine/install.py

# `pinned` is the version in tools/engine/go.mod, and `newest` the newest of the Go module. Both are needed: the other
# tests run on the pinned version only. About ten minutes for each engine on two cores.
ENGINES ?= pinned newest
engines: $(BIN)/.ready ## lifecycle, faults and policies on each engine of ENGINES, with a table of the results
	$(BIN)/python -m tools.engine.matrix $(ENGINES)

# tests/emulator/recorded has the facts of recorded API calls of the real API. The recordings themselves are not
# in this repository; CONFORMANCE is their folder.
CONFORMANCE ?= ../shared/conformance
conformance: $(BIN)/.ready ## replay recorded API calls of the real API against the local one
	CONFORMANCE=$(CONFORMANCE) $(BIN)/python -m pytest -q -rs -n auto tests/emulator/test_recorded.py
	@if [ -x $(CONFORMANCE)/replay ]; then \
	  $(BIN)/python $(CONFORMANCE)/replay --min-score 99 --start '$(BIN)/pulumi-scw-iam emulator 2>/dev/null' $(CONFORMANCE)/recordings/*.jsonl; \
	elif [ "$(origin CONFORMANCE)" = file ]; then \
	  echo "SKIPPED: the full replay, because the recordings are not in $(CONFORMANCE). CHECKED: the recorded facts in tests/emulator/recorded."; \
	else echo "no recordings in CONFORMANCE=$(CONFORMANCE)" >&2; exit 1; fi

# The credentials are those of the environment or a profile. Without them, the tests skip with the reason; with LIVE=1,
# they fail. LIVE_EMAIL=you@example.com also creates a user.
LIVE ?= yes
live: $(BIN)/.ready engine ## the lifecycle of all kinds on the real API: needs an account
	LIVE=$(LIVE) $(BIN)/python -m pytest -q -rs -n 0 -m live tests/engine/test_live.py

# The same credentials. LIVE_EMAIL=you@example.com also asks the questions about users.
record: $(BIN)/.ready ## ask the real API the open facts, and write a masked recording: needs an account
	$(BIN)/python -m tools.record

# Needs Node 20.19.4 or later and npm, and the npm registry for the first run. Without them, the last lines have the
# reason of the skipped tests; with CI set, the tests fail.
javascript: $(BIN)/.ready ## call every method of Scaleway's SDK for JavaScript against the local IAM API
	JAVASCRIPT=1 $(BIN)/python -m pytest -q -rs -n 0 tests/emulator/test_javascript_sdk.py

# SET=docs writes docs/guide/performance.md in about 10 minutes. FULL=1 runs all cases for hours, and writes it too.
SET ?= short
bench: $(BIN)/.ready engine ## benchmarks: the local IAM API, the start of the plugin, an adoption, runs of the engine
	$(BIN)/python bench/emulator.py
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/access.py
	$(BIN)/python -m bench.adopt
	$(BIN)/python -m bench.engine --set $(if $(FULL),full,$(SET))

release: $(BIN)/.ready ## write the version VERSION and its section of the changelog; RELEASING.md has the next step
	$(BIN)/python -m tools.release prepare $(VERSION)

# BUILD=--release builds all plugin archives, and refuses a commit without the tag of its version.
BUILD ?= --platform host
release-check: $(BIN)/.ready engine ## build what a release publishes, into dist/, and check it: two minutes
	rm -rf dist
	$(BIN)/python -m tools.release build $(BUILD)
	ARTIFACTS=dist $(BIN)/python $(PYTEST) -q -m artifacts tests/engine

clean: ## remove .venv, .engine, the demo and all build output
	rm -rf .venv .engine .demo .coverage .coverage.* build dist site tests/emulator/javascript/node_modules

$(BIN)/.ready: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the package and its tools into .venv, which takes about a minute"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# The generator of the site is large, and only `make docs` needs it.
$(BIN)/.docs: $(BIN)/.ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@
