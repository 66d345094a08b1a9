# Gatepost's workshop: seven verbs. Needs Python 3.11+ and make; everything else comes into .venv and .tools.
#
#   make lab      the whole path of a message on this machine, with real sockets (ARGS=--once to end by itself)
#   make run      a relay on 127.0.0.1:2525, its data under ./gatepost-data
#   make check    lint, types, and the quick tests: about five minutes
#   make test     everything, against Postfix, swaks, msmtp and curl too
#   make bench    the figures of docs/benchmarks.md, beside Postfix (ARGS="--only plain" for one row)
#   make docs     the generated pages of docs/, and a check of every link
#   make clean    removes .venv, .tools and caches; never your data
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help lab run check lint quick test bench docs clean

VENV    := .venv
PYTHON  := $(VENV)/bin/python
RUN     := $(VENV)/.run-ready
TEST    := $(VENV)/.test-ready
TOOLS   := .tools/.ready
WORKERS ?= 2
# A file's tests stay together, and files come in the order of their names: by the number of tests, as pytest-xdist would
# have them, the few tests in a browser come last, and one worker is left alone with the longest.
SHARED  := --dist loadfile --no-loadscope-reorder
ARGS    ?=
# Bytecode apart from the sources: the tests start some hundred programs, which need not be compiled each time.
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/bytecode
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH

help:
	@sed -n 's/^#   //p' Makefile

# What a user needs: the locked libraries, and the project itself from src/.
$(RUN): requirements/run.txt scripts/venv
	@scripts/venv $(VENV) requirements/run.txt
	@touch $@

# What a developer needs: the same, and the tools that test it.
$(TEST): requirements/run.txt requirements/test.txt scripts/venv
	@scripts/venv $(VENV) requirements/test.txt
	@touch $(RUN) $@

# Programs of Debian that the tests and the bench talk to; unpacked, never installed.
$(TOOLS): scripts/debian-tools
	@scripts/debian-tools .tools
	@touch $@

lab: $(RUN)
	@$(PYTHON) -m gatepost lab $(ARGS)

run: $(RUN)
	@$(PYTHON) -m gatepost serve $(ARGS)

check: lint quick

lint: $(TEST)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

quick: $(TEST)
	$(VENV)/bin/pytest -n $(WORKERS) $(SHARED) tests/unit tests/house tests/docs tests/dialogs $(ARGS)

test: $(TEST) $(TOOLS)
	PATH="$(CURDIR)/.tools/bin:$$PATH" $(VENV)/bin/pytest -n $(WORKERS) $(SHARED) tests $(ARGS)

bench: $(TEST) $(TOOLS)
	PATH="$(CURDIR)/.tools/bin:$$PATH" $(PYTHON) bench/run.py $(ARGS)

docs: $(TEST) $(TOOLS)
	$(PYTHON) scripts/reference-docs
	GATEPOST_PICTURES=docs/pictures $(VENV)/bin/pytest tests/flows/test_centre_pictures.py
	$(VENV)/bin/pytest tests/house/test_docs.py tests/docs

clean:
	rm -rf $(VENV) .tools .mypy_cache .ruff_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
