# Wardline: `make run` on a fresh machine needs Python 3.11-3.13 with venv, and nothing else.
#
#   make PYTHON=python3.12 run      another interpreter
#   make test ARGS="-k portal"      arguments for what runs (test, run, demo, benchmark)
#   WARDLINE_VAR=/fast/disk make …  another place for data, logs and results than var/

PYTHON ?=
ARGS ?=
BOOTSTRAP := PYTHON="$(PYTHON)" sh scripts/bootstrap.sh
IN_VENV := .venv/bin/python
MANAGE := $(IN_VENV) manage.py
# Packages are installed uncompiled; each process would compile what it imports anew, 3 s of it, at every start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: run demo test check benchmark services-stop clean help

# The tether ends the run in order when make itself is killed.
run: ## web, worker and beat with a demo city, under one Ctrl-C (WARDLINE_PORT, default 8000)
	@$(BOOTSTRAP) run
	@exec $(IN_VENV) apps/operations/supervisor/tether.py $(MANAGE) run $(ARGS)

demo: ## the main job once in a throw-away database: reports, triage, issues, clocks, figures
	@$(BOOTSTRAP) run
	@exec $(MANAGE) demo_run $(ARGS)

test: ## every test, on real PostgreSQL and Valkey
	@$(BOOTSTRAP) test
	@exec $(IN_VENV) -m pytest -n 2 $(ARGS)

# Cheapest first, so that what fails fails soon.
check: ## format, lint, types, import contracts, missing migrations, OpenAPI validity
	@$(BOOTSTRAP) development
	$(IN_VENV) -m ruff format --check .
	$(IN_VENV) -m ruff check .
	$(IN_VENV) -m mypy apps config
	$(IN_VENV) .venv/bin/lint-imports
	@# The models are compared with the migrations; that no database runs to compare its history with is no matter.
	LOG_LEVEL=ERROR DATABASE_POOL_TIMEOUT=0.1 $(IN_VENV) -W "ignore:Got an error checking a consistent migration history:RuntimeWarning" manage.py makemigrations --check --dry-run
	$(MANAGE) spectacular --validate --fail-on-warn --file /dev/null

# Measures the data of make run, or a demo city where there is none yet; the servers stay up for a second look.
benchmark: ## the performance suite; results in var/benchmark.json
	@$(BOOTSTRAP) test
	@$(MANAGE) services start
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) seed_demo --if-empty
	@exec $(MANAGE) benchmark $(if $(ARGS),$(ARGS),--all)

services-stop: ## stop this clone's embedded PostgreSQL and Valkey
	@if [ -x $(IN_VENV) ]; then $(MANAGE) services stop; fi

clean: ## stop the servers, remove their data, .venv, caches and var/
	@if [ -x $(IN_VENV) ]; then $(MANAGE) services remove; fi
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .grimp_cache .hypothesis var
	find apps config tests scripts locustfiles -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
