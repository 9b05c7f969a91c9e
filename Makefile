# vpnpolicy: each target makes .venv and installs what it needs, once, and uses it afterwards.
#   make PYTHON=/path/to/python3.12 report     to choose another Python (3.11 or newer)

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
TOOLS ?= .venv-tools
OUT ?= reports/latest
SLOW := notebooks or browser or faults or cluster or slow
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help report sample dictionary test unit lab bench faults soak fuzz lowest sbom audit lock clean
.DEFAULT_GOAL := help

help:            ## What the targets do
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

report: $(VENV)/.reports  ## Make every report: HTML, PDF, figures, tables
	@$(BIN)/vpnpolicy report --all --out $(OUT)

sample: $(VENV)/.reports  ## Make the brief anew that the repository shows, and the picture of its first page
	@$(BIN)/vpnpolicy report 00_brief --out build/sample --format html,pdf,png
	@rm -rf reports/sample && mkdir -p reports/sample
	@cp build/sample/00_brief/report.html reports/sample/brief.html
	@cp build/sample/00_brief/report.pdf reports/sample/brief.pdf
	@cp -R build/sample/00_brief/figures reports/sample/figures
	@rm -rf build/sample
	@if command -v pdftoppm >/dev/null; then pdftoppm -r 84 -png -singlefile reports/sample/brief.pdf docs/images/brief; fi

dictionary: $(VENV)/.reports  ## Write docs/dictionary.md anew from the schema
	@$(BIN)/vpnpolicy dictionary --markdown > docs/dictionary.md

test: $(VENV)/.dev  ## Lint, the whole test suite, notebooks run for real
	$(BIN)/python -m pip check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/vpnpolicy validate
	$(BIN)/python -m pytest -n auto -m "not ($(SLOW))"
	$(BIN)/python -m pytest -n auto --dist loadfile -m "$(SLOW)"

unit: $(VENV)/.dev  ## The quick layer of the tests alone
	$(BIN)/python -m pytest -n auto -m "not ($(SLOW))"

lab: $(VENV)/.dev  ## Open JupyterLab on the notebook for exploring
	$(BIN)/jupyter lab --notebook-dir=. notebooks/explore.ipynb

bench: $(VENV)/.dev $(TOOLS)/.tools  ## Measure side by side, in one run
	TOOLS_PYTHON=$(TOOLS)/bin/python $(BIN)/python -m benchmarks

faults: $(VENV)/.dev  ## Every fault in its long form, and a table of what was tried
	$(BIN)/python -m tests.faults

soak: $(VENV)/.dev  ## 300 reports over 20 random kills, and a tally
	$(BIN)/python -m tests.faults.soak

fuzz: $(TOOLS)/.tools  ## Every reader under a fuzzer for a minute, and a table
	$(TOOLS)/bin/python -m tests.fuzz

lowest: $(TOOLS)/.lowest  ## The quick tests with the oldest dependencies that are allowed
	$(TOOLS)/lowest/bin/python -m pytest -n auto -o filterwarnings=default -W ignore -m "not ($(SLOW))"

sbom: $(TOOLS)/.tools $(VENV)/.reports  ## What is installed for reports, as CycloneDX, in build/sbom.json
	@mkdir -p build
	$(TOOLS)/bin/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible --of JSON -o build/sbom.json

audit: $(TOOLS)/.tools  ## Known holes in the locked dependencies; fails where the service does not answer
	$(TOOLS)/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock

lock: $(VENV)/.dev  ## Make the hashed lock files anew
	$(PIP) uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra reports --extra build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --extra tools -c requirements-dev.lock pyproject.toml -o requirements-tools.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 --resolution lowest-direct --extra dev pyproject.toml -o requirements-lowest.lock

clean:           ## Remove what was generated
	rm -rf $(VENV) $(TOOLS) dist build reports/latest .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "vpnpolicy needs Python 3.11 or newer; none was found. Install one, or say: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(f"vpnpolicy needs Python 3.11 or newer; $(PYTHON) is {v[0]}.{v[1]}. Say: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" if v < (3, 11) else 0)'
	@echo "Making $(VENV) with $$($(PYTHON) --version). The first time takes about a minute."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.reports: requirements.lock pyproject.toml | $(VENV)/bin/python
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@$(PIP) --require-hashes -r requirements-dev.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.reports

$(TOOLS)/bin/python: | $(VENV)/bin/python
	@$(BIN)/python -m venv $(TOOLS)

$(TOOLS)/.tools: requirements-tools.lock pyproject.toml | $(TOOLS)/bin/python
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-tools.lock
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(TOOLS)/.lowest: requirements-lowest.lock pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python -m venv $(TOOLS)/lowest
	@$(TOOLS)/lowest/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-lowest.lock
	@$(TOOLS)/lowest/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
