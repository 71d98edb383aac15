import pytest

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import decode_apdu
from posd_drivers.zvt.fields import Fields
from posd_drivers.zvt.messages import (
    AbortMessage,
    Completion,
    IntermediateStatus,
    Message,
    SetDateAndTimeInEcr,
    StatusEnquiryCompletion,
    StatusInformation,
    decode,
    encode,
)
from posd_drivers.zvt.tlv import Tlv

STATUS_ENQUIRY = 0x0501


def text(*lines: bytes) -> tuple[Tlv, ...]:
    return (Tlv.of(0x24, *(Tlv(0x07, line) for line in lines)),)


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (
            "04 0F 10 27 00 04 00 00 00 00 12 50 0B 00 01 23 87 00 12",
            StatusInformation(Fields.of(result=0, amount=1250, trace=123, receipt=12)),
        ),
        (
            "04 0F 07 27 6C 29 29 00 10 06",
            StatusInformation(Fields.of(result=0x6C, terminal_id="29001006")),
        ),
        ("06 0F 00", Completion()),
        ("06 0F 02 27 E0", Completion(Fields.of(result=0xE0))),
        (
            "06 0F 0A 19 00 29 12 34 56 78 49 09 78",
            Completion(Fields.of(status_byte=0, terminal_id="12345678", currency="eur")),
        ),
        (
            "06 0F 0A 27 00 0C 08 15 30 AA 26 11 23",
            Completion(Fields.of(result=0, time="081530", day="261123")),
        ),
        (
            "04 01 08 AA 26 11 23 0C 08 15 30",
            SetDateAndTimeInEcr(Fields.of(day="261123", time="081530")),
        ),
        ("04 01 00", SetDateAndTimeInEcr()),
        ("06 1E 00", AbortMessage()),
        ("06 1E 01 6C", AbortMessage(0x6C)),
        ("06 1E 01 6F", AbortMessage(0x6F)),
        ("06 1E 03 6F 09 78", AbortMessage(0x6F, "eur")),
        ("06 1E 05 6F 09 78 06 00", AbortMessage(0x6F, "eur", Fields.of(container=()))),
        ("06 1E 04 B8 87 02 31", AbortMessage(0xB8, None, Fields.of(receipt="0231"))),
        ("06 1E 04 B8 87 FF FF", AbortMessage(0xB8, None, Fields.of(receipt="FFFF"))),
        (
            "06 1E 06 6F 06 03 1B 01 01",
            AbortMessage(0x6F, None, Fields.of(container=(Tlv(0x1B, b"\x01"),))),
        ),
        (
            "06 1E 05 6F 19 00 A0 01",
            AbortMessage(0x6F, None, Fields.of(status_byte=0, host_result=1)),
        ),
    ],
)
def test_worked_reports(octets: str, message: Message) -> None:
    """zvt.md 8, 8.1, 8.3, 14.1 to 14.4, 14.10."""
    apdu = decode_apdu(bytes.fromhex(octets))
    assert decode(apdu) == message
    assert encode(message) == apdu


def test_a_declined_payment_says_why() -> None:
    """zvt.md 14.3: text in 3C and in 24, card type 13."""
    octets = bytes.fromhex(
        "04 0F 31 27 05 29 12 34 56 78"
        " 3C F0 F1 F5 4B 61 72 74 65 20 61 62 67 65 6C 65 68 6E 74 8A 0D"
        " 06 13 24 11 07 0F 4B 61 72 74 65 20 61 62 67 65 6C 65 68 6E 74"
    )
    told = decode(decode_apdu(octets))
    assert isinstance(told, StatusInformation)
    assert (told.fields.result, told.fields.terminal_id) == (5, "12345678")
    assert (told.fields.text, told.fields.card_type) == (b"Karte abgelehnt", 13)
    assert told.fields.objects == text(b"Karte abgelehnt")
    assert encode(told).encode() == octets


