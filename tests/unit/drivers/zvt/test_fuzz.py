"""A hundred thousand inputs from a fixed seed, rich in the octets that mean something."""

from hashlib import shake_128

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import APDU_BYTES_MAX, ApduStream, decode_apdu
from posd_drivers.zvt.framing import Frame, FrameDecoder, encode_frame

INPUTS = 100_000
INPUT_BYTES_MAX = 40
SEED = b"posd"
TELLING = bytes.fromhex("10 10 10 02 03 06 15 00 FF 80 04 0F 10 02 10 03")


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
