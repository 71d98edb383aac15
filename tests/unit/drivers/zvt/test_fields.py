import pytest
from hypothesis import given

from posd_drivers.errors import Malformed
from posd_drivers.zvt.bitmaps import Field
from posd_drivers.zvt.charset import Charset
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import Fields, ReceiptNeed, take_fields
from posd_drivers.zvt.masking import MaskedPan
from posd_drivers.zvt.tlv import Tlv
from tests.unit.drivers.zvt.strategies import some_fields


def fields(octets: str) -> Fields:
    return take_fields(Cursor(bytes.fromhex(octets)))


def test_an_approval_says_what_was_paid() -> None:
    """zvt.md 14.2, with what 8.1 lists."""
    approved = fields(
        "27 00 04 00 00 00 00 12 50 0B 00 01 23 0C 10 11 12 0D 01 02 0E 28 12 17 00 01 19 70"
        " 22 F0 F8 EE EE EE EE EE EE 47 71 29 12 34 56 78"
        " 2A 31 32 33 34 35 36 37 38 39 20 20 20 20 20 20 3B 30 30 31 32 33 34 00 00"
        " 3C F0 F0 F4 54 65 78 74 49 09 78 87 00 12 88 00 01 24 8A 2E 8B F0 F5 56 49 53 41 00"
    )
    assert (approved.result, approved.amount, approved.currency) == (0, 1250, "eur")
    assert (approved.receipt, approved.trace, approved.turnover) == (12, 123, 124)
    assert (approved.time, approved.date, approved.expiry) == ("101112", "0102", "2812")
    assert (approved.terminal_id, approved.contract) == ("12345678", b"123456789")
    assert (approved.card_sequence, approved.status_byte, approved.card_type) == (1, 0x70, 46)
    assert (approved.authorisation, approved.text) == (b"001234", b"Text")
    assert (approved.card_name, approved.pan) == (b"VISA", MaskedPan("4771", 16))
    assert approved.host_result is None


def test_what_is_absent_is_none() -> None:
    nothing = Fields()
    accessors = [name for name, value in vars(Fields).items() if isinstance(value, property)]
    told = {name: getattr(nothing, name) for name in accessors}
    assert told == dict.fromkeys(accessors) | {"at_risk": False, "signature_required": False}
    assert nothing.objects == ()
    assert nothing.encode() == b""


def test_a_host_result_beside_an_approval_is_told() -> None:
    """zvt.md 8.1: host codes that are not BCD arrive as 27 = 00 with the code in A0."""
    assert fields("27 00 A0 A1").host_result == 0xA1


@pytest.mark.parametrize(
    ("octets", "trace"),
    [
        ("0B 00 01 23", 123),
        ("0B 00 00 00 06 07 1F 2B 04 01 23 45 67", 1234567),
        ("06 07 1F 2B 04 01 23 45 67", 1234567),
        ("0B 00 01 23 06 07 1F 2B 04 01 23 45 67", 123),
        ("0B 00 00 00 06 04 1F 2B 01 FF", None),
        ("0B 00 00 00", 0),
    ],
)
def test_a_trace_number_longer_than_six_digits_is_in_tag_1f2b(
    octets: str, trace: int | None
) -> None:
    """zvt.md 8.1."""
    assert fields(octets).trace == trace


def test_no_receipt_number_is_none() -> None:
    """zvt.md 11: FF FF."""
    assert fields("87 FF FF").receipt is None


def test_evidence_that_is_not_digits_is_none() -> None:
    assert fields("0C FF FF FF 0D AB CD 17 FF FF").time is None
    assert fields("0C FF FF FF 0D AB CD 17 FF FF").date is None
    assert fields("0C FF FF FF 0D AB CD 17 FF FF").card_sequence is None


def test_a_reversal_names_the_trace_number_it_reversed() -> None:
    assert fields("37 00 01 23").original_trace == 123


