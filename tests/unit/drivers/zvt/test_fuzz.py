"""A hundred thousand inputs from a fixed seed, rich in the octets that mean something."""

import os
from hashlib import shake_128

import pytest

from posd_drivers.errors import CodecError, Malformed
from posd_drivers.zvt.apdu import APDU_BYTES_MAX, BODY_BYTES_MAX, Apdu, ApduStream, decode_apdu
from posd_drivers.zvt.fields import Fields
from posd_drivers.zvt.framing import Frame, FrameDecoder, encode_frame
from posd_drivers.zvt.messages import Message, decode, encode

INPUTS = 100_000
MESSAGES = INPUTS // 10
INPUT_BYTES_MAX = 40
SEED = os.environ.get("POSD_FUZZ_SEED", "posd").encode()
TELLING = bytes.fromhex("10 10 10 02 03 06 15 00 FF 80 04 0F 10 02 10 03")

STATUS_ENQUIRY = 0x0501
# From zvt.md 6.2, 8.1 to 8.4, 9.2, 14.1 to 14.14.
WORKED = tuple(
    bytes.fromhex(octets)
    for octets in (
        "06 00 10 00 00 00 BE 09 78 03 01 06 06 26 04 0A 02 06 D3",
        "06 01 0C 04 00 00 00 00 12 50 49 09 78 19 40",
        "06 0C 0A 04 00 00 00 00 02 00 87 00 12",
        "06 10 03 00 00 00",
        "06 12 07 12 34 56 00 12 00 14",
        "06 20 05 12 34 56 03 03",
        "06 22 0A 04 00 00 00 00 50 00 49 09 78",
        "06 23 03 87 FF FF",
        "06 24 0D 87 02 31 04 00 00 00 00 30 00 49 09 78",
        "06 25 03 87 02 31",
        "06 30 06 00 00 00 87 00 12",
        "06 31 0D 00 00 00 04 00 00 00 00 05 00 49 09 78",
        "06 50 09 12 34 56 06 04 1F 26 01 01",
        "06 70 05 06 03 1B 01 01",
        "06 91 0B 12 34 56 AA 26 11 23 0C 08 15 30",
        "06 E0 0A F0 03 F1 F0 F5 48 61 6C 6C 6F",
        "05 01 05 12 34 56 03 04",
        "08 30 01 00",
        "04 01 08 AA 26 11 23 0C 08 15 30",
        "04 0F 10 27 00 04 00 00 00 00 12 50 0B 00 01 23 87 00 12",
        "04 0F 11 27 05 3C F0 F0 F3 41 42 43 06 06 24 04 07 02 41 42",
        "04 FF 0B 0A 01 06 07 24 05 07 03 41 62 63",
        "06 0F 0A 19 00 29 12 34 56 78 49 09 78",
        "06 0F 0E F0 F0 F1 41 00 06 07 1F 44 04 12 34 56 78",
        "06 1E 05 6F 09 78 06 00",
        "06 1E 0D B8 06 0A 23 08 08 02 01 23 08 02 45 67",
        "06 D1 09 00 48 69 06 04 1F 07 01 02",
        "06 D3 15 06 13 1F 07 01 02 14 01 FF 25 0A 07 02 41 42 09 01 40 09 01 81",
        "84 9D 07 04 00 00 00 00 22 00",
    )
)
MEANT = bytes.fromhex("00 01 04 06 07 0F 1F 20 24 27 3C 49 60 7F 80 81 82 87 F0 F1 F9 FF")


def noise(number: int) -> bytes:
    """Line noise with telling octets in every other place, or (3 of 10) a frame with one hit."""
    drawn = shake_128(SEED + number.to_bytes(4, "big")).digest(INPUT_BYTES_MAX + 3)
    size, kind, place, octets = drawn[0], drawn[1], drawn[2], bytearray(drawn[3:])
    if kind % 10 < 3:
        wire = bytearray(encode_frame(bytes(octets[: size % 12])))
        wire[place % len(wire)] = TELLING[size % len(TELLING)]
        return bytes(wire)
    octets[::2] = bytes(TELLING[octet % len(TELLING)] for octet in octets[::2])
    return bytes(octets[: size % INPUT_BYTES_MAX])