def test_an_end_of_day_tells_its_totals() -> None:
    """zvt.md 14.11, 8.1: 77 bytes, of them 53 in bitmap 60."""
    octets = bytes.fromhex(
        "04 0F 4D 27 00 04 00 00 00 00 26 00 0B 00 02 65 0C 22 15 30 0D 11 23 60 F0 F5 F3"
        " 00 01 00 02"
        " 01 00 00 00 00 13 00 00 00 00 00 00 00 00 01 00 00 00 00 13 00 00 00 00 00 00 00 00"
        " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
    )
    told = decode(decode_apdu(octets))
    assert isinstance(told, StatusInformation)
    assert told.fields.totals is not None
    assert told.fields.totals.amount == told.fields.amount == 2600
    assert (told.fields.totals.first_receipt, told.fields.totals.last_receipt) == (1, 2)
    assert encode(told).encode() == octets


@pytest.mark.parametrize(
    ("octets", "receipts"),
    [
        ("06 1E 04 B8 87 FF FF", ()),
        ("06 1E 01 B8", None),
        ("06 1E 08 B8 3C F0 F0 F3 4E 6F 21", None),
        ("06 1E 04 B8 87 02 31", (231,)),
        ("06 1E 0D B8 06 0A 23 08 08 02 01 23 08 02 45 67", (123, 4567)),
        ("06 1E 11 B8 87 01 23 06 0B 23 04 08 02 45 67 23 03 09 01 00", (123, 4567)),
        ("06 1E 04 B5 87 02 31", None),
    ],
)
def test_open_pre_authorisations_come_one_by_one_or_as_a_list(
    octets: str, receipts: tuple[int, ...] | None
) -> None:
    """zvt.md 14.10, 13: tag 23 holds receipt numbers in 08."""
    abort = decode(decode_apdu(bytes.fromhex(octets)))
    assert isinstance(abort, AbortMessage)
    assert abort.open_preauthorisations == receipts


@pytest.mark.parametrize(
    ("octets", "away"),
    [("06 0F 02 27 E0", True), ("06 0F 02 27 FC", True), ("06 0F 02 27 00", False),
     ("06 0F 00", False)],
)  # fmt: skip
def test_a_completion_may_say_that_the_terminal_goes_away(octets: str, *, away: bool) -> None:
    """zvt.md 8.3: card complete, after an end of day."""
    completion = decode(decode_apdu(bytes.fromhex(octets)))
    assert isinstance(completion, Completion)
    assert completion.goes_away is away


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        ("04 FF 01 04", IntermediateStatus(0x04)),
        ("04 FF 02 0A 01", IntermediateStatus(0x0A, 1)),
        ("04 FF 02 0A 06", IntermediateStatus(0x0A, 6)),
        ("04 FF 02 0A 10", IntermediateStatus(0x0A, 10)),
        (
            "04 FF 09 17 06 06 1F 73 03 00 00 01",
            IntermediateStatus(0x17, None, (Tlv(0x1F73, b"\x00\x00\x01"),)),
        ),
        (
            "04 FF 0B 0A 01 06 07 24 05 07 03 41 62 63",
            IntermediateStatus(0x0A, 1, text(b"Abc")),
        ),
        ("04 FF 03 17 06 00", IntermediateStatus(0x17, None, ())),
        ("04 FF 04 17 06 06 00", IntermediateStatus(0x17, 6, ())),
    ],
)
def test_minutes_or_a_container(octets: str, message: Message) -> None:
    """zvt.md 8.2: an example of the standard leaves the minutes out."""
    apdu = decode_apdu(bytes.fromhex(octets))
    assert decode(apdu) == message
    assert encode(message) == apdu


def test_minutes_that_are_no_number_are_none() -> None:
    assert decode(decode_apdu(bytes.fromhex("04 FF 02 0A FF"))) == IntermediateStatus(0x0A)