@pytest.mark.parametrize(
    ("octets", "card_type"),
    [
        ("8A 05", 5),
        ("8A FF 06 04 41 02 01 04", 260),
        ("8A FF 06 06 60 04 41 02 01 04", 260),
        ("06 04 41 02 00 0A", 10),
        ("8A FF", 255),
    ],
)
def test_a_card_type_beyond_one_byte_is_in_tag_41(octets: str, card_type: int) -> None:
    """zvt.md 11, 12.4, 13."""
    assert fields(octets).card_type == card_type


@pytest.mark.parametrize(
    "container",
    [
        "60 0D 42 04 56 49 53 41 43 05 A0 00 00 00 03 2F 0C 1F 10 01 01 1F 11 01 01 1F 12 01 02",
        "42 04 56 49 53 41 43 05 A0 00 00 00 03 1F 10 01 01 1F 11 01 01 1F 12 01 02",
    ],
)
def test_how_it_was_paid_loose_or_in_containers(container: str) -> None:
    """zvt.md 8.1, 13: 43 in 60; 1F10, 1F12 loose or inside 2F."""
    paid = fields(f"06 {len(bytes.fromhex(container)):02X} {container}")
    assert (paid.aid, paid.application_name) == (bytes.fromhex("A0 00 00 00 03"), b"VISA")
    assert (paid.verification, paid.read_method) == (1, 2)


def test_the_preferred_name_beats_the_label() -> None:
    assert fields("06 06 42 01 41 44 01 42").application_name == b"B"


def test_a_tip_is_told_in_minor_units() -> None:
    assert fields("06 09 1F 36 06 00 00 00 00 02 00").tip == 200
    assert fields("06 04 1F 36 01 FF").tip is None


@pytest.mark.parametrize(
    ("octets", "at_risk"),
    [
        ("27 00 19 40", True),
        ("27 00 19 44", True),
        ("27 00 19 50", True),
        ("27 00 19 60", False),
        ("27 00 19 70", False),
        ("27 00 8A 09", True),
        ("27 00 8A FF 06 03 41 01 09", True),
        ("27 00 06 04 1F 11 01 00", True),
        ("27 00 06 06 2F 04 1F 11 01 00", True),
        ("27 00 19 60 06 06 2F 04 1F 11 01 01", False),
        ("27 00", False),
    ],
)
def test_an_approval_that_no_issuer_gave_is_at_risk(octets: str, *, at_risk: bool) -> None:
    """zvt.md 8.1: 19 = 40 offline, 50 checked only; 12.4: 9 is a debit advice; 13: 1F11."""
    assert fields(octets).at_risk is at_risk


@pytest.mark.parametrize(
    ("octets", "required"),
    [
        *((f"06 04 1F 10 01 {code}", True) for code in ("01", "05", "06", "07")),
        *((f"06 04 1F 10 01 {code}", False) for code in ("00", "02", "03", "04", "FF")),
        ("06 06 2F 04 1F 10 01 01", True),
        ("06 04 1F 37 01 03", True),
        ("06 04 1F 37 01 01", False),
        ("19 40", False),
    ],
)
def test_who_has_to_sign(octets: str, *, required: bool) -> None:
    """zvt.md 8.5: 1F10 is 01, 05, 06 or 07, or 1F37 has 02; not from 19."""
    assert fields(octets).signature_required is required


@pytest.mark.parametrize(
    ("octets", "merchant", "customer"),
    [
        ("06 03 45 01 00", ReceiptNeed.NEVER, ReceiptNeed.NEVER),
        ("06 03 45 01 12", ReceiptNeed.IF_APPROVED, ReceiptNeed.ALWAYS),
        ("06 03 45 01 21", ReceiptNeed.ALWAYS, ReceiptNeed.IF_APPROVED),
        ("06 03 45 01 F3", None, None),
        ("06 02 45 00", None, None),
    ],
)
def test_who_needs_a_receipt(
    octets: str, merchant: ReceiptNeed | None, customer: ReceiptNeed | None
) -> None:
    """zvt.md 13: tag 45."""
    assert fields(octets).merchant_receipt is merchant
    assert fields(octets).customer_receipt is customer


