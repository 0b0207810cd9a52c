# Every target sets up what it needs in .venv and runs .venv's Python; only a Python from 3.11 to 3.14
# must be there before. `make help` lists the targets. PYTHON=... names the Python to set up with.

VENV := .venv
BIN := $(VENV)/bin
LOCKS := requirements.lock requirements-cpu.lock requirements-cuda.lock

# The stamp is written last and named after what was to be installed: an environment that is partial,
# or of other versions, has none that fits.
READY := $(VENV)/.ready-$(shell cat pyproject.toml $(LOCKS) | cksum | cut -d ' ' -f 1)

# One thread a process: two workers then don't get into each other's way.
export OMP_NUM_THREADS ?= 1

# Whatever a reader's own pip is set to (`user = true` too): the packages go into .venv.
export PIP_USER := 0

# CHAPTER="adam momentum" names chapters; without it a command is about all of them.
GATED = $(if $(CHAPTER),$(foreach one,$(CHAPTER),book/en/$(one).ipynb book/zh/$(one).ipynb),book)
GIT_TEXT = -c diff.notebook.textconv="$(BIN)/python tools/text.py"

.NOTPARALLEL:
.PHONY: help book lab outputs carry diff gate quick format lint test clean
.PHONY: site pdf labs claims replicate lighthouse bench test-matrix test-versions mutants gate-mutants
.PHONY: licences lock

##@ every day
help: ## list the commands
	@awk -F ':.*## ' '/^##@ /{ printf "%s%s\n", gap, substr($$0, 5); gap = "\n" } \
	  /^[a-z-]+:.*## /{ printf "  make %-14s %s\n", $$1, $$2 }' Makefile

book: $(READY) ## build both editions into _build/site and say what to open
	@$(BIN)/python -m book.editions

lab: $(READY) ## open JupyterLab on the notebooks
	@$(BIN)/jupyter lab --ServerApp.root_dir=book

carry: $(READY) ## bring a chapter's code to the other edition (CHAPTER=adam FROM=en)
	@$(BIN)/python -m tools.carry $(CHAPTER) --from $(or $(FROM),en)

outputs: $(READY) ## execute the chapters and store their outputs (CHAPTER=adam: only this one)
	@$(BIN)/python -m tools.outputs $(or $(NB),$(CHAPTER))

diff: $(READY) ## show what changed, notebooks as text
	@git $(GIT_TEXT) diff

gate: $(READY) ## execute the chapters and compare with what is stored (CHAPTER=adam)
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile $(GATED)

quick: $(READY) ## lint and test what your changes can affect (SINCE=main: since that commit)
	@$(BIN)/python -m tools.quick $(if $(SINCE),--since $(SINCE))

format: $(READY) ## bring Python and notebooks into form
	@$(BIN)/ruff check --quiet --fix . && $(BIN)/ruff format .

lint: $(READY) ## ruff and mypy over Python and notebooks (`make format` mends most of it)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint site ## everything: lint, a strict build, then every test: unit, notebooks, pages
	$(BIN)/python -m pytest -n 2 --dist loadfile

clean: ## remove what the commands built; .venv stays
	rm -rf _build build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

##@ maintainers
site: $(READY) ## build both editions from nothing, any warning is an error
	@$(BIN)/python -m book.editions --strict

pdf: site ## print each edition as one PDF into _build/pdf (needs Chromium; some minutes)
	@$(BIN)/python -m tools.pdf

labs: $(READY) ## bundle the labs and draw their stills (needs Node.js)
	@$(BIN)/python -m tools.labs

claims: $(READY) ## list what the chapters claim and which cell shows it (CHAPTER=adam)
	@$(BIN)/python -m tools.claims $(CHAPTER)

replicate: $(READY) ## count each assertion on other draws (CHAPTER=adam K=20)
	@$(BIN)/python -m tools.replicate $(CHAPTER) $(if $(K),-k $(K))

lighthouse: site ## measure every chapter with Lighthouse (PAGES="zh/adam": only these; needs Node.js)
	@$(BIN)/python -m tools.lighthouse $(PAGES)

bench: site ## time coursekit beside what it replaces, the labs' answers to a move, each notebook
	$(BIN)/python -m tools.bench
	$(BIN)/python -m tools.bench.frames
	$(BIN)/python -m tools.bench.notebooks

test-matrix: $(READY) ## gate and unit tests as on other machines (LEGS="avx2 wheel": only these)
	@$(BIN)/python -m tools.environments.matrix $(LEGS)

test-versions: $(READY) ## gate and unit tests with the oldest and the newest versions admitted
	@$(BIN)/python -m tools.environments.versions $(LEGS)

mutants: $(READY) ## break coursekit line by line and count what the unit tests notice (MODULE="optim check")
	$(BIN)/python -m tools.mutants $(MODULE)

gate-mutants: $(READY) ## change outputs, chapters and coursekit and count what the gate sees (SEED=24)
	$(BIN)/python -m tools.gate_mutants $(if $(SEED),--seed $(SEED))

licences: $(READY) ## list every dependency with its version and licence
	@$(BIN)/python -m tools.licences

lock: $(READY) ## lock the newest versions that pyproject.toml admits (KEEP=--keep: as few as can be)
	@$(BIN)/python -m tools.lock $(KEEP)

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
	{ git config diff.notebook.textconv "$(BIN)/python tools/text.py" 2>/dev/null || true; } && \
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
  "Install one, or name it: make $(firstword $(MAKECMDGOALS)) PYTHON=/path/to/python3.12"; exit 1; }; \
"$$python" -c '$(no_wheel)' || exit 1
endef

# PyTorch publishes no wheels for these: say so before anything is fetched.
define no_wheel
import sys, sysconfig as s; \
platform = s.get_platform(); \
intel = platform.startswith("macosx") and platform.endswith("x86_64"); \
musl = "musl" in str(s.get_config_var("HOST_GNU_TYPE")); \
what = intel * "Macs with an Intel processor" or musl * "Linux with musl (Alpine)"; \
what and sys.exit(f"The course needs PyTorch, which has no build for {what}, and this Python is one for it. Take a Mac with an Apple processor and its own Python, or Linux with glibc (Debian, Ubuntu, Fedora).")
endef
