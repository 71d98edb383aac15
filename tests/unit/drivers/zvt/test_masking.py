import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd_drivers.zvt.masking import MaskedPan, blank, mask_pan, mask_text

DIGITS = st.text("0123456789", min_size=13, max_size=19)


@pytest.mark.parametrize(
    ("bmp_22", "pan"),
    [
        ("41 11 11 11 11 11 11 11", MaskedPan("1111", 16)),
        ("6304 0000 0000 0000 000F", MaskedPan("0000", 19)),  # odd count: F fills
        ("EE EE EE EE EE EE 47 71", MaskedPan("4771", 16)),  # E: masked by the terminal
        ("47 48 43 EE EE EE 77 43", MaskedPan("7743", 16)),
        ("54 13 EE EE", MaskedPan(None, 8)),
        ("67 26 12 34 5D 25 12 20", MaskedPan("2345", 9)),  # D: track-like, the rest is dropped
        ("12 34 56 78", MaskedPan("5678", 8)),
        ("12 34 56 7F", MaskedPan(None, 7)),  # too short to show four of it
        ("", MaskedPan(None, 0)),
    ],
)
def test_of_a_card_number_the_last_four_digits_stay(bmp_22: str, pan: MaskedPan) -> None:
    """zvt.md 5.1: nibbles, E masked, D separator, F filler."""
    assert mask_pan(bytes.fromhex(bmp_22)) == pan


def test_a_masked_number_prints_and_encodes_masked() -> None:
    pan = mask_pan(bytes.fromhex("37 82 82 24 63 10 00 5F"))
    assert str(pan) == "***********0005"
    assert repr(pan) == "MaskedPan('***********0005')"
    assert pan.encode() == bytes.fromhex("EE EE EE EE EE E0 00 5F")


@given(DIGITS)
def test_nothing_else_of_the_number_survives(number: str) -> None:
    octets = bytes.fromhex(number + "f" * (len(number) % 2))
    pan = mask_pan(octets)
    assert pan == MaskedPan(number[-4:], len(number))
    assert pan.encode().hex().rstrip("f") == "e" * (len(number) - 4) + number[-4:]
    assert mask_pan(pan.encode()) == pan


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (b"4111111111111111", b"************1111"),
        (b"Kartennr. 4111111111111111 gueltig", b"Kartennr. ************1111 gueltig"),
        (b"PAN:378282246310005.", b"PAN:***********0005."),
        (b"4222222222222", b"*********2222"),
        (b"6304000000000000000", b"***************0000"),
        (b"4111 1111 1111 1111", b"**** **** **** 1111"),
        (b"4111-1111-1111-1111", b"****-****-****-1111"),
        (b"4111.1111.1111.1111", b"****.****.****.1111"),
        (b"3782 822463 10005", b"**** ****** *0005"),
        (b"4111 1111 1111 1111 1225", b"**** **** **** 1111 1225"),
        (b"0017 4111 1111 1111 1111", b"0017 **** **** **** 1111"),
        (b"6304 0000 0000 0000 000", b"**** **** **** ***0 000"),
        (b"4222 2222 2222 2", b"**** **** *222 2"),
        (b"4111111111111111\r4111111111111111", b"************1111\r************1111"),
    ],
)
def test_card_numbers_in_a_text_are_masked(text: bytes, masked: bytes) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        b"4111111111111112",  # wrong check digit
        b"VU-Nummer 455600000599",  # 12 digits
        b"41111111111111111111",  # 20 digits
        b"xxxxxxxxxxxx7743",
        b"29.06.2019 12:54:45",
        b"4111 1111 1111 1112",
        b"",
    ],
)
def test_other_texts_stay_as_they_are(text: bytes) -> None:
    assert mask_text(text) == text


@given(DIGITS.filter(lambda number: number[0] != "0"), st.text("ab ", max_size=5))
def test_masking_keeps_the_length_and_is_done_once(number: str, around: str) -> None:
    text = f"{around}{number}{around}".encode()
    masked = mask_text(text)
    assert len(masked) == len(text)
    assert mask_text(masked) == masked
    assert masked in (text, text.replace(number[:-4].encode(), b"*" * (len(number) - 4)))


def test_blank_leaves_the_length() -> None:
    assert blank(b"secret") == b"******"
