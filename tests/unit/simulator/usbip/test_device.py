"""The rules of the devices, without a socket."""

import errno

import pytest

from posd_simulator.usbip.descriptors import (
    VENDOR,
    Description,
    Endpoint,
    Identity,
    Interface,
    Transfers,
)
from posd_simulator.usbip.device import (
    NOTICES_MAX,
    OUTBOX_BYTES_MAX,
    BulkDevice,
    CdcAcmDevice,
    UsbDevice,
)
from posd_simulator.usbip.layouts import Direction
from posd_simulator.usbip.wire import Answer, CmdSubmit, CmdUnlink, RetSubmit
from tests.unit.simulator.usbip.test_descriptors import KEYPAD

CONFIGURE = "00 09 01 00 00 00 00 00"
HALT_IN, CLEAR_IN = "02 03 00 00 82 00 00 00", "02 01 00 00 82 00 00 00"


class Bench:
    """A device with a host that notes the answers."""

    def __init__(self, device: UsbDevice, *, configured: bool = True) -> None:
        self.device = device
        self.answers: list[Answer] = []
        self.seqnum = 0
        device.attach(self.answers.append)
        if configured:
            assert self.asks(CONFIGURE) == b""

    def submits(self, direction: Direction, endpoint: int, length: int, octets: bytes = b"") -> int:
        self.seqnum += 1
        self.device.submit(CmdSubmit(self.seqnum, 1, direction, endpoint, length, octets=octets))
        return self.seqnum

    def asks(self, setup: str, octets: bytes = b"") -> bytes | None:
        """What a control transfer brings, or None if it stalls."""
        self.seqnum += 1
        packet = bytes.fromhex(setup)
        direction = Direction(packet[0] >> 7)
        length = int.from_bytes(packet[6:], "little")
        self.device.submit(CmdSubmit(self.seqnum, 1, direction, 0, length, packet, octets=octets))
        answer = self.answers.pop()
        assert isinstance(answer, RetSubmit)
        assert answer.seqnum == self.seqnum
        if answer.status:
            assert answer.status == -errno.EPIPE
            return None
        return answer.octets


@pytest.mark.parametrize(
    ("setup", "answer"),
    [
        ("80 00 00 00 00 00 02 00", "01 00"),  # GET_STATUS: self-powered
        ("81 00 00 00 01 00 02 00", "00 00"),
        ("81 00 00 00 02 00 02 00", None),
        ("82 00 00 00 82 00 02 00", "00 00"),
        ("00 01 01 00 00 00 00 00", ""),  # CLEAR_FEATURE: remote wake-up
        ("00 03 01 00 00 00 00 00", ""),
        ("02 01 00 00 82 00 00 00", ""),  # CLEAR_FEATURE: endpoint halt
        ("02 01 00 00 84 00 00 00", None),
        ("02 01 01 00 82 00 00 00", None),
        ("80 06 00 01 00 00 08 00", "12 01 00 02 02 00 00 40"),  # GET_DESCRIPTOR, cut short
        ("80 06 00 03 00 00 ff 00", "04 03 09 04"),
        ("80 06 09 03 00 00 ff 00", None),
        ("80 06 00 06 00 00 0a 00", None),
        ("80 08 00 00 00 00 01 00", "01"),  # GET_CONFIGURATION
        ("00 09 02 00 00 00 00 00", None),  # SET_CONFIGURATION
        ("81 0a 00 00 01 00 01 00", "00"),  # GET_INTERFACE
        ("01 0b 00 00 01 00 00 00", ""),  # SET_INTERFACE
        ("01 0b 01 00 01 00 00 00", None),
        ("01 0b 00 00 05 00 00 00", None),
        ("80 0c 00 00 00 00 02 00", None),  # SYNCH_FRAME
        ("c0 77 00 00 00 00 04 00", None),  # a vendor's
        ("a1 21 00 00 00 00 07 00", "80 25 00 00 02 00 08"),  # GET_LINE_CODING
        ("a1 21 00 00 01 00 07 00", None),
        ("21 20 00 00 00 00 00 00", None),  # SET_LINE_CODING without one
        ("21 22 03 00 00 00 00 00", ""),  # SET_CONTROL_LINE_STATE
        ("21 23 f4 01 00 00 00 00", ""),  # SEND_BREAK
        ("21 24 00 00 00 00 00 00", None),
    ],
)
def test_requests_of_a_modem(setup: str, answer: str | None) -> None:
    asked = Bench(CdcAcmDevice()).asks(setup)
    assert asked == (None if answer is None else bytes.fromhex(answer))


