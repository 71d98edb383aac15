"""Rehearsal and money never meet: test keys, live readers, and the other way round.

The mode belongs to the state directory. Every door is tried: the file, Stripe's credential, the
state directory itself, the till's key, a reader that is registered, a test's card, and an account
at Stripe that turns out to be of the other mode.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from posd import daemon
from tests.simulation.loop import virtually
from tests.simulation.stories.stage import PAID, lane, opened
from tests.unit.posd.virtual import virtual

AMOUNT = 1250
REPORTED_S = 10.0
STARTED_S = 5.0
"""Of this machine's time: a posd that refuses its file ends long before."""
OTHER = {"test": "live", "live": "test"}
MODES = pytest.mark.parametrize("mode", list(OTHER))
FILE = """
mode = "{mode}"
[store]
name = "Corner shop"
time_zone = "Europe/Berlin"
currency = "eur"
state_dir = "{state}"
[listen]
socket = "{state}/posd.sock"
[upstream]
kind = "{kind}"
credential_file = "{credential}"
[[reader]]
name = "lane-1"
url = "zvt+tcp://192.0.2.1:20007"
simulated = {simulated}
"""
SIMULATED = {"test": "true", "live": "false"}


@pytest.fixture(autouse=True)
def _logging_is_restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    root = logging.getLogger()
    kept = (root.handlers[:], root.level)
    yield
    root.handlers, root.level = kept


def starts(folder: Path, mode: str, *, simulated: str, key: str | None = None) -> int:
    """Run the daemon with such a file; its exit status. One that does start is told to stop."""
    credential, state = folder / "stripe.key", folder / "state"
    credential.write_text(key or "none")
    credential.chmod(0o600)
    state.mkdir(exist_ok=True)
    file = folder / "posd.toml"
    kind = "none" if key is None else "stripe"
    file.write_text(
        FILE.format(mode=mode, state=state, kind=kind, credential=credential, simulated=simulated)
    )
    stop = threading.Timer(STARTED_S, os.kill, (os.getpid(), signal.SIGINT))
    stop.start()
    try:
        return daemon.run(file)
    finally:
        stop.cancel()


@MODES
def test_a_reader_of_the_other_mode_in_the_file_stops_the_start(
    tmp_path: Path, mode: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert starts(tmp_path, mode, simulated=SIMULATED[OTHER[mode]]) == os.EX_USAGE
    said = capfd.readouterr().err
    assert f"reader[0].simulated: found {SIMULATED[OTHER[mode]]}" in said
    assert not list((tmp_path / "state").iterdir()), "something was begun"


@pytest.mark.parametrize("kind", ["rk", "sk"])
@MODES
def test_a_stripe_key_of_the_other_mode_stops_the_start(
    tmp_path: Path, mode: str, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    key = f"{kind}_{OTHER[mode]}_story"
    assert starts(tmp_path, mode, simulated=SIMULATED[mode], key=key) == os.EX_USAGE
    said = capfd.readouterr().err
    assert "Stripe key" in said
    assert key not in said
    assert not (tmp_path / "state" / daemon.JOURNAL_FILE).exists()


@MODES
def test_a_state_directory_of_the_other_mode_stops_the_start(
    tmp_path: Path, mode: str, capfd: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state"
    state.mkdir()

    async def a_day() -> None:
        async with opened(state, mode=OTHER[mode]) as store:
            till = store.till()
            intent = await till.ring_up(AMOUNT)
            assert (await till.hand_over(lane(1), intent)).is_success
            await asyncio.sleep(REPORTED_S)
            assert await store.books(till, intent) == PAID

    virtually(a_day())
    assert starts(tmp_path, mode, simulated=SIMULATED[mode]) == os.EX_USAGE
    assert OTHER[mode] in capfd.readouterr().err


@MODES
@virtual
async def test_a_tills_key_of_the_other_mode_opens_nothing(tmp_path: Path, mode: str) -> None:
    async with opened(tmp_path, mode=mode) as store:
        stranger, till = store.till(mode=OTHER[mode]), store.till()
        refused = await stranger.post(
            "/v1/payment_intents", {"amount": str(AMOUNT), "currency": "eur"}
        )
        assert refused.status_code == 401
        error = refused.json()["error"]
        assert error.get("code") == "livemode_mismatch"
        assert f"runs in {mode} mode" in error["message"]
        intent = await till.ring_up(AMOUNT)
        assert (await stranger.hand_over(lane(1), intent)).status_code == 401
        assert store.kinds(intent) == []
        assert (await till.get(f"/v1/payment_intents/{intent}"))["livemode"] is (mode == "live")


@MODES
@virtual
async def test_a_reader_of_the_other_mode_cannot_be_registered(tmp_path: Path, mode: str) -> None:
    async with opened(tmp_path, mode=mode) as store:
        manager = store.manager()
        code = "zvt+tcp://192.0.2.1:20007" + ("?simulated=true" if mode == "live" else "")
        refused = await manager.post("/v1/terminal/readers", {"registration_code": code})
        assert refused.status_code == 400
        error = refused.json()["error"]
        wanted = {"test": "testmode_charges_only", "live": "livemode_mismatch"}
        assert (error["code"], error["param"]) == (wanted[mode], "registration_code")
        assert "?simulated=true" in error["message"]
        known = (await manager.get("/v1/terminal/readers"))["data"]
        assert [reader["id"] for reader in known] == [lane(1)]


@virtual
async def test_a_tests_card_is_presented_at_no_live_reader(tmp_path: Path) -> None:
    async with opened(tmp_path, mode="live") as store:
        till = store.till()
        store.terminals[lane(1)].cardholder.auto = False
        intent = await till.ring_up(AMOUNT)
        assert (await till.hand_over(lane(1), intent)).is_success
        path = f"/v1/test_helpers/terminal/readers/{lane(1)}/present_payment_method"
        refused = await till.post(path, {})
        assert refused.json()["error"]["code"] == "livemode_mismatch"
        assert await till.status(intent) == "requires_payment_method"
        assert (await till.cancel(lane(1))).is_success
        assert store.booked() == []


@MODES
@virtual
async def test_nothing_is_reported_to_an_account_of_the_other_mode(
    tmp_path: Path, mode: str
) -> None:
    async with opened(tmp_path, mode=mode, stripe_mode=OTHER[mode]) as store:
        till, manager = store.till(), store.manager()
        intent = await till.ring_up(AMOUNT)
        assert (await till.hand_over(lane(1), intent)).is_success
        await asyncio.sleep(REPORTED_S)
        assert await till.status(intent) == "succeeded"
        assert (store.booked(), store.guaranteed()) == ([AMOUNT], [])
        asked = {(logged.method, logged.path) for logged in store.cloud.requests}
        assert asked == {("GET", "/v1/account")}, "whose it is, and nothing else"
        upstream = (await manager.get("/posd/v1/status"))["upstream"]
        assert upstream["state"] == "paused"
        assert f"{OTHER[mode]} mode" in upstream["problem"]
