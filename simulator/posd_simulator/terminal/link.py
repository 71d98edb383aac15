"""The terminal's side of the link: its own rules of acknowledgement, repetition and time-outs.

Written from the transport protocol (PA00P016 rev 04, chapters 3 and 4) a second time, apart from
the driver's. Pure: timers are named, octets are values.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias

from posd_drivers.errors import Malformed
from posd_drivers.session import Send, SetTimer
from posd_drivers.zvt.apdu import Apdu, ApduStream, decode_apdu
from posd_drivers.zvt.framing import ACK, NAK, Ack, Broken, Frame, FrameDecoder, Nak, encode_frame
from posd_simulator.terminal.faults import BadCrc, DropAck, Faults, NakFrame

T1_S = 0.2
"""Between two bytes of a frame ([T] 3.3)."""
T2_S = 5.0
"""From the end of a frame to its acknowledgement ([T] 3.3)."""
T3_S = 5.0
"""From a message to its answer; on TCP also how long an APDU may stay incomplete ([T] 3.3, 4)."""
SENDS_MAX = 3
"""A frame is sent once and repeated twice ([T] 3.3)."""
FRAMES_WAITING_MAX = 8
ANSWER_CLASSES = frozenset({0x80, 0x84})


class LinkTimer(Enum):
    """The link's timers."""

    T1 = "T1"
    T2 = "T2"
    INCOMPLETE = "incomplete APDU"


@dataclass(frozen=True, slots=True)
class Taken:
    """An APDU came in.

    Attributes:
        apdu: The APDU.
        repeated: It equals the one taken just before it, with no other in between.
    """

    apdu: Apdu
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Garbled:
    """A sound frame held no APDU: its length field lies."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The ECR acknowledged this APDU, or the operating system took it (TCP)."""

    apdu: Apdu


@dataclass(frozen=True, slots=True)
class Failed:
    """Three tries were not acknowledged: a transmission error, reported upwards."""


