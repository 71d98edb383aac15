"""What is heard on a line, as dialogues: whole ones, in order, without what they give away."""

import pytest

from posd_drivers.transport.tap import Direction
from posd_drivers.zvt.framing import encode_frame
from posd_drivers.zvt.recording import APDUS_MAX, Recording
from posd_drivers.zvt.settings import Framing

ECR, PT = Direction.TO_TERMINAL, Direction.FROM_TERMINAL
ACK, NAK = b"\x06", b"\x15"
SPOKEN = [
    (ECR, "06 00 10 12 34 56 BE 09 78 03 01 06 06 26 04 0A 02 06 D3"),
    (PT, "84 9A 00"),
    (ECR, "06 00 06 12 34 56 BE 09 78"),
    (PT, "80 00 00"),
    (PT, "06 0F 07 19 00 29 52 52 35 35"),
    (ECR, "80 00 00"),
    (ECR, "06 01 0A 04 00 00 00 00 12 50 49 09 78"),
    (PT, "80 00 00"),
    (PT, "04 FF 01 0A"),
    (ECR, "80 00 00"),
    (ECR, "06 B0 00"),
    (PT, "84 83 00"),
    (PT, "04 0F 13 27 00 87 00 17 22 F0 F8 41 11 11 11 11 11 11 11 3A 12 3F"),
    (ECR, "80 00 00"),
    (PT, "06 0F 00"),
    (ECR, "80 00 00"),
]
WRITTEN = """\
# source: captured on 2026-11-23
# dialogue: registration
# password: 000000
# config: BE
# currency: eur
# outcome: completed
ECR  06 00 10 00 00 00 BE 09 78 03 01 06 06 26 04 0A 02 06 D3 # Registration
PT   84 9A 00                                         # NotAcknowledged: protocol error
ECR  06 00 06 00 00 00 BE 09 78                       # Registration
PT   80 00 00                                         # Acknowledged
PT   06 0F 07 19 00 29 99 99 99 99                    # Completion
ECR  80 00 00                                         # Acknowledged

# source: captured on 2026-11-23
# dialogue: authorisation
# amount: 1250
# currency: eur
# outcome: approved receipt=17
# lines: 4
ECR  06 01 0A 04 00 00 00 00 12 50 49 09 78           # Authorisation
PT   80 00 00                                         # Acknowledged
PT   04 FF 01 0A                                      # IntermediateStatus: insert card
ECR  80 00 00                                         # Acknowledged
TILL aborts
ECR  06 B0 00                                         # Abort
PT   84 83 00                                         # NotAcknowledged: not possible, not supported
PT   04 0F 13 27 00 87 00 17 22 F0 F8 EE EE EE EE EE EE 11 11 3A 2A 2A # StatusInformation: ok
ECR  80 00 00                                         # Acknowledged
PT   06 0F 00                                         # Completion
ECR  80 00 00                                         # Acknowledged
"""


def told(recording: Recording, size: int, *, framed: bool) -> None:
    """The whole conversation, cut into pieces; serial frames with their acknowledgements."""
    for direction, octets in SPOKEN:
        apdu = bytes.fromhex(octets)
        sent = encode_frame(apdu) if framed else apdu
        for start in range(0, len(sent), size):
            recording.heard(direction, sent[start : start + size])
        if framed:
            recording.heard(PT if direction is ECR else ECR, ACK)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("framing", Framing)
def test_a_conversation_is_written_down_dialogue_by_dialogue(framing: Framing, size: int) -> None:
    recording = Recording(framing)
    told(recording, size, framed=framing is Framing.SERIAL)
    recording.ended("approved receipt=17", 4)
    assert recording.as_text("captured on 2026-11-23") == WRITTEN


def test_a_frame_that_is_repeated_is_written_once() -> None:
    recording = Recording(Framing.SERIAL)
    enquiry = encode_frame(bytes.fromhex("05 01 03 12 34 56"))
    for octets in (enquiry, enquiry):
        recording.heard(ECR, octets)
        recording.heard(PT, NAK)
    recording.heard(PT, encode_frame(bytes.fromhex("84 9C 00")))
    lines = recording.as_text("x").splitlines()
    assert [line.split("#")[0].rstrip() for line in lines if not line.startswith("#")] == [
        "ECR  05 01 03 00 00 00",
        "PT   84 9C 00",
    ]
    assert "# outcome: refused 9C" in lines


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        ("06 1E 01 6C", "refused 6C"),
        ("06 1E 00", "refused FF"),
        ("06 0F 00", "completed"),
        ("04 FF 01 0E", "no answer"),
        ("80 00 00", "no answer"),
    ],
)
def test_how_a_question_ended_is_read_off_its_last_message(last: str, outcome: str) -> None:
    recording = Recording(Framing.STREAM)
    recording.heard(ECR, bytes.fromhex("06 10 03 12 34 56"))
    recording.heard(PT, bytes.fromhex(f"80 00 00 {last}" if last != "80 00 00" else last))
    assert f"# outcome: {outcome}" in recording.as_text("x").splitlines()


