import pytest

from posd_drivers.zvt.apdu import decode_apdu
from posd_drivers.zvt.messages import decode
from posd_drivers.zvt.remarks import remark

STATUS_ENQUIRY = 0x0501


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        ("04 0F 02 27 00", "StatusInformation: ok"),
        ("04 0F 02 27 37", "StatusInformation: host result 55"),
        ("04 0F 00", "StatusInformation"),
        ("04 FF 02 4A 01", "IntermediateStatus: unused"),
        ("04 FF 01 41", "IntermediateStatus: look at the PIN pad, remove card"),
        ("06 0F 00", "Completion"),
        ("06 0F 02 27 E0", "Completion: goes away to update or to restart"),
        ("06 0F 02 27 37", "Completion: host result 55"),
        ("06 1E 01 6C", "AbortMessage: abort by timeout or stop key"),
        ("06 1E 00", "AbortMessage"),
        ("84 9C 00", "NotAcknowledged: please wait"),
        ("84 1E 03 6F 09 78", "NotAcknowledged: wrong currency"),
        ("80 00 00", "Acknowledged"),
        ("06 95 00", "Other: 06 95"),
        ("06 50 03 13 57 90", "EndOfDay"),
        ("06 01 07 04 00 00 00 00 12 50", "Authorisation"),
    ],
)
def test_what_a_message_says_in_the_manuals_words(octets: str, said: str) -> None:
    """zvt.md 6.1, 8, 12.1, 12.2."""
    assert remark(decode(decode_apdu(bytes.fromhex(octets)))) == said


def test_a_status_enquiry_tells_the_terminals_status() -> None:
    """zvt.md 12.3."""
    told = decode(decode_apdu(bytes.fromhex("06 0F 01 F0")), STATUS_ENQUIRY)
    assert remark(told) == "StatusEnquiryCompletion: end-of-day required"
