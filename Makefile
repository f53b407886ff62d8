# The front door. Every target is one call of `python -m analysis ...`; `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# What one target leaves, the next one reads: `make -j refresh-data reports` must not show what is not built yet.
.NOTPARALLEL:
# A make that another make calls (`make test` runs one) would print which directory it enters.
MAKEFLAGS += --no-print-directory

# PROJECT is a name in data/projects or a TOML file: of nova, or of the only project that DATA_DIR holds, if empty.
# The release is the project file's, unless RELEASE says otherwise.
PROJECT ?=
RELEASE ?=
DATA_DIR ?= data
GIT_REPO ?=

# An active conda environment is used if there is one; else a virtual environment in .venv.
ifneq ($(strip $(CONDA_PREFIX)),)
ENV := $(CONDA_PREFIX)
STAMP := .cache/setup-$(notdir $(CONDA_PREFIX))
else
ENV := .venv
STAMP := .venv/.setup
endif
PYTHON := $(ENV)/bin/python
ANALYSIS := $(PYTHON) -m analysis --data-dir $(DATA_DIR) $(if $(PROJECT),--project $(PROJECT)) $(if $(RELEASE),--release $(RELEASE))

.PHONY: help setup demo test test-gerrit refresh-data reports lab bench quota-lab

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

setup: $(STAMP) ## set up the environment (the other targets do it by themselves)

$(STAMP): pyproject.toml constraints.txt
ifeq ($(strip $(CONDA_PREFIX)),)
	python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected python3 3.11 or newer\n   found " + sys.version + "\n      do install a newer one, or activate a conda environment made from environment.yml")'
	test -x $(PYTHON) || python3 -m venv $(ENV)
endif
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[lab,test,scale]'
	$(PYTHON) -m nbstripout --install --attributes .git/info/attributes 2>/dev/null || true
	mkdir -p $(dir $(STAMP)) && touch $(STAMP)

demo: $(STAMP) ## the whole line on an invented project: fetch, build, report; says where to look
	$(PYTHON) -m analysis demo

test: $(STAMP) ## every check: style, types, tests, notebooks stripped
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -m nbstripout --verify --extra-keys "metadata.papermill cell.metadata.papermill" notebooks/*.ipynb
	$(PYTHON) -m pytest -n 2 --dist loadfile -q

test-gerrit: $(STAMP) ## the client against a real Gerrit server on loopback (needs a JDK)
	$(PYTHON) -m pytest -m real_gerrit -q

refresh-data: $(STAMP) ## fetch what changed from Launchpad and Gerrit (GIT_REPO=path adds a clone, VERIFY=yes looks for what is gone), then build
	$(ANALYSIS) fetch launchpad $(if $(VERIFY),--verify)
	$(ANALYSIS) fetch gerrit $(if $(VERIFY),--verify)
	$(if $(GIT_REPO),$(ANALYSIS) fetch git --repo $(GIT_REPO))
	$(ANALYSIS) build

reports: $(STAMP) ## run every notebook for RELEASE (of nova: liberty), HTML and index
	$(ANALYSIS) report

lab: $(STAMP) ## JupyterLab on loopback, with the notebooks ready
	$(ANALYSIS) lab

bench: $(STAMP) ## benchmarks against peers, as a table
	$(PYTHON) -m benchmarks

quota-lab: $(STAMP) ## the full matrix of quota races
	$(ANALYSIS) quota-lab run --matrix full
