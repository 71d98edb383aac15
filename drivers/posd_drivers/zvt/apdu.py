"""The APDU: control field, length, body; and the stream of bare APDUs that TCP carries."""

from msgspec import Struct
from typing_extensions import override

from posd_drivers.errors import Malformed, Truncated
from posd_drivers.zvt.cursor import Cursor

BODY_BYTES_MAX = 0xFFFF
APDU_BYTES_MAX = 5 + BODY_BYTES_MAX

_SHORT_LENGTH_MAX = 0xFE
_EXTENDED_LENGTH = 0xFF
_HEADER_BYTES_MAX = 5

CONTROL_CLASSES = frozenset({0x04, 0x05, 0x06, 0x08, 0x0F, 0x80, 0x84})
"""First octets of control fields (A, T 5.2); on TCP anything else is a lost thread."""


class Apdu(Struct, frozen=True):
    """One command, message or answer, not yet understood.

    Attributes:
        control: The control field, both octets: 0x0601 is CLASS 06 INSTR 01.
        body: The data block, at most BODY_BYTES_MAX bytes. May hold card data: never printed.
    """

    control: int
    body: bytes = b""

    @override
    def __repr__(self) -> str:
        return f"Apdu({self.control:#06x}, {len(self.body)} bytes)"

    def encode(self) -> bytes:
        """The octets: the length in one byte, or from 255 on as FF low high (T 5.2)."""
        return self.control.to_bytes(2, "big") + _encode_length(len(self.body)) + self.body


def decode_apdu(octets: bytes) -> Apdu:
    """One whole APDU. The extended length is accepted for short bodies too (T 5.2).

    Raises Malformed if the length field says other than what is there.
    """
    cursor = Cursor(octets)
    try:
        control, length = _take_header(cursor)
    except Truncated as error:
        raise Malformed("apdu header", 0) from error
    if length != cursor.left:
        raise Malformed("apdu length", 2)
    return Apdu(control, cursor.rest())


class ApduStream:
    """Bare APDUs from a TCP stream, wherever it was cut (T 4).

    Holds at most one unfinished APDU, so less than APDU_BYTES_MAX bytes between two calls.
    """

    def __init__(self) -> None:
        self._unfinished = bytearray()
        self._consumed = 0

    @property
    def in_apdu(self) -> bool:
        """Whether an APDU has begun and not ended."""
        return bool(self._unfinished)

    def feed(self, octets: bytes) -> list[Apdu]:
        """The APDUs that these octets complete, in order.

        Raises Malformed when no control field stands where one must: nothing else delimits
        APDUs, so the thread is lost for good and the link must be closed. APDUs completed in front
        of that place are returned first; then the next call raises, even with no octets.
        """
        self._unfinished += octets
        apdus: list[Apdu] = []
        try:
            while (size := self._size_of_next()) is not None:
                apdus.append(decode_apdu(bytes(self._unfinished[:size])))
                del self._unfinished[:size]
                self._consumed += size
        except Malformed:
            if not apdus:
                raise
        return apdus

    def _size_of_next(self) -> int | None:
        """Its bytes, or None if it is not whole. Raises Malformed if there is none."""
        header = Cursor(bytes(self._unfinished[:_HEADER_BYTES_MAX]))
        if header.left and header.peek() not in CONTROL_CLASSES:
            raise Malformed("control field", self._consumed)
        try:
            _, length = _take_header(header)
        except Truncated:
            return None
        size = header.offset + length
        return size if size <= len(self._unfinished) else None


def _encode_length(length: int) -> bytes:
    if length <= _SHORT_LENGTH_MAX:
        return bytes([length])
    return bytes([_EXTENDED_LENGTH]) + length.to_bytes(2, "little")


def _take_header(cursor: Cursor) -> tuple[int, int]:
    """Control field and length of the body. Raises Truncated."""
    control = int.from_bytes(cursor.take(2), "big")
    length = cursor.take(1)[0]
    if length == _EXTENDED_LENGTH:
        length = int.from_bytes(cursor.take(2), "little")
    return control, length
