"""What stands in front of the bitmaps without a number of its own, and the container alone."""

from dataclasses import dataclass, field
from typing import Self

from posd_drivers.errors import Malformed
from posd_drivers.zvt.bmp import BY_NAME, parse_bcd, parse_currency
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import Fields, take_fields
from posd_drivers.zvt.tlv import Objects, encode_tlv, parse_tlv, take_length

_PASSWORD_BYTES = 3
_CURRENCY_BYTES = 2
_CONTAINER = BY_NAME["container"]


@dataclass(frozen=True, slots=True)
class PasswordAndContainer:
    """The data block of many commands.

    Attributes:
        password: Six digits; a credential, never printed.
        objects: What the container holds; None for no container.
    """

    password: str = field(repr=False)
    objects: Objects | None = None

    def encode_body(self) -> bytes:
        """The password untagged, container."""
        return bytes.fromhex(self.password) + encode_container(self.objects)

    @classmethod
    def decode_body(cls, cursor: Cursor) -> Self:
        """Raises Malformed."""
        return cls(take_password(cursor), take_container(cursor))


def take_password(cursor: Cursor) -> str:
    """Six digits. Raises Malformed."""
    offset = cursor.offset
    octets = cursor.expect(_PASSWORD_BYTES, "password")
    parse_bcd(octets, "password", offset)
    return octets.hex()


def take_currency(cursor: Cursor) -> str:
    """A lower-case ISO 4217 code. Raises Malformed."""
    offset = cursor.offset
    return parse_currency(cursor.expect(_CURRENCY_BYTES, "currency"), offset)


def take_tail(cursor: Cursor) -> tuple[int | None, Objects | None]:
    """Service byte and container, in any order, each if it is there. Raises Malformed.

    An empty container is not the same as none: it permits the terminal to send containers.
    """
    offset = cursor.offset
    fields = take_fields(cursor)
    if fields.without(("service", "container")).items:
        raise Malformed("bitmap", offset)
    objects = None if fields.get("container") is None else fields.objects
    return fields.service, objects


def encode_tail(service: int | None, objects: Objects | None) -> bytes:
    """Service byte and container, each if it is there."""
    octets = b"" if service is None else Fields.of(service=service).encode()
    return octets + encode_container(objects)


def take_container(cursor: Cursor) -> Objects | None:
    """A container that fills the rest; None if there is no rest. Raises Malformed."""
    if not cursor.left:
        return None
    offset = cursor.offset
    if not is_container(cursor):
        raise Malformed("container", offset)
    cursor.take(1)
    return parse_tlv(_CONTAINER.take(cursor), cursor.offset)


def encode_container(objects: Objects | None) -> bytes:
    """The container; nothing for None."""
    return b"" if objects is None else _CONTAINER.encode(encode_tlv(objects))


def is_container(cursor: Cursor) -> bool:
    """Whether what is left is the mark of a container and a length that fills the rest."""
    ahead = cursor.fork()
    try:
        marked = ahead.expect(1, "container")[0] == _CONTAINER.number
        return marked and take_length(ahead) == ahead.left
    except Malformed:
        return False
