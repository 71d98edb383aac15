import pytest

from posd_drivers.errors import Malformed, Unsupported
from posd_drivers.zvt.apdu import Apdu, decode_apdu
from posd_drivers.zvt.fields import Fields
from posd_drivers.zvt.messages import (
    Abort,
    Authorisation,
    LogOff,
    Message,
    Registration,
    RepeatReceipt,
    Reset,
    StatusEnquiry,
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
        ("06 01 0A 04 00 00 00 00 12 50 49 09 78", Authorisation(1250, "eur")),
        (
            "06 01 0C 04 00 00 00 00 12 50 49 09 78 19 40",
            Authorisation(1250, "eur", 0x40),
        ),
        (
            "06 01 09 04 00 00 00 00 12 50 01 1E",
            Authorisation(1250, others=Fields.of(timeout_s=30)),
        ),
        ("06 01 00", Authorisation(None)),
        ("05 01 00", StatusEnquiry()),
        ("05 01 03 12 34 56", StatusEnquiry("123456")),
        ("05 01 05 12 34 56 03 04", StatusEnquiry("123456", 4)),
        ("05 01 07 12 34 56 03 04 06 00", StatusEnquiry("123456", 4, ())),
        ("06 20 05 12 34 56 03 03", RepeatReceipt("123456", 3)),
        ("06 20 03 12 34 56", RepeatReceipt("123456")),
        (
            "06 20 09 12 34 56 06 04 1F 01 01 04",
            RepeatReceipt("123456", None, (Tlv(0x1F01, b"\x04"),)),
        ),
        ("06 B0 00", Abort()),
        ("06 B0 02 D2 02", Abort(Fields.of(card_output=2))),
        ("06 02 00", LogOff()),
        ("06 18 00", Reset()),
    ],
)
def test_worked_commands(octets: str, message: Message) -> None:
    """zvt.md 6.1, 6.2, 6.5, 6.7, 9.2, 14.1, 14.2, 14.5, 14.13."""
    assert encode(message).encode() == bytes.fromhex(octets)
    assert decode(decode_apdu(bytes.fromhex(octets))) == message


def test_an_authorisation_is_read_in_any_order() -> None:
    """zvt.md 5.2."""
    octets = bytes.fromhex("06 01 0E 02 03 49 09 78 19 44 04 00 00 00 00 12 50")
    wanted = Authorisation(1250, "eur", 0x44, Fields.of(status_infos_max=3))
    assert decode(decode_apdu(octets)) == wanted


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ("06 00 00", "password"),
        ("06 00 03 12 34 5F", "password"),
        ("06 00 03 12 34 56", "config byte"),
        ("06 00 05 12 34 56 BE 09", "currency"),
        ("06 00 06 12 34 56 BE 0A 78", "currency"),
        ("06 00 08 12 34 56 BE 09 78 19 00", "bitmap"),
        ("06 01 04 04 00 00 00", "amount"),
        ("06 01 07 04 00 00 00 00 12 5E", "amount"),
        ("05 01 02 12 34", "password"),
        ("06 20 00", "password"),
        ("06 02 01 00", "log-off"),
        ("06 18 01 00", "reset"),
        ("06 B0 01 99", "bmp 99"),
    ],
)
def test_wrong_commands_are_malformed(octets: str, what: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode(decode_apdu(bytes.fromhex(octets)))
    assert caught.value.what == what


def test_a_currency_without_a_number_is_unsupported() -> None:
    with pytest.raises(Unsupported):
        encode(Authorisation(1250, "xyz"))


def test_bitmaps_need_what_stands_in_front_of_them() -> None:
    with pytest.raises(AssertionError):
        encode(Registration("000000", 0xBE, service=1))
    with pytest.raises(AssertionError):
        encode(StatusEnquiry(service=1))


def test_an_amount_that_six_octets_cannot_hold_is_never_cut() -> None:
    assert encode(Authorisation(999_999_999_999)) == Apdu(0x0601, b"\x04" + b"\x99" * 6)
    for amount in (1_000_000_000_000, -1):
        with pytest.raises(AssertionError):
            encode(Authorisation(amount))


@pytest.mark.parametrize(
    "message", [Registration("135790", 0xBE), StatusEnquiry("135790"), RepeatReceipt("135790")]
)
def test_a_password_is_never_printed(message: Message) -> None:
    assert "135790" not in repr(message)
