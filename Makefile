# Everything starts here; each target makes the environment that it needs.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
DEMO ?= demo

.PHONY: demo test check format clean

$(VENV)/.done: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	touch $@

demo: $(VENV)/.done   ## simulate 20,000 people, resolve them, compare with the truth
	rm -rf $(DEMO)
	$(BIN)/idweave simulate $(DEMO)/world --people 20000 --seed 7
	$(BIN)/idweave backfill $(DEMO)/world/idweave.yaml --output $(DEMO)/out
	$(BIN)/python -m pipelines.evaluate $(DEMO)/out/current $(DEMO)/world/truth

test: $(VENV)/.done   ## all tests
	$(BIN)/python -m pytest -n 2

check: $(VENV)/.done   ## lint, types and the quick tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 -m "not slow"

format: $(VENV)/.done
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) $(DEMO) build dist *.egg-info
