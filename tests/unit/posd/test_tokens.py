"""Connection tokens: fresh, for this store only, journaled without their secret, not too many."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from posd.errors import Refused, UpstreamUnavailable
from posd.ids import chance
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from posd.model.upstream_facts import ConnectionTokenIssued
from posd.tokens import TOKEN_EVERY_S, TOKENS_BURST_MAX, ConnectionToken, Tokens
from posd.upstream.account import AccountCheck
from posd.upstream.client import StripeClient
from posd.upstream.uplink import Uplink
from posd_simulator.cloud.app import create_app
from posd_simulator.cloud.cloud import Cloud
from posd_simulator.cloud.serve import numbered
from tests.simulation.asgi import AsgiTransport, Link, connected
from tests.unit.posd.journal.scenario import open_journal
from tests.unit.posd.virtual import JumpingClock, virtual
from tests.unit.simulator.cloud.places import place

SDK = "key_posd_tablet"
STORE = "rk_test_store"
HERE = "tml_corner_shop"
THERE = "tml_other_shop"


class Stage:
    """A store's tokens, its journal, the line and the simulated Stripe."""

    def __init__(self, folder: Path, line: AsgiTransport, location: str | None) -> None:
        self.line = line
        self.journal = at_once(folder)
        client = StripeClient("http://stripe", STORE, transport=line)
        account = AccountCheck(self.journal, client, livemode=False)
        uplink = Uplink(client, account, clock=JumpingClock(), chance=chance(1))
        self.tokens = Tokens(self.journal, uplink, location)

    def issued(self) -> list[tuple[str, str | None]]:
        """To whom, and for which location, by the journal."""
        entries = self.journal.queries.entries("store")
        return [
            (entry.actor, entry.fact.location)
            for entry in entries
            if isinstance(entry.fact, ConnectionTokenIssued)
        ]


def at_once(folder: Path) -> Journal:
    return open_journal(folder, executor=LoopExecutor(lambda: 0.001))


def octets(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


@asynccontextmanager
async def stage(folder: Path, location: str | None = HERE) -> AsyncIterator[Stage]:
    cloud = Cloud(lambda: 1_800_000_000_000, numbered(1, 0))
    place(cloud, STORE, HERE, THERE)
    async with connected(create_app(cloud)) as line:
        on = Stage(folder, line, location)
        yield on
        on.journal.close()


@virtual
async def test_no_two_calls_get_one_token_and_each_is_for_this_store(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        asked = [on.tokens.issue(None, actor=SDK), on.tokens.issue(HERE, actor=SDK)]
        first, second = await asyncio.gather(*asked)
    assert first.secret != second.secret
    assert (first.location, second.location) == (HERE, HERE)


@virtual
async def test_who_asked_is_on_disk_and_the_secret_is_nowhere(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        token = await on.tokens.issue(None, actor=SDK)
        assert on.issued() == [(SDK, HERE)]
    assert token.secret not in repr(token)
    assert HERE.encode() in octets(tmp_path)
    assert token.secret.encode() not in octets(tmp_path)


@virtual
async def test_another_location_is_refused_and_nobody_was_given_anything(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        with pytest.raises(Refused) as refused:
            await on.tokens.issue(THERE, actor=SDK)
        assert refused.value.param == "location"
        assert on.issued() == []


@virtual
async def test_a_store_without_a_location_leaves_the_scope_to_the_caller(tmp_path: Path) -> None:
    async with stage(tmp_path, location=None) as on:
        assert (await on.tokens.issue(None, actor=SDK)).location is None
        assert (await on.tokens.issue(THERE, actor=SDK)).location == THERE


@virtual
async def test_each_key_has_a_share_of_its_own_that_comes_back_with_time(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        for _call in range(TOKENS_BURST_MAX):
            await on.tokens.issue(None, actor=SDK)
        with pytest.raises(Refused) as refused:
            await on.tokens.issue(None, actor=SDK)
        assert (refused.value.code, refused.value.status) == ("rate_limit", 429)
        await on.tokens.issue(None, actor="key_posd_other")
        await asyncio.sleep(TOKEN_EVERY_S)
        await on.tokens.issue(None, actor=SDK)


@virtual
async def test_whoever_asks_on_in_an_outage_hears_of_the_outage(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        on.line.link = Link.DOWN
        for _call in range(3 * TOKENS_BURST_MAX):
            with pytest.raises(UpstreamUnavailable):
                await on.tokens.issue(None, actor=SDK)
        assert on.issued() == []


@virtual
async def test_a_store_without_stripe_says_so(tmp_path: Path) -> None:
    journal = at_once(tmp_path)
    with pytest.raises(Refused, match="no Stripe account"):
        await Tokens(journal, None, None).issue(None, actor=SDK)
    journal.close()


def test_a_token_prints_without_its_secret() -> None:
    assert "pst_test_1" not in f"{ConnectionToken('pst_test_1', HERE)!r}"
