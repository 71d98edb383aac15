"""The simulator as a process, driven by the official SDK over loopback."""

import contextlib
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stripe

from tests.unit.simulator.cloud.process import KEY, Simulator, running, started

FOREIGN_MODULES = ("apsw", "serial", "usb", "httpx2", "pydantic", "posd.model", "posd.errors")


def report(client: stripe.StripeClient, order: str, key: str | None = None) -> stripe.PaymentRecord:
    options: Any = {} if key is None else {"idempotency_key": key}
    return client.v1.payment_records.report_payment(
        {
            "amount_requested": {"currency": "eur", "value": 1250},
            "initiated_at": 1_799_999_990,
            "payment_method_details": {"type": "custom", "custom": {"display_name": "girocard"}},
            "processor_details": {"type": "custom", "custom": {"payment_reference": order}},
            "metadata": {"order_id": order},
        },
        options,
    )


def test_the_sdk_reports_a_payment_and_finds_it_again(simulator: Simulator) -> None:
    client = simulator.client()
    record = report(client, "6735")
    assert isinstance(record, stripe.PaymentRecord)
    assert (record.amount_guaranteed.value, record.livemode) == (0, False)
    proven = client.v1.payment_records.report_payment_attempt_guaranteed(
        record.id, {"guaranteed_at": 1_799_999_995}
    )
    assert proven.amount_guaranteed.value == 1250
    again = client.v1.payment_records.retrieve(record.id)
    assert again == proven
    assert again.metadata["order_id"] == "6735"
    refunded = client.v1.payment_records.report_refund(
        record.id,
        {
            "outcome": "refunded",
            "processor_details": {"type": "custom", "custom": {"refund_reference": "R1"}},
            "amount": {"currency": "eur", "value": 250},
        },
    )
    assert refunded.amount_refunded.value == 250
    (attempt,) = client.v1.payment_attempt_records.list({"payment_record": record.id}).data
    assert attempt.id == record.latest_payment_attempt_record
    assert client.v1.payment_attempt_records.retrieve(attempt.id) == attempt


def test_the_sdk_pages_through_all_records(simulator: Simulator) -> None:
    client = simulator.client()
    made = [report(client, str(order)).id for order in range(7)]
    first = client.v1.payment_records.list({"limit": 3})
    assert (len(first.data), first.has_more) == (3, True)
    assert [record.id for record in first.auto_paging_iter()] == made[::-1]


def test_a_key_replays_the_first_answer(simulator: Simulator) -> None:
    client = simulator.client()
    first = report(client, "6735", key="K")
    again = report(client, "6735", key="K")
    assert again == first
    assert again.last_response is not None
    assert again.last_response.headers["idempotent-replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        report(client, "6736", key="K")
    assert len(client.v1.payment_records.list().data) == 1


def test_the_sdk_raises_its_own_errors(simulator: Simulator) -> None:
    client = simulator.client()
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.payment_records.retrieve("pr_0")
    assert (missing.value.code, missing.value.http_status) == ("resource_missing", 404)
    assert missing.value.request_id is not None
    with pytest.raises(stripe.AuthenticationError):
        simulator.client("pk_test_1").v1.accounts.retrieve_current()
    record = report(client, "6735")
    guaranteed = client.v1.payment_records.report_payment_attempt_guaranteed
    guaranteed(record.id, {"guaranteed_at": 1})
    with pytest.raises(stripe.InvalidRequestError, match="already guaranteed"):
        guaranteed(record.id, {"guaranteed_at": 1})
    simulator.script(kind="refuse", status=429)
    with pytest.raises(stripe.RateLimitError):
        report(client, "6736")
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.payment_records.retrieve(record.id, {"expand": ["customer"]})


def test_the_sdks_own_retry_meets_the_kept_500(simulator: Simulator) -> None:
    simulator.script(kind="error_after_commit")
    with pytest.raises(stripe.APIError):
        report(simulator.client(retries=1), "6735")
    state = simulator.state()
    assert len(state["accounts"][0]["payment_records"]) == 1
    assert [each["replayed"] for each in state["requests"]] == [False, True]


def test_a_lost_answer_is_had_by_asking_again(simulator: Simulator) -> None:
    simulator.script(kind="lost")
    with pytest.raises(stripe.APIConnectionError):
        report(simulator.client(), "6735", key="K")
    record = report(simulator.client(), "6735", key="K")
    (kept,) = simulator.state()["accounts"][0]["payment_records"]
    assert kept["id"] == record.id


def test_a_connection_token_and_the_account_are_typed(simulator: Simulator) -> None:
    client = simulator.client("rk_live_1")
    token = client.v1.terminal.connection_tokens.create()
    assert isinstance(token, stripe.terminal.ConnectionToken)
    assert token.secret.startswith("pst_")
    account = client.v1.accounts.retrieve_current()
    assert account.id.startswith("acct_")


def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    file = tmp_path / "cloud.jsonl"
    with running(file) as simulator:
        first = report(simulator.client(), "6735", key="K")
        simulator.process.send_signal(signal.SIGKILL)
        simulator.process.wait()
    with running(file) as simulator:
        client = simulator.client()
        assert client.v1.payment_records.retrieve(first.id) == first
        assert report(client, "6735", key="K") == first
        assert report(client, "6736").id != first.id


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well_even_while_a_request_hangs(
    simulator: Simulator, number: signal.Signals
) -> None:
    simulator.script(kind="hang", method="GET", path="/v1/account")
    program = f"import urllib.request; urllib.request.urlopen('{simulator.url}/v1/account')"
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL) as waiting:
        while not simulator.state()["requests"]:
            pass
        simulator.process.send_signal(number)
        assert simulator.process.wait(timeout=5) == 0
        waiting.wait(timeout=5)


