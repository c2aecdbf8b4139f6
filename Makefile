# Two commands: `make demo` and `make test`. Both set up what they need in .venv; a second call is quick.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JOBS ?= 2
TOOLS := .tools

.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-workflows workflow-tools docs example calibration validation benchmark benchmark-docs lock clean

help:           ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("ifnsig needs Python 3.11 or newer; got " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 demo") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: $(READY)  ## run the main job on example_data and show where the report is
	@$(BIN)/ifnsig run example_data/study.toml

test: $(READY)  ## tests, linter and type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n $(JOBS) -m "not heavy and not workflow"

test-all: $(READY) ## the same with the tests that take minutes
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n $(JOBS) -m "not workflow"

test-workflows: $(READY) workflow-tools ## Snakemake, Nextflow, CWL and MultiQC, really run
	IFNSIG_WORKFLOW_TOOLS=$(CURDIR)/$(TOOLS) $(BIN)/python -m pytest -n $(JOBS) -m workflow tests/workflows

workflow-tools: $(TOOLS)/snakemake/.ready $(TOOLS)/cwltool/.ready $(TOOLS)/multiqc/.ready $(TOOLS)/hadolint/.ready $(TOOLS)/nextflow/classpath

$(TOOLS)/nextflow/classpath: workflows/tools/nextflow.pom.xml
	@mkdir -p $(@D)
	@if command -v mvn > /dev/null && command -v java > /dev/null; then \
	  mvn --quiet --batch-mode -f $< dependency:build-classpath -Dmdep.outputFile=$(CURDIR)/$@; \
	else echo "Maven or Java is not there: the Nextflow modules are checked, not run"; fi

$(TOOLS)/%/.ready: workflows/tools/%.txt
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

example: $(READY) ## make example_data again (seeded: the same bytes)
	$(BIN)/python example_data/make.py

docs: $(READY)   ## write the generated pages of docs/reference
	$(BIN)/python scripts/reference_docs.py

calibration: $(READY) ## run the calibration of all tests and intervals (ten minutes of CPU) and store its results
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.calibration

validation: $(READY) ## write docs/validation.md: the real cohorts that IFNSIG_REAL_DATA names, and the stored calibration
	$(BIN)/python scripts/validation.py

benchmark: $(READY) ## time everything beside the peers that are installed, and write benchmarks/results
	$(BIN)/python benchmarks/compare.py

benchmark-docs: $(READY) ## write the tables and plots of the docs from benchmarks/results
	$(BIN)/python scripts/benchmark_docs.py

lock:           ## resolve requirements.lock again (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --extra test --extra dev --no-header --no-annotate -o requirements.lock

clean:          ## remove what was made
	rm -rf $(VENV) $(TOOLS) results .pytest_cache .mypy_cache .ruff_cache