def test_without_a_configuration_there_is_only_endpoint_0() -> None:
    bench = Bench(BulkDevice(), configured=False)
    seqnum = bench.submits(Direction.IN, 2, 64)
    assert bench.answers == [RetSubmit(seqnum, -errno.EPIPE, 0)]
    assert bench.asks("81 0a 00 00 00 00 01 00") is None
    assert bench.asks("80 08 00 00 00 00 01 00") == b"\0"


def test_an_alternate_setting_has_its_own_endpoints() -> None:
    loud = Interface(0, VENDOR, (Endpoint(0x82, Transfers.BULK, 64),), alternate=1)
    bench = Bench(UsbDevice(Description(Identity(), (Interface(0, VENDOR, ()), loud))))
    silent = bench.submits(Direction.IN, 2, 64)
    assert bench.answers.pop() == RetSubmit(silent, -errno.EPIPE, 0)
    assert bench.asks("01 0b 01 00 00 00 00 00") == b""
    assert bench.asks("81 0a 00 00 00 00 01 00") == b"\x01"
    bench.submits(Direction.IN, 2, 64)
    assert bench.answers == []
    bench.asks(CONFIGURE)
    assert bench.asks("81 0a 00 00 00 00 01 00") == b"\x00"


def test_a_halted_endpoint_stalls_until_it_is_cleared() -> None:
    bench = Bench(BulkDevice())
    first = bench.submits(Direction.IN, 2, 64)
    assert bench.asks(HALT_IN) == b""
    second = bench.submits(Direction.IN, 2, 64)
    stalled = [RetSubmit(number, -errno.EPIPE, 0) for number in (first, second)]
    assert bench.answers == stalled
    assert bench.asks("82 00 00 00 82 00 02 00") == b"\x01\x00"
    assert bench.asks(CLEAR_IN) == b""
    third = bench.submits(Direction.IN, 2, 64)
    bench.device.send(b"x")
    assert bench.answers[-1] == RetSubmit(third, 0, 1, b"x")


def test_a_configuration_that_is_set_ends_every_halt() -> None:
    bench = Bench(BulkDevice())
    bench.asks(HALT_IN)
    bench.asks(CONFIGURE)
    assert bench.asks("82 00 00 00 82 00 02 00") == b"\x00\x00"


def test_a_test_can_halt_an_endpoint() -> None:
    bench = Bench(BulkDevice())
    bench.device.halt(0x02)
    seqnum = bench.submits(Direction.OUT, 2, 1, b"x")
    assert bench.answers == [RetSubmit(seqnum, -errno.EPIPE, 0)]
    assert bench.device.take(8) == b""


def test_a_read_takes_one_transfer_and_the_next_read_what_is_left_of_it() -> None:
    bench = Bench(BulkDevice())
    bench.device.send(bytes(100))
    bench.device.send(b"x")
    for octets in (bytes(64), bytes(36), b"x"):
        seqnum = bench.submits(Direction.IN, 2, 64)
        assert bench.answers.pop() == RetSubmit(seqnum, 0, len(octets), octets)


def test_a_packet_that_does_not_fit_is_lost_with_an_overflow() -> None:
    bench = Bench(BulkDevice())
    bench.device.send(bytes(20))
    bench.device.send(b"next")
    small = bench.submits(Direction.IN, 2, 10)
    large = bench.submits(Direction.IN, 2, 64)
    assert bench.answers == [
        RetSubmit(small, -errno.EOVERFLOW, 0),
        RetSubmit(large, 0, 4, b"next"),
    ]


