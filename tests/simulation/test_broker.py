"""The broker of a simulated store: what it finds, and days on which it is away or silent."""

import asyncio
import json

import pytest

from posd.bus.port import BrokerLost, Message
from posd.ids import chance
from tests.simulation import replay
from tests.simulation.broker import TOPICS, WILL_DELAY_S, Befalls, Broker, Trouble
from tests.simulation.day import SMALL
from tests.simulation.many import one
from tests.simulation.trace import Trace
from tests.unit.posd.virtual import virtual

DAYS_WITH_ONE = (11, 12)
WILL = Message(TOPICS.state, b'{"state":"lost"}', retain=True)


class Found:
    """A broker beside a journal of three facts, and what it found."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.broker = Broker(
            chance(1), Trace(), lambda: 3, lambda _, what: self.sentences.append(what)
        )


def event(seq: int) -> Message:
    payload = json.dumps({"id": f"e{seq}", "seq": seq}).encode()
    return Message(TOPICS.event("payment.approved"), payload)


@pytest.mark.parametrize("seed", DAYS_WITH_ONE)
def test_a_broker_is_told_everything_in_a_stormy_day(seed: int) -> None:
    outcome = one(seed, 1, size=SMALL)
    assert outcome.violations == (), replay.line(seed, 1, SMALL)
    assert outcome.sometimes["broker told"] == 1


@virtual
async def test_events_in_their_order_are_as_they_should_be() -> None:
    found = Found()
    async with found.broker.session(WILL) as line:
        for seq in (1, 2):
            await line.publish(event(seq))
    async with found.broker.session(WILL) as line:
        for seq in (2, 3):  # a few are told again
            await line.publish(event(seq))
    assert not found.sentences
    assert found.broker.events == {"e1", "e2", "e3"}


@virtual
@pytest.mark.parametrize("seqs", [(2,), (1, 3), (1, 1), (3, 4)])
async def test_what_is_left_out_doubled_or_told_too_soon_is_found(seqs: tuple[int, ...]) -> None:
    found = Found()
    async with found.broker.session(WILL) as line:
        for seq in seqs:
            await line.publish(event(seq))
    assert found.sentences


@virtual
async def test_a_line_that_breaks_tells_the_will_unless_somebody_is_back() -> None:
    broker = Found().broker
    for comes_back, told in ((True, {}), (False, {WILL.topic: WILL.payload})):
        async with broker.session(WILL) as line:
            broker.hang_up()
            with pytest.raises(BrokerLost):
                await line.publish(event(1))
        if comes_back:
            async with broker.session(WILL):
                await asyncio.sleep(2 * WILL_DELAY_S)
        await asyncio.sleep(2 * WILL_DELAY_S)
        assert broker.retained == told


@virtual
@pytest.mark.parametrize("trouble", [Trouble.SILENT, Trouble.CUT])
async def test_no_acknowledgement_comes_in_trouble(trouble: Trouble) -> None:
    broker = Found().broker
    async with asyncio.TaskGroup() as group:
        group.create_task(broker.live([Befalls(0.0, trouble, 100.0)]))
        async with broker.session(WILL) as line:
            await asyncio.sleep(1.0)
            with pytest.raises(BrokerLost):
                await line.publish(event(1))


@virtual
async def test_nobody_is_there_until_it_is_back() -> None:
    broker = Found().broker
    async with asyncio.TaskGroup() as group:
        group.create_task(broker.live([Befalls(0.0, Trouble.GONE, 100.0)]))
        await asyncio.sleep(1.0)
        with pytest.raises(BrokerLost):
            async with broker.session(WILL):
                pass
    async with broker.session(WILL) as line:
        await line.publish(event(1))
