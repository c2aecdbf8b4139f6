# Two commands: `make demo` and `make test`. Both set up what they need in .venv; a second call is quick.
PYTHON ?= python3
VENV ?= .venv
LOCK ?= requirements.lock
PYTHONS ?= 3.11 3.12 3.13 3.14 lowest
BIN := $(VENV)/bin
# as many workers as cores: threads of small matrices would only wait for each other
export OPENBLAS_NUM_THREADS ?= 1
# an environment is of one Python: another one makes it anew
READY := $(VENV)/.ready-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2> /dev/null)
JOBS ?= 2
COUNT ?= 60
TOOLS := .tools
UV ?= $(PYTHON) -m uv
# what differs from one Python or pandas to the next: files in, labels and tables of every door, signals, and every page's
# code, which asks each verb once; numbers of the same arrays do not
SLIM ?= tests/gate tests/io tests/pp \
  $(addprefix tests/tl/,$(addsuffix .py,test_any_source test_associate test_change test_label_forms test_labels test_score \
    test_sources test_visits_and_arms)) \
  $(addprefix tests/study/,$(addsuffix .py,test_associations test_check test_folder test_label_forms test_run test_sheet)) \
  $(addprefix tests/cli/,$(addsuffix .py,test_app test_interrupted test_outputs test_score test_verbs)) \
  tests/test_docs.py tests/test_imports.py tests/test_public_api.py

.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-data test-code test-slim test-matrix test-workflows workflow-tools docs example calibration validation benchmark benchmark-docs fuzz mutants lock clean

help:           ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(READY): pyproject.toml $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit("ifnsig needs Python 3.11 or newer; got " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 demo") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: $(READY)  ## run the main job on example_data and show where the report is
	@$(BIN)/ifnsig run example_data/study.toml

test: $(READY)  ## tests, linter and type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not heavy and not workflow"

test-all: $(READY) ## the same with the tests that take minutes
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not workflow"

test-data: $(READY) ## the tests of data that are not in the repository: IFNSIG_REAL_DATA, IFNSIG_GOLDEN
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "data and not heavy and not workflow"

test-code: $(READY) demo
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not heavy and not workflow"

test-slim: $(READY) demo
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not heavy and not workflow" $(SLIM)

test-matrix: ## demo and all tests on every Python here, newest dependencies, and with the oldest on 3.11
	MAKE="$(MAKE)" scripts/on_every_python.sh test-code $(PYTHONS)

test-workflows: $(READY) workflow-tools ## Snakemake, Nextflow, CWL and MultiQC, really run
	IFNSIG_WORKFLOW_TOOLS=$(CURDIR)/$(TOOLS) $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m workflow tests/workflows

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

fuzz: $(READY)   ## mutants of every format, 10,000 flipped bits of a stored matrix, 200 stopped runs, 3,000 changed studies: a result or an error of ours
	$(BIN)/python -W ignore scripts/fuzz_readers.py 1000
	$(BIN)/python scripts/fuzz_stored.py 10000
	$(BIN)/python scripts/fuzz_interrupted.py 200
	$(BIN)/python tests/study/mutations.py --count 3000

mutants: $(READY) ## small faults in a copy of the tree that no test notices: COUNT of them, in the files changed since SINCE or in a sample
	$(BIN)/python scripts/mutants.py --count $(COUNT) $(if $(SINCE),--since $(SINCE))

benchmark: $(READY) ## time everything beside the peers that are installed, and write benchmarks/results
	$(BIN)/python benchmarks/compare.py

benchmark-docs: $(READY) ## write the tables and plots of the docs from benchmarks/results
	$(BIN)/python scripts/benchmark_docs.py

lock:           ## resolve requirements.lock and requirements.lowest again (needs uv)
	$(UV) pip compile pyproject.toml --universal --python-version 3.11 --extra test --extra dev --no-header --no-annotate -o requirements.lock
	$(UV) pip compile pyproject.toml --universal --python-version 3.11 --extra test --extra dev --resolution lowest-direct --no-header --no-annotate -o requirements.lowest

clean:          ## remove what was made
	rm -rf $(VENV) $(TOOLS) results .pytest_cache .mypy_cache .ruff_cache
