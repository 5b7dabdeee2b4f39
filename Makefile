# Every command of the book. `make` alone lists them; all that is needed first is
# Python 3.11 or newer. The tools live in .venv, what is built lives in _build.

PYTHON ?= python3
PORT ?= 8000
# On Linux without a GPU this saves some gigabytes:
# make serve TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=

RUN := .venv/bin/python
PYTEST := $(RUN) -m pytest -q
# After `make serve` has once installed the tools, the other commands may use them.
ANY_PYTHON = $(firstword $(wildcard $(RUN)) $(PYTHON))

PAGES := $(shell find chapters -type f -not -path '*/.ipynb_checkpoints/*')
HELPERS := $(shell find attn_helpers -type f -not -name '*.pyc')
WHOLE_PACKAGE_TESTS := $(wildcard tests/test_*.py)
QUICK_BOOK_TESTS := tests/book/test_hygiene.py tests/book/test_repository.py
NOT_AGAIN := $(addprefix --ignore=,$(WHOLE_PACKAGE_TESTS) $(QUICK_BOOK_TESTS))

# One thread each: results do not depend on the machine, and two workers fit two cores.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
# One instruction set, so that training takes the same path on newer processors, too.
ifeq ($(shell uname -m),x86_64)
export ATEN_CPU_CAPABILITY := avx2
export MKL_CBWR := AVX2
export ONEDNN_MAX_CPU_ISA := AVX2
endif

.PHONY: help serve build test notebooks check mutants bench clean

help: ## list the commands
	@echo "make COMMAND, where COMMAND is one of"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 14

serve: ## install, build and show the book at http://127.0.0.1:8000 (PORT=8000)
	@test -e .venv/.ok || $(supported_python)
	@$(ANY_PYTHON) attn_helpers/book/serve.py --check $(PORT)
	@$(MAKE) --no-print-directory build
	@$(RUN) attn_helpers/book/serve.py $(PORT)

build: _build/.built ## build the pages into _build/html; a warning is an error
	@:

test: check ## run every test: code, notebooks, and the built pages in a browser
	@$(RUN) tests/book/chromium.py --install
	$(PYTEST) tests --ignore=tests/book $(NOT_AGAIN) -n 2 --dist worksteal
	$(PYTEST) --nbval chapters -n 2 --dist loadfile \
		--nbval-current-env --nbval-cell-timeout=600
	@$(MAKE) --no-print-directory build
	$(PYTEST) tests/book $(NOT_AGAIN) -n 2 --dist worksteal

notebooks: .venv/.ok ## run the chapters that are out of date and store their outputs
	@$(RUN) -m ruff format -q chapters
	@$(RUN) -m attn_helpers.book.notebooks

check: .venv/.ok ## the quick checks: style, imports between floors, notebook hygiene
	$(RUN) -m ruff check -q
	$(RUN) -m ruff format -q --check
	$(PYTEST) $(WHOLE_PACKAGE_TESTS) $(QUICK_BOOK_TESTS)

mutants: .venv/.ok ## break the code on purpose and see that a test notices (ROOM=layers)
	@$(RUN) -m tests.mutants $(ROOM)

bench: .venv/.ok ## measure times, memory and page sizes against their budgets
	@$(RUN) -m benchmarks

clean: ## remove what was built; the installed tools stay in .venv
	rm -rf _build .pytest_cache .ruff_cache .hypothesis

# The stamp is written last, so that an interrupted installation is taken up again.
.venv/.ok: requirements.txt requirements-data.txt pyproject.toml
	@$(supported_python)
	@echo "Installing the tools into .venv; the first time this takes some minutes."
	@$(PYTHON) -m venv .venv
	@$(if $(TORCH_INDEX),$(RUN) -m pip install -q --index-url "$(TORCH_INDEX)" \
		"$$(grep '^torch==' requirements.txt)")
	@$(RUN) -m pip install -q --disable-pip-version-check -r requirements.txt
	@$(RUN) -m pip install -q --disable-pip-version-check --no-deps \
		-r requirements-data.txt -e .
	@touch $@

# Sphinx sees a changed page, but not a changed widget, table of contents or setting:
# those start the build afresh.
_build/.afresh: .venv/.ok $(HELPERS) _config.yml _toc.yml
	@rm -rf _build/html _build/.doctrees
	@mkdir -p _build && touch $@

# After a failure nothing is kept: Sphinx would not repeat the warning for a page that
# it has read before, and the second try would wrongly pass.
_build/.built: _build/.afresh $(PAGES)
	@.venv/bin/jupyter-book build . -W -n --keep-going -q || \
		{ rm -rf _build/.doctrees; exit 1; }
	@touch $@

# One sentence instead of a traceback, whatever is wrong with the Python at hand.
define supported_python
{ command -v $(PYTHON) >/dev/null || { \
	echo "There is no $(PYTHON) here: install Python 3.11 or newer first." >&2; \
	exit 1; }; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "The book needs Python 3.11 or newer, and $(PYTHON) is" \
	"$$($(PYTHON) -c 'import platform; print(platform.python_version())');" \
	"name another one, as in: make serve PYTHON=python3.12" >&2; exit 1; }; \
$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	echo "$(PYTHON) cannot make virtual environments: install its venv module first" \
	"(on Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }; }
endef
