"""The rules of a USB device behind its cable: requests, transfers that wait, halts. Pure.

One side is the host's: `attach`, `submit`, `unlink`, `detach`, with answers through the sink that
`attach` was given, in the order of their transfers for each endpoint. The other side is the
terminal's: `send` and `take`.
"""

import errno
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from typing_extensions import override

from posd_simulator.usbip.chapter9 import Chapter9, Setup, Stall
from posd_simulator.usbip.descriptors import (
    ACM,
    BULK_IN,
    BULK_OUT,
    INTERRUPT_IN,
    VENDOR_BULK,
    Description,
    Identity,
    Interface,
)
from posd_simulator.usbip.layouts import Direction, Layout
from posd_simulator.usbip.wire import Answer, CmdSubmit, CmdUnlink, RetSubmit, RetUnlink

INBOX_BYTES_MAX = 4096
"""From here on a host's transfers wait, as if the device answered NAK."""
OUTBOX_BYTES_MAX = 1 << 16
"""What the terminal sends beyond it, while no host listens, is lost."""
NOTICES_MAX = 8

Sink: TypeAlias = Callable[[Answer], None]


class _Outbox:
    """What one endpoint has for the host: transfers, each ended by a short packet."""

    def __init__(self, packet_bytes: int) -> None:
        self._packet_bytes = packet_bytes
        self._transfers: deque[bytes] = deque()
        self.octets = 0

    def put(self, octets: bytes) -> None:
        self._transfers.append(octets)
        self.octets += len(octets)

    def clear(self) -> None:
        self._transfers.clear()
        self.octets = 0

    def take(self, length: int) -> bytes | None:
        """At most so many octets, or None if there are none. Raises OverflowError.

        Overflow: the packet that comes next is longer than the room. The host loses it.
        """
        if not self._transfers:
            return None
        transfer = self._transfers.popleft()
        self.octets -= len(transfer)
        if len(transfer) <= length:
            return transfer
        if length % self._packet_bytes:
            raise OverflowError
        self._transfers.appendleft(transfer[length:])
        self.octets += len(transfer) - length
        return transfer[:length]


class UsbDevice:
    """One device. By itself it answers no request of any class.

    Attributes:
        description: What it says of itself.
        lost: How many octets found no room on their way to the host.
    """

    def __init__(
        self, description: Description, *, data_in: int = BULK_IN, data_out: int = BULK_OUT
    ) -> None:
        """`data_in`, `data_out`: the endpoints that carry the terminal's octets."""
        self.description = description
        self.lost = 0
        self._data_in, self._data_out = data_in, data_out
        self._rules = Chapter9(description)
        self._parked: dict[int, deque[CmdSubmit]] = {}
        self._received = bytearray()
        self._answer: Sink = _nobody
        self._arrived: Callable[[], None] = _nothing
        every = (endpoint for it in description.interfaces for endpoint in it.endpoints)
        self._outboxes = {it.address: _Outbox(it.packet_bytes) for it in every if it.address & 0x80}

    @property
    def octet_s(self) -> float:
        """How long an octet takes at the terminal's end, in seconds."""
        return 0.0

    @property
    def configuration(self) -> int:
        """The configuration that is set; 0: none."""
        return self._rules.configuration

    def attach(self, answer: Sink) -> None:
        """A host has it from now on: a bus reset. What was on its way stays."""
        self._answer = answer
        self._reset()

    def detach(self) -> None:
        """The host is gone, and every transfer with it."""
        self._answer = _nobody
        self._reset()

    def power_up(self) -> None:
        """Plugged in: nothing is left of before."""
        self._received.clear()
        for outbox in self._outboxes.values():
            outbox.clear()

    def submit(self, urb: CmdSubmit) -> None:
        """A transfer of the host: answered now, or once there are octets, or room for them."""
        if urb.endpoint == 0:
            self._answer(self._control(urb))
        elif self._rules.endpoint(urb.address) is None:
            self._answer(_failed(urb, errno.EPIPE))
        else:
            self._parked.setdefault(urb.address, deque()).append(urb)
            self._pump(urb.address)

    def unlink(self, order: CmdUnlink) -> None:
        """Give up a transfer, if it is still waiting."""
        for parked in self._parked.values():
            for urb in parked:
                if urb.seqnum == order.victim:
                    parked.remove(urb)
                    self._answer(RetUnlink(order.seqnum, -errno.ECONNRESET))
                    return
        self._answer(RetUnlink(order.seqnum, 0))

    def waiting(self) -> int:
        """How many transfers of the host wait."""
        return sum(len(parked) for parked in self._parked.values())

    def halt(self, address: int) -> None:
        """From now on the endpoint stalls, until the host clears that."""
        self._rules.halted.add(address)
        self._pump(address)

    def listen(self, arrived: Callable[[], None]) -> None:
        """Call this whenever octets of the host have arrived."""
        self._arrived = arrived

    def send(self, octets: bytes) -> None:
        """Octets for the host; what finds no room is lost."""
        outbox = self._outboxes[self._data_in]
        if outbox.octets + len(octets) > OUTBOX_BYTES_MAX:
            self.lost += len(octets)
            return
        outbox.put(octets)
        self._pump(self._data_in)

    def take(self, octets_max: int) -> bytes:
        """What the host has sent; nothing: nothing has arrived."""
        octets = bytes(self._received[:octets_max])
        del self._received[:octets_max]
        self._pump(self._data_out)
        return octets

    def _class_request(self, setup: Setup, octets: bytes) -> bytes:  # noqa: ARG002 (for classes)
        """What the host asked for; empty: done. Raises Stall."""
        raise Stall

    def _notify(self, address: int, notice: bytes) -> None:
        """An interrupt packet, unless the host has let too many lie."""
        outbox = self._outboxes[address]
        if outbox.octets < NOTICES_MAX * len(notice):
            outbox.put(notice)
            self._pump(address)

    def _reset(self) -> None:
        self._rules.reset()
        self._parked.clear()

    def _pump(self, address: int) -> None:
        """Answer what can be answered, in order."""
        parked = self._parked.get(address, deque())
        while parked:
            answer = self._transfer(parked[0])
            if answer is None:
                return
            parked.popleft()
            self._answer(answer)

    def _transfer(self, urb: CmdSubmit) -> RetSubmit | None:
        if urb.address in self._rules.halted:
            return _failed(urb, errno.EPIPE)
        if urb.direction is Direction.IN:
            try:
                octets = self._outboxes[urb.address].take(urb.length)
            except OverflowError:
                return _failed(urb, errno.EOVERFLOW)
            return None if octets is None else _sent(urb, octets)
        if urb.address == self._data_out:
            if len(self._received) >= INBOX_BYTES_MAX:
                return None
            self._received += urb.octets
            self._arrived()
        return RetSubmit(urb.seqnum, 0, urb.length, packets=urb.packets)

    def _stall_halted(self) -> None:
        for address in self._rules.halted:
            self._pump(address)

    def _control(self, urb: CmdSubmit) -> RetSubmit:
        setup = Setup.parse(urb.setup)
        try:
            if setup.request_type & 0x60:
                octets = self._class_request(setup, urb.octets)
            else:
                octets = self._rules.answer(setup)
                self._stall_halted()
        except Stall:
            return _failed(urb, errno.EPIPE)
        if urb.direction is Direction.OUT:
            return RetSubmit(urb.seqnum, 0, urb.length, packets=urb.packets)
        return _sent(urb, octets[: min(setup.length, urb.length)])


