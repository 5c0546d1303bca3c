# Everything starts here; each target makes the environment that it needs.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
DEMO ?= demo

.PHONY: demo pictures test check format clean flink-up flink-down test-flink test-dbt

# what nobody imports: tests, numbers' geography, and pip itself
NOT_COMPILED = /tests?/|_test\.py$$|/(carrier|geo|short|tz)data/|/site-packages/(pip|setuptools)/
COMPILED = $(BIN)/python -W ignore -m compileall -q -j 0 -x '$(NOT_COMPILED)' $(VENV)/lib pipelines transforms

$(VENV)/.run: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --no-compile --upgrade pip
	$(BIN)/python -m pip install -qq --no-compile -c constraints.txt -e .
	-$(COMPILED)  # on all cores
	touch $@

$(VENV)/.done: $(VENV)/.run
	$(BIN)/python -m pip install -qq --no-compile -c constraints.txt -e '.[dev]'
	-$(COMPILED)
	touch $@

demo: $(VENV)/.run   ## simulate 20,000 people, resolve them, compare with the truth
	rm -rf $(DEMO)
	$(BIN)/idweave simulate $(DEMO)/world --people 20000 --seed 7
	$(BIN)/idweave backfill $(DEMO)/world/idweave.yaml --output $(DEMO)/out
	@echo; echo "Against the truth, over pairs of records ('everything' has one scope, 'brand' two):"
	@$(BIN)/python -m idweave.pipelines.evaluate $(DEMO)/out/current $(DEMO)/world/truth careful
	@echo; echo "Look at the result, for instance with DuckDB:"
	@echo "  $(BIN)/python -c \"import duckdb; duckdb.sql(\\\"SELECT profile_id, identity_count, record_count, first_name, plan FROM '$(DEMO)/out/current/profiles/strategy=careful/*.parquet' ORDER BY identity_count DESC LIMIT 5\\\").show()\""
	@echo; echo "The report, to open in a browser:"
	@$(BIN)/idweave report $(DEMO)/out --output $(DEMO)/report.html

pictures: demo $(VENV)/.done   ## the README's pictures, of the demo; needs Chromium
	$(BIN)/python -m tests.browser.pictures $(DEMO)/out

test: $(VENV)/.done   ## all tests
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not flink"

check: $(VENV)/.done   ## lint, types, architecture and the quick tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not flink"

flink-up: $(VENV)/.done   ## a small real Flink on this machine; needs Java 17, Maven and Go
	$(BIN)/python -m tests.flink.cluster up

flink-down: $(VENV)/.done
	$(BIN)/python -m tests.flink.cluster down

test-flink: $(VENV)/.done   ## the same rows on that Flink, with parallelism 4, and a refresh
	$(BIN)/python -m pytest -m flink tests/flink

$(VENV)-dbt/.done:
	$(PYTHON) -m venv $(VENV)-dbt
	$(VENV)-dbt/bin/pip install -qq 'dbt-core==1.11.16' 'dbt-duckdb==1.11.1' 'duckdb==2.0.0'
	touch $@

test-dbt: $(VENV)/.done $(VENV)-dbt/.done   ## the dbt package of the examples, by dbt itself
	IDWEAVE_DBT=$(VENV)-dbt/bin/dbt $(BIN)/python -m pytest tests/pipelines/load/test_dbt.py

format: $(VENV)/.done
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) $(VENV)-dbt $(DEMO) .flink build dist *.egg-info
