"""The link under a dialogue: serial frames with their acknowledgements, or bare APDUs on TCP.

Each link is a session around a session: outside it speaks octets as the line has them, inside
whole APDUs, one to a `Received` and one to a `Send`. The dialogue above never learns which it is.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from msgspec import Struct
from typing_extensions import override

from posd_drivers.errors import Malformed
from posd_drivers.session import (
    Effect,
    Finished,
    Input,
    LinkLost,
    Received,
    Send,
    Session,
    SetTimer,
    TimerFired,
)
from posd_drivers.zvt.apdu import ApduStream
from posd_drivers.zvt.framing import (
    ACK,
    NAK,
    Ack,
    Broken,
    Frame,
    FrameDecoder,
    FrameEvent,
    Nak,
    encode_frame,
)

T1_S = 0.2
T2_S = 5.0
T3_S = 5.0
SENDS_MAX = 3
LINGER_S = 2.0
OUTBOX_FRAMES_MAX = 8

MONEY_COMMANDS = frozenset(
    {
        *(0x0601, 0x0605, 0x0609, 0x060C),
        *(0x0621, 0x0622, 0x0623, 0x0624, 0x0625, 0x0626),
        *(0x0630, 0x0631, 0x0650),
    }
)
"""Commands that move or submit money: repeated on a NAK, never for a missing ACK (M3)."""

ANSWER_CLASSES = frozenset({b"\x80", b"\x84"})


class LinkTimer(Enum):
    """The link's own timers (T 3.3, 4)."""

    T1 = "T1"
    T2 = "T2"
    REST_OF_APDU = "rest of an APDU"
    LINGER = "linger"


class LinkTiming(Struct, frozen=True):
    """The serial link's timers, in seconds.

    `t1_s` may be raised for USB adapters that hold octets back; the standard's 200 ms is the least.
    """

    t1_s: float = T1_S
    t2_s: float = T2_S


@dataclass(slots=True)
class _Outstanding:
    """The frame whose acknowledgement is awaited."""

    apdu: bytes
    sends: int = 1


