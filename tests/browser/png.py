"""A screenshot in a third of its octets: PNG with a palette (W3C, Portable Network Graphics)."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Final, TypeAlias

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
COLOURS_MAX: Final = 256
CHANNELS: Final = 3
"""Red, green, blue: what Chromium writes of a page that covers its window."""
TRUECOLOUR, INDEXED = 2, 3
IHDR: Final = ">IIBBBBB"

Colour: TypeAlias = tuple[int, ...]


def slim(png: bytes) -> bytes:
    """The picture with its COLOURS_MAX most frequent colours; each other one is the nearest."""
    chunks = list(_chunks(png))
    width, height, depth, kind, *rest = struct.unpack(IHDR, chunks[0][1])
    assert (depth, kind) == (8, TRUECOLOUR), (depth, kind)
    raw = zlib.decompress(b"".join(octets for name, octets in chunks if name == b"IDAT"))
    rows = [_pixels(row) for row in _rows(raw, width * CHANNELS)]
    palette, index = _palette(Counter(pixel for row in rows for pixel in row))
    indexed = b"".join(b"\0" + bytes(map(index.__getitem__, row)) for row in rows)
    return SIGNATURE + b"".join(
        _chunk(name, octets)
        for name, octets in (
            (b"IHDR", struct.pack(IHDR, width, height, depth, INDEXED, *rest)),
            (b"PLTE", b"".join(map(bytes, palette))),
            (b"IDAT", zlib.compress(indexed, 9)),
            (b"IEND", b""),
        )
    )


def _pixels(row: bytes) -> list[Colour]:
    return list(zip(*(row[channel::CHANNELS] for channel in range(CHANNELS)), strict=True))


def _palette(counted: Counter[Colour]) -> tuple[list[Colour], dict[Colour, int]]:
    """The colours that are kept, and for each that occurs which of them stands for it."""
    kept = [colour for colour, _ in counted.most_common(COLOURS_MAX)]
    return kept, {
        colour: min(range(len(kept)), key=lambda at: _distance(*kept[at], *colour))
        for colour in counted
    }


def _distance(r: int, g: int, b: int, red: int, green: int, blue: int) -> int:
    return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert png.startswith(SIGNATURE)
    at = len(SIGNATURE)
    while at < len(png):
        length, name = struct.unpack_from(">I4s", png, at)
        yield name, png[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(name: bytes, octets: bytes) -> bytes:
    return (
        struct.pack(">I", len(octets))
        + name
        + octets
        + struct.pack(">I", zlib.crc32(name + octets))
    )


def _rows(raw: bytes, octets_a_row: int) -> Iterator[bytes]:
    """The rows without their filters (section 9 of the standard)."""
    above = bytes(octets_a_row)
    for at in range(0, len(raw), octets_a_row + 1):
        above = _unfiltered(raw[at], raw[at + 1 : at + 1 + octets_a_row], above)
        yield above


def _unfiltered(kind: int, row: bytes, above: bytes) -> bytes:
    told = bytearray(CHANNELS)
    corner = bytes(CHANNELS) + above
    for at, octet in enumerate(row):
        left, up, diagonal = told[at], above[at], corner[at]
        predicted = (0, left, up, (left + up) // 2, _paeth(left, up, diagonal))[kind]
        told.append((octet + predicted) % 256)
    return bytes(told[CHANNELS:])


def _paeth(left: int, up: int, diagonal: int) -> int:
    estimate = left + up - diagonal
    return min((left, up, diagonal), key=lambda value: abs(estimate - value))