@pytest.mark.parametrize(
    "objects", [text(b"Bitte", b"Karte"), text(b"Bitte\nKarte"), (*text(b"Bitte"), *text(b"Karte"))]
)
def test_lines_are_objects_or_parted_by_line_feeds(objects: tuple[Tlv, ...]) -> None:
    """zvt.md 8.2."""
    assert IntermediateStatus(0xFF, 1, objects).lines == (b"Bitte", b"Karte")


def test_other_objects_are_no_lines() -> None:
    objects = (Tlv(0x07, b"loose"), Tlv.of(0x24, Tlv(0x09, b"\x40")))
    assert IntermediateStatus(0xFF, 1, objects).lines == ()
    assert IntermediateStatus(0xFF).lines == ()


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        ("06 0F 01 DC", StatusEnquiryCompletion(0xDC)),
        ("06 0F 01 06", StatusEnquiryCompletion(0x06)),
        ("06 0F 01 F0", StatusEnquiryCompletion(0xF0)),
        ("06 0F 03 F0 06 00", StatusEnquiryCompletion(0xF0, None, ())),
        ("06 0F 03 06 06 00", StatusEnquiryCompletion(0x06, None, ())),
        ("06 0F 05 F0 F0 F1 41 9C", StatusEnquiryCompletion(0x9C, b"A")),
        ("06 0F 04 F0 F0 F0 00", StatusEnquiryCompletion(0x00, b"")),
        (
            "06 0F 0E F0 F0 F1 41 00 06 07 1F 44 04 12 34 56 78",
            StatusEnquiryCompletion(0x00, b"A", (Tlv(0x1F44, bytes.fromhex("12345678")),)),
        ),
    ],
)
def test_the_completion_of_a_status_enquiry(octets: str, message: Message) -> None:
    """zvt.md 8.3: untagged; 06 can be a status, F0 too."""
    apdu = decode_apdu(bytes.fromhex(octets))
    assert decode(apdu, STATUS_ENQUIRY) == message
    assert encode(message) == apdu


def test_only_the_pending_command_tells_the_two_completions_apart() -> None:
    apdu = decode_apdu(bytes.fromhex("06 0F 02 19 00"))
    assert decode(apdu) == Completion(Fields.of(status_byte=0))
    with pytest.raises(Malformed):
        decode(apdu, STATUS_ENQUIRY)


@pytest.mark.parametrize(
    ("octets", "pending", "what"),
    [
        ("04 0F 0F 27 00 04 00 00 00 00 12 50 87 00 12 0B 00 01", None, "trace"),
        ("04 0F 03 27 00 10", None, "bmp 10"),
        ("04 FF 00", None, "intermediate status"),
        ("04 FF 03 0A 01 41", None, "container"),
        ("04 FF 04 0A 01 06 05", None, "container"),
        ("04 FF 05 0A 01 06 01 07", None, "tlv length"),
        ("06 0F 00", STATUS_ENQUIRY, "terminal status"),
        ("06 0F 04 F0 F0 F1 41", STATUS_ENQUIRY, "terminal status"),
        ("06 0F 04 F0 F0 F9 41", STATUS_ENQUIRY, "version"),
        ("06 1E 03 6F 09 7A", None, "currency"),
        ("06 1E 02 6F 09", None, "bmp 09"),
        ("06 1E 04 B8 87 FF FE", None, "open pre-authorisations"),
        ("06 1E 08 B8 06 05 23 03 08 01 12", None, "open pre-authorisations"),
        ("06 1E 07 B8 06 04 23 02 02 31", None, "open pre-authorisations"),
        ("06 1E 0D B8 06 0A 23 08 08 02 01 23 08 02 45 6F", None, "open pre-authorisations"),
    ],
)
def test_wrong_reports_are_malformed(octets: str, pending: int | None, what: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode(decode_apdu(bytes.fromhex(octets)), pending)
    assert caught.value.what == what
