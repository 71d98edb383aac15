"""The Stripe key is systemd's to hand over; a new one takes a restart, which loses no payment."""

import pytest

from tests.system.nspawn.store import CONFIG, Store

STRIPE = """
systemd-run --quiet --unit=stripe --property=DynamicUser=yes \\
    /opt/posd/package/bin/posd-sim cloud --port 12111
"""
WITH_STRIPE = CONFIG.replace(
    "[[reader]]", '[upstream]\nkind = "stripe"\nbase_url = "http://127.0.0.1:12111"\n\n[[reader]]'
)
HANDED_OVER = "cat /run/credentials/posd.service/stripe.key"
OLD, NEW = "rk_test_old", "rk_test_new"
pytestmark = pytest.mark.timeout(240)


def hand_over(store: Store, key: str) -> None:
    """As docs/running.md says: encrypted for this machine, never in a file as it is."""
    store.container.run(
        "mkdir -p -m 700 /etc/credstore.encrypted && printf %s "
        f"{key} | systemd-creds encrypt --with-key=host --name=stripe.key -"
        " /etc/credstore.encrypted/stripe.key"
    )


def test_a_new_key_is_taken_up_by_a_restart_that_lets_the_payment_end(store: Store) -> None:
    store.container.run(STRIPE)
    hand_over(store, OLD)
    store.configure(WITH_STRIPE)
    store.container.run("systemctl restart posd")
    assert store.container.run(HANDED_OVER) == OLD
    store.sell(1250, "order-1")
    owes_nothing = "posd journal owed"
    store.container.eventually(lambda: store.container.attempt(owes_nothing)[0] == 0, "reported")

    intent = store.begin(700, "order-2")
    hand_over(store, NEW)
    store.container.run("systemctl restart posd", 60)
    assert store.container.run(HANDED_OVER) == NEW
    assert store.status(intent) == "succeeded"


def test_a_purge_refuses_what_stripe_was_not_told(store: Store) -> None:
    hand_over(store, OLD)
    store.configure(WITH_STRIPE)
    store.container.run("systemctl restart posd")
    store.sell(1250, "order-1")
    status, said = store.container.attempt("dpkg --purge posd", 60)
    assert status != 0
    assert "not told to Stripe: 1" in said
    assert "journal.db" in store.container.run("ls /var/lib/posd")