class SerialLink(Session):
    """Frames, ACK and NAK, T1 and T2, one try and two repeats (T 3).

    A frame that comes instead of an acknowledgement proves that ours arrived. A frame that comes
    again before its answer was acknowledged is the same frame: it is acknowledged and answered
    again, and delivered once. When nothing gets through, the dialogue hears that the link is lost.

    A frame is acknowledged before the dialogue hears it: the message is read and made durable while
    the line carries the acknowledgement.
    """

    def __init__(self, dialogue: Session, timing: LinkTiming) -> None:
        self._dialogue = dialogue
        self._timing = timing
        self._decoder = FrameDecoder()
        self._outstanding: _Outstanding | None = None
        self._repeating = False
        self._outbox: deque[bytes] = deque()
        self._delivered: bytes | None = None
        self._answer: bytes | None = None
        self._finished: Finished | None = None

    @override
    def handle(self, incoming: Input) -> Iterable[Effect]:
        match incoming:
            case Received(octets):
                return self._receive(octets)
            case TimerFired(LinkTimer.T1):
                broken = self._decoder.quiet()
                return [] if broken is None else self._hear(broken)
            case TimerFired(LinkTimer.T2):
                return self._unacknowledged()
            case TimerFired(LinkTimer.LINGER):
                return [] if self._finished is None else [self._finished]
            case LinkLost():
                self._outstanding = None
                self._outbox.clear()
                return self._tell(incoming) if self._finished is None else [self._finished]
            case _:
                return self._tell(incoming)

    def _receive(self, octets: bytes) -> Iterator[Effect]:
        self._repeating = False
        events = self._decoder.feed(octets)
        yield SetTimer(LinkTimer.T1, self._timing.t1_s if self._decoder.in_frame else None)
        for event in events:
            yield from self._hear(event)
            if self._over:
                return

    def _hear(self, event: FrameEvent) -> Iterable[Effect]:
        match event:
            case Ack():
                return self._acknowledged()
            case Nak():
                return self._refused()
            case Broken():
                return [Send(bytes([NAK]))]
            case Frame(apdu):
                return self._take_frame(apdu)
            case _:
                assert_never(event)

    def _take_frame(self, apdu: bytes) -> Iterator[Effect]:
        again = apdu == self._delivered
        if self._finished is not None and not again:
            return  # the dialogue is over; unacknowledged, it comes again in the next one
        yield Send(bytes([ACK]))
        if again:
            yield from self._answer_again()
            return
        yield from self._acknowledged()
        self._delivered, self._answer = apdu, None
        yield from self._tell(Received(apdu))

    def _answer_again(self) -> list[Effect]:
        if self._answer is None:
            return []
        return [Send(encode_frame(self._answer))]

    def _acknowledged(self) -> list[Effect]:
        """Our frame arrived; the next one may leave."""
        if self._outstanding is None:
            return []
        if self._outstanding.apdu is self._answer:
            self._delivered = self._answer = None
        self._outstanding = None
        return [SetTimer(LinkTimer.T2, None), *self._send_next()]

    def _refused(self) -> list[Effect]:
        if self._outstanding is None or self._repeating:
            return []  # a NAK that came before the repetition left is not about it (M3)
        return self._send_again(self._outstanding)

    def _unacknowledged(self) -> list[Effect]:
        if self._outstanding is None:
            return []
        if _control(self._outstanding.apdu) in MONEY_COMMANDS:
            # It may have arrived: what follows, or the dialogue's own timer, decides (M3).
            self._outstanding = None
            return self._send_next()
        return self._send_again(self._outstanding)

    def _send_again(self, frame: _Outstanding) -> list[Effect]:
        self._repeating = True
        if frame.sends < SENDS_MAX:
            frame.sends += 1
            return [Send(encode_frame(frame.apdu)), SetTimer(LinkTimer.T2, self._timing.t2_s)]
        self._outstanding = None
        self._outbox.clear()
        if self._finished is not None:
            return [self._finished]
        return self._tell(LinkLost(sent=True))

    def _send_next(self) -> list[Effect]:
        if self._outbox:
            apdu = self._outbox.popleft()
            self._outstanding = _Outstanding(apdu)
            return [Send(encode_frame(apdu)), SetTimer(LinkTimer.T2, self._timing.t2_s)]
        return [] if self._finished is None else [self._finished]

    def _tell(self, incoming: Input) -> list[Effect]:
        """What the dialogue wants, its APDUs framed; its end waits for the last acknowledgement."""
        if self._finished is not None:
            return []
        effects: list[Effect] = []
        for effect in self._dialogue.handle(incoming):
            match effect:
                case Send(apdu):
                    effects += self._send(apdu)
                case Finished():
                    effects.append(self._finish(effect))
                case _:
                    effects.append(effect)
        return effects

    def _finish(self, finished: Finished) -> Effect:
        """Only a last answer is worth waiting for: a command must not be repeated unheard."""
        self._finished = finished
        if self._outstanding is not None and not _is_answer(self._outstanding.apdu):
            self._outstanding = None
        return finished if self._outstanding is None else SetTimer(LinkTimer.LINGER, LINGER_S)

    def _send(self, apdu: bytes) -> list[Effect]:
        assert len(self._outbox) < OUTBOX_FRAMES_MAX, "a dialogue speaks in turn"
        if _is_answer(apdu):
            self._answer = apdu
        elif self._delivered is not None and _is_answer(self._delivered):
            self._delivered = None  # what comes next answers this command
        self._outbox.append(apdu)
        return self._send_next() if self._outstanding is None else []

    @property
    def _over(self) -> bool:
        return self._finished is not None and self._outstanding is None


class StreamLink(Session):
    """Bare APDUs on TCP (T 4).

    An APDU that begins and does not end within T3, or octets that cannot be one, leave nothing
    to hold on to: the dialogue hears that the link is lost.
    """

    def __init__(self, dialogue: Session) -> None:
        self._dialogue = dialogue
        self._stream = ApduStream()

    @override
    def handle(self, incoming: Input) -> Iterable[Effect]:
        match incoming:
            case Received(octets):
                return self._receive(octets)
            case TimerFired(LinkTimer.REST_OF_APDU):
                return self._dialogue.handle(LinkLost(sent=True))
            case _:
                return self._dialogue.handle(incoming)

    def _receive(self, octets: bytes) -> list[Effect]:
        effects: list[Effect] = []
        began_before = self._stream.in_apdu
        try:
            while apdus := self._stream.feed(octets):
                octets, began_before = b"", False
                for apdu in apdus:
                    effects += self._dialogue.handle(Received(apdu.encode()))
                    if effects and isinstance(effects[-1], Finished):
                        return effects
        except Malformed:
            return [*effects, *self._dialogue.handle(LinkLost(sent=True))]
        if began_before:
            return effects  # octets that drip do not put T3 off
        rest_s = T3_S if self._stream.in_apdu else None
        return [SetTimer(LinkTimer.REST_OF_APDU, rest_s), *effects]


def _is_answer(apdu: bytes) -> bool:
    return apdu[:1] in ANSWER_CLASSES


def _control(apdu: bytes) -> int:
    return int.from_bytes(apdu[:2], "big")
