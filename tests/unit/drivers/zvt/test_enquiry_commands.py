import pytest

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import decode_apdu
from posd_drivers.zvt.messages import (
    Message,
    RepeatReceipt,
    ReprintReceipts,
    SendTurnoverTotals,
    StatusEnquiry,
    decode,
    encode,
)
from posd_drivers.zvt.tlv import Tlv


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        ("05 01 00", StatusEnquiry()),
        ("05 01 03 12 34 56", StatusEnquiry("123456")),
        ("05 01 05 12 34 56 03 04", StatusEnquiry("123456", 4)),
        ("05 01 07 12 34 56 03 04 06 00", StatusEnquiry("123456", 4, ())),
        ("06 20 05 12 34 56 03 03", RepeatReceipt("123456", 3)),
        ("06 20 05 12 34 56 03 01", RepeatReceipt("123456", 1)),
        ("06 20 03 12 34 56", RepeatReceipt("123456")),
        (
            "06 20 09 12 34 56 06 04 1F 01 01 04",
            RepeatReceipt("123456", None, (Tlv(0x1F01, b"\x04"),)),
        ),
        ("06 12 05 12 34 56 00 12", ReprintReceipts("123456", 12)),
        ("06 12 07 12 34 56 00 12 06 00", ReprintReceipts("123456", 12, 600)),
        ("06 10 03 00 00 00", SendTurnoverTotals("000000")),
        ("06 10 05 00 00 00 06 00", SendTurnoverTotals("000000", ())),
    ],
)
def test_worked_commands(octets: str, message: Message) -> None:
    """zvt.md 6.1, 6.7, 9.2."""
    assert encode(message).encode() == bytes.fromhex(octets)
    assert decode(decode_apdu(bytes.fromhex(octets))) == message


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ("05 01 02 12 34", "password"),
        ("06 20 00", "password"),
        ("06 12 04 12 34 56 00", "receipt"),
        ("06 12 05 12 34 56 00 1F", "receipt"),
        ("06 12 08 12 34 56 00 12 00 13 00", "reprint receipts"),
        ("06 10 02 00 00", "password"),
        ("06 10 04 00 00 00 00", "container"),
    ],
)
def test_wrong_commands_are_malformed(octets: str, what: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode(decode_apdu(bytes.fromhex(octets)))
    assert caught.value.what == what


def test_bitmaps_need_what_stands_in_front_of_them() -> None:
    with pytest.raises(AssertionError):
        encode(StatusEnquiry(service=1))


@pytest.mark.parametrize(
    "message",
    [
        StatusEnquiry("135790"),
        RepeatReceipt("135790"),
        ReprintReceipts("135790", 12),
        SendTurnoverTotals("135790"),
    ],
)
def test_a_password_is_never_printed(message: Message) -> None:
    assert "135790" not in repr(message)
