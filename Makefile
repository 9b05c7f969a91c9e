# vpnpolicy: each target makes .venv and installs what it needs, once, and uses it afterwards.
#   make PYTHON=/path/to/python3.12 report     to choose another Python (3.11 or newer)

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3.14 python3; do $$p -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
TOOLS ?= .venv-tools
OUT ?= reports/latest
SLOW := notebooks or browser or faults or cluster or slow
PIP := python -m pip install --disable-pip-version-check --require-hashes
OURS := python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
UV := $(TOOLS)-uv/bin/uv
LOCK = $(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 pyproject.toml
NEW := awk 'NR == FNR {old[$$0]; next} /^[a-z0-9]/ {skip = $$0 in old} !skip'

.PHONY: help report sample dictionary docs test unit lab bench faults soak fuzz lowest sbom audit lock clean
.DEFAULT_GOAL := help

help:            ## What the targets do
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

report: $(VENV)/.reports  ## Make every report: HTML, PDF, figures, tables
	@$(BIN)/vpnpolicy report --all --out $(OUT)

sample: $(VENV)/.reports  ## Make the brief that the repository shows, and the picture of its first page
	@$(BIN)/vpnpolicy report 00_brief --out build/sample --format html,pdf,png
	@rm -rf reports/sample && mkdir -p reports/sample
	@cp build/sample/00_brief/report.html reports/sample/brief.html
	@cp build/sample/00_brief/report.pdf reports/sample/brief.pdf
	@cp -R build/sample/00_brief/figures reports/sample/figures
	@rm -rf build/sample
	@if command -v pdftoppm >/dev/null; then pdftoppm -r 84 -png -singlefile reports/sample/brief.pdf docs/images/brief; fi

dictionary: $(VENV)/.reports  ## Write docs/dictionary.md from the schema
	@$(BIN)/vpnpolicy validate --dictionary > docs/dictionary.md

docs: $(VENV)/.dev  ## Build the documentation as a site in build/site
	@$(BIN)/mkdocs build --strict --quiet

test: $(VENV)/.dev  ## Lint, the whole test suite, notebooks run for real
	$(BIN)/python -m pip check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/vpnpolicy validate
	$(BIN)/mkdocs build --strict --quiet
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

lowest: $(UV)  ## The quick tests with the oldest dependencies that are allowed
	$(UV) venv --quiet --clear --seed --python 3.11 $(TOOLS)-lowest
	$(UV) pip install --python $(TOOLS)-lowest --resolution lowest-direct --editable ".[dev]"
	$(TOOLS)-lowest/bin/python -m pytest -n auto -m "not ($(SLOW))"

sbom: $(TOOLS)/.tools $(VENV)/.reports  ## What is installed for reports, as CycloneDX, in build/sbom.json
	@mkdir -p build
	$(TOOLS)/bin/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible --of JSON -o build/sbom.json

audit: $(TOOLS)/.tools  ## Known vulnerabilities of the locked dependencies; fails where the service does not answer
	$(TOOLS)/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock

lock: $(UV)      ## Update the hashed lock files after a change of pyproject.toml (make lock UPGRADE=--upgrade: newest versions)
	@mkdir -p build
	$(LOCK) $(UPGRADE) --extra reports --extra build -o requirements.lock
	cat requirements.lock requirements-dev.lock > build/dev.lock
	$(LOCK) $(UPGRADE) --extra dev -c requirements.lock -o build/dev.lock
	$(NEW) requirements.lock build/dev.lock > requirements-dev.lock
	cat build/dev.lock requirements-tools.lock > build/tools.lock
	$(LOCK) $(UPGRADE) --extra tools -c build/dev.lock -o build/tools.lock
	$(NEW) build/dev.lock build/tools.lock > requirements-tools.lock

clean:           ## Remove what was generated
	rm -rf $(VENV) $(TOOLS) $(TOOLS)-uv $(TOOLS)-lowest dist build reports/latest .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment is complete once .pip is there; one whose making was interrupted is made again.
%/.pip:
	@test -n "$(PYTHON)" || { echo "vpnpolicy needs Python 3.11 or newer; none was found. Install one, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "vpnpolicy needs Python 3.11 or newer; $(PYTHON) is older. Name another: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make an environment. On Debian and Ubuntu: apt-get install python3-venv"; exit 2; }
	@test ! -e $* || test -e $*/pyvenv.cfg || { echo "$* is not a Python environment. Name another folder: make VENV=.venv2 $(MAKECMDGOALS)"; exit 2; }
	@echo "Making $* with $$($(PYTHON) --version), then installing what the lock files list: 0.5 GB for reports, 1.3 GB with the tests."
	@$(PYTHON) -m venv --clear $*
	@touch $@

# Each lock file holds only what the ones before it do not.
$(VENV)/.reports: requirements.lock pyproject.toml | $(VENV)/.pip
	$(BIN)/$(PIP) -r requirements.lock
	@$(BIN)/$(OURS)
	@touch $@

$(VENV)/.dev: requirements.lock requirements-dev.lock pyproject.toml | $(VENV)/.pip
	$(BIN)/$(PIP) -r requirements.lock -r requirements-dev.lock
	@$(BIN)/$(OURS)
	@touch $@ $(VENV)/.reports

$(TOOLS)/.tools: requirements.lock requirements-dev.lock requirements-tools.lock pyproject.toml | $(TOOLS)/.pip
	$(TOOLS)/bin/$(PIP) -r requirements.lock -r requirements-dev.lock -r requirements-tools.lock
	@$(TOOLS)/bin/$(OURS)
	@touch $@

$(UV): | $(TOOLS)-uv/.pip
	@$(TOOLS)-uv/bin/python -m pip install --quiet --disable-pip-version-check uv
