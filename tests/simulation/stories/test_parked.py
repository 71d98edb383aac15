"""A reader that broke posd twice is parked, and the other lanes go on (M18)."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from posd_drivers.transport.base import Transport
from posd_simulator.terminal.cardholder import Behaviour
from posd_simulator.terminal.settings import Settings, StorageRule, Wire
from tests.simulation.stories.stage import NOT_CHARGED, PAID, Store, lane, opened
from tests.simulation.stories.tills import Till
from tests.unit.posd.virtual import virtual

AMOUNTS = range(1100, 10_000, 100)
AUTHORISATION, STATUS = bytes.fromhex("06 01"), bytes.fromhex("04 0f")
CARD_AWAITED_S = 1.0
PROVEN_S = 60.0
PERSON_S = 300.0
REASON = "Another terminal stands there now."
STANDS = Settings(wire=Wire.TCP, storage_rule=StorageRule.NEW)


@dataclass
class Bug:
    """A bug of ours at one place: what a terminal reports of a payment is more than it can take."""

    fixed: bool = False
    written: int = 0

    def before(self, line: Transport) -> Transport:
        """The line with the bug in front of it."""
        return _Breaking(line, self)


class _Breaking(Transport):
    def __init__(self, line: Transport, bug: Bug) -> None:
        self._line = line
        self._bug = bug
        self._paying = False

    @override
    async def read(self) -> bytes:
        octets = await self._line.read()
        if self._paying and not self._bug.fixed and octets.startswith(STATUS):
            raise LookupError(octets[:2].hex())
        return octets

    @override
    async def write(self, octets: bytes) -> None:
        self._bug.written += 1
        self._paying = self._paying or octets.startswith(AUTHORISATION)
        await self._line.write(octets)

    @override
    def discard_input(self) -> None:
        self._line.discard_input()

    @override
    async def close(self) -> None:
        await self._line.close()


async def sold(till: Till, at: str, amounts: Iterator[int]) -> str:
    """A payment that its terminal has taken, and time for all that follows."""
    intent = await till.ring_up(next(amounts))
    answer = await till.hand_over(at, intent)
    assert answer.is_success, answer.text
    await asyncio.sleep(PROVEN_S)
    return intent


@virtual
async def test_a_reader_whose_answer_broke_posd_twice_is_parked_and_the_others_go_on(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, lanes=2, settings=STANDS) as store:
        till, manager, bug, amounts = store.till(), store.manager(), Bug(), iter(AMOUNTS)
        await crossed_with(store, bug)
        first = await sold(till, lane(1), amounts)
        assert await store.books(till, first) == PAID, "asked for after the first break"
        second = await sold(till, lane(1), amounts)
        assert await till.status(second) == "processing"
        await assert_parked(store, till, second, amounts)
        written = bug.written
        assert await store.books(till, await sold(till, lane(2), amounts)) == PAID
        await asyncio.sleep(PERSON_S)
        assert await manager.errands() == [(second, "needs_a_person")]
        assert await store.books(till, await sold(till, lane(2), amounts)) == PAID
        assert bug.written == written, "a parked terminal hears nothing"
        bug.fixed = True
        assert (await manager.accept(lane(1), REASON)).is_success
        await asyncio.sleep(PROVEN_S)
        assert await store.books(till, second) == PAID
        assert await manager.errands() == []
        assert await store.books(till, await sold(till, lane(1), amounts)) == PAID


@virtual
async def test_a_reader_in_hand_at_two_power_cuts_is_parked_over_the_restart(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, lanes=2) as store:
        till, manager, amounts = store.till(), store.manager(), iter(AMOUNTS)
        intents = []
        for _cut in range(2):
            store.terminals[lane(1)].cardholder.script([Behaviour.WALK_AWAY])
            intents.append(await till.ring_up(next(amounts)))
            assert (await till.hand_over(lane(1), intents[-1])).is_success
            await asyncio.sleep(CARD_AWAITED_S)
            await store.power_off()
            await store.power_on()
            await asyncio.sleep(PROVEN_S)
        first, second = intents
        assert await store.books(till, first) == NOT_CHARGED
        await assert_parked(store, till, second, amounts)
        assert await store.books(till, await sold(till, lane(2), amounts)) == PAID
        await asyncio.sleep(PERSON_S)
        assert (await manager.decide(lane(1), second, "not_charged", REASON)).is_success
        assert await store.books(till, second) == NOT_CHARGED
        assert (await manager.accept(lane(1), REASON)).is_success
        await asyncio.sleep(PROVEN_S)
        assert await store.books(till, await sold(till, lane(1), amounts)) == PAID


async def crossed_with(store: Store, bug: Bug) -> None:
    """From the next connection on, the first lane meets the bug."""
    store.through[lane(1)] = bug.before
    await store.terminals[lane(1)].pull_cable(for_s=1.0)
    await asyncio.sleep(PROVEN_S)


async def assert_parked(store: Store, till: Till, in_hand: str, amounts: Iterator[int]) -> None:
    """Its payment is unproven, it takes no other, and it says why and what helps."""
    refused = await till.hand_over(lane(1), await till.ring_up(next(amounts)))
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert error["code"] == "terminal_reader_offline"
    assert "quarantined" in error["message"]
    assert error["payment_intent"]["id"] == in_hand
    assert refused.headers["Stripe-Should-Retry"] == "false"
    assert (await till.get(f"/v1/terminal/readers/{lane(1)}"))["status"] == "offline"
    lanes = (await store.manager().get("/posd/v1/status"))["lanes"]
    assert lanes[0]["reader"]["status"] == "quarantined"
    assert lanes[1]["reader"]["status"] == "online"
