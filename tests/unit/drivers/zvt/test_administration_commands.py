import pytest

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import decode_apdu
from posd_drivers.zvt.fields import Fields
from posd_drivers.zvt.messages import (
    Abort,
    Diagnosis,
    DisplayText,
    EndOfDay,
    Initialisation,
    LogOff,
    Message,
    Registration,
    Reset,
    SendOfflineTransactions,
    SetDateAndTime,
    SetLanguage,
    SoftwareUpdate,
    decode,
    encode,
)
from posd_drivers.zvt.tlv import Tlv

ALLOWED = (Tlv.of(0x26, Tlv(0x0A, b"\x06\xd3")),)


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (
            "06 00 10 00 00 00 BE 09 78 03 01 06 06 26 04 0A 02 06 D3",
            Registration("000000", 0xBE, "eur", 1, ALLOWED),
        ),
        ("06 00 06 12 34 56 DE 09 78", Registration("123456", 0xDE, "eur")),
        ("06 00 04 12 34 56 BE", Registration("123456", 0xBE)),
        ("06 00 08 00 00 00 08 07 56 06 00", Registration("000000", 0x08, "chf", None, ())),
        ("06 02 00", LogOff()),
        ("06 B0 00", Abort()),
        ("06 B0 02 D2 02", Abort(Fields.of(card_output=2))),
        ("06 18 00", Reset()),
        ("06 50 03 00 00 00", EndOfDay("000000")),
        ("06 50 09 12 34 56 06 04 1F 26 01 01", EndOfDay("123456", (Tlv(0x1F26, b"\x01"),))),
        ("06 51 03 12 34 56", SendOfflineTransactions("123456")),
        ("06 70 00", Diagnosis()),
        ("06 70 05 06 03 1B 01 01", Diagnosis((Tlv(0x1B, b"\x01"),))),
        ("06 93 03 00 00 00", Initialisation("000000")),
        (
            "06 91 0B 12 34 56 AA 26 11 23 0C 08 15 30",
            SetDateAndTime("123456", "261123", "081530"),
        ),
        ("08 10 00", SoftwareUpdate()),
        ("08 10 05 06 03 0F 01 00", SoftwareUpdate((Tlv(0x0F, b"\x00"),))),
        ("08 30 01 00", SetLanguage("de")),
        ("08 30 01 0F", SetLanguage("lt")),
        ("06 E0 00", DisplayText()),
        (
            "06 E0 11 F0 03 F1 F0 F5 48 61 6C 6C 6F F2 F0 F4 57 65 6C 74",
            DisplayText(Fields.of(display_s=3, text_1_line_1=b"Hallo", text_1_line_2=b"Welt")),
        ),
    ],
)
def test_worked_commands(octets: str, message: Message) -> None:
    """zvt.md 6.1, 6.2, 6.5, 14.1, 14.5, 14.11 to 14.13."""
    assert encode(message).encode() == bytes.fromhex(octets)
    assert decode(decode_apdu(bytes.fromhex(octets))) == message


def test_the_lines_to_display_are_in_order() -> None:
    text = DisplayText(Fields.of(text_1_line_8=b"last", display_s=0, text_1_line_1=b"first"))
    assert text.lines == (b"first", b"last")
    assert DisplayText().lines == ()


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ("06 00 00", "password"),
        ("06 00 03 12 34 5F", "password"),
        ("06 00 03 12 34 56", "config byte"),
        ("06 00 05 12 34 56 BE 09", "currency"),
        ("06 00 06 12 34 56 BE 0A 78", "currency"),
        ("06 00 08 12 34 56 BE 09 78 19 00", "bitmap"),
        ("06 02 01 00", "log-off"),
        ("06 18 01 00", "reset"),
        ("06 B0 01 99", "bmp 99"),
        ("06 50 04 12 34 56 06", "container"),
        ("06 51 02 12 34", "password"),
        ("06 70 01 00", "container"),
        ("06 93 00", "password"),
        ("06 91 03 12 34 56", "date and time"),
        ("06 91 07 12 34 56 AA 26 11 23", "date and time"),
        ("06 91 07 12 34 56 0C 08 15 30", "date and time"),
        ("06 91 0B 12 34 56 AA 26 11 23 0C FF FF FF", "date and time"),
        ("08 10 02 19 00", "container"),
        ("08 30 00", "language"),
        ("08 30 01 10", "language"),
        ("08 30 02 00 00", "language"),
        ("06 E0 01 F0", "display_s"),
    ],
)
def test_wrong_commands_are_malformed(octets: str, what: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode(decode_apdu(bytes.fromhex(octets)))
    assert caught.value.what == what


def test_bitmaps_need_what_stands_in_front_of_them() -> None:
    with pytest.raises(AssertionError):
        encode(Registration("000000", 0xBE, service=1))


@pytest.mark.parametrize(
    "message",
    [
        Registration("135790", 0xBE),
        EndOfDay("135790"),
        SendOfflineTransactions("135790"),
        Initialisation("135790"),
        SetDateAndTime("135790", "261123", "081530"),
    ],
)
def test_a_password_is_never_printed(message: Message) -> None:
    assert "135790" not in repr(message)
