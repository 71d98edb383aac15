"""The grammar against frames and APDUs that others recorded or published.

The file is an oracle that neither side here wrote and is no part of the repository;
POSD_ZVT_VECTORS names it. Frames and APDUs are compared byte for byte both ways. Messages are
compared byte for byte too, except that card data is masked for good (22, 23, 24, 2D: only what may
be left of it is compared) and that an authorisation's bitmaps come out in our order.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from posd_drivers.errors import CodecError
from posd_drivers.zvt.apdu import Apdu, ApduStream, decode_apdu
from posd_drivers.zvt.bmp import (
    BY_NUMBER,
    Length,
    encode_bcd,
    encode_currency,
    encode_var_length,
    take_var_length,
)
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import Fields, take_fields
from posd_drivers.zvt.framing import Frame, FrameDecoder, encode_frame
from posd_drivers.zvt.messages import (
    AbortMessage,
    Authorisation,
    Completion,
    DisplayText,
    IntermediateStatus,
    Message,
    NotAcknowledged,
    Other,
    PrintLine,
    Registration,
    StatusEnquiryCompletion,
    StatusInformation,
    decode,
    encode,
)
from posd_drivers.zvt.tlv import Objects, encode_tlv, parse_tlv
from tests.figures import FIGURE

STATUS_ENQUIRY = 0x0501
CARD_BITMAPS = frozenset({"22", "23", "24", "2D"})


@dataclass(frozen=True, slots=True)
class Vector:
    """One entry of the file; `decoded` is another decoder's reading, upper-case hex for codes."""

    id: str
    kind: str
    octets: bytes
    valid: bool
    apdu: bytes | None
    decoded: dict[str, Any]
    notes: str

    @property
    def bitmaps(self) -> dict[str, bytes]:
        bitmaps = self.decoded.get("bmps", [])
        return {item["bmp"]: bytes.fromhex(item["hex"]) for item in bitmaps if "hex" in item}

    @property
    def objects(self) -> list[dict[str, Any]]:
        """What its container holds, as the other decoder read it."""
        bitmaps = self.decoded.get("bmps", [])
        return next((item["tlv"] for item in bitmaps if "tlv" in item), [])

    @property
    def pending(self) -> int | None:
        """A status enquiry's completion is ambiguous by its octets; the file marks them."""
        ambiguous = "terminal_status" in self.decoded or self.notes.startswith("AMBIGUOUS")
        return STATUS_ENQUIRY if ambiguous else None


def vectors() -> list[Vector]:
    name = os.environ.get("POSD_ZVT_VECTORS")
    if not name:
        pytest.skip("POSD_ZVT_VECTORS does not name the file of ZVT vectors")
    return [
        Vector(
            id=item["id"],
            kind=item["kind"],
            octets=bytes.fromhex(item["hex"]),
            valid=item["valid"],
            apdu=bytes.fromhex(item["apdu_hex"]) if "apdu_hex" in item else None,
            decoded=item.get("decoded", {}),
            notes=item.get("notes", ""),
        )
        for item in json.loads(Path(name).read_text(encoding="utf-8"))["vectors"]
    ]


def check(vector: Vector) -> None:
    """The vector holds, or an assertion or an error says where not."""
    if not vector.valid:
        with pytest.raises(CodecError):
            check_apdu(vector, vector.octets)
        return
    match vector.kind:
        case "serial-frame":
            assert vector.apdu is not None
            assert FrameDecoder().feed(vector.octets) == [Frame(vector.apdu)]
            assert encode_frame(vector.apdu) == vector.octets
            check_apdu(vector, vector.apdu)
        case "apdu":
            check_apdu(vector, vector.octets)
        case "stream":
            check_stream(vector.octets)
        case "lllvar":
            cursor = Cursor(vector.octets)
            size = take_var_length(cursor, Length.LLL)
            assert cursor.left >= size
            assert encode_var_length(size, Length.LLL) + cursor.rest() == vector.octets
        case "tlv-objects":
            assert encode_tlv(parse_tlv(vector.octets)) == vector.octets
        case _:
            pytest.fail(f"unknown kind {vector.kind}")


def check_stream(octets: bytes) -> None:
    stream = ApduStream()
    apdus = [apdu for octet in octets for apdu in stream.feed(bytes([octet]))]
    assert [f"{apdu.control:04X}" for apdu in apdus] == ["04FF", "060F", "06D3"]
    assert b"".join(apdu.encode() for apdu in apdus) == octets


