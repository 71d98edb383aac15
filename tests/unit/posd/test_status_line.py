"""systemd's status line: the verdict, told when it differs and looked at when something changed."""

import asyncio
from types import SimpleNamespace
from typing import cast

from posd.snapshot.views import Snapshot
from posd.status_line import LOOK_EVERY_S, PAUSE_S, StatusLine
from tests.unit.posd.virtual import virtual

OPEN, SHUT = "Every lane can take cards.", "No lane can take cards."


class Told:
    """A store of which only the verdict is looked at."""

    def __init__(self) -> None:
        self.sentence = OPEN
        self.looks = 0
        self.lines: list[str] = []
        self._stir = asyncio.Event()
        self.line = StatusLine(self._look, lambda: self._stir, self.lines.append)

    def becomes(self, sentence: str) -> None:
        self.sentence = sentence
        stirred, self._stir = self._stir, asyncio.Event()
        stirred.set()

    async def _look(self) -> Snapshot:
        self.looks += 1
        verdict = SimpleNamespace(sentence=self.sentence, details=("Refunds to decide: 1.",))
        return cast("Snapshot", SimpleNamespace(verdict=verdict))


@virtual
async def test_it_is_told_when_it_differs_and_nobody_looks_while_nothing_changes() -> None:
    told = Told()
    running = asyncio.create_task(told.line.run())  # noqa: TID251 (cancelled below)
    await asyncio.sleep(LOOK_EVERY_S)
    assert (told.lines, told.looks) == ([f"{OPEN} Refunds to decide: 1."], 1)
    for sentence in (SHUT, OPEN, SHUT):
        told.becomes(sentence)
    await asyncio.sleep(PAUSE_S + 1)
    assert told.lines[1:] == [f"{SHUT} Refunds to decide: 1."]
    assert told.looks == 2, "a storm of changes is one look"
    running.cancel()


@virtual
async def test_a_file_that_does_not_count_is_said_before_the_verdict_and_taken_back() -> None:
    told = Told()
    running = asyncio.create_task(told.line.run())  # noqa: TID251 (cancelled below)
    await asyncio.sleep(1)
    told.line.refuse("posd.toml: mode: found 7")
    told.line.refuse(None)
    assert told.lines[1].startswith(
        "Its file is not the configuration that counts: posd.toml: mode"
    )
    assert told.lines[2] == told.lines[0]
    running.cancel()
