"""The till's wish to end a dialogue early. It is a request: the terminal's own end decides (M9)."""

from enum import Enum

from posd_drivers.session import Effect, SetTimer
from posd_drivers.zvt.messages import Abort, Acknowledged, NotAcknowledged
from posd_drivers.zvt.turn import Timer, Timing, clear, say

ABORT_SENDS_MAX = 2


class Wish(Enum):
    """What became of it."""

    NONE = "none"
    WANTED = "wanted"
    SENT = "sent"
    REFUSED = "refused"


class Stopping:
    """The wish of one dialogue, and the 06 B0 that tells the terminal of it."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._wish = Wish.NONE
        self._sent = 0

    @property
    def heard(self) -> bool:
        """Whether the terminal was told and has not refused: it ends on the till's behalf then."""
        return self._wish is Wish.SENT

    def want(self) -> None:
        """The till wants it; a second wish is the same."""
        if self._wish is Wish.NONE:
            self._wish = Wish.WANTED

    def send_if_wanted(self) -> list[Effect]:
        """Tell the terminal, once; only while it may hear it."""
        return self._send() if self._wish is Wish.WANTED else []

    def unanswered(self) -> list[Effect]:
        """Nothing came back in time: once more, and then it is left."""
        return self._send() if self._sent < ABORT_SENDS_MAX else []

    def answered(self, answer: Acknowledged | NotAcknowledged) -> list[Effect]:
        """80 00 says heard, not stopped; 84 xx too late. An answer to nothing is nothing."""
        if self.heard and isinstance(answer, NotAcknowledged):
            self._wish = Wish.REFUSED
        return clear(Timer.ABORT)

    def _send(self) -> list[Effect]:
        self._wish = Wish.SENT
        self._sent += 1
        return [say(Abort()), SetTimer(Timer.ABORT, self._timing.t3_s)]
