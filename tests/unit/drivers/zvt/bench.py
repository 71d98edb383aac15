"""A bench for pure sessions: what they said, asked and set, and a clock that the test turns."""

from collections.abc import Iterable
from enum import Enum

from posd_drivers.session import (
    AbortRequested,
    Begin,
    Decide,
    Decided,
    Effect,
    Finished,
    Input,
    LinkLost,
    Progress,
    Received,
    Send,
    Session,
    SetTimer,
    TimerFired,
)


class Bench:
    """Runs one session. `said` and `asked` keep what was not yet taken."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._deadlines: dict[object, float] = {}
        self._now = 0.0
        self.said: list[bytes] = []
        self.asked: list[object] = []
        self.progress: list[object] = []
        self.outcome: object = None

    @property
    def finished(self) -> bool:
        return self.outcome is not None

    def begin(self) -> None:
        self.feed(Begin())

    def hear(self, octets: bytes | str) -> None:
        self.feed(Received(bytes.fromhex(octets) if isinstance(octets, str) else octets))

    def decide(self, *, accepted: bool) -> object:
        """Answer the oldest decision that was asked for, and return what it was about."""
        assert self.asked, "nothing is to be decided"
        about = self.asked.pop(0)
        self.feed(Decided(accepted))
        return about

    def abort(self) -> None:
        self.feed(AbortRequested())

    def lose_link(self, *, sent: bool) -> None:
        self.feed(LinkLost(sent))

    def wait(self, seconds: float) -> None:
        """Let time pass, firing what is due in its order."""
        end = self._now + seconds
        while self._deadlines and min(self._deadlines.values()) <= end:
            timer = min(self._deadlines, key=self._deadlines.__getitem__)
            self._now = self._deadlines.pop(timer)
            assert isinstance(timer, Enum)
            self.feed(TimerFired(timer))
        self._now = end

    def take(self) -> str:
        """Everything said since the last time, as hex, one APDU or frame a line."""
        said, self.said = "\n".join(octets.hex(" ") for octets in self.said), []
        return said

    def feed(self, incoming: Input) -> None:
        assert not self.finished, "the dialogue is over"
        self._carry_out(self._session.handle(incoming))

    def _carry_out(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            assert not self.finished, "Finished comes last"
            match effect:
                case Send(octets):
                    self.said.append(octets)
                case SetTimer(timer, None):
                    self._deadlines.pop(timer, None)
                case SetTimer(timer, float() | int() as seconds):
                    self._deadlines[timer] = self._now + seconds
                case SetTimer():
                    raise AssertionError(effect)
                case Decide(result):
                    self.asked.append(result)
                case Progress(step):
                    self.progress.append(step)
                case Finished(outcome):
                    self.outcome = outcome
