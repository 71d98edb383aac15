# Two commands are enough: `make demo` and `make test`. What they install lies in .venv.
PYTHON ?= python3
SEED ?= 1
SEEDS ?= $(SEED)
DAYS ?= 1
SIZE ?= large
MINUTES ?= 10
TURN ?= 0
JOBS ?= 1
LOCK ?=
ROW ?=

PY := .venv/bin/python
PIP := $(PY) -m pip --quiet --disable-pip-version-check --no-cache-dir
UV := UV_CACHE_DIR=.venv/cache .venv/bin/uv --system-certs
# uv takes seconds where pip takes half a minute; pip knows mirrors that only pip was told of.
install = $(UV) pip install --quiet --python $(PY) $(1) || $(PIP) install $(1)
COMPILE := $(UV) pip compile --quiet $(LOCK) --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

.PHONY: demo test check deps sim bench screenshots nightly mutants fuzz cables torture system \
	system-vm lock deb release sbom audit

demo: .venv/runtime.stamp  ## the daemon with a simulated terminal and a simulated Stripe
	@exec .venv/bin/posd demo

test: .venv/dev.stamp .venv/node.stamp  ## every tier of tests, each held to its share of the time
	@exec $(PY) -m tests.run

check: .venv/dev.stamp  ## form, lint, types, import contracts, systemd units
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	systemd/check

deps:  ## as root: the Debian packages that more checks use
	@{ command -v systemd-analyze && command -v strace && command -v chromium && \
		command -v promtool && command -v mosquitto && command -v systemd-nspawn && command -v mmdebstrap && \
		ldconfig -p | grep -F libusb-1.0.so.0; } >/dev/null || \
		! command -v apt-get >/dev/null || { apt-get update -q && \
		apt-get install -qy --no-install-recommends systemd strace libusb-1.0-0 chromium \
			mosquitto prometheus systemd-container mmdebstrap; }

sim: .venv/dev.stamp  ## DAYS of a store under a virtual clock, drawn from SEED, or from SEEDS=1-100
	@PYTHONHASHSEED=0 exec $(PY) -m tests.simulation --seeds $(SEEDS) --days $(DAYS) --size $(SIZE) --jobs $(JOBS)

nightly: .venv/dev.stamp .venv/node.stamp  ## the proof for MINUTES: stores, power cuts, fuzz, bugs
	@exec $(PY) -m tests.nightly --minutes $(MINUTES) --turn $(TURN)

bench: .venv/dev.stamp  ## what a payment and a reader cost, most of it as ratios of one run
	@exec $(PY) -m tests.bench

screenshots: .venv/dev.stamp  ## the page in six situations, into docs/screenshots
	@exec $(PY) -m tests.browser.screenshots

mutants: .venv/dev.stamp .venv/node.stamp  ## plant bugs, one at a time (or ROW): is each caught?
	@exec $(PY) -m tests.mutants $(ROW)

fuzz: .venv/dev.stamp  ## noise against the decoders
	@exec $(PY) -m tests.run fuzz

cables: .venv/dev.stamp  ## cables pulled and posd killed at every message, on every line; minutes
	@POSD_EVERY_CABLE=1 exec $(PY) -m pytest -q tests/cables tests/crash/test_matrix.py

torture: .venv/dev.stamp  ## EIO, ENOSPC and SIGKILL at every system call of a payment; kill -9 at random
	@POSD_EVERY_CALL=1 POSD_KILLS=80 exec $(PY) -m pytest -q tests/crash/test_torture.py \
		tests/crash/test_kill_loop.py

system: .venv/dev.stamp  ## as root: the Debian package on a booted systemd, in containers; 3 minutes
	@exec $(PY) -m tests.system.nspawn

system-vm: .venv/dev.stamp  ## as root: posd and a USB terminal on a real kernel, in QEMU; minutes
	@exec $(PY) -m tests.system.vm

deb: .venv/runtime.stamp  ## the Debian package, into dist
	@systemd/packaging/build dist

release: sbom  ## what a release hands out, into dist: package, wheel, what it is made of, checksums
	@systemd/packaging/release dist

sbom: .venv/release.stamp  ## what posd is made of, as CycloneDX, into dist/posd.cdx.json
	@mkdir -p dist
	@PYTHONWARNINGS=ignore .venv/release/bin/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml \
		--output-reproducible --output-file dist/posd.cdx.json

audit: .venv/release.stamp  ## is a weakness known of what posd runs on? Asks the network
	@.venv/release/bin/pip-audit --strict --require-hashes --disable-pip --requirement requirements.lock

lock: .venv/runtime.stamp  ## lock what pyproject.toml asks for; LOCK=--upgrade takes newer versions
	$(COMPILE) requirements-build.in -o requirements-build.lock
	$(COMPILE) pyproject.toml --extra dev -o requirements-dev.lock
	$(COMPILE) pyproject.toml -c requirements-dev.lock -o requirements.lock
	$(COMPILE) pyproject.toml --extra release -c requirements.lock -o requirements-release.lock

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
		"posd needs Python 3.11 or newer and this is %d.%d; name another: make PYTHON=python3.12" \
		% sys.version_info[:2])'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/runtime.stamp: .venv/bin/python requirements-build.lock requirements.lock pyproject.toml
	@echo 'setting up .venv, once: posd and what it runs on'
	@$(PIP) install --require-hashes -r requirements-build.lock
	@$(call install,--require-hashes -r requirements.lock)
	@$(call install,--no-deps --no-build-isolation --editable .)
	@touch $@

.venv/dev.stamp: .venv/runtime.stamp requirements-dev.lock
	@echo 'setting up .venv, once: what the tests need'
	@$(call install,--require-hashes -r requirements-dev.lock)
	@touch $@

.venv/release.stamp: .venv/runtime.stamp requirements-release.lock
	@echo 'setting up .venv/release, once: what lists and audits what posd is made of'
	@$(PYTHON) -m venv .venv/release
	@$(UV) pip install --quiet --python .venv/release/bin/python --require-hashes \
		-r requirements-release.lock
	@touch $@

# Where there is npm: Stripe's SDK for Node, which some tests of the API drive beside Python's, and
# axe-core, which looks at the page with a browser's eyes.
.venv/node.stamp: tests/node/package.json tests/node/package-lock.json | .venv/bin/python
	@mkdir -p .venv/node && cp $^ .venv/node
	@! command -v npm >/dev/null || { npm ci --prefix .venv/node --cache .venv/cache/npm \
		--loglevel error --ignore-scripts --no-audit --no-fund >/dev/null && touch $@; } || \
		echo 'npm could not install them: the tests leave the Node SDK and axe-core out'
