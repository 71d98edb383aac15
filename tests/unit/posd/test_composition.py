"""What one posd leaves to the next, and what belongs to its start and its end."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx2
import pytest

from posd.access import NewKey
from posd.composition import DRAIN_S
from posd.config.sections import Config, KeyConfig, UpstreamConfig
from posd.errors import JournalFailed, Refused
from posd.fleet import NewReader
from posd.model.access_key import Role
from posd.model.access_key_facts import AccessKeyRevoked
from posd.model.attempt import AttemptState
from posd.old_events import EVENTS_KEPT_MS, PRUNE_AFTER_START_S, PRUNE_EVERY_S
from posd.plugging import STAYS_S
from posd.resolver import NOT_IN_TIME, PERSON_AFTER_S
from posd.snapshot.views import UpstreamState
from posd.upstream.client import StripeClient
from posd_drivers.card_reader import Answer, Attendant
from posd_simulator.cloud.app import create_app
from posd_simulator.cloud.cloud import Cloud
from posd_simulator.cloud.serve import numbered
from tests.simulation.asgi import connected
from tests.unit.posd.house import (
    DIALOGUE_S,
    FSYNC_S,
    LANE_1,
    LANE_2,
    TILL,
    TWO_LANES,
    House,
    attempt_of,
    config,
    declared,
    ordered,
    paid,
)
from tests.unit.posd.journal.faulty_disk import FaultyDisk
from tests.unit.posd.journal.scenario import Facts
from tests.unit.posd.stage import OTHER_ID, ScriptedTerminal, approves, booked, hangs
from tests.unit.posd.virtual import virtual

DAYS_MS = 3 * 86_400_000
STRIPE = UpstreamConfig(kind="stripe", base_url="http://stripe", requests_per_s=100)
MINUTE_S = 60.0


async def takes_a_minute(
    terminal: ScriptedTerminal, amount: int, currency: str, sale: Attendant
) -> Answer:
    sale.acknowledged()
    await asyncio.sleep(MINUTE_S)
    return await approves(terminal, amount, currency, sale)


@virtual
async def test_a_declared_reader_keeps_its_id_and_its_terminal(tmp_path: Path) -> None:
    house = House(tmp_path, {LANE_1: ScriptedTerminal().open})
    for _ in range(2):
        async with house.living() as posd:
            known = posd.journal.queries.reader(LANE_1)
            assert known is not None
            assert known.terminal_id == "52523535"
            kinds = [entry.kind for entry in posd.journal.queries.entries(LANE_1)]
            assert kinds == ["ReaderRegistered", "ReaderIdentified"]


@virtual
async def test_a_reader_of_the_api_survives_a_restart(tmp_path: Path) -> None:
    terminal = ScriptedTerminal()
    house = House(tmp_path, file=config())
    async with house.living() as posd:
        new = NewReader("zvt+tcp://10.0.0.9:20007?simulated=true", "Counter 9")
        reader = (await posd.fleet.register(new, actor="key", claim=None)).record
    house.devices = {reader.id: terminal.open}
    async with house.living() as posd:
        intent = await paid(posd, reader.id)
        assert attempt_of(posd, intent).state is AttemptState.APPROVED


@virtual
async def test_readers_of_file_and_api_are_woken_by_what_is_plugged_in(tmp_path: Path) -> None:
    in_file = ScriptedTerminal(plugged=False)
    in_api = ScriptedTerminal(terminal_id=OTHER_ID, plugged=False)
    plugged_in = asyncio.Event()

    async def watch() -> AsyncGenerator[None]:
        await plugged_in.wait()
        yield
        await asyncio.Event().wait()

    house = House(tmp_path, {LANE_1: in_file.open}, watch_plugs=watch)
    async with house.living() as posd:
        new = NewReader("zvt+tcp://10.0.0.9:20007?simulated=true", "Counter 9")
        reader = (await posd.fleet.register(new, actor="key", claim=None)).record
        house.devices = {LANE_1: in_file.open, reader.id: in_api.open}
        await asyncio.sleep(MINUTE_S)
        asked = len(in_file.asked), len(in_api.asked)
        in_file.plugged = in_api.plugged = True
        plugged_in.set()
        await asyncio.sleep(STAYS_S + DIALOGUE_S)
        assert posd.fleet.live(LANE_1).online
        assert posd.fleet.live(reader.id).online
        assert asked[0] > 1, "it was looked for before"


@virtual
async def test_a_reader_that_the_file_no_longer_names_is_known_and_not_held(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, {LANE_1: ScriptedTerminal().open})
    async with house.living():
        pass
    house.file = config()
    async with house.living() as posd:
        assert posd.journal.queries.reader(LANE_1) is not None
        assert not posd.fleet.live(LANE_1).online
        with pytest.raises(Refused) as refusal:
            await paid(posd)
        assert refusal.value.code == "terminal_reader_offline"


@virtual
async def test_a_reader_may_get_another_name_in_the_file(tmp_path: Path) -> None:
    house = House(tmp_path, {LANE_1: ScriptedTerminal().open})
    async with house.living():
        pass
    house.file = config(declared("counter"))
    house.devices = {"tmr_posd_counter": ScriptedTerminal().open}
    for _ in range(2):
        async with house.living() as posd:
            intent = await paid(posd, "tmr_posd_counter")
            assert attempt_of(posd, intent).state is AttemptState.APPROVED
            assert not posd.fleet.live(LANE_1).online


@virtual
async def test_two_readers_may_change_places_in_the_file(tmp_path: Path) -> None:
    house = House(tmp_path, file=TWO_LANES)
    async with house.living():
        pass
    house.file = config(declared("lane-1", 2), declared("lane-2", 1))
    async with house.living() as posd:
        addresses = [reader.address for reader in posd.journal.queries.readers()]
        assert addresses == ["zvt+tcp://10.0.0.7:2", "zvt+tcp://10.0.0.7:1"]


@virtual
async def test_a_key_opens_until_it_is_revoked(tmp_path: Path) -> None:
    told = hashlib.sha256(b"posd_test_declared").hexdigest()
    key = KeyConfig("till 1", Role.TILL, told, "lane-1")
    house = House(tmp_path, file=config(declared("lane-1"), keys=(key,)))
    async with house.living() as posd:
        made, secret = await posd.keys.create(NewKey("office", Role.MANAGER), actor="operator")
        assert secret.startswith("posd_test_")
    async with house.living() as posd:
        opened = posd.keys.by_hash(told)
        assert opened is not None
        assert (opened.name, opened.role, opened.lane) == ("till 1", Role.TILL, "lane-1")
        assert posd.keys.by_hash(made.sha256) == made
        await posd.journal.commit(Facts((AccessKeyRevoked(made.id),)))
        assert posd.keys.by_hash(made.sha256) is None


@pytest.mark.parametrize("jumped_ms", [0, DAYS_MS, -DAYS_MS])
@virtual
async def test_a_payment_that_a_crash_left_has_a_person_in_five_minutes_reader_or_not(
    tmp_path: Path, jumped_ms: int
) -> None:
    house = House(tmp_path, {LANE_1: ScriptedTerminal(hangs).open})
    async with house.living() as posd:
        intent = await paid(posd)
    house.devices = {}
    house.file = config()
    house.clock.now_ms += jumped_ms
    async with house.living() as posd:
        assert attempt_of(posd, intent).state is AttemptState.UNKNOWN
        await asyncio.sleep(PERSON_AFTER_S)
        attempt = attempt_of(posd, intent)
        assert (attempt.state, attempt.reason) == (AttemptState.PERSON, NOT_IN_TIME)


@virtual
async def test_a_payment_that_a_crash_left_is_proven_by_the_next_posd(tmp_path: Path) -> None:
    terminal = ScriptedTerminal(hangs)
    house = House(tmp_path, {LANE_1: terminal.open})
    async with house.living() as posd:
        intent = await paid(posd)
    terminal.stored = booked(17)
    async with house.living() as posd:
        assert attempt_of(posd, intent).state is AttemptState.APPROVED
        assert terminal.asked.count("authorize") == 1


@virtual
async def test_stopping_waits_for_the_payment_in_hand_and_takes_no_other(tmp_path: Path) -> None:
    slow, free = ScriptedTerminal(takes_a_minute), ScriptedTerminal(terminal_id=OTHER_ID)
    house = House(tmp_path, {LANE_1: slow.open, LANE_2: free.open}, TWO_LANES)
    async with house.living() as posd:
        intent = await paid(posd)
        async with asyncio.TaskGroup() as group:
            draining = group.create_task(posd.drain())
            await asyncio.sleep(30)
            assert not draining.done()
            with pytest.raises(Refused, match="takes no payment now"):
                await paid(posd, LANE_2)
        assert attempt_of(posd, intent).state is AttemptState.APPROVED
        assert asyncio.get_running_loop().time() < 2 * MINUTE_S


@virtual
async def test_stopping_waits_no_longer_than_it_may(tmp_path: Path) -> None:
    async with House(tmp_path, {LANE_1: ScriptedTerminal(hangs).open}).living() as posd:
        await paid(posd)
        began = asyncio.get_running_loop().time()
        await posd.drain()
        assert asyncio.get_running_loop().time() - began == pytest.approx(DRAIN_S, abs=1)


@virtual
async def test_stopping_waits_for_the_payment_that_the_disk_still_holds(tmp_path: Path) -> None:
    house = House(tmp_path, {LANE_1: ScriptedTerminal().open}, disk_s=2.0)
    async with house.living() as posd:
        await asyncio.sleep(MINUTE_S)
        intent = await ordered(posd)
        async with asyncio.TaskGroup() as group:
            group.create_task(posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None))
            await asyncio.sleep(0)
            await posd.drain()
        assert attempt_of(posd, intent).state is AttemptState.APPROVED


@virtual
async def test_stopping_without_a_payment_in_hand_waits_for_the_disk_alone(tmp_path: Path) -> None:
    async with House(tmp_path, {LANE_1: ScriptedTerminal().open}).living() as posd:
        began = asyncio.get_running_loop().time()
        await posd.drain()
        assert asyncio.get_running_loop().time() == pytest.approx(began + 2 * FSYNC_S)


@virtual
async def test_a_disk_that_refuses_ends_everything(tmp_path: Path) -> None:
    disk = FaultyDisk("composition")
    terminal = ScriptedTerminal()

    async def life() -> None:
        async with House(tmp_path, {LANE_1: terminal.open}).living(vfs="composition") as posd:
            intent = await ordered(posd)
            disk.fail = "-wal"
            with pytest.raises(JournalFailed):
                await posd.payments.process(LANE_1, intent.id, actor="key", claim=None)
            await asyncio.sleep(60)

    with pytest.raises(BaseExceptionGroup) as ended:
        await life()
    assert ended.value.subgroup(JournalFailed) is not None
    assert "authorize" not in terminal.asked
    disk.unregister()


def _away(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("away", request=request)


@pytest.mark.parametrize(
    "upstream", [UpstreamConfig(), UpstreamConfig(kind="stripe", report="off")], ids=["none", "off"]
)
@virtual
async def test_a_store_that_reports_nothing_owes_nothing(
    tmp_path: Path, upstream: UpstreamConfig
) -> None:
    house = House(tmp_path, {LANE_1: ScriptedTerminal().open})
    house.file = config(declared("lane-1"), upstream=upstream)
    if upstream.kind == "stripe":
        away = httpx2.MockTransport(_away)
        house.stripe = StripeClient("http://stripe", "rk_test_store", transport=away)
    async with house.living() as posd:
        await paid(posd)
        assert posd.journal.outbox.waiting_count() == 0
        assert posd.snapshot().upstream.state is UpstreamState.NONE


@virtual
async def test_an_approval_reaches_stripe(tmp_path: Path) -> None:
    house = House(tmp_path, {LANE_1: ScriptedTerminal().open})
    house.file = config(declared("lane-1"), upstream=STRIPE)
    assert await reported(house) == (UpstreamState.OK, 1)


@pytest.mark.parametrize(("allowed", "count"), [(True, 1), (False, 0)])
@virtual
async def test_a_bench_in_live_mode_may_report_to_a_test_account(
    tmp_path: Path, *, allowed: bool, count: int
) -> None:
    terminal = ScriptedTerminal()
    house = House(tmp_path, {LANE_1: terminal.open})
    house.file = bench(allowed=allowed)
    state, found = await reported(house)
    assert found == count
    assert state is (UpstreamState.OK if allowed else UpstreamState.PAUSED)


def bench(*, allowed: bool) -> Config:
    upstream = UpstreamConfig(
        kind="stripe", base_url="http://stripe", requests_per_s=100, allow_test_upstream=allowed
    )
    return config(declared("lane-1"), upstream=upstream, mode="live")


async def reported(house: House) -> tuple[UpstreamState, int]:
    """How posd stands with Stripe after a payment, and how many records Stripe has."""
    cloud = Cloud(house.clock.wall_ms, numbered(1, 0))
    async with connected(create_app(cloud)) as line:
        house.stripe = StripeClient("http://stripe", "rk_test_store", transport=line)
        async with house.living() as posd:
            await paid(posd)
            await asyncio.sleep(10)
            state = posd.snapshot().upstream.state
    accounts = cloud.ledger.accounts.values()
    return state, sum(len(account.payment_records) for account in accounts)


@virtual
async def test_the_api_stands_on_these_parts(tmp_path: Path) -> None:
    house = House(tmp_path, {LANE_1: ScriptedTerminal().open})
    async with house.living() as posd:
        services = posd.services()
        assert services.ready()
        assert not services.livemode
        assert services.fleet.live(LANE_1).online
        seen = await services.snapshot()
        assert seen["store"] == "Corner shop"
        assert posd.snapshot().lanes[0].reader is not None


@pytest.mark.no_cover
@virtual
async def test_events_are_forgotten_after_thirty_days_and_facts_never(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.living() as posd:
        intent = await ordered(posd, 1250)
        house.clock.now_ms += EVENTS_KEPT_MS - 60_000
        await asyncio.sleep(PRUNE_AFTER_START_S)
        assert len(posd.journal.queries.events(10)) == 1
        house.clock.now_ms += 120_000
        await asyncio.sleep(PRUNE_EVERY_S)
        assert posd.journal.queries.events(10) == []
        assert posd.journal.queries.payment_intent(intent.id) == intent
        assert len(posd.journal.queries.entries(intent.id)) == 1
