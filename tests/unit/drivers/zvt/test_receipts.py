"""Receipts from printed lines and blocks (zvt.md 8.4)."""

from posd_drivers.card_reader import Receipt
from posd_drivers.zvt.charset import Charset
from posd_drivers.zvt.messages import PrintLine, PrintTextBlock
from posd_drivers.zvt.receipts import RECEIPT_LINES_MAX, Receipts
from posd_drivers.zvt.tlv import Objects, Tlv

LAST = Tlv(0x09, b"\x81")


def block(
    *texts: str, kind: int | None = None, last: bool = True, more: Objects = ()
) -> PrintTextBlock:
    lines = [Tlv(0x07, text.encode("cp437")) for text in texts]
    printed = Tlv.of(0x25, *lines, *([LAST] if last else []))
    types = () if kind is None else (Tlv(0x1F07, bytes([kind])),)
    return PrintTextBlock((printed, *types, *more))


def receipts(
    *messages: PrintLine | PrintTextBlock, charset: Charset = Charset.CP437
) -> list[Receipt]:
    taken = Receipts(charset)
    whole = [receipt for message in messages for receipt in taken.take(message)]
    return [*whole, *taken.rest()]


def test_nothing_printed_is_no_receipt() -> None:
    assert receipts() == []


def test_the_type_of_receipt_tells_whose_it_is() -> None:
    assert receipts(block("a", kind=2), block("b", kind=1), block("c", kind=3)) == [
        Receipt("customer", ("a",)),
        Receipt("merchant", ("b",)),
        Receipt("administration", ("c",)),
    ]


def test_without_a_type_the_merchants_comes_first() -> None:
    assert [receipt.audience for receipt in receipts(block("a"), block("b"), block("c"))] == [
        "merchant",
        "customer",
        "administration",
    ]


def test_several_blocks_make_one_receipt() -> None:
    assert receipts(block("a", last=False), block("b")) == [Receipt("merchant", ("a", "b"))]


def test_another_type_begins_another_receipt() -> None:
    printed = receipts(block("a", kind=1, last=False), block("b", kind=2))
    assert [receipt.lines for receipt in printed] == [("a",), ("b",)]


def test_lines_end_with_the_last_one_and_ff_feeds() -> None:
    assert receipts(
        PrintLine(0x40, b"a"),
        PrintLine(0xFF, b"\x02"),
        PrintLine(0x81, b"b"),
        PrintLine(0x00, b"c"),
    ) == [Receipt("merchant", ("a", "", "", "b")), Receipt("customer", ("c",))]


def test_the_type_on_a_printed_line_tells_too() -> None:
    assert receipts(PrintLine(0x81, b"a", receipt_type=2)) == [Receipt("customer", ("a",))]


def test_a_block_may_name_its_own_character_set() -> None:
    latin_1 = PrintTextBlock(
        (Tlv.of(0x25, Tlv(0x07, "Grüße".encode("latin-1")), LAST), Tlv(0x14, b"\x01"))
    )
    assert receipts(latin_1)[0].lines == ("Grüße",)


def test_otherwise_it_is_the_terminals() -> None:
    line = PrintLine(0x81, "Grüße".encode("latin-1"))
    assert receipts(line, charset=Charset.ISO_8859_1)[0].lines == ("Grüße",)
    unknown = block("Grüße", more=(Tlv(0x14, b"\x77"),))
    assert receipts(unknown)[0].lines == ("Grüße",)


def test_a_long_receipt_goes_on_in_another_and_no_line_is_lost() -> None:
    lines = [PrintLine(0x00, b"%d" % number) for number in range(2 * RECEIPT_LINES_MAX)]
    pages = receipts(*lines, PrintLine(0x81, b"end"), PrintLine(0x81, b"copy"))
    assert [(page.audience, len(page.lines)) for page in pages] == [
        ("merchant", RECEIPT_LINES_MAX),
        ("merchant", RECEIPT_LINES_MAX),
        ("merchant", 1),
        ("customer", 1),
    ]
    assert pages[1].lines[-1] == str(2 * RECEIPT_LINES_MAX - 1)


def test_a_terminal_that_prints_without_end_fills_no_memory() -> None:
    taken = Receipts(Charset.CP437)
    for _ in range(10):
        taken.take(PrintLine(0xFF, b"\xff"))
    (rest,) = taken.rest()
    assert len(rest.lines) <= RECEIPT_LINES_MAX
