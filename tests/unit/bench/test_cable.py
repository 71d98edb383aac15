"""How the cycles of a cable are told, and how a benchmark tells posd that it was plugged in."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing

from tests.bench.cable import longest
from tests.bench.figures import PLUGGED_IN
from tests.bench.machine import told_by_signal

UNTOLD_S, HEARD_S = 0.02, 5.0


def test_the_longest_is_of_the_lines_that_posd_is_told_of() -> None:
    figure = longest(PLUGGED_IN, {"pty": [1.0, 1.25, 0.5], "USB/IP": [0.5], "TCP": [9.0, 2.0]})
    assert figure.value == 1.25
    assert figure.made_of == (
        "pty p50 1 s, max 1.25 s; USB/IP p50 0.5 s, max 0.5 s; TCP p50 2 s, max 9 s; 2 times each"
    )


async def test_a_signal_is_udevs_word() -> None:
    async with asyncio.timeout(HEARD_S), aclosing(told_by_signal()) as words:
        for _ in range(2):
            async with asyncio.TaskGroup() as group:
                word = group.create_task(_next(words))
                await asyncio.sleep(UNTOLD_S)
                assert not word.done()
                os.kill(os.getpid(), signal.SIGUSR1)


async def _next(words: AsyncIterator[None]) -> None:
    await anext(words)
