.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV := $(VENV)/.ready-for-development
VIEW := build/view
PAGE := build/yanqing-2023.html
# one version of each library for every Python and system, and no address of a registry
LOCK := build/lock/bin/uv pip compile --quiet --upgrade --universal --fork-strategy fewest --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'
# findings are a result, not a failure of make: 0 clean, 1 fell short, 3 undecided
JUDGED = ; code=$$?; test $$code -eq 0 -o $$code -eq 1 -o $$code -eq 3

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml requirements/build.txt requirements/runtime.txt
	@$(PYTHON) requirements/install.py --can-build
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python requirements/install.py --editable
	@touch $@

$(DEV): $(READY) requirements/dev.txt
	$(BIN)/python requirements/install.py dev
	@touch $@

setup: $(DEV) ## create .venv with everything that development needs

check: $(READY) ## judge Yanqing: the published figures of 2020, and a made-up sheet of 2023, that one as a page too
	@mkdir -p build
	@$(BIN)/dabiao check yanqing facts/samples/yanqing-2020.facts.yaml $(JUDGED)
	@$(BIN)/dabiao check yanqing facts/samples/yanqing-2023 facts/samples/yanqing-2020.facts.yaml --year 2023 \
		--waivers facts/samples/yanqing-2023.waivers.yaml --assignments facts/samples/yanqing.assignments.yaml \
		-o text -o html:$(PAGE) $(JUDGED)
	@echo "page: $(PAGE)"

test: $(DEV) ## run the tests
	$(BIN)/python -m pytest -n auto

test-newest: ## run the tests with the newest releases that pyproject.toml allows, in an environment of their own
	$(PYTHON) -m venv --clear build/newest
	build/newest/bin/python requirements/install.py newest
	build/newest/bin/python -m pytest -n auto

test-spark: $(DEV) ## run the tests that need Spark (500 MB) and Java, which make test skips
	$(BIN)/python requirements/install.py spark
	$(BIN)/python -m pytest tests/test_spark.py

lint: $(DEV) ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV) view ## check types
	cd $(VIEW) && for system in linux win32 darwin; do ../../$(BIN)/mypy --config-file ../../pyproject.toml --platform $$system -p dabiao || exit 1; done

layers: $(DEV) view ## check that each layer imports only from those below it
	cd $(VIEW) && PYTHONPATH=. ../../$(BIN)/lint-imports ../../pyproject.toml

view:  # the root is the package: show it under its name to tools that look for a folder of that name
	@rm -rf $(VIEW) && mkdir -p $(VIEW)/dabiao
	@for part in *.py py.typed $(patsubst %/__init__.py,%,$(wildcard */__init__.py)); do ln -s ../../../$$part $(VIEW)/dabiao/$$part; done

lock: ## renew the lock: the newest releases that pyproject.toml allows, with their hashes
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --disable-pip-version-check --upgrade uv
	$(PYTHON) -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['build-system']['requires'], sep='\n')" \
		| $(LOCK) --generate-hashes - -o requirements/build.txt
	$(LOCK) --generate-hashes pyproject.toml --extra page -o requirements/runtime.txt
	$(LOCK) --generate-hashes pyproject.toml --extra all --extra dev -c requirements/runtime.txt -o requirements/dev.txt
	$(LOCK) --generate-hashes pyproject.toml --extra page --extra fuzz -c requirements/runtime.txt -o requirements/fuzz.txt
	$(LOCK) --generate-hashes pyproject.toml --extra mutants -c requirements/dev.txt -o requirements/mutants.txt
	$(LOCK) --generate-hashes pyproject.toml --extra all -c requirements/dev.txt -o requirements/all.txt
	$(LOCK) --generate-hashes pyproject.toml --extra all --extra bundle -c requirements/dev.txt -c requirements/build.txt -o requirements/bundle.txt
	$(LOCK) --generate-hashes pyproject.toml --extra site -c requirements/dev.txt -o requirements/site.txt
	$(LOCK) --generate-hashes pyproject.toml --extra spark -c requirements/dev.txt -o requirements/spark.txt
	$(LOCK) --no-annotate pyproject.toml --extra page -c requirements/runtime.txt -o requirements/versions.txt

bench: $(DEV) ## measure what users run beside scripts by hand, into docs/speed.md, and the parts of it
	$(BIN)/python bench/table.py --write docs/speed.md
	$(BIN)/python bench/bulk.py
	$(BIN)/python bench/cold.py
	$(BIN)/python bench/load.py
	$(BIN)/python bench/reading.py
	$(BIN)/python bench/whatif.py

bundle: $(DEV) ## make the program that runs without Python, a folder and its archive in build/bundle, and try it
	$(PYTHON) release/make.py
	DABIAO_BUNDLE=build/bundle/dabiao $(BIN)/python -m pytest tests/test_bundled.py

fuzz: $(DEV) ## feed the readers 100,000 altered inputs
	$(BIN)/python requirements/install.py fuzz
	$(BIN)/python tests/fuzz/run.py

kills: $(DEV) ## tell the program to end at 1,000 moments, and look at what it leaves (KILLS=100 SEED=1)
	$(BIN)/python tests/kills.py $(or $(KILLS),1000) $(or $(SEED),0)

mutants: $(DEV) ## change the code at one place at a time: tests must notice (SAMPLE=60 SEED=1 MODULES=rules/ranks.py)
	$(BIN)/python requirements/install.py mutants
	$(BIN)/python tests/mutants/run.py $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) $(if $(SOUND),--sound) $(MODULES)

site: $(DEV) ## make the documents into a site in build/site, in Chinese and in English; fails where a link leads nowhere
	$(BIN)/python requirements/install.py site
	$(BIN)/python docs/site/build.py
	DABIAO_SITE=build/site $(BIN)/python -m pytest tests/test_site.py

pictures: $(DEV) ## draw the pictures of the documents anew, by Chromium and LibreOffice
	$(BIN)/python tests/pictures.py

generated: $(READY) ## write the JSON Schemas and the table of units anew
	@$(BIN)/python -c "from dabiao.base.units import make_units_table; print(make_units_table(), end='')" > units.tmp && mv units.tmp base/units.json
	@for name in plan part facts dataset waivers assignments scenario costs; do $(BIN)/dabiao schema $$name > rules/schemas/$$name.schema.json || exit 1; done

format: $(DEV) ## put the code in its format
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

clean: ## remove what was built
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

.PHONY: help setup check test test-newest test-spark lint types layers view lock bench bundle fuzz kills mutants site pictures generated format clean
