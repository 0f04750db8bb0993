# What there is to do here: `make help`. Needs Python 3.11 with venv, and git.
PYTHON ?= python3.11
BIN := .venv/bin
PEERS := .venv-peers/bin
AUDIT := .venv-audit/bin
TRAINING := .venv-training/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

# The largest file that git may hold, in bytes: clips and weights live elsewhere.
LARGEST := 1000000
# The lowest coverage that the tests may reach, in per cent of lines.
COVERED := 90

.DEFAULT_GOAL := help
.PHONY: help venv demo up check check-web web test guarantees fuzz audit peers bench train-types schema \
	lock clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

venv: .venv/.made ## The environment .venv, as locked in requirements/dev.txt

# --no-deps: the lock is complete, and what it leaves out on purpose stays out.
.venv/.made: requirements/dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

demo: venv ## Film a made-up town, count in it, compare with the truth
	$(BIN)/python -m wayside.testing.demo

up: venv ## Run it: live feeds and the page; a made-up town until there is a site.yaml
	$(BIN)/wayside up

check: check-web venv ## Lint, formatting, types, import rules, the page, packages, file sizes
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if $(BIN)/python -m pip show --quiet opencv-python 2>/dev/null; then \
		echo "opencv-python is installed: it overwrites opencv-python-headless. rm -r .venv"; exit 1; fi
	@git ls-files -z | xargs -0 -r sh -c 'stat -c "%s %n" -- "$$@" 2>/dev/null; :' sh | awk \
		'$$1 > $(LARGEST) { print "larger than $(LARGEST) bytes: " $$0; bad = 1 } END { exit bad }'

# The page's source is checked where npm is (Node 20.19 or newer); the built page needs none.
web/node_modules/.made: web/package-lock.json
	cd web && npm ci --no-audit --no-fund --silent
	touch $@

web: web/node_modules/.made ## Build the page from web/ into src/wayside/web/static
	cd web && npm run --silent build

check-web: web/node_modules/.made ## The page: types, tests, and that the committed build equals its source
	cd web && npm run --silent check && npm run --silent test && npm run --silent verify

test: export WAYSIDE_OFFLINE = 1
test: export WAYSIDE_CACHE_DIR = $(CURDIR)/.cache/wayside
test: venv ## All tests with coverage; ARGS="-k tracker --no-cov" for a few
	$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report=term --cov-fail-under=$(COVERED) $(ARGS)

guarantees: export WAYSIDE_OFFLINE = 1
guarantees: export WAYSIDE_CACHE_DIR = $(CURDIR)/.cache/wayside
guarantees: venv $(if $(shell command -v npm),web/node_modules/.made) ## Every promise, how it was tried, how often, what came out; LONG=1 for hours of it
	$(if $(LONG),WAYSIDE_KILLS=200 WAYSIDE_API_EXAMPLES=200 WAYSIDE_FUZZ=20) $(BIN)/python tests/guarantees.py -n 2 --dist worksteal $(ARGS)

# TARGETS: packets containers parsers configs requests. What is done is remembered in .cache/fuzz.
fuzz: export WAYSIDE_OFFLINE = 1
fuzz: export PYTHONPATH = tests
fuzz: venv ## What others may send, broken in every way; TARGETS=packets AMOUNT=1000 SEED=2, CASE=7
	$(BIN)/python -m fuzz $(TARGETS) $(if $(AMOUNT),--amount $(AMOUNT)) \
		$(if $(SEED),--seed $(SEED)) $(if $(CASE),--case $(CASE)) $(if $(FILE),--file $(FILE))

# Its status: 1 for a known hole or for terms that nothing explains, 3 where advisories could not
# be reached. The bill is written first, and all three are always run.
audit: venv .venv-audit/.made ## Bill of materials into build/, licences, known holes
	$(BIN)/python -m supply.sbom build/sbom.cdx.json
	@$(BIN)/python -m supply.licences; terms=$$?; \
	echo; $(BIN)/python -m supply.audit $(AUDIT)/pip-audit; holes=$$?; \
	test $$terms -eq 0 || exit $$terms; exit $$holes

.venv-audit/.made: requirements/audit.txt
	test -x $(AUDIT)/python || $(PYTHON) -m venv .venv-audit
	$(AUDIT)/python -m pip install --quiet --no-deps --require-hashes -r requirements/audit.txt
	touch $@

peers: .venv-peers/.made ## The environment .venv-peers of those that benchmarks compare with

.venv-peers/.made: requirements/peers.txt
	test -x $(PEERS)/python || $(PYTHON) -m venv .venv-peers
	$(PEERS)/python -m pip install --quiet --no-deps --require-hashes -r requirements/peers.txt
	touch $@

bench: venv peers ## Benchmarks against peers; on a machine with nothing else to do
	$(BIN)/python benchmarks/tracking.py
	$(BIN)/python benchmarks/tag.py

# The pictures: WAYSIDE_TRAIN_DATA, or ../shared/train. An epoch that is done is not done again.
train-types: .venv-training/.made ## Train the classifier that the wheel carries, twice, and write its card
	$(TRAINING)/python -m training.types $(ARGS)

.venv-training/.made: training/requirements.txt
	test -x $(TRAINING)/python || $(PYTHON) -m venv .venv-training
	$(TRAINING)/python -m pip install --quiet --no-deps --require-hashes -r training/requirements.txt
	touch $@

schema: venv ## Renew site.schema.json from the configuration's model
	$(BIN)/python -m wayside.config.schema > src/wayside/config/.schema.new
	mv src/wayside/config/.schema.new src/wayside/config/site.schema.json

# What is pinned stays, unless UPGRADE="--upgrade" or "--upgrade-package NAME" says otherwise.
LOCK = .cache/uv/bin/uv pip compile --quiet --generate-hashes --no-annotate \
	--python-version 3.11 --python-platform linux $(UPGRADE)
lock: export UV_CUSTOM_COMPILE_COMMAND = make lock
lock: ## Renew requirements/*.txt; UPGRADE=--upgrade for newer versions
	test -x .cache/uv/bin/uv || $(PYTHON) -m venv .cache/uv
	.cache/uv/bin/python -m pip install --quiet uv
	$(LOCK) pyproject.toml -o requirements/runtime.txt
	$(LOCK) pyproject.toml --extra onnxruntime --extra private requirements/dev.in \
		-c requirements/runtime.txt --excludes requirements/excluded.txt -o requirements/dev.txt
	$(LOCK) requirements/peers.in -o requirements/peers.txt
	$(LOCK) requirements/audit.in -o requirements/audit.txt
	$(LOCK) training/requirements.in -o training/requirements.txt

clean: ## What checks, tests and builds left; environments and locks stay
	rm -rf .cache .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache \
		.pytest_cache .ruff_cache build dist htmlcov
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
