# All that a person or a machine runs here.  `make demo` needs python3 >= 3.11; `make test` also pip.

.DEFAULT_GOAL := help

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
# The first Python that is new enough; `make test PY=/path/to/python3` names another.
ifndef PY
PY := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c '$(NEW_ENOUGH)' 2>/dev/null && { echo "$$p"; break; }; done)
endif
IN_VENV := .venv/bin/python

# HOME stays as it was: nothing but `claude-client` caches outside this folder.
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/.hypothesis
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_CACHE_DIR := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore
# pip asks `rustc` for its version, and rustup's shim would make a folder in HOME to answer.
export RUSTUP_HOME := $(CURDIR)/.venv/.rustup

# Many tests wait for another process: one worker more than there are processors.
export PYTEST_XDIST_AUTO_NUM_WORKERS ?= $(shell "$(PY)" -c 'import os; print((os.cpu_count() or 1) + 1)')

# What a developer's own uv settings say must not end up in uv.lock.
UV := env -u UV_DEFAULT_INDEX -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS -u UV_INDEX -u UV_INDEX_URL \
	XDG_CONFIG_DIRS=/nonexistent XDG_CONFIG_HOME=/nonexistent UV_SYSTEM_CERTS=1 uv

.PHONY: help demo demo-web test check fix faults bench bench-quick claude-client recording screenshots lock clean python

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: python ## play both examples as separate processes; nothing is installed
	@PYTHONPATH="$(CURDIR)/src" "$(PY)" demo/play.py

demo-web: .venv/.ok ## three agents that wait, and the inbox to answer them in
	@"$(IN_VENV)" demo/web.py

test: .venv/.ok ## every test and every static check, in a .venv made from hashed pins
	$(IN_VENV) -m pytest -q -n auto --dist worksteal

check: .venv/.ok ## what a change must pass: format, lint, types, layers, tests
	$(IN_VENV) -m ruff format --check .
	$(IN_VENV) -m ruff check .
	$(IN_VENV) -m mypy
	.venv/bin/lint-imports --no-logo
	$(IN_VENV) -m pytest -q -n auto --dist worksteal --ignore tests/project/test_static_checks.py

fix: .venv/.ok ## let ruff format and mend what it can
	$(IN_VENV) -m ruff format .
	$(IN_VENV) -m ruff check --fix .

# Tests with `a_few` in their name try some of what their long form tries.
faults: .venv/.ok ## what the tests do, at length: kills, errors, lost servers; LONG=1 tries all there is
	$(IN_VENV) -m pytest -q -n auto --dist worksteal -m long --ignore tests/faults
	@rm -f .venv/faults
	AGENT_SESSION_FAULTS_LEDGER=.venv/faults AGENT_SESSION_FAULTS_LONG=$(LONG) $(IN_VENV) -m pytest \
	-q -n auto --dist worksteal -m "long or not long" -k "not a_few" tests/faults
	$(IN_VENV) -m tests.faults.table .venv/faults docs/reliability.md \
	"make faults$(if $(LONG), LONG=1)"

# psycopg and a PostgreSQL are only there; without them the rest is measured.
bench bench-quick: BENCH_PY = $(if $(wildcard .venv/.ok),$(IN_VENV),$(PY))
bench: python ## every benchmark, side by side in one run; PostgreSQL's where there is a .venv
	@PYTHONPATH="$(CURDIR)/src" "$(BENCH_PY)" benchmarks/run.py

bench-quick: python ## the same with small numbers
	@PYTHONPATH="$(CURDIR)/src" "$(BENCH_PY)" benchmarks/run.py --quick

claude-client: python ## put the real client, which tests then drive, into your cache folder (400 MB)
	@"$(PY)" -m pip --version >/dev/null 2>&1 || { echo "$(PY) has no pip." >&2; exit 1; }
	@"$(PY)" tests/e2e/claude/binary.py

recording: .venv/.ok ## record a real run anew as docs/claude-code.svg (needs the client and tmux)
	$(IN_VENV) -m tests.e2e.claude.recording docs/claude-code.svg

screenshots: .venv/.ok ## take the pictures of docs/web.md anew (needs chromium)
	$(IN_VENV) -m tests.e2e.web.screenshots docs

lock: ## resolve the pins anew (needs uv): uv.lock, and requirements-test.txt from it
	$(UV) lock --upgrade
	{ echo "# Made from uv.lock by 'make lock'; do not edit."; \
	$(UV) export --quiet --locked --no-header --no-default-groups --group test --no-emit-project; \
	} > requirements-test.txt
	cd benchmarks/peers/requirements && for each in *.in; do $(UV) pip compile --quiet --universal \
	--python-version 3.11 --no-annotate \
	--custom-compile-command "make lock" "$$each" --output-file "$${each%.in}.txt"; done

clean: ## remove .venv and every cache
	rm -rf .venv .venv-peers .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	rm -f .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip runs from outside: a Python without ensurepip (Debian without python3-venv) can make a bare .venv.
.venv/.ok: pyproject.toml requirements-test.txt | python
	@"$(PY)" -m pip --version >/dev/null 2>&1 || { \
	echo "$(PY) has no pip, which installs what the tests need (Debian: apt-get install python3-pip)." >&2; \
	exit 1; }
	@"$(PY)" -m pip --help | grep -q -e '--python' || { \
	echo "The pip of $(PY) is older than 22.3 and has no --python option; upgrade it." >&2; exit 1; }
	@echo "Installing the test tools into .venv from hashed pins ..."
	@"$(PY)" -m venv --clear --without-pip .venv
	@"$(PY)" -m pip --python $(IN_VENV) install -q --require-hashes -r requirements-test.txt
	@py=$$(command -v "$(PY)"); PATH="$(CURDIR)/.venv/bin:$$PATH" \
	"$$py" -m pip --python $(IN_VENV) install -q --no-deps --no-build-isolation -e .
	@echo "$(CURDIR)" > $@

# A .venv that was copied or moved along with the folder still points at the old one.
ifneq ($(shell cat .venv/.ok 2>/dev/null),$(CURDIR))
$(shell rm -f .venv/.ok)
endif

python:
	@test -n "$(PY)" || { \
	echo "agent-session needs Python 3.11 or newer; python3 here is: $$(python3 --version 2>&1)." >&2; \
	echo "Install one, or name it: make PY=/path/to/python3 ..." >&2; exit 1; }
	@"$(PY)" -c '$(NEW_ENOUGH)' || { echo "$(PY) is older than Python 3.11, or no Python." >&2; exit 1; }
