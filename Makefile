# A convenience: the README gives the pip lines that do the same by hand.
# PIP_ARGS goes to every pip install, e.g. the index option that PyTorch's install page gives for CPU-only wheels.
PYTHON ?= python3
PIP_ARGS ?=
# Seeds that `make mini` trains; the board has the published ones besides.
SEEDS ?= 0-1
VENV := .venv
BIN := $(VENV)/bin

PARTS := $(patsubst %/pyproject.toml,./%,$(wildcard plugins/*/pyproject.toml benchmarks/pyproject.toml))
# What a newcomer needs: everything but the kit for authors of plugins.
KIT := ./plugins/earlyexp-testing
NEEDED := $(filter-out $(KIT),$(PARTS))
PACKAGES := earlyexp_bench $(patsubst %/__init__.py,%,$(wildcard plugins/*/src/*/__init__.py benchmarks/*/__init__.py))
# Set-up runs again when one of these changes, and not otherwise.
DECLARED := pyproject.toml constraints.txt $(addsuffix /pyproject.toml,$(PARTS))
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
# One thread a test process: two processes with two threads each on two cores are ten times slower.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest

.PHONY: help mini smoke test test-fast test-slow lint wheels clean
.DELETE_ON_ERROR:
.NOTPARALLEL:

help:
	@echo "make mini    install into .venv and train seeds $(SEEDS) of the benchmark mini: no GPU, no account, no network after it"
	@echo "make smoke   the same with smoke: does everything run?"
	@echo "make test    all tests, with the conformance kit; test-fast and test-slow are its halves"
	@echo "make lint    ruff, mypy, import-linter"
	@echo "make wheels  one wheel for each package, in dist/"
	@echo "make clean   remove .venv, builds and caches; results stay"

mini: $(INSTALLED)
	$(BIN)/earlyexp-bench run mini --seeds $(SEEDS)

smoke: $(INSTALLED)
	$(BIN)/earlyexp-bench run smoke

test: test-fast test-slow

test-fast: $(INSTALLED_DEV)
	$(PYTEST) -n auto -m "not slow"

test-slow: $(INSTALLED_DEV)
	$(PYTEST) -n auto --dist loadgroup -m slow

lint: $(INSTALLED_DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PACKAGES)
	$(BIN)/lint-imports

# setuptools takes along what an earlier build left in build/.
wheels: $(INSTALLED_DEV)
	rm -rf dist build $(addsuffix /build,$(PARTS))
	$(BIN)/python -m pip wheel $(PIP_ARGS) --no-deps --wheel-dir dist . $(PARTS)

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "earlyexp-bench needs Python 3.11 or newer, and '$(PYTHON)' is not (or is missing)." >&2; \
	  echo "  expected: another one by name, e.g. make PYTHON=python3.12 mini" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "'$(PYTHON) -m venv' failed; Debian and Ubuntu have it in the package python3-venv." >&2; exit 2; }

$(INSTALLED): $(VENV)/pyvenv.cfg $(DECLARED)
	$(BIN)/python -m pip install $(PIP_ARGS) -c constraints.txt -e . $(addprefix -e ,$(NEEDED))
	touch $@

$(INSTALLED_DEV): $(VENV)/pyvenv.cfg $(DECLARED)
	$(BIN)/python -m pip install $(PIP_ARGS) -c constraints.txt -e '.[dev]' $(addprefix -e ,$(PARTS))
	touch $(INSTALLED) $@

clean:
	rm -rf $(VENV) dist build $(addsuffix /build,$(PARTS)) *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find earlyexp_bench tests plugins benchmarks -name __pycache__ -prune -exec rm -rf {} +
	find plugins benchmarks -name '*.egg-info' -prune -exec rm -rf {} +
