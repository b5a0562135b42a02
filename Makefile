# The commands that people and CI run; CI runs nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
CORPUS ?= $(HABEAS_CORPUS)

# Else each of the hundreds of processes that the tests start would compile what it imports anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-containers test-compose e2e check bench real up lock clean format

demo: $(VENV)/.ready-app ## set everything up and run the sample consultancy's three requests
	$(BIN)/habeas demo

test: $(VENV)/.ready-dev ## set everything up and run the tests
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not containers"

test-containers: $(VENV)/.ready-dev ## the tests that need a Docker engine
	$(BIN)/python -m pytest -m containers --ignore=tests/integration/test_compose.py

test-compose: $(VENV)/.ready-dev ## docker-compose.yml for real: each container killed, taken down and up again (ten minutes)
	$(BIN)/python -m pytest -m containers tests/integration/test_compose.py

e2e: $(VENV)/.ready-dev ## what docker-compose.yml does, with plain processes: one a role, each killed while requests come in
	$(BIN)/python -m pytest --durations=3 tests/integration/test_processes.py

check: $(VENV)/.ready-dev ## format, lint, types, layers, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m schemas.export --check

format: $(VENV)/.ready-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

bench: $(VENV)/.ready-dev ## the figures
	$(BIN)/python -m bench

real: $(VENV)/.ready-dev ## fulfil requests of people who are in real files: make real CORPUS=folder
	$(BIN)/habeas real --corpus "$(CORPUS)"

up: $(VENV)/.ready-app ## all roles in one process
	$(BIN)/habeas up

$(VENV)/.ready-app: requirements/app.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/app.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@

$(VENV)/.ready-dev: requirements/dev.txt $(VENV)/.ready-app
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@

lock: ## compile the pinned, hashed requirements again (needs uv)
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" --extra sample --extra install -o requirements/app.txt pyproject.toml
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" --all-extras -o requirements/dev.txt pyproject.toml
	cd habeas/testing/services && uv pip compile -q --generate-hashes --no-emit-index-url --python-version 3.11 -o mailman-requirements.txt mailman-requirements.in
	cd habeas/testing/services && uv pip compile -q --generate-hashes --no-emit-index-url --python-version 3.11 -o tryton-requirements.txt tryton-requirements.in

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
