# Everything that one does with a clone. Needs Python 3.12 or newer; brings all the rest itself,
# into ignored folders of the clone.

.PHONY: help demo test check bench format clean
.DELETE_ON_ERROR:

BIN := .venv/bin
READY := $(BIN)/.ready

help:
	@echo "make demo    a marketplace to try: database, demo world, web and worker"
	@echo "make test    every check and every test"
	@echo "make check   the checks alone: format, lint, types, floors"
	@echo "make bench   the performance figures"
	@echo "make format  what the formatter and the linter can mend by themselves"
	@echo "make clean   removes all that these have made"

demo: $(READY)
	@$(BIN)/placet demo

test: check
	@$(BIN)/pytest -n 2

check: $(READY)
	@$(BIN)/ruff format --check --quiet || { echo "These need formatting (make format):"; $(BIN)/ruff format --check; }
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(READY)
	@$(BIN)/python -m bench

format: $(READY)
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format

clean:
	rm -rf .venv .uv .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# The environment, made again when what it should hold has changed. It is never the system's Python
# that gets anything installed: uv comes from PATH, or into an environment of its own.
$(READY): pyproject.toml uv.lock
	@set -eu; \
	python="$(PYTHON)"; [ -n "$$python" ] || python=$$(scripts/find-python); \
	uv=$$(command -v uv) || { \
	    uv=.uv/bin/uv; \
	    [ -x $$uv ] || { echo "Fetching uv …"; $$python -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"; }; \
	}; \
	UV_PYTHON="$$python" UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 $$uv sync --locked --quiet; \
	touch $@

UV_VERSION := 0.13.9
