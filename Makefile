# Front door for people without the environment: `make` lists what there is to do.
# Every target that needs the environment makes it first; `. .venv/bin/activate` gives the same tools by hand.

PYTHON ?= python3
CORES ?= all
REPORT ?= results/report/index.html

VENV := .venv
INSTALLED := $(VENV)/.installed
ACTIVATE := . $(VENV)/bin/activate &&
INSTALL_LOCK := install -r envs/requirements.lock
# setuptools comes from the lock, so building the package needs no download of its own.
INSTALL_PACKAGE := install --no-deps --no-build-isolation --editable .
# uv does not read pip's settings, so it is handed pip's find-links: whichever installer is used then sees
# the same wheels (of torch above all, whose builds differ by source).
SHARE_FIND_LINKS = links=$${PIP_FIND_LINKS:-$$($(PYTHON) -m pip config get global.find-links 2>/dev/null || true)}; \
	links=$${UV_FIND_LINKS:-$$(echo $$links | tr ' ' ',')}; \
	test -z "$$links" || export UV_FIND_LINKS="$$links"

.DEFAULT_GOAL := help
.PHONY: help env report open recorded findings bench test test-slow test-slurm test-browser test-avx2 faults lint format schema lock clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Settings: CORES=4 (default: all cores), PYTHON=python3.12 (default: python3),"
	@echo "          REPORT=results/recorded/report/index.html (what \`make open\` shows)"

env: $(INSTALLED)  ## Make the environment in .venv (with uv where it is installed, else with pip)

# The stamp makes a second call do nothing. A changed lock is installed over the old environment, which
# keeps running jobs alive.
$(INSTALLED): envs/requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Regrade needs Python 3.11 or newer, \
	but $(PYTHON) is %s. Name another one: make PYTHON=python3.11 ..." % sys.version.split()[0])'
	@set -e; \
	if command -v uv >/dev/null; then \
	    $(SHARE_FIND_LINKS); \
	    test -x $(VENV)/bin/python || uv venv --quiet --seed --allow-existing --python $(PYTHON) $(VENV); \
	    uv pip $(INSTALL_LOCK) --python $(VENV)/bin/python --compile-bytecode; \
	    uv pip $(INSTALL_PACKAGE) --python $(VENV)/bin/python; \
	else \
	    test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV); \
	    $(VENV)/bin/python -m pip $(INSTALL_LOCK); \
	    $(VENV)/bin/python -m pip $(INSTALL_PACKAGE); \
	fi
	@touch $@

report: env  ## Run the workflow as config.yaml says and make the report
	$(ACTIVATE) snakemake --cores $(CORES)
	@echo "make open shows the report in a browser"

open:  ## Show the report in a browser
	@test -f $(REPORT) || { echo "$(REPORT) is not there yet: make report"; exit 1; }
	@$(PYTHON) -m webbrowser "file://$(abspath $(REPORT))"

recorded: env  ## Make the report of the recorded results, without training
	$(ACTIVATE) snakemake --cores $(CORES) --config records=only results=results/recorded

findings: recorded  ## Write docs/findings.md from the recorded results
	$(ACTIVATE) python -m regrade findings --config '{"records": "only", "results": "results/recorded"}' > docs/findings.md.new
	@mv docs/findings.md.new docs/findings.md

bench: env  ## Measure speed beside an ordinary training loop (one group: ONLY=augmentation)
	$(ACTIVATE) python -m benchmarks $(ONLY)

test: lint  ## Lint, then run the fast tests
	$(ACTIVATE) pytest -m "not slow and not slurm and not browser"

test-slow: env  ## Run the slow tests alone
	$(ACTIVATE) pytest -m slow

test-slurm: env  ## Run the tests on a real Slurm, which they start (as root on Debian; installs Slurm and MariaDB)
	$(ACTIVATE) pytest -m slurm

# Where the processor has no more than AVX2, `make test` is this test already.
test-avx2: env  ## Run the tests of networks and trainer as on a processor with AVX2 alone
	$(ACTIVATE) python -c "import torch, sys; sys.exit(torch.backends.cpu.get_cpu_capability() != 'AVX512')" || exit 0; \
	ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 pytest -m "not slow and not slurm and not browser" tests/models tests/training

test-browser: env  ## Open the report in headless Chromium (installs it by apt where root may)
	$(ACTIVATE) pytest -m "browser and not slow"

faults: env  ## Kill, fill disks, flip bits, call twice; hold every number against the undisturbed ones (ten minutes)
	$(ACTIVATE) python -m tests.faults

lint: env  ## Check style, format and types of Python, and style of Snakefile and rules
	$(ACTIVATE) ruff check
	$(ACTIVATE) ruff format --check
	$(ACTIVATE) mypy
	$(ACTIVATE) snakefmt --check Snakefile rules workflow
	$(ACTIVATE) snakemake --lint

format: env  ## Format Python, Snakefile and rules
	$(ACTIVATE) ruff check --fix
	$(ACTIVATE) ruff format
	$(ACTIVATE) snakefmt Snakefile rules workflow

schema: env  ## Write studies/schema.json and docs/words.md anew from the package
	$(ACTIVATE) python -m regrade words > docs/words.md.new
	@mv docs/words.md.new docs/words.md
	$(ACTIVATE) python -m regrade schema > studies/schema.json.new
	@mv studies/schema.json.new studies/schema.json

# The lock names no build of torch (`+cpu`, `+cu130`): the index or find-links of the installing machine
# decide, which is also why it holds no hashes. It is made where a CPU build is to be had, because the CUDA
# libraries of the other builds would be pinned for everyone.
lock:  ## Pin envs/requirements.in anew (needs uv and a CPU build of torch)
	@set -e; $(SHARE_FIND_LINKS); new=envs/requirements.lock.new; trap "rm -f $$new" EXIT; \
	UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile --quiet --upgrade --python-version 3.11 \
	    pyproject.toml envs/requirements.in --output-file $$new; \
	if grep '^nvidia' $$new; then echo "Found no CPU build of torch."; exit 1; fi; \
	sed 's/^\(torch[a-z]*==[0-9.]*\)+[a-z0-9.]*/\1/' $$new > envs/requirements.lock

clean:  ## Remove the environment and all caches; results stay
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache build workflow_scripts/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
