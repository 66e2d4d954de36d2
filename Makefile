.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# findings are a result, not a failure of make: 0 clean, 1 fell short, 3 undecided
JUDGED = ; code=$$?; test $$code -eq 0 -o $$code -eq 1 -o $$code -eq 3

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

setup: $(READY) ## create .venv with everything needed

check: $(READY) ## judge Yanqing: the published figures of 2020, and a made-up sheet of 2023
	@$(BIN)/dabiao check yanqing facts/samples/yanqing-2020.facts.yaml $(JUDGED)
	@$(BIN)/dabiao check yanqing facts/samples/yanqing-2023 facts/samples/yanqing-2020.facts.yaml \
		--year 2023 --waivers facts/samples/yanqing-2023.waivers.yaml $(JUDGED)

test: $(READY) ## run the tests
	$(BIN)/python -m pytest -n auto

lint: $(READY) ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## check types
	@rm -rf build/types && mkdir -p build/types/dabiao  # the root is the package: show it to mypy under its name
	@for part in *.py py.typed commands rules facts scenarios budget trials engine reports evidence base; do ln -s ../../../$$part build/types/dabiao/$$part; done
	cd build/types && ../../$(BIN)/mypy --config-file ../../pyproject.toml -p dabiao

bench: $(READY) ## measure speed beside hand-written equivalents
	$(BIN)/python bench/bulk.py
	$(BIN)/python bench/cold.py
	$(BIN)/python bench/load.py
	$(BIN)/python bench/whatif.py
	$(BIN)/python bench/reading.py
	$(BIN)/python bench/budget.py

fuzz: $(READY) ## feed the readers 100,000 altered inputs
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[fuzz]"
	$(BIN)/python tests/fuzz/run.py

generated: $(READY) ## write the JSON Schemas and the table of units anew
	@$(BIN)/python -c "from dabiao.base.units import pint_table; print(pint_table(), end='')" > units.tmp && mv units.tmp base/units.json
	@for name in plan part facts waivers scenario costs; do $(BIN)/dabiao schema $$name > rules/schemas/$$name.schema.json || exit 1; done

format: $(READY) ## put the code in its format
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

clean: ## remove what was built
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

.PHONY: help setup check test lint types bench fuzz generated format clean
