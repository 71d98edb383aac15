"""A command on its way: its script, and where that stands."""

from dataclasses import dataclass

from posd_drivers.zvt.apdu import Apdu
from posd_simulator.terminal.events import Timer
from posd_simulator.terminal.script import (
    Keep,
    Pause,
    Result,
    Script,
    Show,
    Step,
    Tell,
    Unheard,
)


@dataclass(slots=True)
class Running:
    """A command on its way.

    Attributes:
        command: What the till sent.
        script: What is done about it.
        timer: Its own.
        at: The step it waits in.
        heard: Whether there is still somebody to tell.
        abortable: Whether the till's abort would still be taken.
        abort_wanted: Whether it was.
    """

    command: Apdu
    script: Script
    timer: Timer
    at: Step | None = None
    heard: bool = True
    abortable: bool = True
    abort_wanted: bool = False

    @property
    def message(self) -> Apdu:
        """What it is telling."""
        assert isinstance(self.at, Tell), self.at
        return self.at.apdu

    def resume(self, result: Result | Unheard) -> Step:
        """The next step. Raises StopIteration at the end, Unheard if the script lets it pass."""
        if isinstance(result, Unheard):
            return self.script.throw(result)
        return self.script.send(result)

    def cut_short(self) -> list[Keep]:
        """End it: what it still writes, as it does when its till is gone."""
        kept = []
        try:
            step = self.script.throw(Unheard()) if isinstance(self.at, Tell) else None
            while isinstance(step, Keep | Show):
                kept += [step] if isinstance(step, Keep) else []
                step = self.script.send(None)
        except (StopIteration, Unheard):
            return kept
        self.script.close()
        return kept


def delayed(script: Script, seconds: float) -> Script:
    """The same, later."""
    yield Pause(seconds)
    yield from script
