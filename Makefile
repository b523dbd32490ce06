# Two commands matter: `make demo` and `make test`. Both set everything up with Python 3.11 and make alone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SPARK := $(VENV)/.spark

LOCKED := --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras --no-header

.PHONY: demo test faults check format docs bench spark lock clean

demo: $(READY)
	$(BIN)/adass demo

# Three at a time even on two processors: the tests of pages mostly wait for a browser.
test: $(SPARK)
	$(BIN)/python -m pytest -n 3 --dist loadfile

# Every fault that can be tried on inputs, disks and processes; `make test` tries some.
faults: $(READY)
	ADASS_FAUTES=toutes $(BIN)/python -m pytest tests/faults

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY)
	$(BIN)/python -m pipelines.documentation

bench: $(READY)
	$(BIN)/python -m benchmarks

# The environment is made anew when the lock file changes.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# What `adass refresh --moteur spark` needs besides (over 400 MB), and Java 17.
spark: $(SPARK)

$(SPARK): requirements-spark.lock $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.lock
	touch $@

# Needs uv; writes hashes and no address of a registry.
lock:
	uv pip compile pyproject.toml --extra dev $(LOCKED) -o requirements.lock
	$(PYTHON) -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['spark'], sep='\n')" \
	  | uv pip compile - $(LOCKED) -o requirements-spark.lock

clean:
	rm -rf $(VENV)
