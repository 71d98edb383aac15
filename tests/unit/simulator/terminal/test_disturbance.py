"""What becomes of octets at the terminal's end of the line; pure."""

import pytest

from posd_simulator.terminal.deeds import Reboot
from posd_simulator.terminal.disturbance import Disturbance, Passed
from posd_simulator.terminal.faults import (
    At,
    Corrupt,
    Cut,
    Fate,
    Faults,
    Lose,
    Moment,
    Noise,
    Repeat,
    Stall,
)
from posd_simulator.terminal.settings import Wire
from tests.unit.simulator.terminal.test_link import framed

PAY = bytes.fromhex("06 01 07 04 00 00 00 00 12 50")
ABORT = bytes.fromhex("06 B0 00")


def inside(message: int, byte: int, fate: Fate) -> At:
    return At(message, Moment.INSIDE, fate, byte=byte)


@pytest.mark.parametrize(
    ("fate", "left"),
    [
        (Cut(), Passed(b"abc", Cut())),
        (Reboot(5.0), Passed(b"abc", Reboot(5.0))),
        (Lose(), Passed(b"abcef")),
        (Repeat(), Passed(b"abcddef")),
        (Corrupt(), Passed(b"abc\x9bef")),
        (Stall(0.3), Passed(b"abc", Stall(0.3), b"def")),
    ],
)
def test_what_leaves_of_a_message_that_meets_something(fate: Fate, left: Passed) -> None:
    line = Disturbance(Faults(), Wire.TCP)
    line.meet_inside(inside(3, 3, fate))
    assert line.leaving(b"abcdef") == left
    assert line.leaving(b"abcdef") == Passed(b"abcdef"), "once"


@pytest.mark.parametrize("size", [1, 3, 100])
def test_the_tills_message_is_met_wherever_the_line_cuts_it(size: int) -> None:
    faults = Faults([inside(1, 4, Cut())])
    line = Disturbance(faults, Wire.TCP)
    arrived, fates = b"", list[Fate]()
    for start in range(0, len(PAY), size):
        for passed in line.arriving(PAY[start : start + size]):
            if not fates:
                arrived += passed.octets
            fates += [passed.fate] if passed.fate else []
    assert (arrived, fates) == (PAY[:4], [Cut()])


def test_only_the_counted_message_of_the_counted_command_is_met() -> None:
    faults = Faults([inside(3, 2, Lose())])
    line = Disturbance(faults, Wire.TCP)
    for octets in (ABORT, PAY):
        assert line.arriving(octets) == [Passed(octets)]
        faults.next_message(int.from_bytes(octets[:2], "big"))
    faults.next_message(0x8000)
    assert [it.octets for it in line.arriving(ABORT)] == [ABORT[:2], b""]
    assert line.arriving(ABORT) == [Passed(ABORT)]


def test_another_command_is_not_met() -> None:
    met = At(1, Moment.INSIDE, Lose(), command=0x0631, byte=4)
    line = Disturbance(Faults([met]), Wire.TCP)
    assert line.arriving(PAY) == [Passed(PAY)]
    refund = bytes.fromhex("06 31 03 00 00 00")
    assert [it.octets for it in line.arriving(refund)] == [refund[:4], refund[5:]]


def test_a_frame_is_met_by_its_octets_on_the_wire_and_an_acknowledgement_is_none() -> None:
    frame = bytes.fromhex(framed("06 01 07 04 00 00 00 00 12 50"))
    line = Disturbance(Faults([inside(1, 6, Corrupt())]), Wire.SERIAL)
    ack = b"\x06"
    pieces = line.arriving(ack + frame)
    assert b"".join(it.octets for it in pieces) == (
        ack + frame[:6] + bytes([frame[6] ^ 0xFF]) + frame[7:]
    )


def test_noise_is_the_same_for_the_same_seed_and_ends() -> None:
    def heard(seed: int) -> bytes:
        line = Disturbance(Faults(), Wire.TCP)
        line.make_noise(Noise(rate=0.2, for_s=1.0, seed=seed))
        return line.leaving(bytes(200)).octets + line.arriving(bytes(200))[0].octets

    assert heard(1) == heard(1)
    assert heard(1) != heard(2)
    assert heard(1) != bytes(400)
    line = Disturbance(Faults(), Wire.TCP)
    line.make_noise(Noise(rate=1.0, for_s=1.0))
    line.fall_quiet()
    assert line.leaving(b"abc") == Passed(b"abc")
