from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import APDU_BYTES_MAX, CONTROL_CLASSES, Apdu, ApduStream, decode_apdu
from tests.unit.drivers.zvt.strategies import cut_up, cuts

CONTROLS = st.builds(
    lambda first, second: first << 8 | second,
    st.sampled_from(sorted(CONTROL_CLASSES)),
    st.integers(0, 0xFF),
)
APDUS = st.builds(Apdu, CONTROLS, st.binary(max_size=600))


def test_registration_of_the_first_message_flow() -> None:
    """zvt.md 14.1."""
    octets = bytes.fromhex("06 00 10 00 00 00 BE 09 78 03 01 06 06 26 04 0A 02 06 D3")
    apdu = decode_apdu(octets)
    assert apdu.control == 0x0600
    assert apdu.body == bytes.fromhex("00 00 00 BE 09 78 03 01 06 06 26 04 0A 02 06 D3")
    assert apdu.encode() == octets


@pytest.mark.parametrize(
    ("bytes_of_body", "header"),
    [
        (0, "06 D3 00"),
        (0x10, "06 D3 10"),
        (254, "06 D3 FE"),
        (255, "06 D3 FF FF 00"),
        (1121, "06 D3 FF 61 04"),
        (0xFFFF, "06 D3 FF FF FF"),
    ],
)
def test_length_is_one_byte_up_to_fe_then_ff_low_high(bytes_of_body: int, header: str) -> None:
    """zvt.md 4; 1121 bytes as FF 61 04 is its example."""
    octets = bytes.fromhex(header) + bytes(bytes_of_body)
    assert Apdu(0x06D3, bytes(bytes_of_body)).encode() == octets
    assert decode_apdu(octets) == Apdu(0x06D3, bytes(bytes_of_body))


def test_the_extended_length_is_accepted_for_short_bodies() -> None:
    """zvt.md 4."""
    assert decode_apdu(bytes.fromhex("06 1E FF 01 00 6C")) == Apdu(0x061E, b"\x6c")
    assert ApduStream().feed(bytes.fromhex("06 1E FF 01 00 6C")) == [Apdu(0x061E, b"\x6c")]


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ("", "apdu header"),
        ("80", "apdu header"),
        ("80 00", "apdu header"),
        ("06 D3 FF 01", "apdu header"),
        ("80 00 01", "apdu length"),
        ("80 00 00 00", "apdu length"),
        ("06 D3 FF 02 00 41", "apdu length"),
    ],
)
def test_a_length_that_lies_is_malformed(octets: str, what: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode_apdu(bytes.fromhex(octets))
    assert caught.value.what == what


def test_the_body_is_never_printed() -> None:
    assert repr(Apdu(0x040F, b"4111111111111111")) == "Apdu(0x040f, 16 bytes)"


@given(APDUS)
def test_decoding_what_was_encoded_gives_it_back(apdu: Apdu) -> None:
    assert decode_apdu(apdu.encode()) == apdu


@given(st.binary(max_size=40))
def test_noise_decodes_or_is_malformed(octets: bytes) -> None:
    with suppress(Malformed):
        assert decode_apdu(octets).encode()[:2] == octets[:2]


@given(st.lists(APDUS, max_size=5), cuts())
def test_any_split_gives_the_same_apdus(sent: list[Apdu], places: list[int]) -> None:
    stream = ApduStream()
    octets = b"".join(apdu.encode() for apdu in sent)
    received = [apdu for piece in cut_up(octets, places) for apdu in stream.feed(piece)]
    assert received == sent
    assert not stream.in_apdu


@pytest.mark.parametrize("piece_bytes", [1, 2, 7])
def test_several_apdus_in_small_pieces(piece_bytes: int) -> None:
    octets = bytes.fromhex("04 FF 01 0A 06 0F 00 06 D3 FF 04 01") + bytes(260)
    stream = ApduStream()
    received: list[Apdu] = []
    for start in range(0, len(octets), piece_bytes):
        received += stream.feed(octets[start : start + piece_bytes])
    assert [apdu.control for apdu in received] == [0x04FF, 0x060F, 0x06D3]


def test_an_unfinished_apdu_waits() -> None:
    stream = ApduStream()
    assert stream.feed(bytes.fromhex("06 0F")) == []
    assert stream.in_apdu
    assert stream.feed(b"\x00") == [Apdu(0x060F)]
    assert not stream.in_apdu


def test_nonsense_where_a_control_field_must_stand_is_malformed() -> None:
    """zvt.md 3: one wrong length desynchronises for good."""
    with pytest.raises(Malformed) as caught:
        ApduStream().feed(b"HTTP/1.1")
    assert (caught.value.what, caught.value.offset) == ("control field", 0)


def test_what_was_whole_before_the_nonsense_is_delivered_first() -> None:
    stream = ApduStream()
    assert stream.feed(bytes.fromhex("06 0F 00 55 55")) == [Apdu(0x060F)]
    for octets in (b"", b"\x06\x0f\x00"):
        with pytest.raises(Malformed) as caught:
            stream.feed(octets)
        assert caught.value.offset == 3


def test_the_largest_apdu_is_all_the_stream_ever_holds() -> None:
    stream = ApduStream()
    octets = Apdu(0x06D3, bytes(0xFFFF)).encode()
    assert len(octets) == APDU_BYTES_MAX
    for start in range(0, len(octets) - 1, 4096):
        assert stream.feed(octets[start : min(start + 4096, len(octets) - 1)]) == []
        assert len(stream._unfinished) < APDU_BYTES_MAX
    assert len(stream.feed(octets[-1:])) == 1
    assert len(stream._unfinished) == 0
