"""The Stripe key is systemd's to hand over; a new one takes a restart, which loses no payment."""

import pytest

from posd_simulator.cloud.ledger import account_id_of
from tests.system.nspawn.store import TILL_KEY, Store
from tests.system.nspawn.stripe import (
    HANDED_OVER,
    WITH_STRIPE,
    accounts_asked_for,
    hand_over,
    sells_for_stripe,
    wait_until_told,
)

OLD, NEW = "rk_test_old", "rk_test_new"
TILL = """
import json, pathlib, sys, time, urllib.request
at = "http://127.0.0.1:8719/v1/payment_intents/" + sys.argv[1]
asked = urllib.request.Request(at, headers={"Authorization": "Bearer " + sys.argv[2]})
restarted, heard = pathlib.Path("/root/restarted"), [""]
while not restarted.exists() or heard[-1] != "succeeded":
    with urllib.request.urlopen(asked, timeout=20) as answer:
        status = json.load(answer)["status"]
    if status != heard[-1]:
        heard.append(status)
    time.sleep(0.02)
print(*heard[1:])
"""
"""It calls anew each time, as a till does, and ends at the first call that is refused."""
pytestmark = pytest.mark.timeout(240)


def test_a_new_key_is_taken_up_by_a_restart_that_lets_the_payment_end(store: Store) -> None:
    sells_for_stripe(store, OLD)
    assert store.container.run(HANDED_OVER) == OLD
    store.sell(1250, "order-1")
    wait_until_told(store)
    assert set(accounts_asked_for(store)) == {account_id_of(OLD)}

    hand_over(store, NEW)
    store.container.put("/root/till.py", TILL.encode())
    intent = store.begin(700, "order-2")
    till = store.container.begin(f"python3 /root/till.py {intent} {TILL_KEY}")
    assert store.status(intent) == "requires_payment_method", "the card is still to come"
    store.container.run("systemctl restart posd && touch /root/restarted", 60)
    heard, _ = till.communicate(timeout=30)
    assert till.returncode == 0, heard
    assert heard.split()[0] == "requires_payment_method"
    assert heard.split()[-1] == "succeeded"
    assert store.property("NRestarts") == "0"

    assert store.container.run(HANDED_OVER) == NEW
    before = len(accounts_asked_for(store))
    store.container.eventually(
        lambda: accounts_asked_for(store)[-1] == account_id_of(NEW), "asked with the new key"
    )
    assert account_id_of(OLD) not in accounts_asked_for(store)[before:]


def test_a_purge_refuses_what_stripe_was_not_told(store: Store) -> None:
    hand_over(store, OLD)
    store.configure(WITH_STRIPE)
    store.container.run("systemctl restart posd")
    store.sell(1250, "order-1")
    status, said = store.container.attempt("dpkg --purge posd", 60)
    assert status != 0
    assert "not told to Stripe: 1" in said
    assert "journal.db" in store.container.run("ls /var/lib/posd")
