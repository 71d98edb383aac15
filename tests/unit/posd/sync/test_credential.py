"""While Stripe takes no credential nothing is sent; a good one of the same account is taken up."""

import asyncio
from pathlib import Path

import pytest

from posd.errors import ConfigError
from posd.snapshot.views import UpstreamState
from posd.sync.gate import PAUSE_S
from tests.unit.posd.sync.far import KEY, FarStripe
from tests.unit.posd.sync.uplink import uplink
from tests.unit.posd.virtual import virtual

ROLLED = "rk_test_store_rolled"
OTHERS = "rk_test_other_store"
HOUR_S = 3600.0


class KeyFile:
    """Where the operator puts a key; it cannot be read while it is None."""

    def __init__(self, key: str | None) -> None:
        self.key = key
        self.read = 0

    async def fresh(self) -> str:
        self.read += 1
        if self.key is None:
            raise ConfigError("credential 'stripe.key': cannot be read")
        return self.key


@pytest.mark.parametrize("odd", [401, 403])
@virtual
async def test_an_hour_of_refusals_burns_no_try_and_parks_nothing(
    tmp_path: Path, odd: int, caplog: pytest.LogCaptureFixture
) -> None:
    keys = [f"att_posd_{number}-report" for number in range(1, 11)]
    stripe = FarStripe(odd=dict.fromkeys(keys, odd))
    async with uplink(tmp_path, 0) as on:
        await on.owe(10)
        async with on.forwarding(answer=stripe.answer) as forwarder:
            await asyncio.sleep(HOUR_S)
            standing = forwarder.standing()
            assert standing.state is UpstreamState.PAUSED
            assert (standing.waiting, standing.parked) == (10, 0)
            assert {owed.tries for owed in on.owed()} == {0}
            assert len(stripe.requests) <= 2 * HOUR_S / PAUSE_S + 5
            assert caplog.text.count("upstream state=") == 1
            stripe.odd.clear()
            await asyncio.sleep(PAUSE_S + 5)
            assert forwarder.standing().state is UpstreamState.OK
            assert on.journal.outbox.waiting_count() == 0


@virtual
async def test_an_account_without_the_feature_is_one_alarm(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys = [f"att_posd_{number}-report" for number in range(1, 41)]
    stripe = FarStripe(odd=dict.fromkeys(keys, 404))
    async with uplink(tmp_path, 0) as on:
        await on.owe(40)
        async with on.forwarding(answer=stripe.answer) as forwarder:
            await asyncio.sleep(HOUR_S)
            standing = forwarder.standing()
        assert (standing.state, standing.waiting, standing.parked) == (UpstreamState.PAUSED, 40, 0)
        assert caplog.text.count("upstream state=") == 1
        assert {owed.tries for owed in on.owed()} == {0}


@virtual
async def test_what_was_under_way_at_a_refusal_does_not_say_that_all_is_well(
    tmp_path: Path,
) -> None:
    stripe = FarStripe(0.1, {"att_posd_2-report": 404})
    async with uplink(tmp_path, 0) as on:
        await on.owe(2)
        async with on.forwarding(answer=stripe.answer) as forwarder:
            await asyncio.sleep(PAUSE_S / 2)
            assert on.facts("pi_posd_1").count("EffectDone") == 2
            assert forwarder.standing().state is UpstreamState.PAUSED


@virtual
async def test_a_rolled_key_of_the_same_account_is_taken_up_without_a_restart(
    tmp_path: Path,
) -> None:
    file, stripe = KeyFile(KEY), FarStripe(latency_s=0.5)
    async with uplink(tmp_path, 0) as on:
        await on.owe(8)
        async with on.forwarding(answer=stripe.answer, fresh_key=file.fresh) as forwarder:
            await asyncio.sleep(0.8)
            assert file.read == 0
            stripe.accounts = {ROLLED: "acct_1"}
            await asyncio.sleep(2 * PAUSE_S)
            assert forwarder.standing().state is UpstreamState.PAUSED
            file.key = ROLLED
            await asyncio.sleep(2 * PAUSE_S)
            assert forwarder.standing().state is UpstreamState.OK
        assert on.journal.outbox.waiting_count() == 0
        assert on.journal.outbox.parked_count() == 0
        assert {one.credential for one in stripe.requests} == {KEY, ROLLED}


@virtual
async def test_a_key_of_another_account_is_asked_whose_it_is_and_sends_nothing(
    tmp_path: Path,
) -> None:
    file, stripe = KeyFile(OTHERS), FarStripe()
    async with uplink(tmp_path, 0) as on:
        await on.learn("acct_1")
        await on.owe(3)
        stripe.accounts = {OTHERS: "acct_2"}
        async with on.forwarding(answer=stripe.answer, fresh_key=file.fresh) as forwarder:
            await asyncio.sleep(HOUR_S)
            standing = forwarder.standing()
            assert standing.state is UpstreamState.PAUSED
            assert standing.problem == "the credential opens acct_2, not acct_1"
            assert {one.call for one in stripe.requests if one.credential == OTHERS} == {"account"}
            stripe.accounts[KEY] = "acct_1"
            file.key = KEY
            await asyncio.sleep(2 * PAUSE_S)
        assert on.journal.outbox.waiting_count() == 0
        assert {one.call for one in stripe.requests if one.credential == OTHERS} == {"account"}


@pytest.mark.parametrize("key", [None, "not a key", "rk_live_store"])
@virtual
async def test_a_credential_that_cannot_be_used_is_told_and_asked_for_again(
    tmp_path: Path, key: str | None
) -> None:
    file, stripe = KeyFile(key), FarStripe()
    async with uplink(tmp_path, 0) as on:
        await on.owe()
        stripe.accounts = {"rk_live_store": "acct_1"}
        async with on.forwarding(answer=stripe.answer, fresh_key=file.fresh) as forwarder:
            await asyncio.sleep(3 * PAUSE_S)
            assert forwarder.standing().state is UpstreamState.PAUSED
            assert "credential" in (forwarder.standing().problem or "")
            assert [one.call for one in stripe.requests if one.key] == []
            file.key = KEY
            stripe.accounts = {KEY: "acct_1"}
            await asyncio.sleep(2 * PAUSE_S)
        assert on.journal.outbox.waiting_count() == 0


@virtual
async def test_what_is_held_is_not_sent_until_it_is_let_go(tmp_path: Path) -> None:
    why: list[str] = ["the journal has lost facts"]
    stripe = FarStripe()
    async with uplink(tmp_path, 0) as on:
        await on.owe(2)
        held = on.forwarding(answer=stripe.answer, held=lambda: why[0] if why else None)
        async with held as forwarder:
            await asyncio.sleep(HOUR_S)
            assert stripe.requests == []
            standing = forwarder.standing()
            assert (standing.state, standing.problem) == (UpstreamState.PAUSED, why[0])
            why.clear()
            await on.owe()
            await asyncio.sleep(5)
        assert on.journal.outbox.waiting_count() == 0
