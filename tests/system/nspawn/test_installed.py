"""The package on a bare Debian: offline, and ready at once."""

from pathlib import Path

import pytest

from tests.system.nspawn.package import TOP, version_of
from tests.system.nspawn.store import CONFIG, Store

READY_MAX_S = 2.0
SHARE = "/usr/share/doc/posd"
EXAMPLES = f"{SHARE}/examples"
BESIDE = {
    "/usr/share/man/man1/posd.1.gz": "docs/posd.1",
    f"{SHARE}/changelog.gz": "CHANGELOG.md",
    f"{EXAMPLES}/prometheus/posd.rules.yml": "docs/prometheus/posd.rules.yml",
    f"{EXAMPLES}/grafana/posd.json": "docs/grafana/posd.json",
    f"{EXAMPLES}/mqtt/state.json": "docs/mqtt/state.json",
}
"""Each file of the package by the file of the sources that it is."""
pytestmark = pytest.mark.timeout(180)


def test_a_package_on_a_bare_debian_takes_a_payment(bare: Store, built: Path) -> None:
    said = bare.install(built)
    assert "write /etc/posd/posd.toml" in said
    assert bare.property("ActiveState") == "inactive", "nobody can guess a store"
    bare.open()
    assert bare.status(bare.sell(1250, "order-1")) == "succeeded"
    assert bare.release() == version_of(built)
    assert "A real systemd" in bare.container.run("posd status")


def test_the_service_is_ready_within_two_seconds(store: Store) -> None:
    took = []
    for _ in range(3):
        store.container.run("systemctl restart posd")
        took.append(store.ready_s())
    assert min(took) <= READY_MAX_S, took


def test_a_configured_machine_sells_as_soon_as_the_package_is_there(
    bare: Store, built: Path
) -> None:
    """A golden image brings its configuration before the package."""
    bare.container.run("mkdir -p /etc/posd")
    bare.container.put("/etc/posd/posd.toml", CONFIG.encode())
    bare.install(built)
    assert bare.property("ActiveState") == "active"


def test_its_files_are_those_that_dpkg_knows_and_nobody_else_reads_the_journal(
    store: Store,
) -> None:
    assert store.container.run("dpkg --verify posd") == ""
    for folder, owner in (("/var/lib/posd", "posd 700"), ("/etc/posd", "root 750")):
        assert store.container.run(f"stat -c '%U %a' {folder}").strip() == owner


def test_what_is_read_beside_posd_lies_where_it_is_looked_for(store: Store) -> None:
    for place, source in BESIDE.items():
        told = store.container.run(f"zcat -f {place}")
        assert told == (TOP / source).read_text(), place
    schemas = {file.name for file in (TOP / "docs/mqtt").glob("*.json")}
    assert set(store.container.run(f"ls {EXAMPLES}/mqtt").split()) == schemas


def test_the_doctor_finds_nothing_but_what_the_container_lacks(store: Store) -> None:
    _, said = store.container.attempt("posd doctor")
    to_fix = [line for line in said.splitlines() if line.startswith(("fix", "?"))]
    assert all(line.startswith("fix clock: nothing keeps") for line in to_fix), said
    assert "ok  readers: tmr_posd_front: Ready." in said
