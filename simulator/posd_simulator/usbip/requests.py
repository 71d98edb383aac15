"""What a client sends, out of the pieces that a socket gives."""

from collections.abc import Iterator
from enum import Enum, auto

from posd_drivers.errors import Malformed
from posd_simulator.usbip.layouts import (
    BUS_ID,
    CMD_SUBMIT,
    CMD_UNLINK,
    HEADER_BYTES,
    OPERATION,
    URB_BYTES_MAX,
    VERSION,
    Code,
    Command,
    Direction,
)
from posd_simulator.usbip.wire import (
    CmdSubmit,
    CmdUnlink,
    ReqDevlist,
    ReqImport,
    Request,
    decode_text,
)


class _Phase(Enum):
    OPERATION = auto()
    URBS = auto()
    ENDED = auto()


class Requests:
    """What a client sends, out of any pieces of it. Holds one message at most."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._offset = 0
        self._phase = _Phase.OPERATION

    def feed(self, octets: bytes) -> Iterator[Request]:
        """The messages that are whole now. Raises Malformed behind the last good one."""
        self._held += octets
        while self._held:
            size = self._size()
            if size is None or len(self._held) < size:
                return
            message = bytes(self._held[:size])
            request = self._decode(message)
            del self._held[:size]
            self._offset += size
            yield request

    def _size(self) -> int | None:
        """Of the message that the held octets begin, or None if more must come to tell."""
        match self._phase:
            case _Phase.OPERATION:
                if len(self._held) < OPERATION.size:
                    return None
                code = OPERATION.unpack(bytes(self._held[: OPERATION.size]))["code"]
                return OPERATION.size + (BUS_ID.size if code == Code.REQ_IMPORT else 0)
            case _Phase.URBS:
                if len(self._held) < HEADER_BYTES:
                    return None
                return HEADER_BYTES + self._payload_bytes()
            case _Phase.ENDED:
                raise self._malformed("octets behind the only operation", 0)

    def _payload_bytes(self) -> int:
        if int.from_bytes(self._held[:4], "big") != Command.SUBMIT:
            return 0
        row = CMD_SUBMIT.unpack(bytes(self._held[:HEADER_BYTES]))
        if not 0 <= row["length"] <= URB_BYTES_MAX:
            raise self._malformed("transfer buffer length", 24)
        return int(row["length"]) if row["direction"] == Direction.OUT else 0

    def _decode(self, message: bytes) -> Request:
        if self._phase is _Phase.OPERATION:
            return self._operation(message)
        command = int.from_bytes(message[:4], "big")
        if command == Command.SUBMIT:
            return self._submit(message)
        if command == Command.UNLINK:
            row = CMD_UNLINK.unpack(message)
            return CmdUnlink(row["seqnum"], row["devid"], row["victim"])
        raise self._malformed("command", 0)

    def _operation(self, message: bytes) -> Request:
        operation = OPERATION.unpack(message[: OPERATION.size])
        if operation["version"] != VERSION:
            raise self._malformed("version", 0)
        match operation["code"]:
            case Code.REQ_DEVLIST:
                self._phase = _Phase.ENDED
                return ReqDevlist()
            case Code.REQ_IMPORT:
                self._phase = _Phase.URBS
                return ReqImport(decode_text(message[OPERATION.size :], OPERATION.size))
            case _:
                raise self._malformed("operation code", 2)

    def _submit(self, message: bytes) -> CmdSubmit:
        row = CMD_SUBMIT.unpack(message[:HEADER_BYTES])
        if row["direction"] not in (Direction.OUT, Direction.IN):
            raise self._malformed("direction", 12)
        if row["endpoint"] > 15:
            raise self._malformed("endpoint", 16)
        if row["packets"] not in (0, -1):
            raise self._malformed("isochronous transfer", 32)
        return CmdSubmit(
            seqnum=row["seqnum"],
            devid=row["devid"],
            direction=Direction(row["direction"]),
            endpoint=row["endpoint"],
            length=row["length"],
            setup=row["setup"],
            octets=message[HEADER_BYTES:],
            packets=row["packets"],
        )

    def _malformed(self, what: str, place: int) -> Malformed:
        return Malformed(what, self._offset + place)
