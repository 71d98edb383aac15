from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import Apdu, decode_apdu
from posd_drivers.zvt.messages import (
    Abort,
    AbortMessage,
    Acknowledged,
    Authorisation,
    Completion,
    IntermediateStatus,
    LogOff,
    Message,
    NotAcknowledged,
    Other,
    PrintLine,
    PrintTextBlock,
    Registration,
    RepeatReceipt,
    Reset,
    StatusEnquiry,
    StatusEnquiryCompletion,
    StatusInformation,
    decode,
    encode,
)
from tests.unit.drivers.zvt.strategies import bcd, opaque, some_fields, tlv_objects

STATUS_ENQUIRY = 0x0501
PAN = "4111111111111111"

OCTETS = st.integers(0, 0xFF)
PASSWORDS = bcd(3).map(bytes.hex)
CURRENCIES = st.sampled_from(["eur", "chf", "usd"])
AMOUNTS = st.integers(0, 999_999_999_999)
CONTAINERS = st.none() | tlv_objects()
MINUTES = st.integers(0, 99).filter(lambda minutes: minutes != 6)  # 6 can look like a container
CONTROLS = (
    *(0x0600, 0x0601, 0x0501, 0x0620, 0x06B0, 0x0602, 0x0650),
    *(0x040F, 0x04FF, 0x060F, 0x061E, 0x06D1, 0x06D3, 0x8000, 0x8400, 0x849C),
)
ASKED = ("amount", "currency", "status_byte")

MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(Registration, PASSWORDS, OCTETS, CURRENCIES, st.none() | OCTETS, CONTAINERS),
    st.builds(Registration, PASSWORDS, OCTETS),
    st.builds(
        Authorisation,
        st.none() | AMOUNTS,
        st.none() | CURRENCIES,
        st.none() | OCTETS,
        some_fields(but=ASKED),
    ),
    st.builds(StatusEnquiry, PASSWORDS, st.none() | OCTETS, CONTAINERS),
    st.just(StatusEnquiry()),
    st.builds(RepeatReceipt, PASSWORDS, st.none() | OCTETS, CONTAINERS),
    st.builds(Abort, some_fields()),
    st.just(LogOff()),
    st.just(Reset()),
    st.builds(Acknowledged, st.binary(max_size=20)),
    st.builds(NotAcknowledged, st.integers(1, 0xFF), st.binary(max_size=20)),
    st.builds(StatusInformation, some_fields()),
    st.builds(IntermediateStatus, OCTETS, st.none() | MINUTES, CONTAINERS),
    st.builds(Completion, some_fields()),
    st.builds(StatusEnquiryCompletion, OCTETS, st.none() | st.binary(max_size=20), CONTAINERS),
    st.builds(AbortMessage, OCTETS.filter(lambda code: code != 0x6F), st.none(), some_fields()),
    st.builds(AbortMessage, st.just(0x6F), CURRENCIES, some_fields()),
    st.just(AbortMessage()),
    st.builds(PrintLine, OCTETS, opaque(), st.none() | OCTETS),
    st.builds(PrintTextBlock, tlv_objects()),
    st.builds(Other, st.sampled_from([0x040D, 0x0695, 0x06C0, 0x0FA1]), st.binary(max_size=20)),
)


def pending_for(message: Message) -> int | None:
    return STATUS_ENQUIRY if isinstance(message, StatusEnquiryCompletion) else None


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        ("80 00 00", Acknowledged()),
        ("80 00 01 0D", Acknowledged(b"\x0d")),
        ("84 9C 00", NotAcknowledged(0x9C)),
        ("84 1E 01 6F", NotAcknowledged(0x1E, b"\x6f")),
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


@given(MESSAGES)
def test_decoding_what_was_encoded_gives_it_back(message: Message) -> None:
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
