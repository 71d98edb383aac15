import re
from contextlib import suppress
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import Apdu, decode_apdu
from posd_drivers.zvt.bmp import encode_bcd
from posd_drivers.zvt.codes import LANGUAGES
from posd_drivers.zvt.fields import Fields
from posd_drivers.zvt.messages import (
    _DECODERS,
    Abort,
    AbortMessage,
    Acknowledged,
    Authorisation,
    BookTip,
    BookTotal,
    Completion,
    Diagnosis,
    DisplayText,
    EndOfDay,
    Initialisation,
    IntermediateStatus,
    LogOff,
    Message,
    NotAcknowledged,
    Other,
    PartialReversal,
    Preauthorisation,
    PreauthorisationEnquiry,
    PreauthorisationReversal,
    PrintLine,
    PrintTextBlock,
    Refund,
    Registration,
    RepeatReceipt,
    ReprintReceipts,
    Reset,
    Reversal,
    SendOfflineTransactions,
    SendTurnoverTotals,
    SetDateAndTime,
    SetDateAndTimeInEcr,
    SetLanguage,
    SoftwareUpdate,
    StatusEnquiry,
    StatusEnquiryCompletion,
    StatusInformation,
    decode,
    encode,
)
from posd_drivers.zvt.tlv import Objects, Tlv
from tests.tidy.tree import ROOT
from tests.unit.drivers.zvt.strategies import bcd, opaque, some_fields, tlv_objects

STATUS_ENQUIRY = 0x0501
PAN = "4111111111111111"

OCTETS = st.integers(0, 0xFF)
PASSWORDS = bcd(3).map(bytes.hex)
CURRENCIES = st.sampled_from(["eur", "chf", "usd"])
AMOUNTS = st.integers(0, 999_999_999_999)
CONTAINERS = st.none() | tlv_objects()
MINUTES = st.integers(0, 99).filter(lambda minutes: minutes != 6)  # 6 can look like a container
RECEIPTS = st.integers(0, 9999)
CONTROLS = (
    *(0x0600, 0x0601, 0x0602, 0x060C, 0x0610, 0x0612, 0x0618, 0x0620, 0x0622, 0x0623, 0x0624),
    *(0x0625, 0x0630, 0x0631, 0x0650, 0x0651, 0x0670, 0x0691, 0x0693, 0x06B0, 0x06E0),
    *(0x0501, 0x0810, 0x0830, 0x0401, 0x040F, 0x04FF, 0x060F, 0x061E, 0x06D1, 0x06D3),
    *(0x8000, 0x8400, 0x849C, 0x0695),
)
SIX_DIGITS = PASSWORDS
ABORT_CODES = OCTETS.filter(lambda code: code not in (0x6F, 0xB8))
BITMAPS = ("receipt", "amount", "currency")
NAMED = (st.none() | AMOUNTS, st.none() | CURRENCIES, some_fields(but=BITMAPS))
ASKED = (
    *(st.none() | AMOUNTS, st.none() | CURRENCIES, st.none() | OCTETS),
    some_fields(but=("amount", "currency", "status_byte")),
)


def listed(receipts: list[int]) -> Objects:
    """Open pre-authorisations as tag 23 tells them."""
    return (Tlv.of(0x23, *(Tlv(0x08, encode_bcd(receipt, 2)) for receipt in receipts)),)


