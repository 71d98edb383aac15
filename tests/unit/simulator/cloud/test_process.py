"""The simulator as a process, driven by the official SDK over loopback."""

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stripe

KEY = "sk_test_process"
FOREIGN_MODULES = ("apsw", "serial", "usb", "httpx2", "pydantic", "posd.model", "posd.errors")


class Simulator:
    """A running simulator. `url` is where it answers."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url

    def client(self, key: str = KEY, retries: int = 0) -> stripe.StripeClient:
        return stripe.StripeClient(
            key, base_addresses={"api": self.url}, max_network_retries=retries
        )

    def script(self, **fault: object) -> None:
        answer = httpx2.post(f"{self.url}/_sim/faults", json=fault)
        assert answer.status_code == 200, answer.text

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = httpx2.get(f"{self.url}/_sim/state").json()
        return state


@contextlib.contextmanager
def running(file: Path | None = None) -> Iterator[Simulator]:
    place = None if file is None else str(file)
    program = (
        "from pathlib import Path; from posd_simulator.cloud.serve import run; "
        f"run(0, {place!r} and Path({place!r}), 7)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["ready"] is True
        try:
            yield Simulator(process, ready["url"])
        finally:
            process.kill()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


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


def test_it_starts_without_devices_databases_and_posds_rules() -> None:
    program = (
        "import sys, posd_simulator.cloud.serve; "
        f"print([name for name in {FOREIGN_MODULES!r} if name in sys.modules])"
    )
    seen = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert seen.stdout.strip() == "[]"
