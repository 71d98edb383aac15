"""What the terminal (PT) has printed at the till: line by line or in blocks."""

from typing import ClassVar

from msgspec import Struct

from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import SIGNATURE_LINE
from posd_drivers.zvt.masking import mask_text
from posd_drivers.zvt.tlv import Objects, find
from posd_drivers.zvt.untagged import encode_container, take_container

_TEXT_LINE = 0x07
_ATTRIBUTE = 0x09
_PRINT_TEXTS = 0x25
_CHARSET = 0x14
_RECEIPT_TYPE = 0x1F07
_RECEIPT_INFO = 0x1F37

_LAST = 0x80
_LINE_FEEDS = 0xFF
_RECEIPT_TYPE_CONTAINER = bytes.fromhex("06 04 1F 07 01")


class PrintedLine(Struct, frozen=True):
    """A line for a receipt.

    Attributes:
        attribute: 40 centred, 20 double width, 10 double height, low nibble indent; more than 80:
            the last line.
        text: In the terminal's character set, card numbers masked.
    """

    attribute: int
    text: bytes


class PrintLine(Struct, frozen=True):
    """06 D1: print one line.

    Attributes:
        attribute: As in `PrintedLine`; FF feeds so many lines as the text says.
        text: As in `PrintedLine`.
        receipt_type: 01 merchant, 02 customer, 03 administration; None where only the order
            tells. Not in the manual: card complete's terminals append it as a container.
    """

    control: ClassVar[int] = 0x06D1
    attribute: int
    text: bytes = b""
    receipt_type: int | None = None

    @property
    def is_last(self) -> bool:
        """Whether the receipt ends here."""
        return self.attribute > _LAST and self.attribute != _LINE_FEEDS

    @property
    def signature_line(self) -> bool:
        """Never: of a receipt that comes line by line only the status information tells."""
        return False

    def encode_body(self) -> bytes:
        """Attribute, text, type of receipt."""
        octets = bytes([self.attribute]) + mask_text(self.text)
        if self.receipt_type is None:
            return octets
        return octets + _RECEIPT_TYPE_CONTAINER + bytes([self.receipt_type])

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "PrintLine":
        """Raises Malformed without an attribute."""
        attribute = cursor.expect(1, "attribute")[0]
        text, container, receipt_type = cursor.rest().rpartition(_RECEIPT_TYPE_CONTAINER)
        if container and len(receipt_type) == 1:
            return cls(attribute, mask_text(text), receipt_type[0])
        return cls(attribute, mask_text(text + container + receipt_type))


class PrintTextBlock(Struct, frozen=True):
    """06 D3: print lines. Several blocks can make one receipt.

    Attributes:
        objects: What BMP 06 holds: lines and attributes in 25, type (1F07) and properties (1F37)
            of the receipt, character set (14).
    """

    control: ClassVar[int] = 0x06D3
    objects: Objects = ()

    @property
    def lines(self) -> tuple[PrintedLine, ...]:
        """The lines; an attribute holds until the next one."""
        attribute = 0
        lines: list[PrintedLine] = []
        for item in self._texts:
            if item.tag == _TEXT_LINE:
                lines.append(PrintedLine(attribute, item.value))
            elif item.tag == _ATTRIBUTE and item.value:
                attribute = item.value[0]
        return tuple(lines)

    @property
    def is_last(self) -> bool:
        """Whether the receipt ends with this block.

        The last attribute says so; FF too, which by the letter feeds a line (Feig cVEND).
        """
        attributes = [item.value for item in self._texts if item.tag == _ATTRIBUTE]
        return bool(attributes) and attributes[-1] > bytes([_LAST])

    @property
    def receipt_type(self) -> int | None:
        """01 merchant, 02 customer, 03 administration; None if the block does not say."""
        value = find(self.objects, _RECEIPT_TYPE)
        return value[0] if value else None

    @property
    def signature_line(self) -> bool:
        """Whether the receipt has a line for the cardholder's signature (1F37, bit 02)."""
        value = find(self.objects, _RECEIPT_INFO)
        return bool(value and value[0] & SIGNATURE_LINE)

    @property
    def charset(self) -> int | None:
        """Tag 14: the character set of this block, by `charset.TAG_14`."""
        value = find(self.objects, _CHARSET)
        return value[0] if value else None

    def encode_body(self) -> bytes:
        """The container."""
        return encode_container(self.objects)

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "PrintTextBlock":
        """Raises Malformed."""
        return cls(take_container(cursor) or ())

    @property
    def _texts(self) -> Objects:
        return tuple(
            inner for item in self.objects if item.tag == _PRINT_TEXTS for inner in item.objects
        )
