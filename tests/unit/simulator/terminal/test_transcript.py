"""Transcripts and days as text."""

from pathlib import Path

import pytest

from posd_simulator.terminal import transcript
from posd_simulator.terminal.cardholder import Behaviour
from posd_simulator.terminal.day import Later, Until, read_day
from posd_simulator.terminal.deeds import ClosingByHand, Identity, Need, Reboot
from posd_simulator.terminal.faults import At, Cut, Moment, PartialApproval
from posd_simulator.terminal.transcript import Speaker, parse
from tests.transcripts.script import FOLDER, load_all

DAY = """\
# source: a day in a shop
# one more line for people
TIME        09:30
CARDHOLDER  walks away
TERMINAL    cut message=3 moment=inside byte=7 for_s=30   # in the status information
TIME        +1.5
TERMINAL    partial_approval amount=1000
TERMINAL    reboot message=2 for_s=60 command=0631
TERMINAL    status status=F0
TERMINAL    identity terminal_id=87654321
TERMINAL    closing_by_hand
TIME        23:59:59
"""


def test_a_day_is_read_line_by_line() -> None:
    day = parse(DAY)
    assert day.facts == {"source": "a day in a shop"}
    assert not day.is_recording
    assert read_day(day) == [
        Until(34_200),
        Behaviour.WALK_AWAY,
        At(3, Moment.INSIDE, Cut(30.0), byte=7),
        Later(1.5),
        PartialApproval(1000),
        At(2, Moment.AFTER, Reboot(60.0), 0x0631),
        Need(0xF0),
        Identity("87654321"),
        ClosingByHand(),
        Until(86_399),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        "TIME tomorrow",
        "TIME 24:00",
        "CARDHOLDER dances",
        "TERMINAL explodes",
        "TERMINAL cut for_s=3",
        "TERMINAL corrupt_byte",
        "TERMINAL partial_approval amount=much",
        "TERMINAL partial_approval 1000",
        "TILL aborts",
    ],
)
def test_a_line_that_is_wrong_is_named(wrong: str) -> None:
    with pytest.raises(ValueError, match="line 2: "):
        read_day(parse(f"TIME +1\n{wrong}\n"))


@pytest.mark.parametrize("wrong", ["WAITER  comes", "PT  06 0", "PT  zz"])
def test_a_speaker_and_octets_must_be_such(wrong: str) -> None:
    with pytest.raises(ValueError, match="line 3: "):
        parse(f"# source: x\n\n{wrong}\n")


def test_a_file_that_is_too_long_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "day.txt"
    path.write_text(DAY)
    assert transcript.load(path) == parse(DAY)
    monkeypatch.setattr(transcript, "FILE_BYTES_MAX", 10)
    with pytest.raises(ValueError, match="longer than 10 bytes"):
        transcript.load(path)


def test_it_is_the_format_of_the_repositorys_transcripts() -> None:
    for recorded in load_all():
        read = transcript.load(FOLDER / f"{recorded.name}.txt")
        assert dict(read.facts) == dict(recorded.facts)
        spoken = [(Speaker(line.speaker.value), line.octets) for line in recorded.lines]
        assert [(line.speaker, line.octets) for line in read.lines] == spoken
