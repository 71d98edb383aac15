"""Golden APDUs, before and after: what a capture gives away is gone, and every octet has its place.

The card number 4111 1111 1111 1111 and the terminal id 5252 3535 stand for real ones.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd_drivers.zvt.capture import Identities, Speaker, Spoken, identities_of, rewritten
from posd_drivers.zvt.tlv import TLV_DEPTH_MAX

NOBODY = Identities()
SALE, ENQUIRY, REGISTRATION = 0x0601, 0x0501, 0x0600


def shown(octets: str, pending: int = SALE, known: Identities = NOBODY) -> str:
    spoken = Spoken(Speaker.PT, bytes.fromhex(octets), pending)
    return rewritten(spoken, known).apdu.hex(" ").upper()


@pytest.mark.parametrize(
    ("real", "kept"),
    [
        pytest.param(
            "06 00 10 12 34 56 BE 09 78 03 01 06 06 26 04 0A 02 06 D3",
            "06 00 10 00 00 00 BE 09 78 03 01 06 06 26 04 0A 02 06 D3",
            id="the password of a registration",
        ),
        pytest.param(
            "06 31 0D 12 34 56 04 00 00 00 00 12 50 49 09 78",
            "06 31 0D 00 00 00 04 00 00 00 00 12 50 49 09 78",
            id="the password of a refund",
        ),
        pytest.param(
            "06 95 06 12 34 56 65 43 21",
            "06 95 06 00 00 00 00 00 00",
            id="the old password and the new one",
        ),
        pytest.param(
            "04 0F 0D 27 00 22 F0 F8 41 11 11 11 11 11 11 11",
            "04 0F 0D 27 00 22 F0 F8 EE EE EE EE EE EE 11 11",
            id="BMP 22: a card number in the clear",
        ),
        pytest.param(
            "04 0F 0D 27 00 22 F0 F8 37 82 82 24 63 10 00 5F",
            "04 0F 0D 27 00 22 F0 F8 EE EE EE EE EE E0 00 5F",
            id="BMP 22: an odd number of digits",
        ),
        pytest.param(
            "04 0F 0D 27 00 22 F0 F8 EE EE EE EE EE EE 45 67",
            "04 0F 0D 27 00 22 F0 F8 EE EE EE EE EE EE 45 67",
            id="BMP 22: the terminal had masked it",
        ),
        pytest.param(
            "04 0F 0F 27 00 22 F1 F0 41 11 11 11 11 11 11 11 D2 51",
            "04 0F 0F 27 00 22 F1 F0 EE EE EE EE EE EE 11 11 DE EE",
            id="BMP 22: what follows the separator goes too",
        ),
        pytest.param(
            "04 0F 12 23 F1 F3 41 11 11 11 11 11 11 11 D2 51 22 01 12 27 00",
            "04 0F 12 23 F1 F3 2A 2A 2A 2A 2A 2A 2A 2A 2A 2A 2A 2A 2A 27 00",
            id="BMP 23: track 2",
        ),
        pytest.param(
            "04 0F 09 24 F0 F0 F3 59 41 11 27 00",
            "04 0F 09 24 F0 F0 F3 2A 2A 2A 27 00",
            id="BMP 24: track 3",
        ),
        pytest.param(
            "04 0F 08 2D F0 F3 42 34 31 27 00",
            "04 0F 08 2D F0 F3 2A 2A 2A 27 00",
            id="BMP 2D: track 1",
        ),
        pytest.param(
            "04 0F 08 2E F0 F0 F2 12 34 27 00",
            "04 0F 08 2E F0 F0 F2 2A 2A 27 00",
            id="BMP 2E: a chip's octets",
        ),
        pytest.param(
            "04 0F 07 27 00 29 52 52 35 35",
            "04 0F 07 27 00 29 99 99 99 99",
            id="BMP 29: the terminal id",
        ),
        pytest.param(
            "04 0F 10 2A 34 35 35 36 30 30 30 30 31 20 20 20 20 20 20",
            "04 0F 10 2A 39 39 39 39 39 39 39 39 39 20 20 20 20 20 20",
            id="BMP 2A: the contract number",
        ),
        pytest.param(
            "04 0F 0F 06 0D 1F 08 03 42 34 31 4D 02 12 34 43 01 A0",
            "04 0F 0F 06 0D 1F 08 03 2A 2A 2A 4D 02 2A 2A 43 01 A0",
            id="tags 1F08 and 4D; the AID stays",
        ),
        pytest.param(
            "04 0F 0B 06 09 60 07 43 01 A0 1F 46 01 55",
            "04 0F 0B 06 09 60 07 43 01 A0 1F 46 01 2A",
            id="a tag inside of another",
        ),
        pytest.param(
            "04 0F 06 06 04 DF 7A 01 55",
            "04 0F 06 06 04 DF 7A 01 2A",
            id="a tag that nobody knows",
        ),
        pytest.param(
            "06 D1 16 00 4B 61 72 74 65 34 31 31 31 31 31 31 31 31 31 31 31 31 31 31 31",
            "06 D1 16 00 4B 61 72 74 65 2A 2A 2A 2A 2A 2A 2A 2A 2A 2A 2A 2A 31 31 31 31",
            id="a card number in a printed line",
        ),
        pytest.param(
            "06 D3 19 06 17 25 15 07 10 34 31 31 31 31 31 31 31 31 31 31 31 31 31 31 31 09 01 81",
            "06 D3 19 06 17 25 15 07 10 2A 2A 2A 2A 2A 2A 2A 2A 2A 2A 2A 2A 31 31 31 31 09 01 81",
            id="a card number in a printed block",
        ),
    ],
)
def test_what_gives_somebody_away_is_rewritten_in_its_place(real: str, kept: str) -> None:
    assert shown(real) == kept


def test_what_lies_deeper_than_anybody_looks_is_not_shown() -> None:
    nested = bytes.fromhex("4D 02 12 34")
    for _ in range(TLV_DEPTH_MAX + 2):
        nested = bytes([0x60, len(nested)]) + nested
    body = bytes([0x06, len(nested)]) + nested
    assert "12 34" not in shown((bytes([0x04, 0x0F, len(body)]) + body).hex())


@pytest.mark.parametrize(
    ("real", "kept", "lost"),
    [
        # BMP 3E is in no table: its length is unknown, so that all that follows may be anything.
        ("04 0F 09 27 00 3E 41 11 11 11 11 11", "04 0F 09 27 00 2A 2A 2A 2A 2A 2A 2A", 7),
        ("04 0F 08 27 00 23 F0 F9 41 11 11", "04 0F 08 27 00 2A 2A 2A 2A 2A 2A", 6),  # cut short
        ("04 0F 07 06 05 60 04 41 11 11", "04 0F 07 06 05 2A 2A 2A 2A 2A", 5),  # a length too long
        ("04 0F 02 41 11 11", "04 0F 2A 2A 2A 2A", 4),  # the length of the APDU is wrong
        ("04", "04", 0),
    ],
)
def test_what_nobody_can_read_is_blanked_and_counted(real: str, kept: str, lost: int) -> None:
    told = rewritten(Spoken(Speaker.PT, bytes.fromhex(real), SALE), NOBODY)
    assert (told.apdu, told.lost) == (bytes.fromhex(kept), lost)


@pytest.mark.parametrize(
    "octets",
    [
        "80 00 00",
        "84 9C 00",
        "84 1E 03 6F 09 78",
        "06 01 0A 04 00 00 00 00 12 50 49 09 78",
        "04 FF 02 0A 01",
        "04 FF 09 17 06 06 1F 73 03 00 00 01",
        "06 1E 01 6C",
        "06 1E 03 6F 09 78",
        "06 B0 00",
        "06 0F 00",
        "04 0F 14 27 00 04 00 00 00 00 12 50 0B 00 01 23 0C 14 30 12 0E 25 12",
        "06 D1 06 40 44 61 6E 6B 65",
        "FF",
    ],
)
def test_what_gives_nobody_away_stays(octets: str) -> None:
    assert shown(octets) == octets


def test_a_version_and_a_terminal_status_are_told_apart() -> None:
    """06 0F after 05 01: LLLVAR, status, container (zvt.md 8.3)."""
    real = "06 0F 0F F0 F0 F2 56 31 00 06 07 1F 44 04 52 52 35 35"
    kept = "06 0F 0F F0 F0 F2 56 31 00 06 07 1F 44 04 99 99 99 99"
    assert shown(real, ENQUIRY) == kept
    assert shown("06 0F 01 DC", ENQUIRY) == "06 0F 01 DC"


RECEIPT = (
    "06 D1 1C 00 54 49 44 20 35 32 35 32 33 35 33 35"  # TID 52523535
    " 20 56 55 20 34 35 35 36 30 30 30 30 31 20 21"  # VU 455600001 !
)
STATUS = (
    "04 0F 22 27 00 29 52 52 35 35 22 F0 F8 41 11 11 11 11 11 11 11"
    " 2A 34 35 35 36 30 30 30 30 31 20 20 20 20 20 20"
)


def test_identities_are_found_in_texts_once_a_field_has_told_them() -> None:
    spoken = [Spoken(Speaker.PT, bytes.fromhex(octets), SALE) for octets in (RECEIPT, STATUS)]
    known = identities_of(spoken)
    assert known == Identities(
        frozenset({"4111111111111111"}), frozenset({"52523535", "455600001"})
    )
    line = rewritten(spoken[0], known).apdu
    assert line[4:] == b"TID 99999999 VU 999999999 !"


@pytest.mark.parametrize("separator", ["", " ", "-", ".", "  "])
def test_a_card_number_that_is_known_is_found_in_texts_however_it_is_grouped(
    separator: str,
) -> None:
    known = Identities(frozenset({"1234567812345678"}))  # no check digit
    line = separator.join(("1234", "5678", "1234", "5678")).encode()
    octets = b"\x06\xd1" + bytes([len(line) + 1]) + b"\x00" + line
    told = rewritten(Spoken(Speaker.PT, octets, SALE), known).apdu
    assert told[4:].replace(separator.encode(), b"") == b"************5678"


@pytest.mark.parametrize("separator", ["", " ", "-", ".", "  ", " -"])
@pytest.mark.parametrize("number", ["4222222222222", "378282246310005", "6304000000000000000"])
def test_a_card_number_that_nobody_knows_is_found_in_texts_however_it_is_grouped(
    number: str, separator: str
) -> None:
    line = separator.join(number[at : at + 3] for at in range(0, len(number), 3)).encode()
    octets = b"\x06\xd1" + bytes([len(line) + 1]) + b"\x00" + line
    told = rewritten(Spoken(Speaker.PT, octets, SALE), NOBODY).apdu[4:]
    assert [char for char in told if char in b"0123456789"] == list(number[-4:].encode())


def test_a_card_number_that_is_known_is_found_in_any_field() -> None:
    known = Identities(frozenset({"4111111111111111"}))
    # In the number of a turnover record and after it, as nibbles that are no field of a card.
    real = "04 0F 0D 2F 41 11 11 11 11 11 11 11 00 00 00 00"
    assert "41 11" not in shown(real, known=known)
    aid = "04 0F 0C 06 0A 43 08 41 11 11 11 11 11 11 11"
    assert shown(aid, known=known) == "04 0F 0C 06 0A 43 08 EE EE EE EE EE EE 11 11"


def test_an_identity_that_says_nothing_is_not_looked_for() -> None:
    octets = bytes.fromhex("04 0F 05 29 00 00 00 00")
    assert identities_of([Spoken(Speaker.PT, octets, SALE)]) == NOBODY


def test_the_number_of_track_1_is_known_too() -> None:
    track = b"B4111111111111111^"
    octets = bytes.fromhex("04 0F 15 2D F1 F8") + track
    known = identities_of([Spoken(Speaker.PT, octets, SALE)])
    assert known.card_numbers == {"4111111111111111"}


@given(st.binary(max_size=80), st.sampled_from([SALE, ENQUIRY, REGISTRATION]))
def test_whatever_comes_keeps_its_length_and_is_rewritten_once(octets: bytes, pending: int) -> None:
    spoken = Spoken(Speaker.PT, octets, pending)
    known = identities_of([spoken])
    told = rewritten(spoken, known).apdu
    assert len(told) == len(octets)
    assert rewritten(Spoken(Speaker.PT, told, pending), known).apdu == told
