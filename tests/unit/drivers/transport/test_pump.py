"""The pump with scripted sessions, under a virtual clock."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from typing_extensions import override

from posd_drivers.errors import DeviceGone, NotSent
from posd_drivers.session import (
    AbortRequested,
    Begin,
    Effect,
    Finished,
    Input,
    LinkLost,
    Progress,
    Received,
    Send,
    SetTimer,
    TimerFired,
)
from posd_drivers.transport import pump
from posd_drivers.transport.base import Transport
from posd_drivers.transport.memory import Cut, Pair, pair
from tests.simulation.loop import virtually
from tests.unit.drivers.transport.scripted import Clock, Fake, Script, run


def test_octets_go_in_and_out_and_the_outcome_comes_back() -> None:
    def answer(incoming: Input) -> Sequence[Effect]:
        match incoming:
            case Begin():
                return [Send(b"ping")]
            case Received(octets):
                return [Finished(octets)]
            case _:
                raise AssertionError(incoming)

    async def main() -> None:
        link = pair()
        async with asyncio.TaskGroup() as group:
            dialogue = group.create_task(run(Script(answer), link.ecr))
            assert await link.pt.read() == b"ping"
            await link.pt.write(b"pong")
        assert dialogue.result() == b"pong"

    virtually(main())


def test_octets_leave_before_a_session_works_out_what_follows_them() -> None:
    written: list[bytes] = []

    class Noting(Fake):
        @override
        async def write(self, octets: bytes) -> None:
            written.append(octets)

    def answer(_: Input) -> Iterator[Effect]:
        yield Send(b"acknowledged")
        assert written == [b"acknowledged"]
        yield Finished("worked out")

    assert virtually(run(Script(answer), Noting())) == "worked out"


def test_an_answer_leaves_before_the_link_is_read_again() -> None:
    class Busy(Fake):
        """Has octets at every read, and notes what happens in which order."""

        def __init__(self) -> None:
            self.happened: list[str] = []

        @override
        async def read(self) -> bytes:
            self.happened.append("read")
            await asyncio.sleep(0.1)
            return b"."

        @override
        async def write(self, octets: bytes) -> None:
            self.happened.append("written")

    def answer(incoming: Input) -> Sequence[Effect]:
        match incoming:
            case Begin():
                return [SetTimer(Clock.SHORT, 0.25)]
            case Received():
                return [Send(b"!")]
            case _:
                return [Finished(None)]

    link = Busy()
    virtually(run(Script(answer), link))
    assert link.happened == ["read", "written", "read", "written", "read"]


def test_progress_is_told_at_once() -> None:
    told: list[object] = []

    async def main() -> None:
        await run(
            Script(lambda _: [Progress("insert card"), Finished(None)]),
            pair().ecr,
            progress=told.append,
        )

    virtually(main())
    assert told == ["insert card"]


def test_a_peer_that_drips_octets_does_not_stop_a_deadline() -> None:
    def answer(incoming: Input) -> Sequence[Effect]:
        match incoming:
            case Begin():
                return [SetTimer(Clock.LONG, 10.0), SetTimer(Clock.SHORT, 3.0)]
            case TimerFired(Clock.LONG):
                return [Finished(None)]
            case _:
                return []

    async def drip(link: Pair) -> None:
        for _ in range(10):
            await asyncio.sleep(1.9)
            await link.pt.write(b".")

    async def main() -> list[tuple[float, Input]]:
        link, session = pair(), Script(answer)
        async with asyncio.TaskGroup() as group:
            group.create_task(drip(link))
            await run(session, link.ecr)
        return session.heard

    heard = virtually(main())
    assert (3.0, TimerFired(Clock.SHORT)) in heard
    assert heard[-1] == (10.0, TimerFired(Clock.LONG))


def test_a_peer_that_never_pauses_does_not_stop_a_deadline() -> None:
    class Flood(Fake):
        """Every read has octets at once."""

        @override
        async def read(self) -> bytes:
            await asyncio.sleep(0)
            return b"."

    def answer(incoming: Input) -> Sequence[Effect]:
        match incoming:
            case Begin():
                return [SetTimer(Clock.SHORT, 0.05)]
            case TimerFired():
                return [Finished("in time")]
            case _:
                return []

    async def main() -> object:
        async with asyncio.timeout(5.0):
            return await run(Script(answer), Flood())

    assert asyncio.run(main()) == "in time"


def test_octets_that_came_while_the_loop_was_late_go_before_a_due_timer() -> None:
    def answer(incoming: Input) -> Sequence[Effect]:
        match incoming:
            case Begin():
                return [Send(b"x"), SetTimer(Clock.SHORT, 1.0)]
            case _:
                return [Finished(incoming)]

    class Late(Fake):
        """Its write takes longer than the timer, while the answer is already there."""

        def __init__(self, inner: Transport) -> None:
            self._inner = inner

        @override
        async def read(self) -> bytes:
            return await self._inner.read()

        @override
        async def write(self, octets: bytes) -> None:
            await asyncio.sleep(2.0)

    async def main() -> object:
        link = pair()
        await link.pt.write(b"answer")
        return await run(Script(answer), Late(link.ecr))

    assert virtually(main()) == Received(b"answer")


def test_setting_a_timer_again_replaces_it_and_none_clears_it() -> None:
    def answer(incoming: Input) -> Sequence[Effect]:
        match incoming:
            case Begin():
                return [
                    SetTimer(Clock.SHORT, 1.0),
                    SetTimer(Clock.SHORT, 5.0),
                    SetTimer(Clock.LONG, 2.0),
                    SetTimer(Clock.LONG, None),
                ]
            case _:
                return [Finished(None)]

    async def main() -> list[tuple[float, Input]]:
        session = Script(answer)
        await run(session, pair().ecr)
        return session.heard

    assert virtually(main())[1:] == [(5.0, TimerFired(Clock.SHORT))]


def finish_on_loss(incoming: Input) -> Sequence[Effect]:
    match incoming:
        case Begin():
            return [Send(b"0123456789"), SetTimer(Clock.LONG, 60.0)]
        case LinkLost(sent):
            return [Finished(sent)]
        case _:
            return []


@pytest.mark.parametrize(("accepted", "sent"), [(0, False), (1, True), (9, True), (10, True)])
def test_a_lost_link_says_whether_any_octet_left(accepted: int, sent: bool) -> None:  # noqa: FBT001
    async def main() -> object:
        return await run(Script(finish_on_loss), pair(to_pt=[Cut(accepted)]).ecr)

    assert virtually(main()) is sent


def test_a_loss_that_was_seen_before_the_octets_left_still_says_that_they_left() -> None:
    class HalfDead(Fake):
        """Reads fail at once; a write takes a while and is accepted."""

        @override
        async def read(self) -> bytes:
            raise DeviceGone("end of file")

        @override
        async def write(self, octets: bytes) -> None:
            await asyncio.sleep(0.1)

    async def main() -> object:
        return await run(Script(finish_on_loss), HalfDead())

    assert virtually(main()) is True


def test_a_write_that_nobody_takes_is_a_lost_link_that_may_have_sent() -> None:
    class Stuck(Fake):
        @override
        async def write(self, octets: bytes) -> None:
            await asyncio.Event().wait()

    async def main() -> tuple[object, float]:
        sent = await run(Script(finish_on_loss), Stuck())
        return sent, asyncio.get_running_loop().time()

    assert virtually(main()) == (True, pump.WRITE_TIMEOUT_S)


def test_what_arrived_before_a_failed_write_is_heard_before_the_loss() -> None:
    class Unplugged(Fake):
        """The last octets of the peer were read while a write was about to fail."""

        @override
        async def read(self) -> bytes:
            if asyncio.get_running_loop().time() > 0:
                raise DeviceGone("unplugged")
            await asyncio.sleep(0.1)
            return b"completion"

        @override
        async def write(self, octets: bytes) -> None:
            await asyncio.sleep(0.2)
            raise NotSent("unplugged")

    async def main() -> list[Input]:
        session = Script(finish_on_loss)
        await run(session, Unplugged())
        return session.inputs

    assert virtually(main())[1:] == [Received(b"completion"), LinkLost(sent=False)]


def test_the_octets_of_the_last_effects_are_written_before_the_end() -> None:
    async def main() -> bytes:
        link = pair()
        await run(Script(lambda _: [Send(b"bye"), Finished(None)]), link.ecr)
        return await link.pt.read()

    assert virtually(main()) == b"bye"


def test_an_end_whose_last_octets_do_not_leave_is_still_that_end() -> None:
    async def main() -> object:
        link = pair(to_pt=[Cut(after_bytes=0)])
        return await run(Script(lambda _: [Send(b"bye"), Finished("approved")]), link.ecr)

    assert virtually(main()) == "approved"


def test_an_abort_is_heard_once_even_if_it_came_before_the_beginning() -> None:
    def answer(incoming: Input) -> Sequence[Effect]:
        match incoming:
            case Begin():
                return [SetTimer(Clock.LONG, 60.0)]
            case TimerFired():
                return [Finished(None)]
            case _:
                return []

    async def main() -> list[Input]:
        session, abort = Script(answer), asyncio.Event()
        abort.set()
        await run(session, pair().ecr, abort=abort)
        return session.inputs

    assert virtually(main()) == [Begin(), AbortRequested(), TimerFired(Clock.LONG)]


def test_an_abort_is_heard_however_much_the_peer_says() -> None:
    def answer(incoming: Input) -> Sequence[Effect]:
        match incoming:
            case Begin():
                return [SetTimer(Clock.LONG, 60.0)]
            case AbortRequested():
                return [Finished("heard")]
            case _:
                return []

    async def main() -> object:
        link, abort = pair(), asyncio.Event()
        await link.pt.write(bytes(50_000))
        abort.set()
        return await run(Script(answer), link.ecr, abort=abort)

    assert virtually(main()) == "heard"
