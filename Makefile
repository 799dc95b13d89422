# Two commands do everything on a machine with Python 3.11+ and pip: `make demo` and `make test`.

PYTHON ?= $(shell command -v python3 || command -v python)
VENV := .venv
BIN := $(VENV)/bin
# pip's own words only when something is wrong; add options here, such as --extra-index-url
PIP_FLAGS ?= --quiet
PYTEST_FLAGS ?=
SECONDS ?= 600
INSTALL = $(BIN)/python -m pip install --disable-pip-version-check $(PIP_FLAGS) -c constraints.txt
SOURCES := printwarden.py hatch_build.py dataset_builder classifier printer_guard web compression tests
KERNEL := dataset_builder/kernel
# What decides whether an environment is up to date
RECIPE := pyproject.toml constraints.txt hatch_build.py

.DEFAULT_GOAL := help
.PHONY: help demo test fuzz lint format kernel bench dataset benchmark train leaderboard words vendor clean

help:  ## list these targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-11s %s\n", $$1, $$2 }'

demo: $(VENV)/demo.stamp kernel  ## install without torch, stop a simulated print, judge sample jobs, fill a console
	$(BIN)/printwarden guard demo
	$(BIN)/printwarden demo

test: lint  ## install everything, then lint, type-check and run all tests
	$(BIN)/python -m pytest -q $(PYTEST_FLAGS)

fuzz: $(VENV)/test.stamp kernel  ## search for inputs that break a law: make fuzz SECONDS=3600
	$(BIN)/python -m tests.fuzz.back_ends --seconds $(SECONDS)
	$(BIN)/python -m pytest -q -m hypothesis -p tests.profiles --hypothesis-profile=fuzz $(PYTEST_FLAGS)

lint: $(VENV)/test.stamp kernel  ## ruff, mypy and the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/test.stamp  ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/demo.stamp kernel  ## measure reading and drawing on this machine: make bench JOB=file.gcode
	$(BIN)/printwarden bench read $(JOB)

dataset: $(VENV)/test.stamp kernel  ## build the C3PO dataset in full and report on it: some minutes
	$(BIN)/printwarden dataset build -o c3po --preset c3po --resume
	$(BIN)/printwarden dataset report c3po

benchmark: dataset  ## measure all contenders on it: about an hour on two cores
	$(BIN)/printwarden benchmark --data c3po

train: $(VENV)/test.stamp kernel  ## train a small detector in some minutes; docs/training.md has the whole one
	$(BIN)/printwarden train --config classifier/training/configs/small.toml --resume

leaderboard: $(VENV)/test.stamp kernel  ## measure all methods that make networks smaller: overnight; with RUN=FOLDER of `train` on the detector too
	$(BIN)/printwarden leaderboard --net lenet5 --budget small --seeds 3 --workers 2 --resume --out leaderboard-output
	$(if $(RUN),$(BIN)/printwarden leaderboard --net detector --run $(RUN) --budget tiny --seeds 1 --workers 2 --resume --out leaderboard-detector)

words: $(VENV)/test.stamp  ## bring the console's catalogues of words up to date; says what is to be translated
	$(BIN)/python -m web.translations.catalogues

vendor:  ## bundle three.js for the console again (needs npm); see web/vendor/README.md
	cd web/vendor && npm ci --ignore-scripts && npm run build && cp node_modules/three/LICENSE ../static/vendor/three.LICENSE
	cd web/static/vendor && sha256sum three.js > SHA256SUMS

kernel: $(KERNEL)/_kernel.so

# An install compiles the kernel; this rule is for whoever edits it. No compiler is no failure.
$(KERNEL)/_kernel.so: $(wildcard $(KERNEL)/*.c $(KERNEL)/*.h $(KERNEL)/build.py) | $(BIN)/python
	@$(BIN)/python $(KERNEL)/build.py || echo "No C compiler works here: the NumPy back ends will be used."

# The test environment is the demo environment and more, so either stamp serves `make demo`.
$(VENV)/demo.stamp: $(RECIPE) | $(BIN)/python
	@echo "Installing Printwarden into $(VENV) (once; a minute or so)"
	$(INSTALL) -e '.[guard,web]'
	@touch $@

$(VENV)/test.stamp: $(RECIPE) | $(BIN)/python
	@echo "Installing Printwarden and its development tools into $(VENV) (once; several minutes)"
	$(INSTALL) -e '.[dev,train]'
	@touch $(VENV)/demo.stamp $@

# Debian ships venv without ensurepip unless python3-venv is there; the pip outside can stand in.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Printwarden needs Python 3.11 or newer; say which: make PYTHON=/path/to/python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || \
	  { $(PYTHON) -m venv --clear --without-pip $(VENV) && \
	    $(PYTHON) -m pip --quiet --python $@ install pip; } || \
	  { rm -rf $(VENV); echo "This Python cannot make a virtual environment: apt install python3-venv, or say make PYTHON=..."; exit 1; }

clean:  ## remove the environment and everything that was built
	rm -rf $(VENV) build dist demo-output c3po benchmark-output training-run evaluation-output $(KERNEL)/_kernel.so *.egg-info
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +
