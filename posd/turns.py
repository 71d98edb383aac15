"""What waits for its turn at a reader, one at a time: an attempt on its way, or a question.

A payment is never kept waiting for a question: a reader that has or awaits an attempt answers none,
and one that is answering takes no payment until it has.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Generic, TypeAlias, TypeVar

from posd.attempts import AttemptInHand
from posd.errors import Refused
from posd.model.attempt import Attempt
from posd_drivers.card_reader import CardReader
from posd_drivers.errors import DeviceGone, DriverError, Unsupported
from posd_drivers.errors import Refused as TerminalRefused

T = TypeVar("T")

TURNS_MAX: Final = 2
"""One attempt (M7), and the question that was there before it."""

Ask: TypeAlias = Callable[[CardReader], Awaitable[T]]
"""What is asked of an idle reader. Moves no money: that is an attempt's (M1, M11)."""


class Handover:
    """An attempt on its way to the terminal, for the till that waits for the first answer."""

    def __init__(self, attempt: Attempt, sale: AttemptInHand) -> None:
        self.attempt = attempt
        self.sale = sale
        self.ended = asyncio.Event()

    async def settled(self) -> None:
        """Return once the terminal took the command or the attempt ended."""
        waits = [self.sale.taken.wait(), self.ended.wait()]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(wait, name="handover") for wait in waits]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()


class Question(Generic[T]):
    """A question to a reader, and the answer that somebody waits for."""

    def __init__(self, ask: Ask[T]) -> None:
        self._ask = ask
        self._answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    async def answered(self) -> T:
        """The answer. Raises Refused (`terminal_reader_offline`, `terminal_reader_busy`).

        And what the terminal itself says no with: Unsupported, and the drivers' Refused.
        """
        return await self._answer

    async def put_to(self, reader: CardReader) -> None:
        """Ask, unless nobody waits any more. Raises what the link does, which the asker hears too.

        A no of the terminal's is an answer, and for the asker alone.
        """
        if self._answer.done():
            return
        try:
            answer = await self._ask(reader)
        except (Unsupported, TerminalRefused) as no:
            self.give_up(no)
        except DriverError:
            self.give_up(offline())
            raise
        else:
            if not self._answer.done():
                self._answer.set_result(answer)
        finally:
            self.give_up(offline())

    def give_up(self, error: Exception) -> None:
        """It has no answer: raise `error` where it is waited for, if it still is."""
        if not self._answer.done():
            self._answer.set_exception(error)


async def awaited(
    work: asyncio.Queue[Handover | Question[Any]],
    reader: CardReader,
    released: asyncio.Event,
    longest_s: float,
) -> Handover | Question[Any] | None:
    """The next turn at an idle reader; None on release, or after `longest_s` without one.

    Raises DeviceGone where the reader is lost meanwhile.
    """
    async with asyncio.TaskGroup() as group:
        turn = group.create_task(work.get(), name="work")
        loss = group.create_task(reader.idle(), name="idle")
        release = group.create_task(released.wait(), name="release")
        done, _ = await asyncio.wait(
            {turn, loss, release}, timeout=longest_s, return_when=asyncio.FIRST_COMPLETED
        )
        turn.cancel()
        loss.cancel()
        release.cancel()
    if turn in done:
        return turn.result()
    if loss in done:
        raise DeviceGone
    return None


def offline() -> Refused:
    """The terminal is not there to answer."""
    return Refused("terminal_reader_offline", "The terminal does not answer.")


def busy() -> Refused:
    """The terminal has something else to do."""
    return Refused("terminal_reader_busy", "The terminal has something else in hand.")
