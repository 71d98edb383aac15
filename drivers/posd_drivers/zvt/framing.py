"""The serial frame: DLE STX, the APDU with every DLE doubled, DLE ETX, CRC; bare ACK and NAK."""

from enum import Enum
from typing import TypeAlias, assert_never

from msgspec import Struct
from typing_extensions import override

from posd_drivers.zvt.apdu import APDU_BYTES_MAX
from posd_drivers.zvt.crc import crc16_kermit

STX = 0x02
ETX = 0x03
ACK = 0x06
DLE = 0x10
NAK = 0x15


class Frame(Struct, frozen=True):
    """A frame whose structure and CRC are good: acknowledge it before looking inside (T 3.2).

    Attributes:
        apdu: What it carried, doubling undone. May hold card data: never printed.
    """

    apdu: bytes

    @override
    def __repr__(self) -> str:
        return f"Frame({len(self.apdu)} bytes)"


class Ack(Struct, frozen=True):
    """A bare 06 outside a frame. Noise, unless an acknowledgement is awaited."""


class Nak(Struct, frozen=True):
    """A bare 15 outside a frame. Noise, unless an acknowledgement is awaited."""


class Broken(Struct, frozen=True):
    """A frame that arrived damaged or half: answer NAK, the sender repeats it."""


FrameEvent: TypeAlias = Frame | Ack | Nak | Broken


def encode_frame(apdu: bytes) -> bytes:
    """The frame around an APDU. CRC over the undoubled APDU and ETX, low byte first (T 3).

    The two CRC bytes are raw: they are never doubled, whatever they are.
    """
    crc = crc16_kermit(apdu + bytes([ETX]))
    doubled = apdu.replace(bytes([DLE]), bytes([DLE, DLE]))
    return bytes([DLE, STX]) + doubled + bytes([DLE, ETX]) + crc.to_bytes(2, "little")


class _State(Enum):
    """Where the receiver is. BROKEN: nothing can be made of this frame, wait for T1."""

    IDLE = "idle"
    GOT_DLE = "got DLE"
    BODY = "body"
    BODY_DLE = "body, got DLE"
    CRC_LOW = "CRC low"
    CRC_HIGH = "CRC high"
    BROKEN = "broken"


class FrameDecoder:
    """The receiver's state machine: octets in, frames and acknowledgements out (T 3).

    Owns no clock: the link arms T1 while `in_frame` and calls `quiet` when it fires. Holds at most
    APDU_BYTES_MAX bytes; a longer frame is broken.
    """

    def __init__(self) -> None:
        self._state = _State.IDLE
        self._apdu = bytearray()
        self._crc_low = 0

    @property
    def in_frame(self) -> bool:
        """Whether a frame may have begun and has not ended: T1 runs between its bytes."""
        return self._state is not _State.IDLE

    def feed(self, octets: bytes) -> list[FrameEvent]:
        """What these octets complete, in order. Never raises."""
        events: list[FrameEvent] = []
        at = 0
        while at < len(octets):
            if self._state is _State.BODY and octets[at] != DLE:
                at = self._append_until_dle(octets, at)
                continue
            event = self._advance(octets[at])
            if event is not None:
                events.append(event)
            at += 1
        return events

    def quiet(self) -> Broken | None:
        """T1 fired: drop what was half received. None if nothing was."""
        if not self.in_frame:
            return None
        self._state = _State.IDLE
        self._apdu.clear()
        return Broken()

    def _advance(self, octet: int) -> FrameEvent | None:
        match self._state:
            case _State.BODY:
                assert octet == DLE, "what is not one was taken in one piece"
                self._state = _State.BODY_DLE
            case _State.BODY_DLE:
                self._after_dle(octet)
            case _State.CRC_LOW:
                self._crc_low = octet
                self._state = _State.CRC_HIGH
            case _State.CRC_HIGH:
                return self._finish(self._crc_low | octet << 8)
            case _State.IDLE:
                return self._outside(octet)
            case _State.GOT_DLE:
                self._begin(octet)
            case _State.BROKEN:
                pass
            case _:
                assert_never(self._state)
        return None

    def _outside(self, octet: int) -> FrameEvent | None:
        if octet == DLE:
            self._state = _State.GOT_DLE
        elif octet == ACK:
            return Ack()
        elif octet == NAK:
            return Nak()
        return None

    def _begin(self, octet: int) -> None:
        if octet == STX:
            self._apdu.clear()
            self._state = _State.BODY
        elif octet != DLE:
            self._state = _State.IDLE

    def _after_dle(self, octet: int) -> None:
        if octet == DLE:
            self._state = _State.BODY
            self._append(bytes([octet]))
        elif octet == ETX:
            self._state = _State.CRC_LOW
        elif octet == STX:
            self._begin(octet)
        else:
            self._state = _State.BROKEN
            self._apdu.clear()

    def _append_until_dle(self, octets: bytes, start: int) -> int:
        """Take what stands before the next DLE; where that is. Most octets are of this kind."""
        end = octets.find(DLE, start)
        end = len(octets) if end < 0 else end
        self._append(octets[start:end])
        return end

    def _append(self, octets: bytes) -> None:
        if len(self._apdu) + len(octets) > APDU_BYTES_MAX:
            self._state = _State.BROKEN
            self._apdu.clear()
        else:
            self._apdu += octets

    def _finish(self, crc: int) -> Frame | Broken:
        apdu = bytes(self._apdu)
        self._state = _State.IDLE
        self._apdu.clear()
        return Frame(apdu) if crc16_kermit(apdu + bytes([ETX])) == crc else Broken()