def test_what_the_make_says_of_an_error() -> None:
    """zvt.md 14.4: an abort of a cVEND."""
    octets = "06 12 1F 16 05 FF 00 00 14 41 1F 17 07 41 62 62 72 75 63 68"
    assert fields(octets).vendor_error_code == "FF00001441"
    assert fields(octets).vendor_error_text == b"Abbruch"


@pytest.mark.parametrize("octets", ["06 06 4A 04 56 49 53 41", "06 08 60 06 4A 04 56 49 53 41"])
def test_a_dc_pos_terminal_names_the_product(octets: str) -> None:
    """zvt.md 12.4, 13."""
    assert fields(octets).product_name == b"VISA"


@pytest.mark.parametrize(
    ("octets", "charset"),
    [
        ("19 00 06 05 27 03 14 01 FF", Charset.CP437),
        ("06 03 14 01 02", Charset.ISO_8859_2),
        ("06 03 14 01 0C", None),
        ("06 02 14 00", None),
        ("06 08 27 06 14 01 FF 14 01 FE", None),
        ("06 08 14 01 FE 27 03 14 01 FF", Charset.UTF_8),
        ("06 00", None),
    ],
)
def test_a_message_may_name_its_character_set(octets: str, charset: Charset | None) -> None:
    """zvt.md 5.4: tag 14, loose or inside 27."""
    assert fields(octets).charset is charset


def test_padding_alone_is_nothing() -> None:
    empty = fields("3B 00 00 00 00 00 00 00 00 2A" + " 20" * 15)
    assert empty.authorisation is None
    assert empty.contract is None


def test_fields_by_name() -> None:
    """zvt.md 14.2, 14.1 and 14.3, built."""
    built = Fields.of(result=0, amount=1250, currency="eur", terminal_id="12345678", text=b"Ja")
    assert built.encode() == bytes.fromhex(
        "27 00 04 00 00 00 00 12 50 49 09 78 29 12 34 56 78 3C F0 F0 F2 4A 61"
    )
    container = Fields.of(service=1, container=(Tlv.of(0x26, Tlv(0x0A, b"\x06\xd3")),))
    assert container.encode() == bytes.fromhex("03 01 06 06 26 04 0A 02 06 D3")


def test_a_number_in_octets_is_high_byte_first() -> None:
    """zvt.md 11: 71 is four bytes, big-endian."""
    assert Fields.of(image_bytes=0x0102).encode() == bytes.fromhex("71 00 00 01 02")


def test_fields_by_name_are_masked() -> None:
    assert Fields.of(pan="4111111111111111").get("pan") == bytes.fromhex("EEEEEEEEEEEE1111")


def test_without_leaves_the_order() -> None:
    assert fields("27 00 0B 00 01 23 87 00 12").without(("trace",)) == fields("27 00 87 00 12")


def test_a_password_is_not_printed() -> None:
    assert repr(Field(0x3D, bytes.fromhex("123456"))) == "password=******"
    assert repr(fields("87 00 12")) == "Fields(items=(receipt=0012,))"


def test_an_unknown_bitmap_is_malformed() -> None:
    with pytest.raises(Malformed) as caught:
        fields("27 00 10 00")
    assert (caught.value.what, caught.value.offset) == ("bmp 10", 2)


def test_money_may_not_be_told_twice_with_two_meanings() -> None:
    with pytest.raises(Malformed) as caught:
        fields("04 00 00 00 00 12 50 04 00 00 00 00 12 51")
    assert (caught.value.what, caught.value.offset) == ("second amount", 7)
    assert fields("04 00 00 00 00 12 50 04 00 00 00 00 12 50").amount == 1250
    assert len(fields("60 F0 F0 F0 60 F0 F0 F1 00").items) == 2


@given(some_fields())
def test_decoding_what_was_encoded_gives_it_back(some: Fields) -> None:
    assert take_fields(Cursor(some.encode())) == some


def test_a_container_is_parsed_once_however_many_ask() -> None:
    fields = Fields.of(container=bytes.fromhex("1F 12 01 02"))
    assert fields.read_method == 2
    assert fields.objects is fields.objects