OPEN_PREAUTHORISATIONS = st.lists(RECEIPTS, max_size=4).map(
    lambda receipts: Fields.of(container=listed(receipts))
)
DRAWN: dict[type[Message], st.SearchStrategy[Message]] = {
    Registration: st.builds(
        Registration, PASSWORDS, OCTETS, CURRENCIES, st.none() | OCTETS, CONTAINERS
    )
    | st.builds(Registration, PASSWORDS, OCTETS),
    LogOff: st.just(LogOff()),
    Abort: st.builds(Abort, some_fields()),
    Reset: st.just(Reset()),
    EndOfDay: st.builds(EndOfDay, PASSWORDS, CONTAINERS),
    SendOfflineTransactions: st.builds(SendOfflineTransactions, PASSWORDS, CONTAINERS),
    Diagnosis: st.builds(Diagnosis, CONTAINERS),
    Initialisation: st.builds(Initialisation, PASSWORDS, CONTAINERS),
    SetDateAndTime: st.builds(SetDateAndTime, PASSWORDS, SIX_DIGITS, SIX_DIGITS),
    SoftwareUpdate: st.builds(SoftwareUpdate, CONTAINERS),
    SetLanguage: st.builds(SetLanguage, st.sampled_from([*LANGUAGES.values()])),
    DisplayText: st.builds(DisplayText, some_fields()),
    StatusEnquiry: st.builds(StatusEnquiry, PASSWORDS, st.none() | OCTETS, CONTAINERS)
    | st.just(StatusEnquiry()),
    RepeatReceipt: st.builds(RepeatReceipt, PASSWORDS, st.none() | OCTETS, CONTAINERS),
    ReprintReceipts: st.builds(ReprintReceipts, PASSWORDS, RECEIPTS, st.none() | RECEIPTS),
    SendTurnoverTotals: st.builds(SendTurnoverTotals, PASSWORDS, CONTAINERS),
    Authorisation: st.builds(Authorisation, *ASKED),
    Preauthorisation: st.builds(Preauthorisation, *ASKED),
    PreauthorisationEnquiry: st.builds(PreauthorisationEnquiry, some_fields(but=("receipt",))),
    PartialReversal: st.builds(PartialReversal, RECEIPTS, *NAMED),
    BookTotal: st.builds(BookTotal, RECEIPTS, *NAMED),
    PreauthorisationReversal: st.builds(PreauthorisationReversal, RECEIPTS, *NAMED),
    Reversal: st.builds(Reversal, PASSWORDS, RECEIPTS, *NAMED),
    Refund: st.builds(Refund, PASSWORDS, *NAMED),
    BookTip: st.builds(
        BookTip, st.none() | AMOUNTS, RECEIPTS, st.none() | CURRENCIES, some_fields(but=BITMAPS)
    ),
    Acknowledged: st.builds(Acknowledged, st.binary(max_size=20)),
    NotAcknowledged: st.builds(NotAcknowledged, st.integers(1, 0xFF), st.binary(max_size=20)),
    StatusInformation: st.builds(StatusInformation, some_fields()),
    IntermediateStatus: st.builds(IntermediateStatus, OCTETS, st.none() | MINUTES, CONTAINERS),
    SetDateAndTimeInEcr: st.builds(SetDateAndTimeInEcr, some_fields()),
    Completion: st.builds(Completion, some_fields()),
    StatusEnquiryCompletion: st.builds(
        StatusEnquiryCompletion, OCTETS, st.none() | st.binary(max_size=20), CONTAINERS
    ),
    AbortMessage: st.one_of(
        st.builds(AbortMessage, ABORT_CODES, st.none(), some_fields()),
        st.builds(AbortMessage, st.just(0x6F), CURRENCIES, some_fields()),
        st.builds(AbortMessage, st.just(0xB8), st.none(), OPEN_PREAUTHORISATIONS),
        st.just(AbortMessage()),
    ),
    PrintLine: st.builds(PrintLine, OCTETS, opaque(), st.none() | OCTETS),
    PrintTextBlock: st.builds(PrintTextBlock, tlv_objects()),
    Other: st.builds(
        Other, st.sampled_from([0x040D, 0x0695, 0x06C0, 0x0FA1]), st.binary(max_size=20)
    ),
}


def pending_for(message: Message) -> int | None:
    return STATUS_ENQUIRY if isinstance(message, StatusEnquiryCompletion) else None


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        ("80 00 00", Acknowledged()),
        ("80 00 01 0D", Acknowledged(b"\x0d")),
        ("84 9C 00", NotAcknowledged(0x9C)),
        ("84 1E 01 6F", NotAcknowledged(0x1E, b"\x6f")),
        ("84 1E 03 6F 09 78", NotAcknowledged(0x1E, b"\x6f\x09\x78")),
        (
            "84 9D 07 04 00 00 00 00 22 00",
            NotAcknowledged(0x9D, bytes.fromhex("04 00 00 00 00 22 00")),
        ),
        ("06 95 03 00 00 00", Other(0x0695, bytes(3))),
    ],
)
def test_answers_and_what_has_no_class(octets: str, message: Message) -> None:
    """zvt.md 4, 6.1, 14.1, 14.6."""
    assert decode(decode_apdu(bytes.fromhex(octets))) == message
    assert encode(message).encode() == bytes.fromhex(octets)


