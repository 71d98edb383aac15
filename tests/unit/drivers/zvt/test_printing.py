import pytest

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import Apdu, decode_apdu
from posd_drivers.zvt.messages import PrintedLine, PrintLine, PrintTextBlock, decode, encode
from posd_drivers.zvt.tlv import Tlv


@pytest.mark.parametrize(
    ("octets", "line"),
    [
        ("06 D1 03 40 48 69", PrintLine(0x40, b"Hi")),
        ("06 D1 01 00", PrintLine(0x00)),
        ("06 D1 01 81", PrintLine(0x81)),
        ("06 D1 09 00 48 69 06 04 1F 07 01 02", PrintLine(0x00, b"Hi", 2)),
        ("06 D1 07 81 06 04 1F 07 01 01", PrintLine(0x81, b"", 1)),
        ("06 D1 06 00 06 04 1F 07 01", PrintLine(0x00, bytes.fromhex("06 04 1F 07 01"))),
        ("06 D1 08 00 06 04 1F 07 01 41 42", PrintLine(0, bytes.fromhex("06041F07014142"))),
    ],
)
def test_a_line_and_the_type_card_complete_appends(octets: str, line: PrintLine) -> None:
    """zvt.md 8.4: strip the tail only when it is exactly a container with 1F07."""
    if len(bytes.fromhex(octets)) - 3 != bytes.fromhex(octets)[2]:
        pytest.fail("the example's own length is wrong")
    assert decode(decode_apdu(bytes.fromhex(octets))) == line
    assert encode(line).encode() == bytes.fromhex(octets)


@pytest.mark.parametrize(
    ("attribute", "last"),
    [(0x00, False), (0x40, False), (0x80, False), (0x81, True), (0x8F, True), (0xFF, False)],
)
def test_where_a_receipt_of_lines_ends(attribute: int, *, last: bool) -> None:
    """zvt.md 8.4: 1xxx xxxx (not 80); FF feeds lines."""
    assert PrintLine(attribute).is_last is last


def test_a_line_does_not_say_whether_the_cardholder_signs() -> None:
    assert not PrintLine(0x00, b"Unterschrift").signature_line


def test_a_line_without_an_attribute_is_malformed() -> None:
    with pytest.raises(Malformed):
        decode(Apdu(0x06D1))


def test_a_block_of_lines() -> None:
    """zvt.md 8.4, 14.2: an attribute holds for what follows; the last one ends the receipt."""
    octets = bytes.fromhex(
        "06 D3 1C 06 1A 1F 07 01 02 14 01 FF 25 11 07 02 41 42 09 01 40 07 00 07 01 43"
        " 0A 00 09 01 81"
    )
    block = decode(decode_apdu(octets))
    assert isinstance(block, PrintTextBlock)
    assert block.lines == (
        PrintedLine(0x00, b"AB"),
        PrintedLine(0x40, b""),
        PrintedLine(0x40, b"C"),
    )
    assert (block.receipt_type, block.charset, block.is_last) == (2, 0xFF, True)
    assert encode(block).encode() == octets


@pytest.mark.parametrize(
    ("attributes", "last"),
    [((), False), ((b"\x40",), False), ((b"\x80",), False), ((b"\x81",), True),
     ((b"\xff",), True), ((b"\x81", b"\x00"), False), ((b"",), False)],
)  # fmt: skip
def test_where_a_receipt_of_blocks_ends(attributes: tuple[bytes, ...], *, last: bool) -> None:
    block = PrintTextBlock((Tlv.of(0x25, *(Tlv(0x09, value) for value in attributes)),))
    assert block.is_last is last
    assert block.lines == ()


def test_a_block_that_says_nothing() -> None:
    empty = PrintTextBlock()
    assert (empty.lines, empty.receipt_type, empty.charset) == ((), None, None)
    assert (empty.is_last, empty.signature_line) == (False, False)
    assert decode(Apdu(0x06D3)) == empty
    assert decode(encode(empty)) == empty


@pytest.mark.parametrize(
    ("info", "required"), [(b"\x03", True), (b"\x02", True), (b"\x81", False), (b"", False)]
)
def test_a_block_says_whether_the_cardholder_signs(info: bytes, *, required: bool) -> None:
    """zvt.md 8.4: tag 1F37, bit 02."""
    assert PrintTextBlock((Tlv(0x1F37, info),)).signature_line is required


def test_a_block_that_is_no_container_is_malformed() -> None:
    with pytest.raises(Malformed):
        decode(Apdu(0x06D3, b"\x07\x01A"))


def test_card_numbers_on_receipts_are_masked_both_ways() -> None:
    line = decode(Apdu(0x06D1, b"\x00Karte 4111111111111111"))
    assert line == PrintLine(0x00, b"Karte ************1111")
    assert encode(PrintLine(0x00, b"4111111111111111")).body == b"\x00************1111"
    block = PrintTextBlock((Tlv.of(0x25, Tlv(0x07, b"4111111111111111")),))
    assert b"4111111111111111" not in encode(block).body
