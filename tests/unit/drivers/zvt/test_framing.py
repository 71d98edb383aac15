import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd_drivers.zvt.apdu import APDU_BYTES_MAX
from posd_drivers.zvt.framing import (
    Ack,
    Broken,
    Frame,
    FrameDecoder,
    FrameEvent,
    Nak,
    encode_frame,
)
from tests.unit.drivers.zvt.strategies import cut_up, cuts

REGISTRATION = "06 00 10 00 00 00 BE 09 78 03 01 06 06 26 04 0A 02 06 D3"
AUTHORISATION = "06 01 0A 04 00 00 00 00 12 50 49 09 78"

# APDU, its frame on the wire. zvt.md 2.3, 14.1, 14.2, 14.5.
WORKED = [
    ("80 00 00", "10 02 80 00 00 10 03 F5 1F"),
    (
        REGISTRATION,
        "10 02 06 00 10 10 00 00 00 BE 09 78 03 01 06 06 26 04 0A 02 06 D3 10 03 D7 DE",
    ),
    (
        "06 0F 0A 19 00 29 12 34 56 78 49 09 78",
        "10 02 06 0F 0A 19 00 29 12 34 56 78 49 09 78 10 03 57 EF",
    ),
    (AUTHORISATION, "10 02 06 01 0A 04 00 00 00 00 12 50 49 09 78 10 03 13 1D"),
    ("06 B0 00", "10 02 06 B0 00 10 03 43 F3"),
]

# Amounts whose CRC bytes look like something else. zvt.md 2.2.
RAW_CRC = [
    ("06 01 07 04 00 00 00 09 27 39", "10 03"),
    ("06 01 07 04 00 00 00 02 97 92", "10 02"),
    ("06 01 07 04 00 00 00 04 46 83", "10 10"),
    ("06 01 07 04 00 00 00 01 74 28", "06 06"),
]

SOLID = st.binary(max_size=300)


def one_by_one(decoder: FrameDecoder, octets: bytes) -> list[FrameEvent]:
    return [event for octet in octets for event in decoder.feed(bytes([octet]))]


@pytest.mark.parametrize(("apdu", "wire"), WORKED)
def test_worked_frames(apdu: str, wire: str) -> None:
    assert encode_frame(bytes.fromhex(apdu)) == bytes.fromhex(wire)
    assert FrameDecoder().feed(bytes.fromhex(wire)) == [Frame(bytes.fromhex(apdu))]
    assert one_by_one(FrameDecoder(), bytes.fromhex(wire)) == [Frame(bytes.fromhex(apdu))]


@pytest.mark.parametrize(("apdu", "crc"), RAW_CRC)
def test_the_crc_is_raw_whatever_it_looks_like(apdu: str, crc: str) -> None:
    """In one read and byte by byte, with the acknowledgement of the other side glued on."""
    wire = bytes.fromhex(f"10 02 {apdu} 10 03 {crc}")
    assert encode_frame(bytes.fromhex(apdu)) == wire
    for events in (FrameDecoder().feed(wire + b"\x06"), one_by_one(FrameDecoder(), wire + b"\x06")):
        assert events == [Frame(bytes.fromhex(apdu)), Ack()]


def test_a_length_byte_of_10_is_doubled_and_counts_undoubled_bytes() -> None:
    """zvt.md 2.2, with a text that is all DLE."""
    apdu = bytes.fromhex("06 D1 10") + b"\x10" * 16
    wire = encode_frame(apdu)
    assert wire.startswith(bytes.fromhex("10 02 06 D1 10 10 10 10"))
    assert len(wire) == 2 + 2 + 2 * 17 + 2 + 2
    assert FrameDecoder().feed(wire) == [Frame(apdu)]


def test_text_may_contain_dle_etx() -> None:
    apdu = bytes.fromhex("06 D1 05 00 41 10 03 42")
    assert bytes.fromhex("41 10 10 03 42") in encode_frame(apdu)
    assert FrameDecoder().feed(encode_frame(apdu)) == [Frame(apdu)]


def test_noise_in_front_of_a_frame_is_skipped() -> None:
    """zvt.md 2.4."""
    wire = bytes.fromhex("00 FF 10 41 10 10 02 80 00 00 10 03 F5 1F")
    assert FrameDecoder().feed(wire) == [Frame(b"\x80\x00\x00")]


