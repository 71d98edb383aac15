"""A recorded terminal, replayed to a till."""

from datetime import UTC, datetime

import pytest

from posd_drivers.session import Begin, LinkLost, Received, Send, TimerFired
from posd_drivers.transport.tap import Direction
from posd_drivers.zvt.recording import Recording
from posd_drivers.zvt.settings import Framing
from posd_simulator.terminal.deeds import Identity, Reboot
from posd_simulator.terminal.events import Happens, PtEffect, PtInput
from posd_simulator.terminal.ledger import Book
from posd_simulator.terminal.link import LinkTimer
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.recording import Recorded
from posd_simulator.terminal.script import Restart
from posd_simulator.terminal.settings import Settings, Wire
from posd_simulator.terminal.transcript import Speaker, load, parse
from tests.transcripts.script import FOLDER
from tests.unit.simulator.terminal.test_link import ACK, framed
from tests.unit.simulator.terminal.till import GOOD, split_apdus

# zvt.md 14.4, recorded at a VALINA, and an enquiry in front of it.
RECORDED = """\
# source: zvt.md 14.4
ECR  05 01 03 00 00 00
PT   80 00 00
PT   06 0F 01 00
ECR  80 00 00
ECR  06 01 07 04 00 00 00 00 12 50
PT   80 00 00
PT   04 0F 07 27 6C 29 29 00 10 06
ECR  80 00 00
CARDHOLDER  stops
PT   06 1E 01 6C
ECR  80 00 00
"""

ANSWERED_TWICE = """\
# source: zvt.md 7.1
ECR  06 18 00
PT   80 00 00
PT   04 FF 01 0E
ECR  80 00 00
PT   04 FF 01 17
ECR  80 00 00
PT   06 0F 00
ECR  80 00 00
"""


class Player:
    """A till that speaks to it."""

    def __init__(self, wire: Wire = Wire.TCP, text: str = RECORDED) -> None:
        now = datetime(2026, 11, 23, tzinfo=UTC)
        machine = Machine(Settings(wire=wire), Book(), lambda: now)
        self.terminal = Recorded(machine, parse(text))
        self.feed(Begin())

    def feed(self, incoming: PtInput) -> bytes:
        return sent(self.terminal.handle(incoming))

    def says(self, apdu: str) -> list[str]:
        return split_apdus(self.feed(Received(bytes.fromhex(apdu))))


def busy(till: Player) -> bool:
    return till.terminal.busy


def sent(effects: list[PtEffect]) -> bytes:
    return b"".join(effect.octets for effect in effects if isinstance(effect, Send))


def test_it_says_what_was_recorded_up_to_the_tills_next_word() -> None:
    till = Player()
    assert till.says("06 01 07 04 00 00 00 00 99 99") == [GOOD, "04 0F 07 27 6C 29 29 00 10 06"]
    assert busy(till)
    assert till.says(GOOD) == ["06 1E 01 6C"]
    assert till.says("84 9C 00") == []
    assert not busy(till)
    assert till.says(GOOD) == [], "nobody waits for this"


def test_it_begins_anew_where_the_recording_is_at_its_end() -> None:
    till = Player()
    for _ in range(3):
        assert till.says("05 01 00") == [GOOD, "06 0F 01 00"]
        till.says(GOOD)


def test_a_command_that_comes_again_is_answered_as_it_was_the_second_time() -> None:
    twice = "ECR 05 01 00\nPT 80 00 00\nPT 06 0F 01 9C\nECR 80 00 00\n" + RECORDED
    till = Player(text=twice)
    for status in ("9C", "00", "9C"):
        assert till.says("05 01 00") == [GOOD, f"06 0F 01 {status}"]
        till.says(GOOD)


def test_what_was_not_recorded_is_not_supported() -> None:
    assert Player().says("06 50 03 00 00 00") == ["84 83 00"]


def test_over_a_serial_line_it_keeps_the_lines_rules() -> None:
    till = Player(Wire.SERIAL)
    enquiry = bytes.fromhex(framed("05 01 03 00 00 00"))
    assert till.feed(Received(enquiry)) == bytes.fromhex(ACK + framed(GOOD))
    assert till.feed(Received(enquiry)) == bytes.fromhex(ACK), "a repeat is no second command"
    assert till.feed(Received(bytes.fromhex(ACK))) == bytes.fromhex(framed("06 0F 01 00"))
    assert till.feed(TimerFired(LinkTimer.T2)) == bytes.fromhex(framed("06 0F 01 00"))


def test_the_same_answer_to_two_messages_is_no_repeat() -> None:
    till = Player(Wire.SERIAL, ANSWERED_TWICE)
    good, ack = bytes.fromhex(framed(GOOD)), bytes.fromhex(ACK)
    till.feed(Received(bytes.fromhex(framed("06 18 00"))))
    assert till.feed(Received(ack)) == bytes.fromhex(framed("04 FF 01 0E"))
    till.feed(Received(ack))
    assert till.feed(Received(good)) == ack + bytes.fromhex(framed("04 FF 01 17"))
    till.feed(Received(ack))
    assert till.feed(Received(good)) == ack + bytes.fromhex(framed("06 0F 00"))


def test_it_can_be_lost_and_rebooted_and_nothing_else_happens_to_it() -> None:
    till = Player()
    till.says("06 01 07 04 00 00 00 00 12 50")
    till.feed(LinkLost(sent=True))
    assert till.feed(Happens(Identity("87654321"))) == b""
    assert till.terminal.handle(Happens(Reboot(5.0))) == [Restart(5.0)]
    assert not till.terminal.busy
    assert till.terminal.prompt is None


def test_what_posd_records_of_a_terminal_can_be_replayed() -> None:
    dialogue = load(FOLDER / "customer_stops.txt")
    recorded = Recording(Framing.STREAM)
    for line in dialogue.lines:
        if line.octets:
            to_terminal = line.speaker is Speaker.ECR
            direction = Direction.TO_TERMINAL if to_terminal else Direction.FROM_TERMINAL
            recorded.heard(direction, line.octets)
    till, said = Player(text=recorded.as_text("a VALINA")), list[str]()
    for line in dialogue.lines:
        if line.speaker is Speaker.ECR:
            said += till.says(line.octets.hex())
    expected = [line.octets for line in dialogue.lines if line.speaker is Speaker.PT]
    assert len(said) == len(expected)
    assert [bytes.fromhex(it)[:5] for it in said] == [octets[:5] for octets in expected]


def test_a_line_that_is_no_apdu_is_named() -> None:
    with pytest.raises(ValueError, match="line 2: "):
        Player(text="ECR 05 01 00\nPT 06 0F 05 00\n")


def test_an_answer_to_nothing_is_noise() -> None:
    assert Player().says(GOOD) == []
