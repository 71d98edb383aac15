"""The transcripts, replayed into the simulated terminal alone, on both wires, in pieces.

Where a transcript was recorded at, or written for, another terminal, this one answers in its own
words: then the octets must not depend on how the line was cut, and nothing may break.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import zip_longest
from typing import TypeAlias

import pytest

from posd_drivers.session import Received
from posd_drivers.zvt.apdu import ApduStream
from posd_drivers.zvt.framing import ACK, Frame, FrameDecoder, encode_frame
from posd_simulator.terminal.cardholder import Act, PressStop, Tap
from posd_simulator.terminal.events import Acted, Timer
from posd_simulator.terminal.ledger import Book
from posd_simulator.terminal.machine import Registration
from posd_simulator.terminal.settings import StorageRule, Wire
from tests.transcripts.script import Speaker, Transcript, load_all
from tests.unit.simulator.terminal.book import entry, stored
from tests.unit.simulator.terminal.till import PAY_12_50, VISA, Till

TRANSCRIPTS = load_all()
WHOLE = 70_000
ACTS: dict[str, Act] = {"taps": Tap(VISA), "stops": PressStop()}
WANTS_INTERMEDIATE_STATUS = Registration(config=0x38, currency_named=True)


class Player:
    """Plays till and cardholder; what the terminal said is kept as bare APDUs."""

    def __init__(self, till: Till, wire: Wire, size: int) -> None:
        self.till = till
        self.wire = wire
        self.size = size
        self.said: list[bytes] = []
        self._frames = FrameDecoder()
        self._apdus = ApduStream()

    def replay(self, transcript: Transcript) -> list[bytes]:
        """Everything the terminal said."""
        for line in transcript.lines:
            match line.speaker:
                case Speaker.ECR:
                    self.speak(line.octets)
                case Speaker.CARDHOLDER:
                    self._hear(self.till.feed(Acted(ACTS[line.act])))
                case Speaker.PT | Speaker.TILL:
                    pass
        return self.said

    def speak(self, apdu: bytes) -> None:
        """The till speaks in pieces; pauses of the terminal pass at once."""
        octets = encode_frame(apdu) if self.wire is Wire.SERIAL else apdu
        for start in range(0, len(octets), self.size):
            self._hear(self.till.feed(Received(octets[start : start + self.size])))
        while Timer.STEP in self.till.timers and self.till.pt.prompt is None:
            self._hear(self.till.fires_raw(Timer.STEP))

    def _hear(self, octets: bytes) -> None:
        if self.wire is Wire.TCP:
            self.said += [apdu.encode() for apdu in self._apdus.feed(octets)]
            return
        for event in self._frames.feed(octets):
            if isinstance(event, Frame):
                self.said.append(event.apdu)
                self._hear(self.till.feed(Received(bytes([ACK]))))


def unregistered(wire: Wire) -> Till:
    return Till(wire, book=Book(receipt=16, trace=122, turnover=16))


def registered(wire: Wire) -> Till:
    till = unregistered(wire)
    till.pt.machine.registration = WANTS_INTERMEDIATE_STATUS
    return till


def new_rule(wire: Wire) -> Till:
    till = registered(wire)
    till.pt.machine.settings = replace(till.pt.machine.settings, storage_rule=StorageRule.NEW)
    return till


def valina(wire: Wire) -> Till:
    """The terminal of the recording."""
    till = registered(wire)
    till.pt.machine.settings = replace(till.pt.machine.settings, terminal_id="29001006")
    return till


def sold(wire: Wire) -> Till:
    """Receipt 16, trace 122: a sale of 12.50."""
    return with_past(wire, "sale", 1250)


def reserved(wire: Wire) -> Till:
    """Receipt 16, trace 122: a reservation of 100.00."""
    return with_past(wire, "preauthorisation", 10000)


def with_past(wire: Wire, kind: str, amount: int) -> Till:
    till = Till(wire, book=stored(replace(entry(kind, 16, amount), trace=122)))
    till.pt.machine.registration = WANTS_INTERMEDIATE_STATUS
    return till


def in_a_sale(wire: Wire) -> Till:
    till = unregistered(wire)
    Player(till, wire, WHOLE).speak(bytes.fromhex(PAY_12_50))
    return till


Scene: TypeAlias = Callable[[Wire], Till]

RESERVED = (
    "simulated_book_total",
    "simulated_preauthorisation_reversal",
    "simulated_open_preauthorisations",
    "simulated_end_of_day_refused",
)

REPRODUCED: dict[str, tuple[Scene, ...]] = {
    "customer_stops": (valina,),
    "registration": (unregistered, registered),
    "repeat_receipt_refused": (in_a_sale,),
    "status_busy": (in_a_sale,),
    "status_ready": (unregistered,),
    **{it.name: (registered, new_rule) for it in TRANSCRIPTS if "terminal" in it.facts},
    **dict.fromkeys(["simulated_reversal", "simulated_totals", "simulated_end_of_day"], (sold,)),
    **dict.fromkeys(RESERVED, (reserved,)),
}
"""What this terminal says byte for byte, and the states in which it does."""

SCENES = [(it, scene) for it in TRANSCRIPTS for scene in REPRODUCED.get(it.name, ())]
BOTH_WIRES = pytest.mark.parametrize("wire", list(Wire), ids=lambda wire: wire.value)


@pytest.mark.parametrize("size", [1, 2, 7, WHOLE])
@BOTH_WIRES
@pytest.mark.parametrize(
    ("transcript", "scene"), SCENES, ids=[f"{it.name}-{scene.__name__}" for it, scene in SCENES]
)
def test_the_terminal_says_what_the_transcript_says(
    transcript: Transcript, scene: Scene, wire: Wire, size: int
) -> None:
    said = Player(scene(wire), wire, size).replay(transcript)
    expected = [line.octets for line in transcript.lines if line.speaker is Speaker.PT]
    assert said == expected, "\n" + two_columns(expected, said)


@pytest.mark.no_cover
@pytest.mark.parametrize("size", [1, 2, 7])
@BOTH_WIRES
@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda transcript: transcript.name)
def test_what_it_says_does_not_depend_on_the_cuts(
    transcript: Transcript, wire: Wire, size: int
) -> None:
    in_pieces = Player(registered(wire), wire, size).replay(transcript)
    assert in_pieces == Player(registered(wire), wire, WHOLE).replay(transcript)
    assert in_pieces


def test_the_transcripts_written_for_this_terminal_are_there() -> None:
    assert len(SCENES) >= 26


def two_columns(expected: list[bytes], said: list[bytes]) -> str:
    rows = zip_longest((o.hex(" ") for o in expected), (o.hex(" ") for o in said), fillvalue="-")
    return "\n".join(f"{'  ' if a == b else '! '}{a:<60} {b}" for a, b in rows)