def test_a_frame_with_half_a_control_field_is_written_too() -> None:
    recording = Recording(Framing.SERIAL)
    recording.heard(ECR, encode_frame(bytes.fromhex("06 10 03 12 34 56")))
    recording.heard(PT, encode_frame(b"\x84"))
    lines = recording.as_text("x").splitlines()
    assert "# outcome: no answer" in lines
    assert lines[-1].endswith("# not understood")


def test_a_link_that_is_another_one_begins_with_a_whole_message() -> None:
    recording = Recording(Framing.STREAM)
    recording.heard(ECR, bytes.fromhex("06 01 0A 04 00"))
    recording.broken()
    recording.heard(ECR, bytes.fromhex("06 18 00"))
    recording.heard(PT, bytes.fromhex("80 00 00"))
    assert "# dialogue: reset" in recording.as_text("x")
    assert "authorisation" not in recording.as_text("x")


def test_what_is_no_stream_of_messages_is_not_kept() -> None:
    recording = Recording(Framing.STREAM)
    recording.heard(PT, b"HTTP/1.1 400 Bad Request 4111111111111111")
    recording.heard(PT, b"4111111111111111")
    recording.ended("approved receipt=1", 0)
    assert recording.as_text("x") == ""


def test_what_is_no_command_that_posd_knows_has_its_number_as_its_name() -> None:
    recording = Recording(Framing.STREAM)
    recording.heard(ECR, bytes.fromhex("06 C0 01 3C"))
    recording.heard(PT, bytes.fromhex("06 4F 01 55"))
    text = recording.as_text("x")
    assert "# dialogue: command_06C0" in text
    assert "PT   06 4F 01 2A" in text


@pytest.mark.parametrize(
    ("command", "facts"),
    [
        ("06 20 05 12 34 56 03 03", ["repeat_receipt", "000000"]),
        ("06 20 03 12 34 56", ["reprint", "000000"]),
        ("06 91 0B 12 34 56 AA 26 11 23 0C 08 30 05", ["set_clock", "000000", "261123", "083005"]),
        ("06 30 06 12 34 56 87 00 17", ["reversal", "000000", "17"]),
        ("06 70 00", ["diagnosis"]),
    ],
)
def test_a_dialogue_has_the_facts_that_begin_it_anew(command: str, facts: list[str]) -> None:
    recording = Recording(Framing.STREAM)
    recording.heard(ECR, bytes.fromhex(command))
    told = [line for line in recording.as_text("x").splitlines() if line.startswith("# ")]
    assert [line.partition(": ")[2] for line in told[1:-1]] == facts


def test_it_is_no_longer_than_its_limit() -> None:
    recording = Recording(Framing.STREAM)
    for _ in range(APDUS_MAX // 2 + 9):
        recording.heard(ECR, bytes.fromhex("06 18 00"))
        recording.heard(PT, bytes.fromhex("80 00 00"))
    assert recording.as_text("x").count("ECR ") == APDUS_MAX // 2


def test_an_outcome_is_that_of_the_last_command_that_moves_money() -> None:
    recording = Recording(Framing.STREAM)
    recording.heard(ECR, bytes.fromhex("05 01 03 00 00 00"))
    recording.ended("approved receipt=17", 4)
    assert "approved" not in recording.as_text("x")
    recording.heard(ECR, bytes.fromhex("06 01 07 04 00 00 00 00 12 50"))
    recording.heard(ECR, bytes.fromhex("06 20 05 00 00 00 03 03"))
    recording.ended("unknown link_lost", 0)
    outcomes = [line for line in recording.as_text("x").splitlines() if "outcome" in line]
    assert outcomes == [
        "# outcome: no answer",
        "# outcome: unknown link_lost",
        "# outcome: no answer",
    ]


def test_an_outcome_of_what_never_left_is_of_no_dialogue() -> None:
    """A make that cannot do it raises Unsupported: nothing went over the line."""
    recording = Recording(Framing.STREAM)
    recording.heard(ECR, bytes.fromhex("06 01 07 04 00 00 00 00 12 50"))
    recording.ended("approved receipt=17", 4)
    recording.ended("reversal", 0)
    assert "# outcome: approved receipt=17\n# lines: 4\n" in recording.as_text("x")


def test_what_a_till_before_this_one_has_left_behind_is_of_no_dialogue() -> None:
    recording = Recording(Framing.STREAM)
    recording.heard(PT, bytes.fromhex("06 0F 00"))
    assert recording.as_text("x") == ""


def test_what_cannot_be_read_is_said_to_be_so() -> None:
    recording = Recording(Framing.STREAM)
    recording.heard(ECR, bytes.fromhex("06 70 00"))
    recording.heard(PT, bytes.fromhex("04 0F 03 3E 41 11"))
    last = recording.as_text("x").splitlines()[-1]
    assert last.startswith("PT   04 0F 03 2A 2A 2A ")
    assert last.endswith("# not understood; 3 octets unreadable")
