# Everything a person needs to do here. Each command installs what it lacks first.
ARGS ?=

.PHONY: demo up test test-long lint contracts bench mutants

demo: ## live through a quarter of 2026 and watch it
	@deploy/bootstrap demo
	@.venv/bin/ztc demo $(ARGS)

up: ## the same system on the real clock, until Ctrl-C
	@deploy/bootstrap demo
	@.venv/bin/ztc up $(ARGS)

test: ## lint, contracts, and every test that takes seconds
	@deploy/bootstrap test
	@$(MAKE) --no-print-directory lint contracts
	@.venv/bin/pytest -m "not long" -n 3 --no-loadscope-reorder --ledger $(ARGS)

test-long: ## fault runs, the whole demo twice, benchmarks
	@deploy/bootstrap test
	@.venv/bin/pytest -m long --timeout 1200 $(ARGS)

lint:
	@deploy/bootstrap test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/pyright
	.venv/bin/lint-imports

contracts:
	@deploy/bootstrap test
	.venv/bin/ztc contracts check

mutants: ## break each rule of the five regulations and see its test turn red
	@deploy/bootstrap test
	@.venv/bin/python -m tests.mutants $(ARGS)

bench: ## appeals per second against the ceiling of the bare libraries
	@deploy/bootstrap test
	@.venv/bin/python -m tests.bench $(ARGS)