def check_apdu(vector: Vector, octets: bytes) -> None:
    apdu = decode_apdu(octets)
    assert apdu.encode() == octets
    if vector.notes == "payload not parseable by design":
        with pytest.raises(CodecError):
            decode(apdu)
        return
    message = decode(apdu, vector.pending)
    assert f"{apdu.control:04X}" == vector.decoded.get("cf", f"{apdu.control:04X}")
    check_message(vector, apdu, message)
    check_money(vector, message)
    if not isinstance(message, Other):
        assert getattr(message, "password", None) == vector.decoded.get("password")
        check_objects(vector.objects, objects_of(message))


def objects_of(message: Message) -> Objects:
    """What its container holds."""
    fields = getattr(message, "fields", getattr(message, "others", Fields()))
    return getattr(message, "objects", None) or fields.objects


def check_objects(told: list[dict[str, Any]], objects: Objects) -> None:
    """Tags and values as the other decoder read them, down to the last."""
    assert [item["tag"] for item in told] == [f"{item.tag:02X}" for item in objects]
    for other, ours in zip(told, objects, strict=True):
        if "children" in other:
            check_objects(other["children"], ours.objects)
        else:
            assert ours.value == bytes.fromhex(other["hex"])


def check_message(vector: Vector, apdu: Apdu, message: Message) -> None:
    again = encode(message)
    assert decode(again, vector.pending) == message
    if isinstance(message, Authorisation):
        assert sorted(again.body) == sorted(apdu.body)
    elif not CARD_BITMAPS & vector.bitmaps.keys():
        assert again == apdu


def check_money(vector: Vector, message: Message) -> None:
    """Password, config, currency, amount, result, status and texts as the other decoder read."""
    told = vector.decoded
    match message:
        case Registration(_, config, currency):
            assert f"{config:02X}" == told["config"]
            assert told.get("cc") == (currency and encode_currency(currency).hex())
        case DisplayText(fields):
            check_fields(vector, fields)
        case Authorisation(amount, currency):
            assert vector.bitmaps.get("04") == (amount and encode_bcd(amount, 6))
            assert vector.bitmaps.get("49") == (currency and encode_currency(currency))
        case StatusInformation(fields) | Completion(fields):
            check_fields(vector, fields)
        case AbortMessage(code, _, fields):
            assert f"{code:02X}" == told["result"]
            check_fields(vector, fields)
        case _:
            check_status_and_text(told, message)


def check_status_and_text(told: dict[str, Any], message: Message) -> None:
    match message:
        case NotAcknowledged(code):
            assert f"84{code:02X}" == told["cf"]
        case StatusEnquiryCompletion(status, version):
            assert f"{status:02X}" == told.get("terminal_status", f"{status:02X}")
            assert (version or b"").decode("ascii") == told.get("sw_version", "")
        case IntermediateStatus(code, minutes):
            assert f"{code:02X}" == told["status"]
            assert told.get("timeout_min_bcd") == (None if minutes is None else f"{minutes:02}")
        case PrintLine(attribute, text):
            assert f"{attribute:02X}" == told["attribute"]
            assert text == bytes.fromhex(told["text_hex"])
        case _:
            pass


def check_fields(vector: Vector, fields: Fields) -> None:
    for number, octets in vector.bitmaps.items():
        name = BY_NUMBER[int(number, 16)].name
        if number == "22":
            assert fields.pan is not None
            nibbles = octets.hex().partition("d")[0]
            assert fields.pan.last4 in (None, nibbles[-4:])
            assert nibbles[:-4] not in repr(fields) or not nibbles[:-4].isdecimal()
        else:
            assert fields.get(name) == octets, name
    if "04" in vector.bitmaps:
        assert fields.amount == int(vector.bitmaps["04"].hex())


def test_published_and_recorded_vectors(record_property: Callable[[str, object], None]) -> None:
    wrong: dict[str, str] = {}
    entries = vectors()
    for vector in entries:
        try:
            check(vector)
        except (AssertionError, CodecError, KeyError, pytest.fail.Exception) as error:
            wrong[vector.id] = repr(error)
    record_property(FIGURE, f"ZVT vectors: {len(entries) - len(wrong)} of {len(entries)}")
    assert not wrong
    assert entries


def test_the_garbage_of_a_vector_is_no_bitmaps_either() -> None:
    raw = [vector for vector in vectors() if vector.kind == "raw"]
    assert raw
    for vector in raw:
        with pytest.raises(CodecError):
            take_fields(Cursor(vector.octets))