def twisted(number: int) -> Apdu:
    """A worked example whose body has one to four octets changed, doubled, dropped or cut off."""
    drawn = shake_128(SEED + number.to_bytes(4, "big")).digest(13)
    apdu = decode_apdu(WORKED[drawn[0] % len(WORKED)])
    body = bytearray(apdu.body)
    for hit in range(1 + number % 4):
        kind, place, octet = drawn[1 + 3 * hit : 4 + 3 * hit]
        where = place % (len(body) + 1)
        match kind % 4:
            case 0:
                body[where : where + 1] = [octet]
            case 1:
                body[where : where + 1] = [MEANT[octet % len(MEANT)]]
            case 2:
                body[where:where] = body[where : where + 1 + octet % 8]
            case _:
                del body[where : where + 1 + octet % 8]
    return Apdu(apdu.control, bytes(body))


def everything_of(value: object) -> list[object]:
    """What its accessors tell."""
    names = [name for name in dir(value) if not name.startswith("_")]
    return [getattr(value, name) for name in names]


def look_at(message: Message) -> None:
    """Run every accessor of a message and of its bitmaps."""
    assert everything_of(message)
    everything_of(getattr(message, "fields", getattr(message, "others", Fields())))
    assert repr(message)


def test_a_hundred_thousand_inputs_neither_crash_nor_deafen_the_frame_decoder() -> None:
    decoder = FrameDecoder()
    for number in range(INPUTS):
        for event in decoder.feed(noise(number)):
            if isinstance(event, Frame):
                assert len(event.apdu) <= APDU_BYTES_MAX
        decoder.quiet()
        assert not decoder.in_frame
    assert decoder.feed(encode_frame(b"\x80\x00\x00")) == [Frame(b"\x80\x00\x00")]


def test_noise_on_tcp_is_malformed_or_waits() -> None:
    for number in range(INPUTS // 10):
        try:
            apdus = ApduStream().feed(noise(number))
        except Malformed:
            continue
        assert all(decode_apdu(apdu.encode()) == apdu for apdu in apdus)


def test_twisted_messages_are_malformed_or_mean_the_same_when_said_again() -> None:
    understood = 0
    for number in range(MESSAGES):
        apdu, pending = twisted(number), STATUS_ENQUIRY if number % 5 == 0 else None
        try:
            message = decode(apdu, pending)
        except CodecError:
            continue
        look_at(message)
        assert decode(encode(message), pending) == message
        understood += 1
    assert MESSAGES // 10 < understood < MESSAGES, "as good as all or nothing is no test"


def container(octets: bytes) -> bytes:
    return b"\x06\x82" + len(octets).to_bytes(2, "big") + octets


def nested() -> bytes:
    octets = b""
    while len(octets) < BODY_BYTES_MAX - 20:
        octets = b"\x24\x82" + len(octets).to_bytes(2, "big") + octets
    return octets


@pytest.mark.parametrize(
    ("control", "body"),
    [
        (0x040F, b"\x27\x00" * 32_767),
        (0x040F, b"\x06\x00" * 32_767),
        (0x040F, container(b"\x1f\x80\x00" * 5_000)),
        (0x040F, container(nested())),
        (0x04FF, b"\xff" + container(b"\x24\x02\x07\x00" * 4_000)),
        (0x061E, b"\xb8" + container(b"\x23\x04\x08\x02\x00\x01" * 3_000)),
        (0x06D1, b"\x00" + b"4111 " * 13_000),
        (0x06D3, container(b"\x25\x82\x3e\x80" + b"\x07\x00" * 8_000)),
    ],
)
def test_the_largest_messages_are_read_in_a_moment(control: int, body: bytes) -> None:
    apdu = Apdu(control, body)
    assert encode(decode(apdu)) == apdu
