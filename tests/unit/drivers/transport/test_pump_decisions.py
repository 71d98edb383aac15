"""What the pump does about a session's durable decisions, under a virtual clock."""

import asyncio
from collections.abc import Sequence

import pytest

from posd_drivers.session import (
    Begin,
    Decide,
    Decided,
    Effect,
    Finished,
    Input,
    Received,
    Send,
    SetTimer,
    TimerFired,
)
from posd_drivers.transport.memory import pair
from tests.simulation.loop import virtually
from tests.unit.drivers.transport.scripted import Clock, Script, run


def decide_first(incoming: Input) -> Sequence[Effect]:
    match incoming:
        case Begin():
            return [Decide("reported"), SetTimer(Clock.SHORT, 3.0)]
        case Decided(accepted):
            return [Send(b"yes" if accepted else b"no"), Finished(accepted)]
        case _:
            return []


@pytest.mark.parametrize("accepted", [True, False])
def test_a_decision_is_asked_for_and_heard(accepted: bool) -> None:  # noqa: FBT001
    asked: list[object] = []

    async def decide(result: object) -> bool:
        asked.append(result)
        await asyncio.sleep(1.0)
        return accepted

    async def main() -> object:
        return await run(Script(decide_first), pair().ecr, decide=decide)

    assert virtually(main()) is accepted
    assert asked == ["reported"]


def test_timers_and_octets_are_heard_while_a_decision_is_made() -> None:
    async def decide(_: object) -> bool:
        await asyncio.sleep(4.0)
        return True

    async def main() -> list[tuple[float, Input]]:
        link, session = pair(), Script(decide_first)
        await link.pt.write(b"noise")
        await run(session, link.ecr, decide=decide)
        return session.heard

    assert virtually(main()) == [
        (0.0, Begin()),
        (0.0, Received(b"noise")),
        (3.0, TimerFired(Clock.SHORT)),
        (4.0, Decided(accepted=True)),
    ]


def test_a_decision_under_way_outlives_the_end_of_the_dialogue() -> None:
    durable: list[object] = []

    async def decide(result: object) -> bool:
        await asyncio.sleep(1.0)
        durable.append(result)
        return True

    async def main() -> object:
        session = Script(lambda _: [Decide("approved"), Finished("over")])
        return await run(session, pair().ecr, decide=decide)

    assert virtually(main()) == "over"
    assert durable == ["approved"]


def test_a_decision_under_way_outlives_every_cancel_of_the_pump() -> None:
    durable: list[object] = []

    async def decide(result: object) -> bool:
        await asyncio.sleep(5.0)
        durable.append(result)
        return True

    async def main() -> float:
        async with asyncio.TaskGroup() as group:
            dialogue = group.create_task(run(Script(decide_first), pair().ecr, decide=decide))
            for _ in range(3):
                await asyncio.sleep(1.0)
                dialogue.cancel()
        assert dialogue.cancelled()
        return asyncio.get_running_loop().time()

    assert virtually(main()) == 5.0
    assert durable == ["reported"]


class DiskFullError(Exception):
    """A journal that failed."""


def test_a_decision_that_fails_is_answered_negatively_and_then_raised() -> None:
    async def decide(_: object) -> bool:
        await asyncio.sleep(0.5)
        raise DiskFullError

    async def main() -> bytes:
        link = pair()
        with pytest.raises(DiskFullError):
            await run(Script(decide_first), link.ecr, decide=decide)
        return await link.pt.read()

    assert virtually(main()) == b"no"


def test_a_failed_decision_does_not_wait_for_a_session_that_goes_on_listening() -> None:
    async def decide(_: object) -> bool:
        raise DiskFullError

    def answer(incoming: Input) -> Sequence[Effect]:
        match incoming:
            case Begin():
                return [Decide("reported"), SetTimer(Clock.LONG, 180.0)]
            case Decided(False):
                return [Send(b"no")]
            case _:
                return [Finished(None)]

    async def main() -> float:
        with pytest.raises(DiskFullError):
            await run(Script(answer), pair().ecr, decide=decide)
        return asyncio.get_running_loop().time()

    assert virtually(main()) == 0.0


def test_a_decision_that_fails_after_a_cancel_is_not_swallowed() -> None:
    async def decide(_: object) -> bool:
        await asyncio.sleep(5.0)
        raise DiskFullError

    async def main() -> None:
        async with asyncio.timeout(1.0):
            await run(Script(decide_first), pair().ecr, decide=decide)

    with pytest.raises(DiskFullError):
        virtually(main())


def test_nothing_of_a_dialogue_is_left_running() -> None:
    async def main() -> int:
        await run(Script(lambda _: [Finished(None)]), pair().ecr)
        return len(asyncio.all_tasks())

    assert virtually(main()) == 1
