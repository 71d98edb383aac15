"""What is changed at Stripe through posd is changed there first, and only then known here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from posd.errors import IdempotencyMismatch, Refused, UpstreamRefused, UpstreamUnavailable
from posd.gateway import Gateway
from posd.ids import chance
from posd.journal.command import Claim
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from posd.mirror import Mirror
from posd.model.upstream_facts import MirrorKind
from posd.upstream.account import AccountCheck
from posd.upstream.client import StripeClient
from posd.upstream.uplink import Uplink
from tests.unit.posd.journal.scenario import open_journal
from tests.unit.posd.virtual import JumpingClock, virtual

LOCATION = MirrorKind.LOCATION
MANAGER = "key_posd_office"
CLAIM = Claim(MANAGER, "POST /v1/terminal/locations", "K", "digest")
SHOP = {"display_name": "Corner shop"}


class Stripe:
    """Carries out what arrives, unless it refuses; loses its answer, or the request, if told to."""

    def __init__(self) -> None:
        self.refusal = {"type": "invalid_request_error", "param": "address[city]"}
        self.arrived: list[httpx2.Request] = []
        self.by_key: dict[str, dict[str, Any]] = {}
        self.made = 0
        self.refuses = False
        self.loses_answers = False
        self.gone: set[str] = set()

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/v1/account":
            return httpx2.Response(200, json={"id": "acct_1", "object": "account"})
        self.arrived.append(request)
        if self.refuses:
            return httpx2.Response(400, json={"error": self.refusal})
        told = self._carry_out(request)
        if self.loses_answers:
            raise httpx2.ReadError("lost", request=request)
        return httpx2.Response(200, json=told)

    def _carry_out(self, request: httpx2.Request) -> dict[str, Any]:
        id_ = request.url.path.removeprefix("/v1/terminal/locations").strip("/")
        if request.method == "DELETE" or id_ in self.gone:
            return {"id": id_, "object": LOCATION.value, "deleted": True}
        key = request.headers.get("idempotency-key")
        if key in self.by_key:
            return self.by_key[key]
        self.made += 1
        name = request.content.decode().removeprefix("display_name=").replace("+", " ")
        told = {"id": id_ or f"tml_{self.made}", "object": LOCATION.value, "display_name": name}
        if key is not None:
            self.by_key[key] = told
        return told


class Stage:
    """A gateway between a journal and Stripe."""

    def __init__(self, journal: Journal, stripe: Stripe) -> None:
        clock, dice = JumpingClock(), chance(1)
        transport = httpx2.MockTransport(stripe.answer)
        client = StripeClient("http://stripe", "rk_test_1", transport=transport)
        account = AccountCheck(journal, client, livemode=False)
        self.journal = journal
        self.stripe = stripe
        self.mirror = Mirror(journal, clock)
        self.uplink = Uplink(client, account, clock=clock, chance=dice)
        self.gateway = Gateway(journal, self.uplink, self.mirror)

    async def create(self, claim: Claim | None = CLAIM) -> tuple[str, bool]:
        answered = await self.gateway.write(LOCATION, None, SHOP, actor=MANAGER, claim=claim)
        return answered.record.id, answered.replayed

    def ids(self) -> list[str]:
        return [one.id for one in self.mirror.objects(LOCATION)]


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    journal = open_journal(folder, executor=LoopExecutor(lambda: 0.001))
    yield Stage(journal, Stripe())
    journal.close()


@virtual
async def test_what_stripe_made_is_mirrored_under_the_name_of_who_asked(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        assert await on.create() == ("tml_1", False)
        known = on.mirror.object(LOCATION, "tml_1")
        (entry,) = on.journal.queries.entries("tml_1")
    assert known is not None
    assert known.body["display_name"] == "Corner shop"
    assert entry.actor == MANAGER


@virtual
async def test_a_repetition_is_answered_without_asking_stripe_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        await on.create()
        on.stripe.refuses = True
        assert await on.create() == ("tml_1", True)
        assert len(on.stripe.arrived) == 1
        other = Claim(CLAIM.access_key, CLAIM.route, CLAIM.key, "another digest")
        with pytest.raises(IdempotencyMismatch):
            await on.create(other)


@virtual
async def test_after_a_lost_answer_the_same_call_is_the_same_call_at_stripe(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        on.stripe.loses_answers = True
        with pytest.raises(UpstreamUnavailable):
            await on.create()
        assert on.ids() == []
        on.stripe.loses_answers = False
        assert await on.create() == ("tml_1", False)
        first, second = on.stripe.arrived
    assert on.stripe.made == 1
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


@virtual
async def test_two_tills_that_draw_one_key_make_two_objects(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        await on.create()
        await on.create(Claim("key_posd_other", CLAIM.route, CLAIM.key, CLAIM.digest))
        await on.create(None)
        await on.create(None)
        assert on.ids() == ["tml_4", "tml_3", "tml_2", "tml_1"]


@virtual
async def test_a_refusal_is_stripes_own_and_changes_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        on.stripe.refuses = True
        with pytest.raises(UpstreamRefused) as refused:
            await on.create()
        assert (refused.value.status, refused.value.error["param"]) == (400, "address[city]")
        assert on.ids() == []
        on.stripe.refuses = False
        assert await on.create() == ("tml_1", False)


@virtual
async def test_a_change_and_a_deletion_reach_the_mirror_when_stripe_has_them(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as on:
        await on.create()
        renamed = {"display_name": "Old town"}
        await on.gateway.write(LOCATION, "tml_1", renamed, actor=MANAGER, claim=None)
        known = on.mirror.object(LOCATION, "tml_1")
        assert known is not None
        assert known.body["display_name"] == "Old town"
        stub = await on.gateway.delete(LOCATION, "tml_1", actor=MANAGER)
        assert stub == {"id": "tml_1", "object": "terminal.location", "deleted": True}
        assert on.ids() == []


@virtual
async def test_what_was_deleted_at_the_dashboard_meanwhile_is_told_and_forgotten(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as on:
        await on.create()
        on.stripe.gone.add("tml_1")
        answered = await on.gateway.write(LOCATION, "tml_1", SHOP, actor=MANAGER, claim=None)
        assert answered.record.gone
        assert on.ids() == []
        assert [entry.kind for entry in on.journal.queries.entries("tml_1")] == [
            "ObjectMirrored",
            "ObjectGone",
        ]


@virtual
async def test_a_key_that_stripe_knows_otherwise_is_told_as_the_tills_own(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        on.stripe.refuses = True
        on.stripe.refusal = {"type": "idempotency_error", "message": "not with key posd_0123"}
        with pytest.raises(IdempotencyMismatch, match="'K'"):
            await on.create()
        with pytest.raises(UpstreamRefused):
            await on.create(None)


@virtual
async def test_a_store_without_stripe_changes_nothing_there(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        gateway = Gateway(on.journal, None, on.mirror)
        with pytest.raises(Refused, match="no Stripe account"):
            await gateway.write(LOCATION, None, SHOP, actor=MANAGER, claim=CLAIM)
        with pytest.raises(Refused, match="no Stripe account"):
            await gateway.delete(LOCATION, "tml_1", actor=MANAGER)