def test_a_port_in_use_is_an_error(simulator: Simulator) -> None:
    port = simulator.url.rpartition(":")[2]
    program = f"from posd_simulator.cloud.serve import run; run({port}, None, 1)"
    second = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert second.returncode != 0
    assert "Address already in use" in second.stderr
    assert second.stdout == ""


def test_it_needs_no_devices_databases_or_rules_of_posd() -> None:
    before = f"import sys; sys.modules.update(dict.fromkeys({FOREIGN_MODULES!r}))"
    with running(before=before) as simulator:
        location = simulator.client().v1.terminal.locations.create(
            {"display_name": "Shop", "address": {"country": "IS"}}
        )
        assert location.address.country == "IS"


def test_a_reset_reaches_the_client_as_one(simulator: Simulator) -> None:
    simulator.script(kind="reset", method="GET")
    host, _, port = simulator.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(f"GET /v1/account HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        with pytest.raises(ConnectionResetError):
            line.recv(1)
    (logged,) = simulator.state()["requests"]
    assert (logged["fault"], logged["status"]) == ("reset", None)
    assert simulator.client().v1.accounts.retrieve_current().id


def test_the_sdks_own_retry_gets_past_a_reset(simulator: Simulator) -> None:
    simulator.script(kind="reset")
    assert report(simulator.client(retries=1), "6735").id
    assert len(simulator.state()["accounts"][0]["payment_records"]) == 1


def test_the_fleet_and_the_clock_survive_a_kill(tmp_path: Path) -> None:
    file = tmp_path / "cloud.jsonl"
    with running(file) as simulator:
        terminal = simulator.client().v1.terminal
        location = terminal.locations.create({"display_name": "Shop", "address": {"country": "IS"}})
        code = "simulated-s700"
        reader = terminal.readers.create({"registration_code": code, "location": location.id})
        configuration = terminal.configurations.create({"offline": {"enabled": True}})
        simulator.direct("clock", at_ms=4_000_000_000_000)
        simulator.direct("keys", key="rk_test_tight", permissions={})
        simulator.process.send_signal(signal.SIGKILL)
        simulator.process.wait()
    with running(file) as simulator:
        terminal = simulator.client().v1.terminal
        assert terminal.locations.retrieve(location.id) == location
        assert terminal.configurations.retrieve(configuration.id) == configuration
        again = terminal.readers.retrieve(reader.id)
        assert again.serial_number == reader.serial_number
        assert again.last_seen_at is not None
        assert again.last_seen_at > 3_999_999_000_000
        with pytest.raises(stripe.PermissionError):
            simulator.client("rk_test_tight").v1.terminal.locations.list()


def test_the_command_takes_a_seed_a_fault_rate_and_limits(tmp_path: Path) -> None:
    options = ("--seed", "7", "--fault-rate", "0.3", "--rate-limits")
    met: list[list[str | None]] = []
    for name in ("a", "b"):
        file = str(tmp_path / name)
        command = (sys.executable, "-m", "posd_simulator", "cloud", "--state", file, *options)
        with started(*command) as simulator, httpx2.Client(base_url=simulator.url) as client:
            headers = {"Authorization": f"Bearer {KEY}"}
            for _ in range(20):
                with contextlib.suppress(httpx2.TransportError):
                    client.get("/v1/account", headers=headers)
            met.append([each["fault"] for each in simulator.state()["requests"]])
            assert client.get("/_sim/rate_limits").json() == {"live_per_s": 100, "test_per_s": 25}
    assert met[0] == met[1]
    assert any(met[0])
