# Everything a developer runs. `make help` lists it; continuous integration runs `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Servers that were downloaded come before those of the machine.
export PATH := $(CURDIR)/.cache/stack/bin:$(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help demo test format lint types floors pytest build check checks coverage stack lock wheel clean

help:  ## Show what there is.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY)  ## Push to a real Prometheus and a real Alertmanager, show what is live, and stop them.
	@$(BIN)/python tools/stack.py --optional
	@PYTHONPATH=tests $(BIN)/python tools/demo.py

test: format lint types floors pytest  ## Everything: format, lint, types, floors, unit tests, tests against real servers.

format: $(READY)  ## Is the code formatted?
	$(BIN)/ruff format --check .

lint: $(READY)  ## What does ruff find?
	$(BIN)/ruff check .

types: $(READY)  ## What does mypy find?
	$(BIN)/mypy

floors: $(READY)  ## Do imports go downwards only?
	$(BIN)/lint-imports

pytest: $(READY)  ## Unit tests, and tests against real servers.
	@$(BIN)/python tools/stack.py --exporters --ssh --optional
	$(BIN)/python -m pytest -n auto --dist loadfile

build: $(READY)  ## Write build/.
	$(BIN)/dojoboards build

check: $(READY)  ## Is build/ what the content gives?
	$(BIN)/dojoboards build --check

checks: $(READY)  ## Write docs/checks.md: every check of dojoboards lint, and what of other linters it covers.
	@$(BIN)/python tools/checks.py

coverage: $(READY)  ## Write docs/coverage.md: what is required, what fulfils it, which tests prove it.
	@$(BIN)/python tools/coverage.py

stack: $(READY)  ## Download the servers that this machine lacks into .cache/stack/ (Debian).
	@$(BIN)/python tools/stack.py --exporters --ssh

lock: $(READY)  ## Make requirements.lock anew.
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade \
	  --group dev pyproject.toml --output-file requirements.lock

wheel: $(READY)  ## Build the wheel into dist/.
	$(BIN)/python -m build --wheel --no-isolation

clean:  ## Remove .venv, caches and dist/.
	rm -rf $(VENV) .cache dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; name it with make PYTHON=...") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
