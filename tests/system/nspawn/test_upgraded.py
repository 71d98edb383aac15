"""One release after the other: a payment goes on, and a release that does not fit is not taken."""

from pathlib import Path

import pytest

from tests.system.nspawn.conftest import NEWER
from tests.system.nspawn.package import version_of
from tests.system.nspawn.store import CONFIG, Store

pytestmark = pytest.mark.timeout(240)
RELEASES = "ls /opt/posd/releases"


def test_an_upgrade_with_a_payment_running_lets_it_end(store: Store, newer: Path) -> None:
    command = store.bring(newer)
    intent = store.begin(1250, "order-1")
    store.container.run(command, 90)
    assert store.release() == NEWER
    assert store.property("NRestarts") == "0"
    assert store.status(intent) == "succeeded"
    assert store.container.run(RELEASES).split() == [NEWER]
    assert store.container.run("dpkg --verify posd") == ""


def test_a_downgrade_opens_the_journal_and_sells(store: Store, built: Path, newer: Path) -> None:
    store.install(newer)
    paid = store.sell(1250, "order-1")
    store.install(built)
    assert store.release() == version_of(built)
    assert store.status(paid) == "succeeded"
    store.sell(700, "order-2")


def test_a_release_that_would_not_start_here_leaves_the_old_one_running(
    store: Store, built: Path, newer: Path
) -> None:
    running = store.property("MainPID")
    store.configure(CONFIG.replace("[store]", "[shop]"))
    status, said = store.container.attempt(store.bring(newer), 60)
    assert status != 0
    assert f"posd: {NEWER} would not start here" in said
    assert (store.property("MainPID"), store.release()) == (running, version_of(built))
    store.sell(1250, "order-1")

    store.configure(CONFIG)
    store.container.run("dpkg --configure posd", 60)
    assert store.release() == NEWER


def test_a_release_that_does_not_become_ready_gives_its_place_back(
    store: Store, built: Path, broken: Path
) -> None:
    status, said = store.container.attempt(store.bring(broken), 60)
    assert status != 0
    assert f"posd: {version_of(broken)} did not become ready" in said
    assert store.release() == version_of(built)
    store.sell(1250, "order-1")