@dataclass(frozen=True, slots=True)
class Said:
    """The octets that follow carry this APDU for the first time."""

    apdu: Apdu


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close the connection: the thread is lost ([T] 4)."""


LinkEvent: TypeAlias = Send | SetTimer | Said | Taken | Garbled | Delivered | Failed | HangUp


def is_answer(apdu: Apdu) -> bool:
    """Whether this answers a command or message, rather than being one ([T] 5.2)."""
    return apdu.control >> 8 in ANSWER_CLASSES


class Link(Protocol):
    """What the session asks of either wire; it carries out or passes on what comes back."""

    def begin(self) -> list[LinkEvent]:
        """A connection is there: forget all of the one before it."""
        ...

    def received(self, octets: bytes) -> list[LinkEvent]:
        """What octets from the ECR cause, in order."""
        ...

    def fired(self, timer: LinkTimer) -> list[LinkEvent]:
        """What a timer causes."""
        ...

    def send(self, apdu: Apdu) -> list[LinkEvent]:
        """Send an APDU after those that are still under way."""
        ...

    def answered(self) -> list[LinkEvent]:
        """The ECR answered our last message, which proves that it was delivered."""
        ...


class SerialLink:
    """Frames, ACK and NAK, T1 and T2, three tries."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._decoder = FrameDecoder()
        self._waiting: deque[Apdu] = deque()
        self._sends = 0
        self._taken: bytes | None = None

    def begin(self) -> list[LinkEvent]:
        """Nothing: a serial line has no connection, and the terminal sees none come or go."""
        return []

    def received(self, octets: bytes) -> list[LinkEvent]:
        """Acknowledge each frame at once, before looking inside ([T] 3.2)."""
        events: list[LinkEvent] = []
        for event in self._decoder.feed(octets):
            match event:
                case Frame(apdu):
                    events += self._frame(apdu)
                case Ack():
                    events += self._acknowledged()
                case Nak():
                    events += self._again()
                case Broken():
                    events.append(Send(bytes([NAK])))
        quiet_s = T1_S if self._decoder.in_frame else None
        return [*events, SetTimer(LinkTimer.T1, quiet_s)]

    def fired(self, timer: LinkTimer) -> list[LinkEvent]:
        """T1: refuse the half frame. T2: send again."""
        if timer is LinkTimer.T2:
            return self._again()
        return [Send(bytes([NAK]))] if self._decoder.quiet() else []

    def send(self, apdu: Apdu) -> list[LinkEvent]:
        """One frame is under way at a time."""
        assert len(self._waiting) < FRAMES_WAITING_MAX, "the session tells one thing at a time"
        self._waiting.append(apdu)
        return self._first() if len(self._waiting) == 1 else []

    def answered(self) -> list[LinkEvent]:
        """As good as an acknowledgement that got lost."""
        return self._acknowledged()

    def _frame(self, octets: bytes) -> list[LinkEvent]:
        if self._faults.use(NakFrame):
            return [Send(bytes([NAK]))]
        acknowledgement = [] if self._faults.use(DropAck) else [Send(bytes([ACK]))]
        repeated, self._taken = octets == self._taken, octets
        if repeated and self._waiting:
            # Our answer is under way and our ACK got lost; the repeat of ours answers it.
            return [*acknowledgement]
        try:
            apdu = decode_apdu(octets)
        except Malformed:
            return [*acknowledgement, Garbled()]
        return [*acknowledgement, *self._superseded(apdu), Taken(apdu, repeated)]

    def _superseded(self, apdu: Apdu) -> list[LinkEvent]:
        """A new command: an answer still under way would be taken for the answer to it."""
        if is_answer(apdu) or not self._waiting or not is_answer(self._waiting[0]):
            return []
        return self._acknowledged()

    def _acknowledged(self) -> list[LinkEvent]:
        if not self._waiting:
            return []
        delivered = self._waiting.popleft()
        events: list[LinkEvent] = [SetTimer(LinkTimer.T2, None), Delivered(delivered)]
        return events + self._first() if self._waiting else events

    def _first(self) -> list[LinkEvent]:
        self._sends = 1
        return [Said(self._waiting[0]), *self._transmit()]

    def _again(self) -> list[LinkEvent]:
        if not self._waiting:
            return []
        if self._sends == SENDS_MAX:
            self._waiting.clear()
            return [SetTimer(LinkTimer.T2, None), Failed()]
        self._sends += 1
        return self._transmit()

    def _transmit(self) -> list[LinkEvent]:
        octets = encode_frame(self._waiting[0].encode())
        if self._faults.use(BadCrc):
            octets = octets[:-1] + bytes([octets[-1] ^ 0xFF])
        return [Send(octets), SetTimer(LinkTimer.T2, T2_S)]


class TcpLink:
    """Bare APDUs; the connection itself is the acknowledgement ([T] 4)."""

    def __init__(self) -> None:
        self._stream = ApduStream()

    def begin(self) -> list[LinkEvent]:
        """A new connection begins with a new APDU."""
        self._stream = ApduStream()
        return [SetTimer(LinkTimer.INCOMPLETE, None)]

    def received(self, octets: bytes) -> list[LinkEvent]:
        """Whatever is no APDU loses the thread for good."""
        events: list[LinkEvent] = []
        going_on = self._stream.in_apdu
        try:
            while apdus := self._stream.feed(octets):
                octets = b""
                events += [Taken(apdu) for apdu in apdus]
        except Malformed:
            return [*events, HangUp()]
        if not self._stream.in_apdu:
            return [*events, SetTimer(LinkTimer.INCOMPLETE, None)]
        # A deadline for the whole APDU: bytes that drip in do not put it off.
        return events if going_on and not events else [*events, self._deadline()]

    def fired(self, timer: LinkTimer) -> list[LinkEvent]:
        """An APDU stayed incomplete: the whole process counts as aborted."""
        assert timer is LinkTimer.INCOMPLETE, "TCP has no T1 and T2"
        return [HangUp()]

    def send(self, apdu: Apdu) -> list[LinkEvent]:
        """Nothing to wait for."""
        return [Said(apdu), Send(apdu.encode()), Delivered(apdu)]

    def answered(self) -> list[LinkEvent]:
        """Nothing was under way."""
        return []

    def _deadline(self) -> SetTimer:
        return SetTimer(LinkTimer.INCOMPLETE, T3_S)
