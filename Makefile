# Two commands do all: `make demo` and `make test`. They work offline once installed.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
# What is compiled is kept: each process that a test starts would compile src again.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt

.PHONY: demo test test-half test-rest test-slow test-browser matrix lint docs bench real fuzz clean

demo: .venv/demo.ok
	$(BIN)/sosie demo $(ARGS)

# Two halves at once, a core each; what ARGS choose, in one process.
HALF := tests/models tests/sources tests/train

test: .venv/test.ok
ifdef ARGS
	$(BIN)/python -m pytest -m "not slow" $(ARGS)
else
	@$(MAKE) --no-print-directory -j2 test-half test-rest
endif

test-half: .venv/test.ok
	$(BIN)/python -m pytest -m "not slow" $(HALF) $(ARGS)

test-rest: .venv/test.ok
	$(BIN)/python -m pytest -m "not slow" $(HALF:%=--ignore=%) $(ARGS)

test-slow: .venv/test.ok
	$(BIN)/python -m pytest -m "slow and not browser" $(ARGS)

# In a real Chromium: they wait for a screen, so that a busy machine may make them late.
test-browser: .venv/test.ok
	$(BIN)/python -m pytest -m browser $(ARGS)

matrix: .venv/test.ok
	$(BIN)/python -m build --wheel --no-isolation --outdir build/wheel . >/dev/null
	tools/bare_install all

lint: .venv/test.ok
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The site, whose links must all lead somewhere; in the theme that mkdocs brings, as material takes 130 MB.
docs: build/docs/bin/mkdocs
	build/docs/bin/mkdocs build --strict --theme mkdocs

build/docs/bin/mkdocs:
	$(PYTHON) -m venv build/docs
	build/docs/bin/python -m pip install -q --disable-pip-version-check mkdocs==1.6.1

bench: .venv/test.ok
	$(BIN)/python benchmarks/parsers.py
	$(BIN)/python benchmarks/train.py $(ARGS)

real: .venv/test.ok
	$(BIN)/python -m benchmarks.real $(ARGS)

fuzz: .venv/test.ok
	$(BIN)/python tools/fuzz.py $(ARGS)

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Il faut Python 3.11, 3.12 ou 3.13."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/demo.ok: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installation (une minute environ, 1,5 Go)..."
	$(PIP) -e ".[train,studio]"
	@touch $@

.venv/test.ok: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installation (une minute environ, 1,8 Go)..."
	$(PIP) -e ".[train,qlora,studio,gguf,serve,seal,dev]"
	@touch $@ .venv/demo.ok

clean:
	rm -rf .venv .bench build dist
