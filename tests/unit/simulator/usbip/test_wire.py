"""USB/IP's octets. Golden ones are the kernel document's examples, or typed from its tables."""

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd_drivers.errors import Malformed
from posd_simulator.usbip.layouts import Code, Direction
from posd_simulator.usbip.requests import Requests
from posd_simulator.usbip.wire import (
    CmdSubmit,
    CmdUnlink,
    DeviceRecord,
    ReqDevlist,
    ReqImport,
    Request,
    RetSubmit,
    RetUnlink,
    decode_answer,
    decode_operation,
    decode_record,
    encode_devlist,
    encode_import,
)
from tests.unit.simulator.usbip.wires import DEVLIST, IMPORT_1_1, IN, OUT, submit, unlink

DOCUMENTED_IN = bytes.fromhex(
    "00000001 00000d05 0001000f 00000001 00000001 00000200"
    "00000040 ffffffff 00000000 00000004 00000000 00000000"
)
PAYLOAD = bytes.fromhex("ffffffff860008a784ce5ae212376300" + "00" * 48)
DOCUMENTED_OUT = (
    bytes.fromhex(
        "00000001 00000d06 0001000f 00000000 00000001 00000000"
        "00000040 ffffffff 00000000 00000004 00000000 00000000"
    )
    + PAYLOAD
)
DOCUMENTED_RETURN = bytes.fromhex(
    "00000003 00000d05 00000000 00000000 00000000 00000000"
    "00000040 ffffffff 00000000 00000000 00000000 00000000"
)
MOUSE = DeviceRecord(
    path="/sys/devices/pci0000:00/0000:00:1d.1/usb3/3-2",
    bus_id="3-2",
    busnum=3,
    devnum=2,
    speed=1,
    vendor=0x046D,
    product=0xC00E,
    release=0x1110,
    class_triple=(0, 0, 0),
    configuration=1,
    interfaces=((3, 1, 2),),
)
MOUSE_OCTETS = (
    b"/sys/devices/pci0000:00/0000:00:1d.1/usb3/3-2".ljust(256, b"\0")
    + b"3-2".ljust(32, b"\0")
    + bytes.fromhex("00000003 00000002 00000001 046d c00e 1110 00 00 00 01 01 01")
)
IMPORTED = bytes.fromhex(IMPORT_1_1)


def requests(*chunks: bytes) -> list[Request]:
    decoder = Requests()
    return [request for chunk in chunks for request in decoder.feed(chunk)]


def test_the_transfers_of_the_document() -> None:
    assert requests(IMPORTED, DOCUMENTED_IN, DOCUMENTED_OUT) == [
        ReqImport("1-1"),
        CmdSubmit(0xD05, 0x1000F, Direction.IN, 1, 64),
        CmdSubmit(0xD06, 0x1000F, Direction.OUT, 1, 64, octets=PAYLOAD),
    ]
    assert decode_answer(DOCUMENTED_RETURN) == RetSubmit(0xD05, 0, 64)


def test_an_address_is_the_number_and_bit_7_for_in() -> None:
    assert CmdSubmit(1, 1, Direction.IN, 2, 64).address == 0x82
    assert CmdSubmit(1, 1, Direction.OUT, 2, 64).address == 0x02


@pytest.mark.parametrize(
    ("message", "octets"),
    [
        (ReqDevlist(), DEVLIST),
        (ReqImport("1-1"), IMPORT_1_1),
        (
            CmdSubmit(7, 0x10001, Direction.IN, 0, 18, bytes.fromhex("8006000100001200")),
            (
                "00000001 00000007 00010001 00000001 00000000 00000000"
                "00000012 00000000 00000000 00000000 80060001 00001200"
            ),
        ),
        (
            CmdSubmit(8, 0x10001, Direction.OUT, 2, 3, octets=b"abc"),
            (
                "00000001 00000008 00010001 00000000 00000002 00000000"
                "00000003 00000000 00000000 00000000 00000000 00000000 616263"
            ),
        ),
        (
            CmdUnlink(9, 0x10001, 7),
            "00000002 00000009 00010001 00000000 00000000 00000007" + "00" * 24,
        ),
        (
            RetSubmit(7, 0, 2, b"\x12\x01"),
            (
                "00000003 00000007 00000000 00000000 00000000 00000000"
                "00000002 00000000 00000000 00000000 00000000 00000000 1201"
            ),
        ),
        (
            RetSubmit(7, -32, 0, packets=-1),
            (
                "00000003 00000007 00000000 00000000 00000000 ffffffe0"
                "00000000 00000000 ffffffff 00000000 00000000 00000000"
            ),
        ),
        (
            RetUnlink(9, -104),
            "00000004 00000009 00000000 00000000 00000000 ffffff98" + "00" * 24,
        ),
    ],
)
def test_each_message_has_the_documents_octets(
    message: Request | RetSubmit | RetUnlink, octets: str
) -> None:
    assert message.encode() == bytes.fromhex(octets)


