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


@pytest.mark.parametrize(
    ("number", "octets", "text"),
    [
        (0x00, "41 7B", "A{"),
        (0x01, "E4", "ä"),
        (0x02, "B1", "ą"),
        (0x03, "A1", "Ħ"),
        (0x04, "A2", "ĸ"),
        (0x05, "D6", "ж"),
        (0x06, "C8", "ب"),
        (0x07, "F9", "ω"),
        (0x08, "E0", "א"),
        (0x09, "F0", "ğ"),
        (0x0A, "A2", "Ē"),
        (0x0B, "A1", "ก"),
        (0x0D, "E0", "ą"),
        (0x0E, "A1", "Ḃ"),
        (0x0F, "A4", "€"),
        (0x10, "AA", "Ș"),
        (0xFE, "E2 82 AC", "€"),
        (0xFF, "8E", "Ä"),
    ],
)
def test_tag_14_names_sets(number: int, octets: str, text: str) -> None:
    """zvt.md 5.4; the octets are of the code pages of ISO 8859 and of Unicode."""
    assert decode_text(bytes.fromhex(octets), TAG_14[number]) == text


def test_tag_14_names_nothing_else() -> None:
    """ISO 8859-12 does not exist; ZVT's own 7-bit set has no number."""
    assert set(TAG_14) == {*range(0x11), 0xFE, 0xFF} - {0x0C}
    assert set(Charset) - set(TAG_14.values()) == {Charset.ZVT_7_BIT}


def test_what_a_set_lacks_is_replaced() -> None:
    assert decode_text(b"\xff5", Charset.ASCII) == "\ufffd5"


@given(st.binary(), st.sampled_from(Charset))
def test_no_octets_make_it_raise(octets: bytes, charset: Charset) -> None:
    assert len(decode_text(octets, charset)) <= len(octets)
