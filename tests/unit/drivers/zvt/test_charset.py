import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd_drivers.zvt.charset import TAG_14, Charset, decode_text


@pytest.mark.parametrize(
    ("charset", "octets"),
    [
        (Charset.CP437, "8E 99 9A 84 94 81 E1"),
        (Charset.ISO_8859_1, "C4 D6 DC E4 F6 FC DF"),
        (Charset.ISO_8859_2, "C4 D6 DC E4 F6 FC DF"),
        (Charset.UTF_8, "C3 84 C3 96 C3 9C C3 A4 C3 B6 C3 BC C3 9F"),
        (Charset.ZVT_7_BIT, "5B 5C 5D 7B 7C 7D 7E"),
    ],
)
def test_the_umlauts_in_each_set(charset: Charset, octets: str) -> None:
    """zvt.md 5.1 for the 7-bit set, 5.4 for the others."""
    assert decode_text(bytes.fromhex(octets), charset) == "ÄÖÜäöüß"


def test_cp437_is_the_set_unless_told_otherwise() -> None:
    assert decode_text(b"\x81ber") == "über"


def test_tag_14_names_sets() -> None:
    assert TAG_14[0x00] is Charset.ASCII
    assert TAG_14[0x02] is Charset.ISO_8859_2
    assert TAG_14[0xFE] is Charset.UTF_8
    assert TAG_14[0xFF] is Charset.CP437
    assert 0x0C not in TAG_14


def test_what_a_set_lacks_is_replaced() -> None:
    assert decode_text(b"\xff5", Charset.ASCII) == "\ufffd5"


@given(st.binary(), st.sampled_from(Charset))
def test_no_octets_make_it_raise(octets: bytes, charset: Charset) -> None:
    assert len(decode_text(octets, charset)) <= len(octets)
