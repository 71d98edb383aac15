"""What the property tests of the grammar draw from."""

from collections.abc import Collection
from itertools import pairwise
from typing import assert_never

from hypothesis import strategies as st

from posd_drivers.zvt.bitmaps import Field
from posd_drivers.zvt.bmp import TABLE, Bmp, encode_currency
from posd_drivers.zvt.coding import Coding
from posd_drivers.zvt.fields import Fields
from posd_drivers.zvt.masking import MaskedPan, mask_text
from posd_drivers.zvt.tags import TABLE as TAGS
from posd_drivers.zvt.tlv import Objects, Tlv, encode_tlv


def cuts() -> st.SearchStrategy[list[int]]:
    """Places to cut a stream at, as any numbers; `cut_up` brings them into range."""
    return st.lists(st.integers(0, 1 << 16), max_size=8)


def cut_up(octets: bytes, places: list[int]) -> list[bytes]:
    """The stream in pieces, empty ones included."""
    bounds = [0, *sorted(place % (len(octets) + 1) for place in places), len(octets)]
    return [octets[start:end] for start, end in pairwise(bounds)]


def opaque(max_size: int = 20) -> st.SearchStrategy[bytes]:
    """Octets in which no card number stands."""
    return st.binary(max_size=max_size).map(mask_text)


_CONSTRUCTED = [row.number for row in TAGS if row.coding is Coding.OBJECTS]
_PRIMITIVE_TAGS = st.sampled_from(
    [row.number for row in TAGS if row.coding not in (Coding.OBJECTS, Coding.CARD)]
).filter(lambda tag: tag < 0xFF00 and tag not in range(0x1F80, 0x1F84))  # raw, against the rule
_CONSTRUCTED_TAGS = st.sampled_from([*_CONSTRUCTED, 0x3F21, 0xFF40])


def tlv_objects() -> st.SearchStrategy[Objects]:
    """Objects in objects, as encoders make them."""
    primitive = st.builds(Tlv, _PRIMITIVE_TAGS, opaque(max_size=200))
    inner = st.recursive(
        primitive,
        lambda item: st.builds(
            lambda tag, items: Tlv.of(tag, *items), _CONSTRUCTED_TAGS, st.lists(item, max_size=3)
        ),
        max_leaves=6,
    )
    return st.lists(inner, max_size=4).map(tuple)


def bcd(octets: int) -> st.SearchStrategy[bytes]:
    """Digits, two an octet."""
    digits = st.text("0123456789", min_size=2 * octets, max_size=2 * octets)
    return digits.map(bytes.fromhex)


def bmp_value(row: Bmp) -> st.SearchStrategy[bytes]:
    """A value as this row takes it, without card data."""
    size = row.size if isinstance(row.size, int) else None
    match row.coding:
        case Coding.BCD | Coding.NIBBLES:
            assert size is not None
            return bcd(size)
        case Coding.CURRENCY:
            return st.sampled_from(["eur", "chf", "gbp", "123"]).map(encode_currency)
        case Coding.OBJECTS:
            return tlv_objects().map(encode_tlv)
        case Coding.PAN:
            last4 = st.none() | st.text("0123456789", min_size=4, max_size=4)
            return st.builds(MaskedPan, last4, st.integers(8, 19)).map(MaskedPan.encode)
        case Coding.CARD:
            return st.just(b"" if size is None else b"*" * size)
        case Coding.OCTETS | Coding.TEXT:
            least, most = (0, 40) if size is None else (size, size)
            return st.binary(min_size=least, max_size=most).map(mask_text)
        case _:
            assert_never(row.coding)


def some_fields(*, but: Collection[str] = ()) -> st.SearchStrategy[Fields]:
    """Any bitmaps, each at most once."""
    rows = [row for row in TABLE if row.name not in but]
    one = st.sampled_from(rows).flatmap(
        lambda row: bmp_value(row).map(lambda value: Field(row.number, value))
    )
    items = st.lists(one, max_size=6, unique_by=lambda item: item.number)
    return items.map(lambda fields: Fields(tuple(fields)))