def test_a_dle_begins_a_frame_only_with_stx_behind_it() -> None:
    """zvt.md 2.6: GOT_DLE stays for another DLE, any other octet leads back to IDLE."""
    rest = bytes.fromhex("80 00 00 10 03 F5 1F")
    assert FrameDecoder().feed(b"\x10\x10\x02" + rest) == [Frame(b"\x80\x00\x00")]
    assert FrameDecoder().feed(b"\x10\x41\x02" + rest) == []


def test_an_acknowledgement_may_share_a_read_with_the_next_frame() -> None:
    """zvt.md 2.6: parse a byte stream, not reads."""
    wire = bytes.fromhex("06 10 02 80 00 00 10 03 F5 1F 15")
    assert FrameDecoder().feed(wire) == [Ack(), Frame(b"\x80\x00\x00"), Nak()]


def test_a_wrong_crc_is_broken_and_the_next_frame_is_heard() -> None:
    good = bytes.fromhex("10 02 80 00 00 10 03 F5 1F")
    for place in (2, 3, 4, 7, 8):
        bad = bytearray(good)
        bad[place] ^= 0x40
        decoder = FrameDecoder()
        assert decoder.feed(bytes(bad) + good) == [Broken(), Frame(b"\x80\x00\x00")]
        assert not decoder.in_frame


def test_a_frame_that_starts_inside_another_replaces_it() -> None:
    """zvt.md 2.6, "tolerant"."""
    wire = bytes.fromhex("10 02 06 0F 10 02 80 00 00 10 03 F5 1F")
    assert FrameDecoder().feed(wire) == [Frame(b"\x80\x00\x00")]


def test_a_dle_followed_by_nonsense_waits_for_quiet() -> None:
    """zvt.md 2.6: broken, wait for T1 quiet, send 15, IDLE."""
    decoder = FrameDecoder()
    assert decoder.feed(bytes.fromhex("10 02 06 0F 10 41 06 15 00 10 03 11 22")) == []
    assert decoder.in_frame
    assert decoder.quiet() == Broken()
    assert decoder.feed(bytes.fromhex("10 02 80 00 00 10 03 F5 1F")) == [Frame(b"\x80\x00\x00")]


@pytest.mark.parametrize("half", ["10", "10 02", "10 02 06", "10 02 80 00 00 10", "10 02 80 10 03"])
def test_quiet_drops_a_half_frame(half: str) -> None:
    decoder = FrameDecoder()
    decoder.feed(bytes.fromhex(half))
    assert decoder.in_frame
    assert decoder.quiet() == Broken()
    assert decoder.feed(bytes.fromhex("06")) == [Ack()]


def test_quiet_outside_a_frame_is_nothing() -> None:
    decoder = FrameDecoder()
    assert not decoder.in_frame
    assert decoder.quiet() is None


def test_a_frame_longer_than_any_apdu_is_broken() -> None:
    decoder = FrameDecoder()
    decoder.feed(b"\x10\x02")
    for _ in range(20):
        assert decoder.feed(bytes(4096)) == []
        assert len(decoder._apdu) <= APDU_BYTES_MAX
    assert decoder.feed(b"\x10\x10" * 4096) == []
    assert decoder.quiet() == Broken()


def test_the_largest_apdu_fits() -> None:
    apdu = b"\x10" * APDU_BYTES_MAX
    assert FrameDecoder().feed(encode_frame(apdu)) == [Frame(apdu)]


def test_the_apdu_is_never_printed() -> None:
    assert repr(Frame(b"4111111111111111")) == "Frame(16 bytes)"


@given(st.lists(SOLID, max_size=4), cuts())
def test_any_split_gives_the_same_frames(apdus: list[bytes], places: list[int]) -> None:
    decoder = FrameDecoder()
    wire = b"".join(encode_frame(apdu) for apdu in apdus)
    events = [event for piece in cut_up(wire, places) for event in decoder.feed(piece)]
    assert events == [Frame(apdu) for apdu in apdus]
    assert not decoder.in_frame


@given(st.binary(max_size=200), SOLID)
def test_after_noise_and_quiet_a_frame_is_heard(noise: bytes, apdu: bytes) -> None:
    decoder = FrameDecoder()
    decoder.feed(noise)
    decoder.quiet()
    assert decoder.feed(encode_frame(apdu)) == [Frame(apdu)]
