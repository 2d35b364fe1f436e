# `make run` and `make test` are all that a newcomer needs: each builds what it is missing first.
# Needed on the machine: make and Python 3.11 or later; for what checks the JavaScript Node with npm as well. PYTHON=...
# picks the interpreter, PORT=... the port.

PORT ?= 8000
JOBS ?= auto
VENV := .venv
PY := $(VENV)/bin/python
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
LOCK := $(VENV)/.lock
NODE := node_modules/.installed
PYTEST := $(PY) -m pytest
PARALLEL := -n $(JOBS) --maxprocesses 8
ELSEWHERE := browser or redis or node

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test test-js test-more test-manager check lint lint-js types audit format bench migrate soak lock install texts

help:
	@echo "make run      serve http://localhost:$(PORT) (PORT=... changes it)"
	@echo "make test     every test that needs Python alone"
	@echo "make check    lint, strict types, audit and all tests (Chromium, redis-server, Node and npm needed)"
	@echo "make lint     ruff for the Python; make lint-js: eslint for the JavaScript (Node and npm needed)"
	@echo "make types    strict types: mypy for the Python, tsc for the JavaScript (Node and npm needed)"
	@echo "make test-js  the tests of the widget's parts (Node needed)"
	@echo "make test-manager  the widget in a real userscript manager (docs/real-managers.md says what is needed)"
	@echo "make audit    look the pinned packages up in a list of known vulnerabilities (network needed)"
	@echo "make migrate  bring the configured database to this version's tables"
	@echo "make bench    measure this machine"
	@echo "make soak     the tests that take minutes"
	@echo "make format   let ruff format the code"
	@echo "make texts    bring app/locales/ up to date with the texts of the pages, for translators"
	@echo "make lock     compile requirements*.txt anew from requirements*.in"

run: $(RUNTIME) .env
	@echo "Open http://localhost:$(PORT) in your browser. Ctrl+C ends it."
	@exec $(PY) -m app serve --port $(PORT)

test: $(DEV)
	$(PYTEST) $(PARALLEL) -m "not (soak or manager or $(ELSEWHERE))"

# The widget's parts that need no browser.
test-js: $(NODE)
	node --test tests/unit/widget/*.test.js

# What `test` leaves out for the sake of machines without Chromium, Redis and Node.
test-more: $(DEV)
	$(PYTEST) $(PARALLEL) -m "not soak and ($(ELSEWHERE))"

# Not in `check`: a userscript manager comes from no package registry. docs/real-managers.md says what it needs.
test-manager: $(DEV)
	$(PYTEST) -m manager

check: lint lint-js types audit test test-js test-more

lint: $(DEV)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

lint-js: $(NODE)
	node_modules/.bin/eslint .

types: $(DEV) $(NODE)
	$(PY) -m mypy
	node_modules/.bin/tsc -p .

audit: $(DEV)
	$(PY) -m tests.audit

format: $(DEV)
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

soak: $(DEV)
	$(PYTEST) -m soak --timeout 3600

bench: $(DEV)
	$(PY) -m bench

texts: $(DEV)
	$(PY) -m tests.catalogue

migrate: $(RUNTIME) .env
	@$(PY) -m app migrate

install: $(DEV) .env

# One resolution for every platform and every Python from 3.11 on; no index address is written down.
lock: $(LOCK)
	for name in requirements requirements-dev; do \
	  $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --strip-extras \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $$name.in -o $$name.txt \
	  || exit 1; done

$(LOCK): $(PY)
	$(PY) -m pip install --quiet uv
	@touch $@

# A name on the path is not yet an interpreter (version managers leave stubs), so each candidate is run.
$(PY):
	@for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    if ! "$$candidate" -c 'import ensurepip, venv' 2>/dev/null; then \
	      echo "$$candidate cannot make virtual environments: install its venv package (Debian: python3-venv)." >&2; \
	      exit 1; fi; \
	    echo "Making $(VENV) with $$("$$candidate" --version)"; \
	    exec "$$candidate" -m venv $(VENV); fi; \
	done; \
	echo "RaterHub Tracker needs Python 3.11 or later, and none was found: install it, or say PYTHON=/path/to/python." >&2; \
	exit 1

$(RUNTIME): requirements.txt | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUNTIME)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@touch $@

# Only what checks the JavaScript comes from npm: the compiler and eslint. No script of a package is run.
$(NODE): package-lock.json
	@if ! node --version >/dev/null 2>&1 || ! npm --version >/dev/null 2>&1; then \
	  echo "Checking the JavaScript needs Node 20.19 or later and npm (Debian: nodejs and npm); make run and make test need neither." >&2; \
	  exit 1; fi
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# Browsers differ in whether they keep Secure cookies on http://localhost, so this one asks for none.
# Written under another name first: an interrupted make leaves no half a file behind.
.env: | $(PY)
	@umask 077 && { \
	  echo "# Written by make for this machine alone. Every setting: documentation.md and .env.example." && \
	  printf 'SECRET_KEY=' && $(PY) -c 'import secrets; print(secrets.token_urlsafe(48))' && \
	  echo "# Login over plain http://localhost. Delete this line where people come by https." && \
	  echo "SESSION_COOKIE_SECURE=false"; } > .env.new && mv .env.new .env
	@echo "Wrote .env with a random SECRET_KEY"