LINE_CODING = Layout(
    ("dwDTERate", "I"),
    ("bCharFormat", "B"),
    ("bParityType", "B"),
    ("bDataBits", "B"),
    order="<",
)
"""PSTN 1.2, table 17. bCharFormat: 0, 1, 2 for 1, 1.5, 2 stop bits; bParityType: 0 for none."""
CODING_DEFAULT = LINE_CODING.pack(dwDTERate=9600, bCharFormat=2, bParityType=0, bDataBits=8)
BREAK_UNTIL_TOLD = 0xFFFF


class CdcAcmDevice(UsbDevice):
    """A modem as far as a terminal is one: octets at the rate of a line (CDC 1.2, PSTN 1.2).

    Attributes:
        coding: The line coding, 7 octets, as the host set it.
        dtr: Whether the host is there.
        rts: Whether it listens.
        breaks: How often it has sent a break.
    """

    def __init__(
        self, identity: Identity | None = None, *, beside: tuple[Interface, ...] = ()
    ) -> None:
        """`beside`: further interfaces, from number 2 on, that nobody answers for."""
        class_triple = (0, 0, 0) if beside else (2, 0, 0)
        super().__init__(Description(identity or Identity(), ACM + beside, class_triple))
        self.coding = CODING_DEFAULT
        self.dtr = self.rts = False
        self.breaks = 0

    @property
    @override
    def octet_s(self) -> float:
        coding = LINE_CODING.unpack(self.coding)
        stop_bits = 1 + coding["bCharFormat"] / 2
        parity_bits = 1 if coding["bParityType"] else 0
        return float((1 + coding["bDataBits"] + parity_bits + stop_bits) / coding["dwDTERate"])

    @override
    def detach(self) -> None:
        self.dtr = self.rts = False
        super().detach()

    @override
    def _class_request(self, setup: Setup, octets: bytes) -> bytes:
        if setup.index != 0:
            raise Stall
        match (setup.request_type, setup.request):
            case (0x21, 0x20) if _is_coding(octets):  # SET_LINE_CODING
                self.coding = octets
            case (0xA1, 0x21):  # GET_LINE_CODING
                return self.coding
            case (0x21, 0x22):  # SET_CONTROL_LINE_STATE
                self._set_lines(setup.value)
            case (0x21, 0x23):  # SEND_BREAK, of so many milliseconds; 0 ends one
                self.breaks += setup.value > 0
            case _:
                raise Stall
        return b""

    def _set_lines(self, value: int) -> None:
        """A terminal that is plugged in answers DTR with DSR and DCD, by SERIAL_STATE."""
        self.dtr, self.rts = bool(value & 1), bool(value & 2)
        state = 3 if self.dtr else 0
        self._notify(INTERRUPT_IN, bytes.fromhex("A1 20 00 00 00 00 02 00") + bytes([state, 0]))


class BulkDevice(UsbDevice):
    """A pair of bulk pipes of a vendor's own: octets as fast as the bus takes them."""

    def __init__(self, identity: Identity | None = None) -> None:
        super().__init__(Description(identity or Identity(), VENDOR_BULK))


def _is_coding(octets: bytes) -> bool:
    return len(octets) == LINE_CODING.size and LINE_CODING.unpack(octets)["dwDTERate"] > 0


def _sent(urb: CmdSubmit, octets: bytes) -> RetSubmit:
    return RetSubmit(urb.seqnum, 0, len(octets), octets, urb.packets)


def _failed(urb: CmdSubmit, number: int) -> RetSubmit:
    return RetSubmit(urb.seqnum, -number, 0, packets=urb.packets)


def _nobody(answer: Answer) -> None:
    """No host."""


def _nothing() -> None:
    """Nobody at the terminal's end."""
