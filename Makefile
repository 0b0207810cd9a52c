# Every target sets up what it needs in .venv; only Python 3.11, 3.12, 3.13 or 3.14 must be there before.
# `make help` lists the targets. PYTHON=... names the Python to set up with.

VENV := .venv
BIN := $(VENV)/bin
LOCKS := requirements.lock requirements-cpu.lock requirements-cuda.lock

# The stamp is written last and named after what was to be installed: an environment that is partial,
# or of other versions, has none that fits.
READY := $(VENV)/.ready-$(shell cat pyproject.toml $(LOCKS) | cksum | cut -d ' ' -f 1)

# One thread a process: two workers then don't get into each other's way.
export OMP_NUM_THREADS ?= 1

.NOTPARALLEL:
.PHONY: help book test test-matrix test-versions lab outputs lint site pdf bench mutants licences lock
.PHONY: clean gate-mutants lighthouse

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | awk -F '|' '{ printf "make %-12s %s\n", $$1, $$2 }'

book: $(READY) ## build both editions into _build/site and say what to open
	@$(BIN)/python -m book.editions

test: lint site ## environment, lint, a strict build, then every test: unit, notebooks, pages
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-matrix: $(READY) ## gate and unit tests as on other machines (LEGS="avx2 wheel": only these)
	@$(BIN)/python -m tools.environments.matrix $(LEGS)

test-versions: $(READY) ## gate and unit tests with the oldest and the newest versions admitted
	@$(BIN)/python -m tools.environments.versions $(LEGS)

lab: $(READY) ## open JupyterLab on the notebooks
	@$(BIN)/jupyter lab --ServerApp.root_dir=book

outputs: $(READY) ## execute the notebooks (NB="book/en/adam.ipynb ...": only these) and store outputs
	@$(BIN)/python -m tools.outputs $(NB)

lint: $(READY) ## ruff and mypy over Python and notebooks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

site: $(READY) ## build both editions from nothing, any warning is an error
	@$(BIN)/python -m book.editions --strict

pdf: site ## print each edition as one PDF into _build/pdf (needs Chromium; some minutes)
	@$(BIN)/python -m tools.pdf

lighthouse: site ## measure every chapter with Lighthouse (PAGES="zh/adam": only these; needs Node.js)
	@$(BIN)/python -m tools.lighthouse $(PAGES)

bench: $(READY) ## time coursekit beside what it replaces
	$(BIN)/python -m tools.bench

mutants: $(READY) ## break coursekit line by line and count what the unit tests notice (MODULE="optim check")
	$(BIN)/python -m tools.mutants $(MODULE)

gate-mutants: $(READY) ## change outputs, chapters and coursekit one by one and count what the gate sees (SEED=24)
	$(BIN)/python -m tools.gate_mutants $(if $(SEED),--seed $(SEED))

licences: $(READY) ## list every dependency with its version and licence
	@$(BIN)/python -m tools.licences

lock: $(READY) ## lock the newest versions that pyproject.toml admits (KEEP=--keep: as few as can be)
	@$(BIN)/python -m tools.lock $(KEEP)

clean: ## remove what the commands built; .venv stays
	rm -rf _build build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): pyproject.toml $(LOCKS)
	@$(find_python); \
	echo "Setting up $(VENV) with $$($$python --version): some minutes, once."; \
	rm -f $(VENV)/.ready-*; \
	same='import sys; print(sys.version_info[:2])'; \
	if [ "$$($(BIN)/python -c "$$same" 2>/dev/null)" = "$$($$python -c "$$same")" ]; \
	then $$python -m venv $(VENV); else $$python -m venv --clear $(VENV); fi && \
	{ $(call install,requirements-cpu.lock) 2>/dev/null; $(call install,requirements.lock); } && \
	if $(BIN)/python -m pip show torch | grep -qE '^Requires:.*(cuda|nvidia)'; \
	then $(call install,requirements-cuda.lock); fi && \
	$(BIN)/python -m pip install -q --no-index --no-deps --no-build-isolation -e . && \
	touch $@ || { \
	  echo "The environment could not be set up; the reason stands above (network? disk space?)."; \
	  echo "Run the same command again: it goes on from here."; exit 1; }

# Nothing is resolved or built, and no file is taken whose hash the lock does not have.
install = $(BIN)/python -m pip install -q --require-hashes --only-binary :all: --no-deps -r $(1)

define find_python
for python in $(if $(PYTHON),"$(PYTHON)",python3 python python3.14 python3.13 python3.12 python3.11); do \
  "$$python" -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' \
    2>/dev/null && found=yes && break; \
done; \
[ "$$found" ] || { \
  echo "The course needs Python 3.11, 3.12, 3.13 or 3.14 with its venv module, and found none"\
  "(looked for: $(if $(PYTHON),$(PYTHON),python3, python, python3.11 to 3.14))."\
  "Install one, or name it: make $(firstword $(MAKECMDGOALS)) PYTHON=/path/to/python3.12"; exit 1; }
endef
