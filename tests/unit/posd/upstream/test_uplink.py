"""Whoever waits for Stripe is told at once that it is away, and as soon as it is back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from posd.errors import CredentialRefused, UpstreamRefused, UpstreamUnavailable
from posd.ids import chance
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from posd.upstream.account import AccountCheck, Learn
from posd.upstream.client import StripeClient
from posd.upstream.uplink import CALL_S, PROBE_MAX_S, Uplink, UpstreamCall
from posd_simulator.cloud.app import create_app
from posd_simulator.cloud.cloud import Cloud
from posd_simulator.cloud.faults import Fault, FaultKind
from posd_simulator.cloud.serve import numbered
from tests.simulation.asgi import AsgiTransport, Link, connected
from tests.unit.posd.journal.scenario import open_journal
from tests.unit.posd.virtual import JumpingClock, virtual

TOKEN = UpstreamCall("POST", "/v1/terminal/connection_tokens")


class Stage:
    """An uplink, the line under it and the simulated Stripe behind both."""

    def __init__(self, cloud: Cloud, line: AsgiTransport, journal: Journal, uplink: Uplink) -> None:
        self.cloud = cloud
        self.journal = journal
        self.line = line
        self.uplink = uplink

    async def lose(self, calls: int) -> None:
        for _call in range(calls):
            with pytest.raises(UpstreamUnavailable):
                await self.uplink.call(TOKEN)


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    journal = open_journal(folder, executor=LoopExecutor(lambda: 0.001))
    cloud = Cloud(lambda: 1_800_000_000_000, numbered(1, 0))
    async with connected(create_app(cloud)) as line, asyncio.TaskGroup() as group:
        client = StripeClient("http://stripe", "rk_test_store", transport=line)
        account = AccountCheck(journal, client, livemode=False)
        uplink = Uplink(client, account, clock=JumpingClock(), chance=chance(1))
        probes = group.create_task(uplink.run(), name="uplink")
        yield Stage(cloud, line, journal, uplink)
        probes.cancel()
        await client.close()
    journal.close()


@virtual
async def test_one_lost_call_is_an_accident_and_two_are_a_line_that_is_down(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        on.line.link = Link.DOWN
        await on.lose(1)
        assert on.uplink.down_since_ms is None
        await on.lose(1)
        assert on.uplink.down_since_ms is not None


@virtual
async def test_while_the_line_is_down_nobody_waits_and_nothing_is_sent(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        on.cloud.faults.add(Fault(FaultKind.HANG, method="GET", path="/v1/account", times=2))
        began = asyncio.get_running_loop().time()
        await on.lose(2)
        assert asyncio.get_running_loop().time() - began == pytest.approx(2 * CALL_S)
        on.line.link = Link.DOWN
        arrived = len(on.cloud.requests)
        began = asyncio.get_running_loop().time()
        await on.lose(100)
        assert asyncio.get_running_loop().time() == began
        assert len(on.cloud.requests) == arrived


@virtual
async def test_a_probe_off_everybodys_path_finds_that_stripe_is_back(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        on.line.link = Link.DOWN
        await on.lose(2)
        await asyncio.sleep(3600)
        on.line.link = Link.UP
        await asyncio.sleep(PROBE_MAX_S + 1)
        assert on.uplink.down_since_ms is None
        answer = await on.uplink.call(TOKEN)
    assert answer["object"] == "terminal.connection_token"


@virtual
async def test_a_refusal_is_an_answer_and_is_told_as_stripe_told_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        on.cloud.faults.add(Fault(FaultKind.REFUSE, path=TOKEN.path, times=3, status=429))
        for _call in range(3):
            with pytest.raises(UpstreamRefused) as refused:
                await on.uplink.call(TOKEN)
            assert (refused.value.status, refused.value.error["code"]) == (429, "rate_limit")
        assert on.uplink.down_since_ms is None


@virtual
async def test_lost_calls_count_only_in_a_row(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        for _round in range(3):
            on.line.link = Link.DOWN
            await on.lose(1)
            on.line.link = Link.UP
            await on.uplink.call(TOKEN)
        assert on.uplink.down_since_ms is None


@virtual
async def test_a_refused_credential_is_an_answer_too(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        for _round in range(3):
            on.line.link = Link.DOWN
            await on.lose(1)
            on.line.link = Link.UP
            refusal = Fault(FaultKind.REFUSE, method="GET", path="/v1/account", status=401)
            on.cloud.faults.add(refusal)
            with pytest.raises(CredentialRefused):
                await on.uplink.call(TOKEN)
        assert on.uplink.down_since_ms is None


@virtual
async def test_nothing_is_asked_of_another_account_than_the_journals(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        await on.journal.commit(Learn("acct_of_before", livemode=False))
        with pytest.raises(CredentialRefused, match="not acct_of_before"):
            await on.uplink.call(TOKEN)
        assert [logged.path for logged in on.cloud.requests] == ["/v1/account"]


@virtual
async def test_the_account_is_asked_for_once_and_again_after_a_refusal(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        await on.uplink.call(TOKEN)
        await on.uplink.call(TOKEN)
        on.cloud.faults.add(Fault(FaultKind.REFUSE, path=TOKEN.path, status=403, code=None))
        with pytest.raises(UpstreamRefused):
            await on.uplink.call(TOKEN)
        await on.uplink.call(TOKEN)
        asked = [logged.path for logged in on.cloud.requests]
    assert asked == ["/v1/account", *[TOKEN.path] * 3, "/v1/account", TOKEN.path]
