"""What `systemctl status posd` shows beside the service: the verdict, as the page has it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from posd.snapshot.looks import Stirred
from posd.snapshot.views import Snapshot

PAUSE_S: Final = 5.0
"""From one look to the next at least: nobody reads it as it changes."""
LOOK_EVERY_S: Final = 60.0
"""What becomes true by the clock alone is seen by then."""


class StatusLine:
    """Tells the line anew whenever it differs, and looks only when something has changed."""

    def __init__(
        self,
        look: Callable[[], Awaitable[Snapshot]],
        stirred: Stirred,
        tell: Callable[[str], None],
    ) -> None:
        self._look = look
        self._stirred = stirred
        self._tell = tell
        self._refused: str | None = None
        self._verdict = ""
        self._told = ""

    def refuse(self, mistake: str | None) -> None:
        """The file on disk is not the one that counts, and why; None: it is."""
        self._refused = mistake
        self._say()

    async def run(self) -> None:
        """For ever."""
        while True:
            stirred = self._stirred()  # before the look, so that no change is missed
            verdict = (await self._look()).verdict
            self._verdict = " ".join((verdict.sentence, *verdict.details))
            self._say()
            await asyncio.sleep(PAUSE_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await stirred.wait()

    def _say(self) -> None:
        line = self._verdict
        if self._refused is not None:
            line = f"Its file is not the configuration that counts: {self._refused} {line}"
        if line and line != self._told:
            self._tell(line)
            self._told = line
