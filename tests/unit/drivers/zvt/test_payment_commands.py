import pytest

from posd_drivers.errors import Malformed, Unsupported
from posd_drivers.zvt.apdu import Apdu, decode_apdu
from posd_drivers.zvt.fields import Fields
from posd_drivers.zvt.messages import (
    Authorisation,
    BookTip,
    BookTotal,
    Message,
    PartialReversal,
    Preauthorisation,
    PreauthorisationEnquiry,
    PreauthorisationReversal,
    Refund,
    Reversal,
    decode,
    encode,
)
from posd_drivers.zvt.tlv import Tlv


@pytest.mark.parametrize(
    ("octets", "message"),
    [
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
        ("06 22 0A 04 00 00 00 00 50 00 49 09 78", Preauthorisation(5000, "eur")),
        ("06 22 09 04 00 00 00 00 50 00 19 40", Preauthorisation(5000, payment_type=0x40)),
        ("06 23 03 87 FF FF", PreauthorisationEnquiry()),
        ("06 23 05 87 FF FF 06 00", PreauthorisationEnquiry(Fields.of(container=()))),
        ("06 23 0A 87 02 31 04 00 00 00 00 20 00", PartialReversal(231, 2000)),
        (
            "06 24 0D 87 02 31 04 00 00 00 00 30 00 49 09 78",
            BookTotal(231, 3000, "eur"),
        ),
        ("06 24 03 87 02 31", BookTotal(231)),
        ("06 25 03 87 02 31", PreauthorisationReversal(231)),
        (
            "06 25 0A 87 02 31 04 00 00 00 00 50 00",
            PreauthorisationReversal(231, 5000),
        ),
        ("06 30 06 00 00 00 87 00 12", Reversal("000000", 12)),
        (
            "06 30 10 12 34 56 87 00 12 04 00 00 00 00 12 50 49 09 78",
            Reversal("123456", 12, 1250, "eur"),
        ),
        (
            "06 31 0D 00 00 00 04 00 00 00 00 05 00 49 09 78",
            Refund("000000", 500, "eur"),
        ),
        ("06 31 05 12 34 56 19 40", Refund("123456", None, others=Fields.of(status_byte=0x40))),
        (
            "06 0C 0D 04 00 00 00 00 02 00 87 00 12 49 09 78",
            BookTip(200, 12, "eur"),
        ),
    ],
)
def test_worked_commands(octets: str, message: Message) -> None:
    """zvt.md 6.1, 14.2, 14.9, 14.10."""
    assert encode(message).encode() == bytes.fromhex(octets)
    assert decode(decode_apdu(bytes.fromhex(octets))) == message


@pytest.mark.parametrize(
    ("octets", "wanted"),
    [
        (
            "06 01 0E 02 03 49 09 78 19 44 04 00 00 00 00 12 50",
            Authorisation(1250, "eur", 0x44, Fields.of(status_infos_max=3)),
        ),
        ("06 24 0D 49 09 78 04 00 00 00 00 30 00 87 02 31", BookTotal(231, 3000, "eur")),
        ("06 0C 0A 87 00 12 04 00 00 00 00 02 00", BookTip(200, 12)),
    ],
)
def test_commands_are_read_in_any_order(octets: str, wanted: Message) -> None:
    """zvt.md 5.2."""
    assert decode(decode_apdu(bytes.fromhex(octets))) == wanted


def test_a_tip_is_contained_in_the_amount() -> None:
    """zvt.md 6.3: tag 1F36."""
    octets = bytes.fromhex("06 01 12 04 00 00 00 00 14 50 06 09 1F 36 06 00 00 00 00 02 00")
    tip = Tlv(0x1F36, bytes.fromhex("00 00 00 00 02 00"))
    message = Authorisation(1450, others=Fields.of(container=(tip,)))
    assert encode(message).encode() == octets
    assert decode(decode_apdu(octets)) == message
    assert message.others.tip == 200


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ("06 01 04 04 00 00 00", "amount"),
        ("06 01 07 04 00 00 00 00 12 5E", "amount"),
        ("06 22 01 99", "bmp 99"),
        ("06 23 00", "receipt"),
        ("06 23 03 87 FF FE", "receipt"),
        ("06 24 07 04 00 00 00 00 30 00", "receipt"),
        ("06 24 03 87 FF FF", "receipt"),
        ("06 25 00", "receipt"),
        ("06 30 02 00 00", "password"),
        ("06 30 03 00 00 00", "receipt"),
        ("06 31 00", "password"),
        ("06 0C 07 04 00 00 00 00 02 00", "receipt"),
    ],
)
def test_wrong_commands_are_malformed(octets: str, what: str) -> None:
    """An enquiry's FF FF names no reservation to book or to give back."""
    with pytest.raises(Malformed) as caught:
        decode(decode_apdu(bytes.fromhex(octets)))
    assert caught.value.what == what


def test_a_missing_receipt_is_told_where_the_bitmaps_begin() -> None:
    with pytest.raises(Malformed) as caught:
        decode(decode_apdu(bytes.fromhex("06 30 03 00 00 00")))
    assert caught.value.offset == 3


def test_a_currency_without_a_number_is_unsupported() -> None:
    with pytest.raises(Unsupported):
        encode(Authorisation(1250, "xyz"))


def test_an_amount_that_six_octets_cannot_hold_is_never_cut() -> None:
    assert encode(Authorisation(999_999_999_999)) == Apdu(0x0601, b"\x04" + b"\x99" * 6)
    for amount in (1_000_000_000_000, -1):
        with pytest.raises(AssertionError):
            encode(Authorisation(amount))


@pytest.mark.parametrize("message", [Reversal("135790", 12), Refund("135790", 500)])
def test_a_password_is_never_printed(message: Message) -> None:
    assert "135790" not in repr(message)
