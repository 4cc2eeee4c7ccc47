# make alone prints every target. Each target sets up what it needs, at once when it is there.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
PYTEST := $(BIN)/pytest
FILE ?=
DATA ?=
NAME ?=
SEED ?=
SCALE ?= 1
PATCH ?=
# A data folder and a file of documents, for up, down and demo: make up FILE=x.yaml DATA=/some/where
LOCAL := $(BIN)/ironbull
IN_DATA := $(if $(DATA),--data $(DATA))

CLUSTER := PYTHONPATH=tests $(BIN)/python -m cluster
NODES ?= 1
REGISTRY ?=
TAG ?=
BASE ?=
# Only a cluster that is named on the command line, never the one a person happens to use.
NAMED := $(if $(filter command line,$(origin KUBECONFIG)),$(KUBECONFIG))
WITHOUT_NODE := $(NAMED)$(filter 0,$(NODES))
MARKS_0 := not node and not two_nodes
MARKS_1 := not two_nodes

.PHONY: help setup demo up down status check fix test unit unit-newest integration e2e chaos bench \
        bench-operator generate lock migration clean cluster cluster-down cluster-test images \
        node-executable

##@ Run
setup: ## install tools and members into .venv (instant when nothing changed)
	@requirements/setup.sh

demo: setup ## the whole way of money on this machine in about a minute, then the proof
	@$(LOCAL) demo $(IN_DATA)

up: setup ## start the platform from FILE=documents.yaml (all of it, in the foreground)
	@$(LOCAL) up $(if $(FILE),-f $(FILE)) $(IN_DATA)

status: setup ## what runs, and what is wrong
	@$(LOCAL) status $(IN_DATA)

down: setup ## stop the platform
	@$(LOCAL) down $(IN_DATA)

##@ Change
check: setup ## lint, format, types, walls, dependencies, architecture tests
	@$(BIN)/python tests/tools/check.py

fix: setup ## format and repair what can be repaired
	@$(BIN)/ruff check --quiet --fix-only . || true
	@$(BIN)/ruff format --quiet .

generate: setup ## render CRDs, OpenAPI, clients and reference pages from their registry
	@PYTHONPATH=tests $(BIN)/python -m tools.generate

migration: setup ## begin a new migration, numbered on: make migration NAME=add_column
	@test -n "$(NAME)" || { echo "say what it does: make migration NAME=add_column"; exit 2; }
	@$(BIN)/python -m ironbull_app migration "$(NAME)"

lock: setup ## resolve requirements anew (LOCK_ARGS=--upgrade takes newer versions)
	@requirements/lock.sh

##@ Test
test: setup ## architecture, unit, integration and e2e tests
	@$(PYTEST) $(foreach level,architecture unit spec integration e2e,$(wildcard tests/$(level)))

unit: setup ## pure tests: seconds
	@$(PYTEST) tests/unit

unit-newest: setup ## the same on Python 3.13, which the images run, where the machine has one
	@python=$$(requirements/find_newest.sh) || { echo "no Python 3.13 here: left out"; exit 0; }; \
	VENV=.venv-3.13 PYTHON=$$python requirements/setup.sh && .venv-3.13/bin/pytest tests/unit

integration: setup ## with real PostgreSQL and NATS
	@$(PYTEST) tests/integration

e2e: setup ## the whole local stack as a user starts it
	@$(PYTEST) tests/e2e

chaos: setup ## order safety at full length (SEED=7 repeats a run; PATCH=x.diff: is this bug found?)
	@$(if $(PATCH),PYTHONPATH=tests $(BIN)/python -m fixtures.planted $(PATCH) $(if $(SEED),--seed $(SEED)),\
	    SEED=$(SEED) $(PYTEST) -n 0 -s tests/chaos)

bench: setup ## ratios to the floor, into docs/reference/benchmarks.md
	@$(BIN)/python -m pytest -n 0 -s --timeout 3600 --ignore tests/bench/operator tests/bench

bench-operator: setup ## the operator with 5,000 objects and 1,000 tenants, on a real API (SCALE=0.02, PART=changes,restart)
	@SCALE=$(SCALE) PART=$(PART) $(BIN)/python -m pytest -n 0 -s -p no:randomly --timeout 5400 tests/bench/operator

##@ Cluster
cluster: setup ## a real Kubernetes on this machine, as root (NODES=2 for two nodes)
	@$(CLUSTER) up --nodes $(NODES)

cluster-down: setup ## end it and leave nothing but its build cache
	@$(CLUSTER) down

images: setup ## build the images and load them, or push them to REGISTRY=host/path (TAG=, BASE=)
	@$(CLUSTER) images $(if $(REGISTRY),--registry $(REGISTRY)) $(if $(TAG),--tag $(TAG)) $(if $(BASE),--base $(BASE))

node-executable: setup ## the execution node as one file for machines without Python: build/node/ironbull-node
	@PYTHONPATH=tests $(BIN)/python -m tools.node_executable

cluster-test: setup ## on a real Kubernetes: its own, begun and ended (NODES=2; 0: what needs an API alone), or a named one (KUBECONFIG=file)
	@$(if $(WITHOUT_NODE),,CLUSTER_NAME=test $(CLUSTER) up --if-possible)
	@CLUSTER_KUBECONFIG=$(NAMED) $(PYTEST) -n 0 -p no:randomly -m '$(MARKS_$(NODES))' tests/chart tests/cluster
	@$(if $(WITHOUT_NODE),,CLUSTER_NAME=test $(CLUSTER) down)

##@ Other
clean: ## remove the environment and caches
	@rm -rf .venv .venv-3.13 .bootstrap .bootstrap-cache .setup.lock .mypy_cache .ruff_cache .pytest_cache .hypothesis

help:
	@awk 'BEGIN { FS = ":.*## " } \
	    /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	    /^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
