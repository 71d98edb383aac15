"""The scanner finds what is planted: what it is blind to, no other test would find either."""

import base64

import pytest

from tests.scanner import sightings
from tests.unit.canaries import canary

NUMBER = canary(16)
KEY = "rk_test_a_canary_of_the_scanner"


def seen(octets: bytes) -> set[str]:
    return {one.what for one in sightings({"there": octets}, {"key": KEY, "number": NUMBER})}


@pytest.mark.parametrize(
    "octets",
    [
        KEY.encode(),
        b"\x00\xff" + KEY.encode() + b"\x00",
        KEY.encode().hex().encode(),
        base64.b64encode(KEY.encode()),
        base64.b64encode(b"." + KEY.encode() + b".."),
        base64.b64encode(b".." + KEY.encode() + b"."),
    ],
)
def test_a_planted_key_is_found_in_any_spelling(octets: bytes) -> None:
    assert seen(octets) == {"key"}


@pytest.mark.parametrize(
    "octets",
    [
        b"text" + NUMBER.encode() + b"text",
        " ".join(NUMBER[at : at + 4] for at in range(0, 16, 4)).encode(),
        "-".join(NUMBER[at : at + 4] for at in range(0, 16, 4)).encode(),
        bytes.fromhex(NUMBER),
        NUMBER.encode().hex().encode(),
    ],
)
def test_a_planted_card_number_is_found_in_any_spelling(octets: bytes) -> None:
    assert "number" in seen(octets)


@pytest.mark.parametrize(
    "octets", [b"4242424242424242", b'{"n":"378282246310005"}', b"a 4711009900000316877 "]
)
def test_a_card_number_that_nobody_planted_is_found(octets: bytes) -> None:
    assert seen(octets) == {"card number"}


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"1795459826258 1795459826266",
        b"************4242",
        b"4242424242424243",
        b"pi_posd_4242424242424242",
        b"0.4242424242424242",
    ],
)
def test_times_masks_and_ids_are_no_card_numbers(octets: bytes) -> None:
    assert seen(octets) == set()


def test_a_short_number_is_looked_for_alone() -> None:
    def found(octets: bytes) -> int:
        return len(sightings({"there": octets}, {"password": "836194"}))

    assert [found(b'"836194"'), found(b"18361942"), found(b"a836194f")] == [1, 0, 0]


def test_a_number_that_is_known_to_be_another_is_left_out() -> None:
    place = {"there": b"4242424242424242"}
    assert sightings(place, {}, known=[b"4242424242424242"]) == []