def test_answers_are_read_as_they_are_written() -> None:
    unlinked = "00000004 00000009 00000000 00000000 00000000 ffffff98" + "00" * 24
    assert decode_answer(bytes.fromhex(unlinked)) == RetUnlink(9, -104)


def test_a_device_is_312_octets_and_its_interfaces_stand_in_the_list_only() -> None:
    listed = bytes.fromhex("0111 0005 00000000 00000001") + MOUSE_OCTETS + b"\x03\x01\x02\x00"
    assert encode_devlist([MOUSE]) == listed
    assert encode_import(MOUSE) == bytes.fromhex("0111 0003 00000000") + MOUSE_OCTETS
    assert encode_import(None) == bytes.fromhex("0111 0003 00000001")
    assert encode_devlist([]) == bytes.fromhex("0111 0005 00000000 00000000")


def test_a_device_is_read_as_it_is_written() -> None:
    record, interfaces = decode_record(MOUSE_OCTETS)
    assert interfaces == 1
    assert (record.path, record.bus_id, record.devid) == (MOUSE.path, "3-2", 0x30002)
    assert (record.vendor, record.product, record.release) == (0x046D, 0xC00E, 0x1110)
    assert record.encode()[:-1] == MOUSE_OCTETS[:-1]


CONVERSATION = IMPORTED + DOCUMENTED_IN + DOCUMENTED_OUT + bytes.fromhex(unlink(3, 1))


@given(st.lists(st.integers(0, len(CONVERSATION)), max_size=8))
def test_any_split_gives_the_same_messages(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(CONVERSATION)]
    chunks = [CONVERSATION[a:b] for a, b in itertools.pairwise(edges)]
    assert requests(*chunks) == requests(CONVERSATION)


@given(st.binary(max_size=200))
def test_noise_is_malformed_or_waited_for(noise: bytes) -> None:
    for begun in (b"", IMPORTED):
        with contextlib.suppress(Malformed):
            requests(begun + noise)


@pytest.mark.parametrize(
    ("octets", "what", "offset"),
    [
        ("0100 8005 00000000", "version", 0),
        ("0111 8004 00000000", "operation code", 2),
        (DEVLIST + "00", "octets behind the only operation", 8),
        ("0111 8003 00000000 31ff" + "00" * 30, "string", 9),
        (IMPORT_1_1 + "00000005" + "00" * 44, "command", 40),
        (IMPORT_1_1 + submit(1, 2, 1, 0), "direction", 52),
        (IMPORT_1_1 + submit(1, IN, 16, 0), "endpoint", 56),
        (IMPORT_1_1 + submit(1, OUT, 2, 0x10001), "transfer buffer length", 64),
        (IMPORT_1_1 + submit(1, IN, 2, 0x80000000), "transfer buffer length", 64),
        (IMPORT_1_1 + submit(1, IN, 2, 64, packets=1), "isochronous transfer", 72),
    ],
)
def test_what_can_never_be_a_message(octets: str, what: str, offset: int) -> None:
    with pytest.raises(Malformed) as wrong:
        requests(bytes.fromhex(octets))
    assert (wrong.value.what, wrong.value.offset) == (what, offset)


def test_what_came_before_nonsense_is_not_lost() -> None:
    decoder = Requests()
    requests = decoder.feed(IMPORTED + bytes(48))
    assert next(requests) == ReqImport("1-1")
    with pytest.raises(Malformed):
        next(requests)


@pytest.mark.parametrize(
    ("octets", "what"),
    [("0100 0005 00000000", "version"), ("0111 0003 00000000", "operation code")],
)
def test_another_answer_than_the_expected_one(octets: str, what: str) -> None:
    with pytest.raises(Malformed) as wrong:
        decode_operation(bytes.fromhex(octets), Code.REP_DEVLIST)
    assert wrong.value.what == what


def test_a_server_cannot_announce_more_than_a_transfer_holds() -> None:
    too_much = "00000003 00000001 00000000 00000000 00000000 00000000 00010001" + "00" * 20
    with pytest.raises(Malformed, match="actual length"):
        decode_answer(bytes.fromhex(too_much))
    with pytest.raises(Malformed, match="command"):
        decode_answer(bytes(48))
