# Each target makes what it needs by itself. `make` alone lists them.
PYTHON ?= python3
comma := ,
VENV := .venv
BIN := $(VENV)/bin
MODELS ?= built-in
# With CI=true nothing is skipped: the tests of the extra `yolo` (about 6 GB) run too.
EXTRAS := dev$(if $(filter true,$(CI)),$(comma)yolo)
READY := $(VENV)/.ready-$(EXTRAS)

.DEFAULT_GOAL := help
.PHONY: help setup demo test check accuracy bench format constraints services clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "ringwatch needs Python 3.11 or newer: make PYTHON=python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]'
	@touch $@

setup: $(READY)  ## virtual environment and sample clips
	@$(BIN)/python -m sample_streams.make

demo: setup  ## the sample network, a node and the console
	$(BIN)/ringwatch demo

test: setup services  ## every test; on Debian as root installs the real services it needs
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(READY)  ## format, lint, types, imports between the rooms
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

accuracy: setup  ## what the rules are worth on labelled footage, real and composed
	@$(BIN)/python -m bench.accuracy $(foreach model,$(MODELS),--model $(model))

bench: setup  ## what everything costs, one JSON object a line; about seven minutes of a machine that does nothing else
	@$(BIN)/ringwatch bench detect --json $(foreach model,$(MODELS),--model $(model))
	@$(BIN)/ringwatch bench ingest --json
	@$(BIN)/ringwatch bench network --json --cameras 92 --minutes 2 --model $(firstword $(MODELS))
	@$(BIN)/ringwatch bench alerts --json --rate 50
	@$(BIN)/ringwatch bench alerts --json

format: $(READY)  ## put the code into the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

services:
	@sh tests/install_services.sh

constraints: $(READY)  ## write down the exact set of packages that is installed
	$(BIN)/python -m pip freeze --exclude-editable --disable-pip-version-check > constraints.txt

clean:  ## remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
