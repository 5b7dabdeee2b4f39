# Every command of the book. `make` alone lists them; all that is needed first is
# Python 3.11 to 3.14. The tools live in .venv, what is built lives in _build.

PYTHON ?= python3
PORT ?= 8000
# On Linux without a GPU this saves some gigabytes, for all that goes beyond reading:
# make lab TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=

# Tools are run through this Python, never by their own first line, which would go on
# naming the folder that they were installed in after somebody has moved it.
RUN := .venv/bin/python
# This one is a program, not a script.
BIOME := .venv/bin/biome
PYTEST := $(RUN) -m pytest -q
PIP := $(RUN) -m pip install -qq --disable-pip-version-check -c requirements.lock
# This clone's own attn_helpers, whatever else the reader has on this path.
export PYTHONPATH := $(CURDIR)
# After `make serve` has once installed the tools, the other commands may use them.
ANY_PYTHON = $(firstword $(wildcard $(RUN)) $(PYTHON))

PAGES := $(shell find chapters -type f -not -path '*/.ipynb_checkpoints/*')
HELPERS := $(shell find attn_helpers -type f -not -name '*.pyc')
WHOLE_PACKAGE_TESTS := $(wildcard tests/test_*.py)
QUICK_BOOK_TESTS := $(addprefix tests/book/test_,contents.py guides.py hygiene.py \
	references_to_chapters.py repository.py)
ON_ALL_CORES := -n logical --dist worksteal
NOTEBOOK_TESTS := --nbval --nbval-current-env --nbval-cell-timeout=600
NOT_AGAIN := $(addprefix --ignore=,$(WHOLE_PACKAGE_TESTS) $(QUICK_BOOK_TESTS))

# One thread each: results do not depend on the machine, and each worker fits a core.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
# One instruction set, so that training takes the same path on newer processors, too.
ifeq ($(shell uname -m),x86_64)
export ATEN_CPU_CAPABILITY := avx2
export MKL_CBWR := AVX2
export ONEDNN_MAX_CPU_ISA := AVX2
endif

.PHONY: help serve build plain pdf test hosted notebooks lab check insert renumber \
	address mutants bench lock clean

help: ## list the commands
	@echo "make COMMAND, where COMMAND is one of"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' Makefile

serve: ## install, build and show the book at http://127.0.0.1:8000 (PORT=8000)
	@test -e .venv/.book || $(supported_python)
	@$(ANY_PYTHON) attn_helpers/book/serve.py --check "$(PORT)"
	@$(MAKE) --no-print-directory build
	@$(RUN) attn_helpers/book/serve.py "$(PORT)"

build: _build/.built ## build the pages into _build/html; a warning is an error
	@:

# What it needs beyond the first stage is small.
pdf: build ## print the whole book as one PDF, into _build/html
	@$(RUN) -c "import playwright, pypdf" 2>/dev/null || \
		$(PIP) $$(grep -oE '^(playwright|pypdf)==[^ ]*' requirements.txt)
	@browser=$$($(RUN) -m tests.book.chromium --install) && test -n "$$browser" && \
		$(RUN) -m attn_helpers.book.pdf.printed "$$browser"

ifndef CHAPTER
test: check ## run every test, in a browser, too; or those of one chapter (CHAPTER=07)
	@$(RUN) -m tests.book.chromium --install
	@$(RUN) -m tests.book.firefox --install
	$(PYTEST) tests --ignore=tests/book $(NOT_AGAIN) $(ON_ALL_CORES)
	$(PYTEST) $(NOTEBOOK_TESTS) chapters -n logical --dist loadfile
	@$(MAKE) --no-print-directory build
	$(PYTEST) tests/book $(NOT_AGAIN) $(ON_ALL_CORES)
else
test: .venv/.ok
	@$(RUN) -m tests.book.chromium --install
	@page=$$($(RUN) -m attn_helpers.book.contents "$(CHAPTER)") && set -x && \
		$(PYTEST) tests --ignore=tests/book --chapter "$(CHAPTER)" $(ON_ALL_CORES) && \
		$(PYTEST) $(NOTEBOOK_TESTS) $$page.ipynb
	@$(MAKE) --no-print-directory build
	$(PYTEST) tests/book --chapter "$(CHAPTER)" $(ON_ALL_CORES)
endif

plain: build ## write the chapters without MyST, as Colab and GitHub show them
	@echo "They are in _build/plain/chapters."

hosted: .venv/.ok build ## run every chapter as on Colab, and those with models without them
	HOSTED=all $(PYTEST) $(addprefix tests/book/test_,hosted.py skipping.py) $(ON_ALL_CORES)

