from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd_drivers.errors import Malformed
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.tlv import (
    TLV_DEPTH_MAX,
    Objects,
    Tlv,
    encode_length,
    encode_tlv,
    find,
    find_all,
    parse_tlv,
    take_length,
)
from tests.unit.drivers.zvt.strategies import tlv_objects


def test_the_container_of_the_registration_example() -> None:
    """zvt.md 14.1: 26 { 0A = 06 D3 }."""
    (allowed,) = parse_tlv(bytes.fromhex("26 04 0A 02 06 D3"))
    assert allowed.tag == 0x26
    assert allowed.objects == (Tlv(0x0A, b"\x06\xd3"),)
    assert Tlv.of(0x26, Tlv(0x0A, b"\x06\xd3")).encode() == bytes.fromhex("26 04 0A 02 06 D3")


@pytest.mark.parametrize(
    ("length", "octets"),
    [(0, "00"), (0x7F, "7F"), (0x80, "81 80"), (0xFF, "81 FF"), (0x100, "82 01 00"),
     (1117, "82 04 5D"), (0xFFFF, "82 FF FF")],
)  # fmt: skip
def test_lengths_are_ber_high_byte_first(length: int, octets: str) -> None:
    """zvt.md 5.3; 1117 is the example of 4."""
    assert encode_length(length) == bytes.fromhex(octets)
    assert take_length(Cursor(bytes.fromhex(octets))) == length


@pytest.mark.parametrize("octets", ["81 05", "82 00 05"])
def test_longer_forms_than_needed_are_read(octets: str) -> None:
    assert take_length(Cursor(bytes.fromhex(octets))) == 5


@pytest.mark.parametrize("octets", ["80", "83 00 00 05", "FF", "81", "82 01", ""])
def test_other_lengths_are_malformed(octets: str) -> None:
    """zvt.md 5.3: 80 invalid, 83..FF reserved."""
    with pytest.raises(Malformed):
        take_length(Cursor(bytes.fromhex(octets)))


@pytest.mark.parametrize(
    ("octets", "tag"),
    [
        ("07 00", 0x07),
        ("1F 07 00", 0x1F07),
        ("1F 10 00", 0x1F10),
        ("1F 84 00 00", 0x1F8400),  # bit 8 of the second octet: another follows
        ("FF 40 00", 0xFF40),
        ("1F 80 02 41 42", 0x1F80),  # against the tag rule
        ("1F 83 00", 0x1F83),
        ("1F 80 05 01 41", 0x1F8005),  # 05 is no length that fits: the rule holds
        ("00 00", 0x00),
    ],
)
def test_tags(octets: str, tag: int) -> None:
    """zvt.md 5.3."""
    (item,) = parse_tlv(bytes.fromhex(octets))
    assert item.tag == tag
    assert item.encode() == bytes.fromhex(octets)


@pytest.mark.parametrize(
    ("octets", "offset"),
    [
        ("07", 11),
        ("07 02 41", 12),
        ("1F", 11),
        ("1F 84", 12),
        ("1F 84 84 84 00", 10),
        ("1F 80 80", 10),
        ("09 01 FF 07 80", 14),
    ],
)
def test_what_is_cut_off_is_malformed_where_it_stands(octets: str, offset: int) -> None:
    with pytest.raises(Malformed) as caught:
        parse_tlv(bytes.fromhex(octets), origin=10)
    assert caught.value.offset == offset


def test_a_constructed_tag_may_hold_raw_octets() -> None:
    """zvt.md 5.3: Feig FF40."""
    (item,) = parse_tlv(bytes.fromhex("FF 40 03 1F 84 84"))
    assert item.objects == ()
    assert item.encode() == bytes.fromhex("FF 40 03 1F 84 84")


def test_a_primitive_tag_holds_no_objects() -> None:
    assert Tlv(0x07, bytes.fromhex("09 01 FF")).objects == ()


def test_the_same_tag_may_repeat() -> None:
    items = parse_tlv(bytes.fromhex("07 01 41 07 01 42"))
    assert items == (Tlv(0x07, b"A"), Tlv(0x07, b"B"))


def test_find_follows_a_path_of_tags() -> None:
    items = parse_tlv(bytes.fromhex("60 02 42 00 2F 04 1F 12 01 02 60 04 43 02 A0 00"))
    assert find(items, 0x2F, 0x1F12) == b"\x02"
    assert find(items, 0x60, 0x43) == b"\xa0\x00"
    assert find(items, 0x60, 0x44) is None
    assert find(items, 0x1F12) is None


def test_find_all_follows_every_branch_in_order() -> None:
    items = parse_tlv(bytes.fromhex("24 03 07 01 41 09 01 00 24 06 07 01 42 07 01 43"))
    assert [*find_all(items, 0x24, 0x07)] == [b"A", b"B", b"C"]
    assert [*find_all(items, 0x24)] == [b"\x07\x01A", b"\x07\x01B\x07\x01C"]
    assert [*find_all(items, 0x07)] == []


def test_card_data_is_masked_at_any_depth() -> None:
    """zvt.md 5.1: 1F08 is track 1; the lines of a receipt may show a card number."""
    track = Tlv(0x1F08, b"B4111111111111111^X")
    line = Tlv(0x07, b"Karte 4111111111111111")
    octets = encode_tlv((track, Tlv.of(0x25, Tlv.of(0x60, track), line), line))
    masked = parse_tlv(octets)
    blanked = Tlv(0x1F08, b"*" * 19)
    shown = Tlv(0x07, b"Karte ************1111")
    assert masked == (blanked, Tlv.of(0x25, Tlv.of(0x60, blanked), shown), shown)


def test_card_numbers_in_raw_octets_of_a_constructed_tag_are_masked() -> None:
    (item,) = parse_tlv(Tlv(0xFF40, b"\x07\x7f4111111111111111").encode())
    assert item.value == b"\x07\x7f************1111"


def test_objects_in_objects_without_end_are_octets_from_a_depth_on() -> None:
    octets = b""
    for _ in range(13_000):
        octets = Tlv(0x24, octets).encode()
    (item,) = parse_tlv(octets)
    for _ in range(TLV_DEPTH_MAX):
        (item,) = item.objects
    assert item.tag == 0x24


@pytest.mark.parametrize(("depth", "hidden"), [(TLV_DEPTH_MAX, True), (TLV_DEPTH_MAX + 1, False)])
def test_how_deep_objects_are_read(depth: int, *, hidden: bool) -> None:
    item = Tlv(0x1F08, b"track one")
    for _ in range(depth):
        item = Tlv.of(0x24, item)
    (masked,) = parse_tlv(item.encode())
    assert (b"track one" not in masked.value) is hidden


@given(tlv_objects())
def test_decoding_what_was_encoded_gives_it_back(objects: Objects) -> None:
    assert parse_tlv(encode_tlv(objects)) == objects


@given(st.binary(max_size=60))
def test_noise_is_objects_or_malformed(octets: bytes) -> None:
    with suppress(Malformed):
        items = parse_tlv(octets)
        assert parse_tlv(encode_tlv(items)) == items
