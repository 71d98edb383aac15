"""A posd that dies, hangs or is restarted, with a customer at the terminal."""

import pytest

from tests.system.nspawn.store import Store

pytestmark = pytest.mark.timeout(240)
CALLER = """
import sys, time, urllib.error, urllib.request
until = time.monotonic() + float(sys.argv[1])
answered = 0
while time.monotonic() < until:
    urllib.request.urlopen("http://127.0.0.1:8719/posd/v1/live", timeout=20).read()
    answered += 1
print(answered)
"""
WATCHDOG = b"[Service]\nWatchdogSec=3s\n"


def test_the_next_posd_proves_what_became_of_a_payment(lasting: Store) -> None:
    """The terminal asked a till that was gone; by its storage rule it took nothing then."""
    intent = lasting.begin(1250, "killed")
    first = lasting.property("MainPID")
    lasting.container.run("systemctl kill --kill-whom=main --signal=KILL posd")
    lasting.wait_for_another(first)
    lasting.container.eventually(lambda: lasting.next_step(intent) == "retry", "proven")
    lasting.sell(1250, "killed")


def test_a_posd_that_hangs_is_started_again(lasting: Store) -> None:
    lasting.container.put("/etc/systemd/system/posd.service.d/watchdog.conf", WATCHDOG)
    lasting.container.run("systemctl daemon-reload && systemctl restart posd")
    first = lasting.property("MainPID")
    lasting.container.run("systemctl kill --kill-whom=main --signal=STOP posd")
    lasting.wait_for_another(first)
    assert "watchdog" in lasting.container.run("journalctl --unit posd --no-pager").lower()
    lasting.sell(1250, "after the watchdog")


def test_no_caller_is_refused_while_posd_is_restarted(lasting: Store) -> None:
    lasting.container.put("/root/caller.py", CALLER.encode())
    caller = lasting.container.begin("python3 /root/caller.py 6")
    for _ in range(2):
        lasting.container.run("systemctl restart posd")
    said, _ = caller.communicate(timeout=60)
    assert caller.returncode == 0, said
    assert int(said) > 2


def test_a_restart_lets_the_payment_end(lasting: Store) -> None:
    intent = lasting.begin(1250, "restarted")
    first = lasting.property("MainPID")
    lasting.container.run("systemctl restart posd", 60)
    assert lasting.property("MainPID") != first
    assert lasting.property("NRestarts") == "0"
    assert lasting.status(intent) == "succeeded"


def test_a_reload_drops_no_payment(lasting: Store) -> None:
    intent = lasting.begin(1250, "reloaded")
    first = lasting.property("MainPID")
    lasting.container.run("systemctl reload posd")
    lasting.wait_until_paid(intent)
    assert lasting.property("MainPID") == first