def test_what_finds_no_room_on_its_way_to_the_host_is_lost() -> None:
    device = BulkDevice()
    device.send(bytes(OUTBOX_BYTES_MAX))
    device.send(b"lost")
    assert device.lost == 4


def test_notices_that_nobody_fetches_are_forgotten() -> None:
    bench = Bench(CdcAcmDevice())
    for _ in range(NOTICES_MAX + 5):
        bench.asks("21 22 01 00 00 00 00 00")
    for _ in range(NOTICES_MAX + 1):
        bench.submits(Direction.IN, 1, 16)
    assert len(bench.answers) == NOTICES_MAX
    assert bench.device.waiting() == 1


def test_a_host_that_left_leaves_nothing_behind() -> None:
    device = CdcAcmDevice()
    bench = Bench(device)
    bench.asks("21 22 03 00 00 00 00 00")
    bench.submits(Direction.IN, 2, 64)
    assert (device.dtr, device.rts, device.configuration) == (True, True, 1)
    device.detach()
    assert (device.dtr, device.rts, device.configuration) == (False, False, 0)
    device.send(b"kept")
    assert bench.answers == []
    again = Bench(device)
    seqnum = again.submits(Direction.IN, 2, 64)
    assert again.answers == [RetSubmit(seqnum, 0, 4, b"kept")]


def test_a_terminal_that_is_plugged_in_anew_has_forgotten_all() -> None:
    bench = Bench(BulkDevice())
    bench.submits(Direction.OUT, 2, 3, b"old")
    bench.device.send(b"old")
    bench.device.power_up()
    assert bench.device.take(8) == b""
    bench.answers.clear()
    bench.submits(Direction.IN, 2, 64)
    assert bench.answers == []


def test_unlinking_finds_the_transfer_of_any_endpoint() -> None:
    bench = Bench(CdcAcmDevice())
    bench.submits(Direction.IN, 1, 16)
    victim = bench.submits(Direction.IN, 2, 64)
    bench.device.unlink(CmdUnlink(90, 1, victim))
    bench.device.unlink(CmdUnlink(91, 1, victim))
    assert [(it.seqnum, it.status) for it in bench.answers] == [(90, -errno.ECONNRESET), (91, 0)]
    assert bench.device.waiting() == 1


@pytest.mark.parametrize(
    ("coding", "octet_s"),
    [
        ("80 25 00 00 02 00 08", 11 / 9600),  # 9600 8N2
        ("00 c2 01 00 00 00 08", 10 / 115200),  # 115200 8N1
        ("80 25 00 00 00 02 07", 10 / 9600),  # 9600 7E1
        ("80 25 00 00 01 00 08", 10.5 / 9600),  # 9600 8N1.5
    ],
)
def test_the_line_coding_sets_the_pace(coding: str, octet_s: float) -> None:
    device = CdcAcmDevice()
    bench = Bench(device)
    assert bench.asks("21 20 00 00 00 00 07 00", bytes.fromhex(coding)) == b""
    assert bench.asks("a1 21 00 00 00 00 07 00") == bytes.fromhex(coding)
    assert device.octet_s == pytest.approx(octet_s)


def test_no_line_has_no_rate() -> None:
    device = CdcAcmDevice()
    assert Bench(device).asks("21 20 00 00 00 00 07 00", bytes(7)) is None
    assert device.octet_s == pytest.approx(11 / 9600)
    assert BulkDevice().octet_s == 0


def test_breaks_are_counted_where_they_begin() -> None:
    device = CdcAcmDevice()
    bench = Bench(device)
    for milliseconds in ("ff ff", "00 00", "f4 01"):
        bench.asks(f"21 23 {milliseconds} 00 00 00 00")
    assert device.breaks == 2


def test_a_modem_with_a_keypad_is_a_composite() -> None:
    bench = Bench(CdcAcmDevice(beside=(KEYPAD,)))
    said = bench.asks("80 06 00 01 00 00 12 00")
    assert said is not None
    assert said[4:7] == b"\x00\x00\x00"
    assert bench.asks("81 00 00 00 02 00 02 00") == b"\x00\x00"
    bench.submits(Direction.IN, 3, 8)
    assert bench.device.waiting() == 1