notebooks: .venv/.ok ## run the chapters that are out of date and store their outputs
	@$(RUN) -m ruff format -q chapters
	@$(RUN) -m attn_helpers.book.notebooks

lab: .venv/.ok ## open the chapters as notebooks, in JupyterLab
	@$(RUN) -m jupyterlab chapters

check: .venv/.ok ## the quick checks: style, types, floors, notebook hygiene
	$(RUN) -m ruff check -q
	$(RUN) -m ruff format -q --check
	$(RUN) -m ty check -q
	$(BIOME) check --error-on-warnings
	$(PYTEST) $(WHOLE_PACKAGE_TESTS) $(QUICK_BOOK_TESTS)

insert: .venv/.ok ## put a new chapter between two (TOPIC=long_texts AT=12)
	@$(RUN) -m attn_helpers.book.insert "$(TOPIC)" "$(AT)"

renumber: .venv/.ok ## give chapters the numbers of their places, after a change of _toc.yml
	@$(RUN) -m attn_helpers.book.numbering

address: .venv/.ok ## give a fork its own address (URL=https://github.com/teacher/fork)
	@$(RUN) -m attn_helpers.book.address "$(URL)"

mutants: .venv/.ok ## break the code on purpose and see that a test notices (ROOM=layers)
	@$(RUN) -m tests.mutants $(ROOM)

bench: .venv/.ok ## measure times, memory and page sizes against their budgets
	@$(RUN) -m benchmarks

lock: ## write requirements.lock anew, after a change of a requirement
	@test -x $(RUN) || $(PYTHON) -m venv .venv
	@$(RUN) -m pip install -qq --disable-pip-version-check \
		"$$(grep -o '^uv==[^ ]*' requirements.txt)"
	@$(RUN) -m uv pip compile -q --universal --python-version 3.11 \
		--annotation-style line --custom-compile-command "make lock" \
		requirements.txt -o requirements.lock

clean: ## remove what was built; the installed tools stay in .venv
	rm -rf _build .pytest_cache .ruff_cache .hypothesis

# Two stages: what builds and shows the pages, half a gigabyte; and what runs chapters
# and tests. A stamp is written last, so that an interrupted installation is taken up
# again. The first one holds the folder's own path, which the installed attn_helpers
# knows, too: in a folder that was moved or copied it is out of date.
ifneq ($(shell cat .venv/.book 2>/dev/null),$(CURDIR))
.PHONY: .venv/.book
endif
.venv/.book: requirements-book.txt requirements.lock pyproject.toml
	@$(supported_python)
	@echo "Installing what builds the book into .venv; the first time this takes a minute."
	@$(PYTHON) -m venv .venv
	@$(PIP) -r requirements-book.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@echo "$(CURDIR)" > $@

.venv/.ok: .venv/.book requirements.txt requirements-data.txt
	@echo "Installing what runs the chapters and the tests; the first time this takes" \
		"some minutes."
	@$(if $(TORCH_INDEX),$(PIP) --no-deps --index-url "$(TORCH_INDEX)" torch)
	@$(PIP) -r requirements.txt
	@$(PIP) --no-deps -r requirements-data.txt
	@touch $@

# What Sphinx cannot build page by page starts afresh: the settings, the order of pages.
_build/.afresh: .venv/.book _config.yml _toc.yml CITATION.cff
	@rm -rf _build/html _build/.doctrees
	@mkdir -p _build && touch $@

# After a failure nothing is kept: Sphinx would not repeat the warning for a page that
# it has read before, and the second try would wrongly pass.
# The second stage brings what pages may have: a large model, and Python.
_build/.built: _build/.afresh $(PAGES) $(HELPERS) CITATION.cff $(wildcard .venv/.ok)
	@$(RUN) .venv/bin/jupyter-book build . -W -n --keep-going -q || \
		{ rm -rf _build/.doctrees; exit 1; }
	@test -d _build/html/_static/python || echo "The pages have no Python for their" \
		"exercises; make lab installs it."
	@touch $@

# One sentence instead of a traceback, whatever is wrong with the Python at hand.
define supported_python
{ command -v $(PYTHON) >/dev/null || { \
	echo "There is no $(PYTHON) here: install one of Python 3.11 to 3.14 first." >&2; \
	exit 1; }; \
$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' || { \
	echo "The book needs Python 3.11 to 3.14, and $(PYTHON) is" \
	"$$($(PYTHON) -c 'import platform; print(platform.python_version())');" \
	"name another one, as in: make serve PYTHON=python3.13" >&2; exit 1; }; \
$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	echo "$(PYTHON) cannot make virtual environments: install its venv module first" \
	"(on Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }; }
endef
