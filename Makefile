# Everything that one does with a clone. Needs Python 3.12 or newer; brings all the rest itself,
# into ignored folders of the clone.

.PHONY: help demo test check chromium bench screenshots format messages client clean
.DELETE_ON_ERROR:

BIN := .venv/bin
READY := $(BIN)/.ready

help:
	@echo "make demo    a marketplace to try: database, demo world, web and worker"
	@echo "make test    every check and every test"
	@echo "make check   the checks alone: format, lint, types, floors"
	@echo "make bench   the performance figures"
	@echo "make screenshots  the pictures of docs/pictures, made again"
	@echo "make format  what the formatter and the linter can mend by themselves"
	@echo "make messages  brings the catalogs of translated texts up to date"
	@echo "make client  writes placet_client's calls and shapes from the API's description"
	@echo "make clean   removes all that these have made"

demo: $(READY)
	@$(BIN)/placet demo

test: check chromium
	@$(BIN)/pytest -n 2 --dist worksteal --durations 15

# The browser that tests drive is the machine's own; a bare Debian has none.
chromium:
	@command -v chromium >/dev/null || { \
	    [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null || { \
	        echo "The tests drive a real browser. Please install chromium (Debian: apt-get install chromium)." >&2; exit 1; }; \
	    echo "Fetching chromium …"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends chromium >/dev/null; }

check: $(READY)
	@$(BIN)/ruff format --check --quiet || { echo "These need formatting (make format):"; $(BIN)/ruff format --check; }
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(READY)
	@$(BIN)/python -m bench

screenshots: $(READY) chromium
	@$(BIN)/python -m tests.browser.screenshots

format: $(READY)
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format

messages: $(READY)
	@$(BIN)/python scripts/messages.py

client: $(READY)
	@$(BIN)/python -m scripts.write_client

clean:
	rm -rf frontend/node_modules src/placet/entrypoints/portal/static/vendor .venv .uv .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# The environment, made again when what it should hold has changed. It is never the system's Python
# that gets anything installed: uv comes from PATH, or into an environment of its own.
$(READY): pyproject.toml uv.lock hatch_build.py frontend/package-lock.json $(wildcard src/placet/entrypoints/portal/locale/*/LC_MESSAGES/*.po)
	@set -eu; \
	python="$(PYTHON)"; [ -n "$$python" ] || python=$$(scripts/find-python); \
	uv=$$(command -v uv) || { \
	    uv=.uv/bin/uv; \
	    [ -x $$uv ] || { echo "Fetching uv …"; $$python -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"; }; \
	}; \
	UV_PYTHON="$$python" UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 $$uv sync --locked --quiet; \
	touch $@

UV_VERSION := 0.13.9
