"""The transcripts, replayed into the till's session alone: on both wires, in pieces, cut off."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

import pytest

from posd_drivers.zvt.outcome import Unknown
from tests.transcripts.script import Speaker, Transcript, load_all
from tests.unit.drivers.zvt.replaying import MONEY, Till, described, replay, till_on

TRANSCRIPTS = load_all()
ABOUT_MONEY = [it for it in TRANSCRIPTS if it.facts["dialogue"] in MONEY]
BOTH_WIRES = pytest.mark.parametrize("wire", ["serial", "tcp"])


def two_columns(expected: list[bytes], said: list[bytes]) -> str:
    rows = zip_longest((o.hex(" ") for o in expected), (o.hex(" ") for o in said), fillvalue="-")
    return "\n".join(f"{'  ' if a == b else '! '}{a:<60} {b}" for a, b in rows)


@pytest.mark.parametrize("size", [1, 2, 7, 70_000])
@BOTH_WIRES
@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda transcript: transcript.name)
def test_the_till_says_what_the_transcript_says(
    transcript: Transcript, wire: str, size: int
) -> None:
    till = till_on(wire, transcript)
    expected = [line.octets for line in transcript.lines if line.speaker is Speaker.ECR]
    said = replay(transcript, till, size)
    assert said == expected, "\n" + two_columns(expected, said)
    assert described(till.bench.outcome) == transcript.facts["outcome"]
    assert till.lines == int(transcript.facts.get("lines", "0"))


def test_there_are_transcripts() -> None:
    assert len(TRANSCRIPTS) >= 70


@BOTH_WIRES
@pytest.mark.parametrize("transcript", ABOUT_MONEY, ids=lambda transcript: transcript.name)
def test_a_link_that_is_lost_before_the_end_leaves_the_outcome_unknown(
    transcript: Transcript, wire: str
) -> None:
    for spoken, octets in cuts(till_on(wire, transcript), transcript):
        till = till_on(wire, transcript)
        replay(spoken_until(transcript, spoken), till, size=70_000)
        till.bench.hear(octets)
        till.bench.lose_link(sent=True)
        assert isinstance(till.bench.outcome, Unknown), (spoken, octets.hex(" "))


def cuts(till: Till, transcript: Transcript) -> Iterator[tuple[int, bytes]]:
    """How many lines were spoken, and how much of the terminal's next one was heard."""
    for place, line in enumerate(transcript.lines):
        if line.speaker is Speaker.PT:
            octets = till.on_the_wire(line.octets)
            yield from ((place, octets[:end]) for end in range(len(octets)))


def spoken_until(transcript: Transcript, place: int) -> Transcript:
    return replace(transcript, lines=transcript.lines[:place])