@pytest.mark.parametrize(
    ("octets", "reason"),
    [("84 1E 01 6F", 0x6F), ("84 1E 03 6F 09 78", 0x6F), ("84 1E 01 7D", 0x7D), ("84 1E 00", 0x1E),
     ("84 9C 00", 0x9C), ("84 9D 07 04 00 00 00 00 22 00", 0x9D)],
)  # fmt: skip
def test_a_refused_registration_says_why_in_its_body(octets: str, reason: int) -> None:
    """zvt.md 6.2: 84 1E and then the code."""
    answer = decode(decode_apdu(bytes.fromhex(octets)))
    assert isinstance(answer, NotAcknowledged)
    assert answer.reason == reason


def test_84_00_is_also_good() -> None:
    """zvt.md 4."""
    assert decode(Apdu(0x8400)) == Acknowledged()


@pytest.mark.parametrize(
    "message",
    [
        Acknowledged(PAN.encode()),
        NotAcknowledged(0x9D, PAN.encode()),
        Other(0x06C6, PAN.encode()),
        decode(Apdu(0x040F, b"\x22\xf0\xf8" + bytes.fromhex(PAN))),
        decode(Apdu(0x040F, b"\x23\xf0\xf8" + bytes.fromhex(PAN))),
        decode(Apdu(0x040F, b"\x3c\xf0\xf1\xf6" + PAN.encode())),
        decode(Apdu(0x0601, b"\x22\xf0\xf8" + bytes.fromhex(PAN))),
        decode(Apdu(0x06D1, b"\x00" + PAN.encode())),
        decode(Apdu(0x06D3, b"\x06\x14\x25\x12\x07\x10" + PAN.encode())),
        decode(Apdu(0x04FF, b"\xff\x01\x06\x14\x24\x12\x07\x10" + PAN.encode())),
    ],
)
def test_no_message_prints_a_card_number(message: Message) -> None:
    assert PAN not in repr(message)
    assert PAN[:12] not in repr(message)


def test_the_document_lists_what_has_a_message() -> None:
    """zvt.md 6.1; the answers 84xx have a control field each."""
    document = (ROOT / "docs" / "zvt.md").read_text(encoding="utf-8")
    (sentence,) = re.findall(r"^posd has a message, .* 84xx\.", document, re.MULTILINE)
    listed = re.findall(r"\b[0-9A-F]{4}\b", sentence)
    assert sorted(listed) == sorted(f"{control:04X}" for control in _DECODERS)


@given(st.lists(RECEIPTS, max_size=4))
def test_open_pre_authorisations_are_those_listed(receipts: list[int]) -> None:
    abort = AbortMessage(0xB8, None, Fields.of(container=listed(receipts)))
    assert decode(encode(abort)) == abort
    assert abort.open_preauthorisations == tuple(receipts)


def test_every_kind_of_message_is_drawn() -> None:
    assert set(DRAWN) == set(get_args(Message))


@pytest.mark.parametrize("kind", DRAWN)
@settings(max_examples=settings().max_examples // 3)  # they share what they are made of
@given(drawn=st.data())
def test_decoding_what_was_encoded_gives_it_back(kind: type[Message], drawn: st.DataObject) -> None:
    message = drawn.draw(DRAWN[kind])
    apdu = encode(message)
    assert decode(decode_apdu(apdu.encode()), pending_for(message)) == message


@given(
    st.sampled_from(CONTROLS),
    st.binary(max_size=40) | st.builds(lambda fields: fields.encode(), some_fields()),
    st.sampled_from([None, STATUS_ENQUIRY, 0x0601]),
)
def test_noise_is_a_message_or_malformed(control: int, body: bytes, pending: int | None) -> None:
    with suppress(Malformed):
        encode(decode(Apdu(control, body), pending))
