"""Removing posd removes no money: what only its journal knows is not deleted."""

from pathlib import Path

import pytest

from tests.system.nspawn.store import Store

pytestmark = pytest.mark.timeout(180)
KEPT = "ls /var/backups/posd-*/journal.db"


def test_a_purge_keeps_the_record_of_what_was_sold(store: Store) -> None:
    store.sell(1250, "order-1")
    store.container.run("dpkg --remove posd", 60)
    assert store.container.run("ls /opt").strip() == ""
    assert "journal.db" in store.container.run("ls /var/lib/posd")
    said = store.container.run("dpkg --purge posd")
    assert "is kept in /var/backups/posd-" in said
    assert store.container.run(KEPT)
    assert store.container.attempt("ls -d /var/lib/posd /etc/posd 2>/dev/null")[1] == ""


def test_a_purge_refuses_while_a_payment_is_not_proven(store: Store, built: Path) -> None:
    store.begin(1250, "order-1")
    store.container.run(
        "systemctl kill --kill-whom=main --signal=KILL posd terminal; systemctl mask --now posd"
    )
    status, said = store.container.attempt("dpkg --purge posd", 60)
    assert status != 0
    assert "payments that are known nowhere else" in said
    assert "journal.db" in store.container.run("ls /var/lib/posd")

    store.container.run("systemctl unmask posd")
    store.install(built)
    store.container.run("mv /var/lib/posd /root/moved-away && dpkg --purge posd", 60)
    assert "journal.db" in store.container.run("ls /root/moved-away")
