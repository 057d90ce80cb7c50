# The commands people need. `make run` and `make test` work on a fresh clone.
.PHONY: run demo demo-code test long check audit bench reliability docs lock migration clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export FLASK_APP := wsgi:app

run: $(VENV)/.run
	@$(BIN)/flask serve

demo: override export SAMLENG_DATA_DIR := $(or $(SAMLENG_DATA_DIR),./var-demo)
demo: $(VENV)/.run
	@$(BIN)/flask demo serve

# What the authenticator apps of the demonstration's people would show now.
demo-code: override export SAMLENG_DATA_DIR := $(or $(SAMLENG_DATA_DIR),./var-demo)
demo-code: $(VENV)/.run
	@$(BIN)/flask demo code

test: $(VENV)/.dev
	@$(BIN)/python -m tests.prepare
	@$(BIN)/python -m pytest -n auto --dist worksteal -m "not long"

# What takes long (tests/long.py): browsers, real clients, kills, every route as everybody.
long: $(VENV)/.dev
	@$(BIN)/python -m tests.prepare
	@$(BIN)/python -m pytest -n auto --dist worksteal -m long

check: $(VENV)/.dev
	@$(BIN)/ruff format --check --quiet . || (echo "Run: $(BIN)/ruff format ." && false)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/python -m pytest tests/test_architecture.py tests/test_openapi.py tests/test_docs.py \
	  tests/test_scale.py
	@$(BIN)/python -m tests.audit

# Known weaknesses of the packages that are pinned, where an advisory service can be reached.
audit: $(VENV)/.dev
	@$(BIN)/python -m tests.audit

bench: $(VENV)/.dev
	@$(BIN)/python -m tests.bench

reliability: $(VENV)/.dev
	@$(BIN)/python -m pytest tests/reliability

# The pages of docs/ that are lists of what the code has, and openapi/openapi.json.
docs: $(VENV)/.dev
	@$(BIN)/python -m tests.written_docs
	@$(BIN)/flask openapi write

# requirements*.txt are requirements*.in resolved and pinned.
lock: $(VENV)/.dev
	@$(BIN)/python -m tests.lock

migration: $(VENV)/.dev
	@$(BIN)/python -m tests.new_migration "$(MESSAGE)"

$(VENV)/.run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  (echo "Samleng needs Python 3.11 or newer (this is $$($(PYTHON) --version))." && false)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || \
	  (echo "Python's venv module is missing. On Debian: apt-get install python3-venv" && false)
	@echo "Installing what Samleng needs …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt || \
	  (echo "The Python packages could not be fetched. Is there a network? Run it again: it goes on." && false)
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt || \
	  (echo "The Python packages could not be fetched. Is there a network? Run it again: it goes on." && false)
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis
