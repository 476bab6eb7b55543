PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test test-long lint ui dictionary clean

# The main job: one year of a grocery chain becomes compared segments, forecasts, an exported model and scores.
run: .venv/ready
	$(BIN)/clientscape run experiments/01_who_are_the_customers.yaml

test: .venv/ready
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadgroup

# All tests, those that repeat themselves as often as they can: kills, planted drift, random logs. Half an hour or more.
test-long: export CLIENTSCAPE_LONG = 1
test-long: test

lint: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

ui: .venv/ready
	MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false $(BIN)/mlflow ui --backend-store-uri sqlite:///runs/mlflow.db --host 127.0.0.1 --port 5000

# The table of features in data/README.md, out of their docstrings.
dictionary: .venv/ready
	$(BIN)/python -m clientscape.run.dictionary data/README.md

clean:
	rm -rf .venv runs data/quarantine data/scores .pytest_cache .mypy_cache .ruff_cache

# Set up once, and again when the project's requirements change.
.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[train,data,dev]'
	touch $@
