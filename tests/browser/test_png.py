"""Screenshots are kept as pictures with a palette; what they show stays the same."""

import struct
import zlib

from tests.browser.png import SIGNATURE, slim

RED, GREY = b"\xff\x00\x00", b"\x80\x80\x80"


def chunk(name: bytes, octets: bytes) -> bytes:
    check = zlib.crc32(name + octets)
    return struct.pack(">I", len(octets)) + name + octets + struct.pack(">I", check)


def test_every_filter_is_undone_and_every_pixel_keeps_its_colour() -> None:
    """Two columns, five rows: one for each filter of the standard, each the same red and grey."""
    filtered = (
        b"\x00" + RED + GREY
        + b"\x01" + RED + b"\x81\x80\x80"  # less the pixel to the left
        + b"\x02" + bytes(6)  # less the pixel above
        + b"\x03" + b"\x80\x00\x00" + b"\xc1\x40\x40"  # less the mean of both
        + b"\x04" + bytes(3) + bytes(3)  # less the likeliest of three: the one above
    )  # fmt: skip
    header = struct.pack(">IIBBBBB", 2, 5, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(filtered)), (b"IEND", b""))
    kept = slim(SIGNATURE + b"".join(chunk(*part) for part in parts))
    assert chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 5, 8, 3, 0, 0, 0)) in kept
    assert chunk(b"PLTE", RED + GREY) in kept
    assert chunk(b"IDAT", zlib.compress(b"\x00\x00\x01" * 5, 9)) in kept
