# The front door. Every target is one call of `python -m analysis ...`; `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# What one target leaves, the next one reads: `make -j refresh-data reports` must not show what is not built yet.
.NOTPARALLEL:
# A make that another make calls (`make test` runs one) would print which directory it enters.
MAKEFLAGS += --no-print-directory

# Some containers forbid Python to keep what it compiled: then each command compiles pandas anew, for some seconds.
unexport PYTHONDONTWRITEBYTECODE

# PROJECT is a name in data/projects or a TOML file: of nova, or of the only project that DATA_DIR holds, if empty.
# The release is the project file's, unless RELEASE says otherwise.
PROJECT ?=
RELEASE ?=
DATA_DIR ?= data
GIT_REPO ?=
ALLOW_HTTP ?=
VERIFY ?=
FOR ?=
SINCE ?=
STRICT ?=
# Three more than processors: tests wait for servers, browsers and databases a good part of their time.
TEST_PROCESSES ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 3)
LONG ?=
UPGRADE ?=

# An active conda environment is used if there is one; else a virtual environment in .venv.
ifneq ($(strip $(CONDA_PREFIX)),)
ENV := $(CONDA_PREFIX)
STAMP := .cache/setup-$(notdir $(CONDA_PREFIX))
else
ENV := .venv
STAMP := .venv/.setup
endif
PYTHON := $(ENV)/bin/python
LOCK := requirements.txt
EVERYTHING := --extra quota --extra s3 --extra dask --extra voila --group test --group docs --group build
PIN := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $(if $(UPGRADE),--upgrade) pyproject.toml
LOWEST := .cache/lowest
PARTS := line or server or kernel or browser or database or real_data or real_gerrit
FAST := -p no:nbmake -n auto --dist loadfile -q
STRIP := $(PYTHON) -m nbstripout --extra-keys "metadata.papermill cell.metadata.papermill"
define STYLE
$(PYTHON) -m ruff check .
$(PYTHON) -m ruff format --check .
$(STRIP) --verify notebooks/*.ipynb
endef
ANALYSIS := $(PYTHON) -m analysis --data-dir $(DATA_DIR) $(if $(PROJECT),--project $(PROJECT)) $(if $(RELEASE),--release $(RELEASE)) $(if $(ALLOW_HTTP),--allow-http)

.PHONY: help setup demo check fix test test-fast test-lowest test-gerrit refresh-data reports lab docs bench quota-lab quota-engines lock pictures

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

setup: $(STAMP) ## set up the environment (the other targets do it by themselves)

# Every package as the lock has it, so nothing is resolved; Python compiles what is imported, when it is imported first.
# Pip tells of each package in three lines, and then nothing while it unpacks them: the count is for who waits.
ifneq ($(shell command -v uv 2>/dev/null),)
INSTALL := uv pip install --python $(PYTHON)
HAS_ENV := test -x $(PYTHON)
COUNTED := cat
else
INSTALL := $(PYTHON) -m pip install --disable-pip-version-check --progress-bar off --no-compile
# What Debian leaves where its python3-venv is missing, or Ctrl-C in between, is a folder with a Python and without pip.
HAS_ENV := $(PYTHON) -m pip --version >/dev/null 2>&1
COUNTED := awk -v all="$$(grep -c == $(LOCK))" '/^Ignoring/ {--all} /^(Collecting|Requirement already)/ {printf "%4d of %d  %s\n", ++n, all, $$1 == "Requirement" ? $$4 : $$2; fflush()} /^Installing/ {print "All are here; unpacking them takes up to a minute more."; fflush()}'
endif

$(STAMP): pyproject.toml $(LOCK)
ifeq ($(strip $(CONDA_PREFIX)),)
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected python3 3.11 or newer\n   found " + sys.version + "\n      do install a newer one, or activate a conda environment made from environment.yml")'
	@$(HAS_ENV) || python3 -m venv $(ENV)
endif
	@echo "Installing what $(LOCK) lists into $(ENV): a minute or two, and some 400 MB where nothing is cached"
	@$(INSTALL) --require-hashes --no-deps -r $(LOCK) | $(COUNTED)
	@$(INSTALL) --no-deps --no-build-isolation -e . | tail -n 1
	git config --local include.path ../.gitconfig 2>/dev/null || true # notebooks are kept and compared without outputs
	mkdir -p $(dir $(STAMP)) && touch $(STAMP)

lock: ## pin every package anew, with hashes: after a change of pyproject.toml (needs uv; UPGRADE=yes takes the newest)
	uv $(PIN) $(EVERYTHING) -o $(LOCK)
	uv $(PIN) --extra embeddings -c $(LOCK) -o requirements-embeddings.txt

demo: $(STAMP) ## fetch, build and report an invented project; prints which page to open
	$(PYTHON) -m analysis demo

check: $(STAMP) ## style, stripped notebooks and types, without the tests
	$(STYLE)
	$(PYTHON) -m mypy

fix: $(STAMP) ## sort imports, format and strip notebooks; names what is left
	$(PYTHON) -m ruff check --fix --exit-zero --quiet .
	$(PYTHON) -m ruff format --quiet .
	$(STRIP) notebooks/*.ipynb
	$(PYTHON) -m ruff check .

# Without nbmake, which every process of pytest would import with all that runs notebooks; one test asks for it by name.
test: $(STAMP) ## every check: style, types, tests, notebooks stripped
	$(STYLE)
	@# mypy takes most of a minute on one processor, so it runs beside the tests; those in the order of tests/conftest.py
	$(PYTHON) -m mypy & types=$$!; trap "kill $$types 2>/dev/null || true" EXIT; \
	$(PYTHON) -m pytest -p no:nbmake -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder -q || failed=$$?; wait $$types; exit $${failed:-0}

test-fast: $(STAMP) ## the quick tests that need no server, kernel, browser or database: a minute or so (LONG=yes adds the long ones)
	$(PYTHON) -m pytest $(FAST) -m "not ($(PARTS)$(if $(LONG),, or long))"

test-lowest: ## the same and the long ones, with the oldest Python and the lowest versions that the bounds allow (needs uv)
	uv venv --quiet --clear --python 3.11 $(LOWEST)
	uv pip compile --quiet --python $(LOWEST)/bin/python --resolution lowest-direct --no-header pyproject.toml $(EVERYTHING) -o $(LOWEST)/lowest.txt
	uv pip install --quiet --python $(LOWEST)/bin/python --no-deps -r $(LOWEST)/lowest.txt -e .
	$(LOWEST)/bin/python -m pytest $(FAST) -m "not ($(PARTS))"

test-gerrit: $(STAMP) ## the client against a real Gerrit server on loopback (needs a JDK)
	$(PYTHON) -m pytest -p no:nbmake -m real_gerrit -q

refresh-data: $(STAMP) ## fetch what changed from Launchpad and Gerrit, then build (GIT_REPO=path adds a clone, VERIFY=yes looks for what is gone, FOR=2h stops, SINCE=date)
	$(ANALYSIS) refresh $(if $(VERIFY),--verify) $(if $(FOR),--for $(FOR)) $(if $(SINCE),--since $(SINCE)) $(if $(GIT_REPO),--repo $(GIT_REPO)) $(if $(STRICT),--strict)

reports: $(STAMP) ## run every notebook for RELEASE (of nova: liberty), HTML and index
	$(ANALYSIS) report

lab: $(STAMP) ## JupyterLab on loopback, with the notebooks ready
	$(ANALYSIS) lab

docs: $(STAMP) ## the documentation as a site, in build/docs/index.html
	$(PYTHON) -m sphinx -q -b html docs build/docs

pictures: $(STAMP) ## the pictures of the README, of what `make demo` left (needs chromium)
	$(PYTHON) docs/pictures.py data/demo

bench: $(STAMP) ## benchmarks against peers, as a table
	$(PYTHON) -m benchmarks

quota-lab: $(STAMP) ## the full matrix of quota races
	$(ANALYSIS) quota-lab run --matrix full

quota-engines: $(STAMP) ## real quota engines from PyPI, installed outside the checkout, and their races
	$(ANALYSIS) quota-lab engines
