"""The link sessions, with a dialogue that says what the test tells it to."""

from collections.abc import Sequence

import pytest
from typing_extensions import override

from posd_drivers.session import (
    Begin,
    Effect,
    Finished,
    Input,
    LinkLost,
    Received,
    Send,
    Session,
)
from posd_drivers.zvt.link import (
    LINGER_S,
    MONEY_COMMANDS,
    T3_S,
    LinkTiming,
    SerialLink,
    StreamLink,
)
from tests.unit.drivers.zvt.bench import Bench

# Frames by hand: zvt.md 2.3 and 14.1 give the first three, their CRCs included.
GOOD_FRAME = "10 02 80 00 00 10 03 f5 1f"
COMPLETION_FRAME = "10 02 06 0f 0a 19 00 29 12 34 56 78 49 09 78 10 03 57 ef"
ABORT_FRAME = "10 02 06 b0 00 10 03 43 f3"
SALE_FRAME = "10 02 06 01 0a 04 00 00 00 00 12 50 49 09 78 10 03 13 1d"

GOOD = bytes.fromhex("80 00 00")
COMPLETION = bytes.fromhex("06 0f 0a 19 00 29 12 34 56 78 49 09 78")
ABORT = bytes.fromhex("06 b0 00")
SALE = bytes.fromhex("06 01 0a 04 00 00 00 00 12 50 49 09 78")

ACK, NAK = "06", "15"


class Puppet(Session):
    """Says `first` at the beginning and then whatever `replies` has for what it hears."""

    def __init__(self, first: bytes, replies: dict[bytes, Sequence[Effect]] | None = None) -> None:
        self._first = first
        self._replies = replies or {}
        self.heard: list[bytes] = []
        self.lost: LinkLost | None = None

    @override
    def handle(self, incoming: Input) -> Sequence[Effect]:
        match incoming:
            case Begin():
                return [Send(self._first)]
            case Received(octets):
                self.heard.append(octets)
                return self._replies.get(octets, [])
            case LinkLost():
                self.lost = incoming
                return [Finished("lost")]
            case _:
                return []


def serial(puppet: Puppet, timing: LinkTiming | None = None) -> Bench:
    bench = Bench(SerialLink(puppet, timing or LinkTiming()))
    bench.begin()
    return bench


def test_an_apdu_leaves_as_a_frame_and_a_frame_is_acknowledged_at_once() -> None:
    puppet = Puppet(ABORT, {GOOD: [Finished("end")]})
    bench = serial(puppet)
    assert bench.take() == ABORT_FRAME
    bench.hear(ACK + GOOD_FRAME)
    assert bench.take() == ACK
    assert puppet.heard == [GOOD]
    assert bench.outcome == "end"


def test_the_acknowledgement_leaves_before_the_dialogue_hears_what_came() -> None:
    puppet = Puppet(ABORT, {GOOD: [Send(GOOD)]})
    link = SerialLink(puppet, LinkTiming())
    left = list(link.handle(Begin()))
    effects = iter(link.handle(Received(bytes.fromhex(ACK + GOOD_FRAME))))
    while Send(bytes.fromhex(ACK)) not in left:
        left.append(next(effects))
    assert puppet.heard == []
    assert Send(bytes.fromhex(GOOD_FRAME)) in effects
    assert puppet.heard == [GOOD]


def test_a_nak_brings_the_same_octets_again_twice_and_then_the_link_is_lost() -> None:
    puppet = Puppet(SALE)
    bench = serial(puppet)
    for _ in range(2):
        assert bench.take() == SALE_FRAME
        bench.hear(NAK)
    assert bench.take() == SALE_FRAME
    bench.hear(NAK)
    assert bench.take() == ""
    assert puppet.lost == LinkLost(sent=True)


def test_a_nak_that_came_before_the_repetition_left_is_not_about_it() -> None:
    puppet = Puppet(SALE)
    bench = serial(puppet)
    assert bench.take() == SALE_FRAME
    bench.hear(NAK + NAK)  # one NAK, doubled by noise
    assert bench.take() == SALE_FRAME
    assert bench.take() == ""
    bench.hear(NAK)
    assert bench.take() == SALE_FRAME
    assert puppet.lost is None


def test_a_question_without_an_acknowledgement_is_repeated_after_t2() -> None:
    puppet = Puppet(ABORT)
    bench = serial(puppet)
    assert bench.take() == ABORT_FRAME
    bench.wait(4.9)
    assert bench.take() == ""
    bench.wait(0.2)
    assert bench.take() == ABORT_FRAME
    bench.wait(5.0)
    assert bench.take() == ABORT_FRAME
    bench.wait(5.0)
    assert puppet.lost == LinkLost(sent=True)


@pytest.mark.parametrize("control", sorted(MONEY_COMMANDS), ids=lambda control: f"{control:04x}")
def test_money_is_never_repeated_because_an_acknowledgement_is_missing(control: int) -> None:
    puppet = Puppet(control.to_bytes(2, "big") + b"\x00")
    bench = serial(puppet)
    assert len(bench.said) == 1
    bench.wait(60.0)
    assert len(bench.said) == 1
    assert puppet.lost is None  # the dialogue's own timers decide


def test_the_money_commands_are_those_of_the_manual() -> None:
    # zvt.md 10.3, reversal and refund of its 7.3, and the end of day, which submits
    assert {f"{control:04X}" for control in MONEY_COMMANDS} == {
        *("0601", "0605", "0609", "060C", "0621", "0622", "0623", "0624", "0625", "0626"),
        *("0630", "0631", "0650"),
    }


def test_a_frame_instead_of_the_acknowledgement_proves_that_ours_arrived() -> None:
    puppet = Puppet(SALE)
    bench = serial(puppet)
    bench.take()
    bench.hear(GOOD_FRAME)
    assert bench.take() == ACK
    assert puppet.heard == [GOOD]
    bench.hear(NAK)  # late, and about nothing
    bench.wait(60.0)
    assert bench.take() == ""


def test_a_frame_that_comes_again_before_its_answer_is_acknowledged_once_delivered() -> None:
    puppet = Puppet(ABORT)
    bench = serial(puppet)
    bench.hear(ACK)
    bench.take()
    bench.hear(COMPLETION_FRAME)
    bench.hear(COMPLETION_FRAME)
    assert bench.take() == f"{ACK}\n{ACK}"
    assert puppet.heard == [COMPLETION]


def test_a_frame_that_comes_again_is_answered_again() -> None:
    puppet = Puppet(ABORT, {COMPLETION: [Send(GOOD)]})
    bench = serial(puppet)
    bench.hear(ACK)
    bench.take()
    bench.hear(COMPLETION_FRAME)
    assert bench.take() == f"{ACK}\n{GOOD_FRAME}"
    bench.hear(COMPLETION_FRAME)
    assert bench.take() == f"{ACK}\n{GOOD_FRAME}"
    assert puppet.heard == [COMPLETION]


def test_the_same_message_after_an_acknowledged_answer_is_a_new_one() -> None:
    puppet = Puppet(ABORT, {COMPLETION: [Send(GOOD)]})
    bench = serial(puppet)
    bench.hear(ACK)
    for _ in range(2):
        bench.hear(COMPLETION_FRAME)
        bench.hear(ACK)
    assert puppet.heard == [COMPLETION, COMPLETION]


def test_two_commands_may_get_the_same_answer() -> None:
    puppet = Puppet(SALE, {GOOD: [Send(ABORT)]})
    bench = serial(puppet)
    bench.hear(ACK + GOOD_FRAME + ACK + GOOD_FRAME)
    assert puppet.heard == [GOOD, GOOD]


def test_a_damaged_frame_is_refused_and_not_delivered() -> None:
    puppet = Puppet(ABORT)
    bench = serial(puppet)
    bench.hear(ACK)
    bench.take()
    bench.hear("10 02 80 00 00 10 03 f5 1e")
    assert bench.take() == NAK
    assert puppet.heard == []


def test_a_frame_that_stops_in_the_middle_is_refused_after_t1() -> None:
    puppet = Puppet(ABORT)
    bench = serial(puppet, LinkTiming(t1_s=0.4))
    bench.hear(ACK)
    bench.take()
    bench.hear("10 02 80 00")
    bench.wait(0.39)
    bench.hear("00 10")
    bench.wait(0.39)
    assert bench.take() == ""
    bench.wait(0.02)
    assert bench.take() == NAK
    bench.hear(GOOD_FRAME)
    assert bench.take() == ACK


def test_noise_between_frames_changes_nothing() -> None:
    puppet = Puppet(ABORT)
    bench = serial(puppet)
    bench.hear(ACK + "ff 00 06 15" + GOOD_FRAME)
    assert puppet.heard == [GOOD]


def test_one_frame_waits_for_the_acknowledgement_of_the_one_before() -> None:
    puppet = Puppet(ABORT, {GOOD: [Send(GOOD), Send(ABORT)]})
    bench = serial(puppet)
    bench.hear(ACK)
    bench.take()
    bench.hear(GOOD_FRAME)
    assert bench.take() == f"{ACK}\n{GOOD_FRAME}"
    bench.hear(ACK)
    assert bench.take() == ABORT_FRAME


ANSWER_AND_END: dict[bytes, Sequence[Effect]] = {COMPLETION: [Send(GOOD), Finished("end")]}


def ending() -> Bench:
    bench = serial(Puppet(ABORT, ANSWER_AND_END))
    bench.hear(ACK + COMPLETION_FRAME)
    bench.take()
    assert not bench.finished
    return bench


def test_the_end_waits_for_the_last_acknowledgement() -> None:
    bench = ending()
    bench.hear(ACK)
    assert bench.outcome == "end"


def test_while_the_end_waits_a_refused_answer_is_repeated() -> None:
    bench = ending()
    bench.hear(NAK)
    assert bench.take() == GOOD_FRAME
    bench.hear(COMPLETION_FRAME)
    assert bench.take() == f"{ACK}\n{GOOD_FRAME}"
    bench.hear(ACK)
    assert bench.outcome == "end"


def test_the_end_does_not_wait_for_ever() -> None:
    bench = ending()
    bench.wait(LINGER_S)
    assert bench.outcome == "end"


def test_the_end_does_not_wait_on_a_lost_link() -> None:
    bench = ending()
    bench.lose_link(sent=True)
    assert bench.outcome == "end"


def test_while_the_end_waits_other_messages_are_left_for_the_next_dialogue() -> None:
    bench = ending()
    bench.hear(GOOD_FRAME)
    assert bench.take() == ""
    assert not bench.finished


def test_while_the_end_waits_the_dialogue_hears_nothing_more() -> None:
    bench = ending()
    bench.abort()
    assert bench.take() == ""
    assert not bench.finished


def test_the_end_does_not_wait_for_an_answer_that_never_arrives_undamaged() -> None:
    bench = ending()
    for _ in range(2):
        bench.hear(NAK)
        assert not bench.finished
    bench.hear(NAK)
    assert bench.outcome == "end"


def test_on_a_lost_link_no_acknowledgement_is_awaited() -> None:
    class GoesOn(Puppet):
        @override
        def handle(self, incoming: Input) -> Sequence[Effect]:
            return [] if isinstance(incoming, LinkLost) else super().handle(incoming)

    bench = serial(GoesOn(ABORT))
    bench.take()
    bench.lose_link(sent=True)
    bench.wait(60.0)
    assert bench.take() == ""
    assert not bench.finished


def test_a_command_that_nobody_waits_for_any_more_is_not_repeated() -> None:
    class GivesUp(Puppet):
        @override
        def handle(self, incoming: Input) -> Sequence[Effect]:
            return [*super().handle(incoming), Finished("gave up")]

    bench = Bench(SerialLink(GivesUp(SALE), LinkTiming()))
    bench.begin()
    assert bench.take() == SALE_FRAME
    assert bench.outcome == "gave up"


def test_the_dialogue_hears_of_a_lost_link() -> None:
    puppet = Puppet(SALE)
    bench = serial(puppet)
    bench.lose_link(sent=False)
    assert puppet.lost == LinkLost(sent=False)
    assert bench.outcome == "lost"


def stream(puppet: Puppet) -> Bench:
    bench = Bench(StreamLink(puppet))
    bench.begin()
    return bench


def test_tcp_carries_bare_apdus_however_they_are_cut() -> None:
    puppet = Puppet(SALE)
    bench = stream(puppet)
    assert bench.said == [SALE]
    bench.hear(GOOD + COMPLETION[:5])
    assert puppet.heard == [GOOD]
    bench.hear(COMPLETION[5:] + GOOD)
    assert puppet.heard == [GOOD, COMPLETION, GOOD]


def test_on_tcp_nothing_is_heard_after_the_end() -> None:
    puppet = Puppet(SALE, {GOOD: [Finished("end")]})
    bench = stream(puppet)
    bench.hear(GOOD + COMPLETION)
    assert puppet.heard == [GOOD]
    assert bench.outcome == "end"


def test_on_tcp_an_apdu_that_does_not_end_within_t3_is_a_lost_link_even_if_it_drips() -> None:
    puppet = Puppet(SALE)
    bench = stream(puppet)
    for octet in COMPLETION[:4]:
        bench.hear(bytes([octet]))
        bench.wait(T3_S / 4)
    assert puppet.lost == LinkLost(sent=True)


def test_on_tcp_each_apdu_has_its_own_t3() -> None:
    puppet = Puppet(SALE)
    bench = stream(puppet)
    bench.hear(COMPLETION[:4])
    bench.wait(T3_S - 0.1)
    bench.hear(COMPLETION[4:] + COMPLETION[:4])
    bench.wait(T3_S - 0.1)
    assert puppet.lost is None
    bench.wait(0.2)
    assert puppet.lost == LinkLost(sent=True)


def test_on_tcp_octets_that_cannot_be_an_apdu_are_a_lost_link() -> None:
    puppet = Puppet(SALE)
    bench = stream(puppet)
    bench.hear(GOOD + b"HTTP/1.1 400")
    assert puppet.heard == [GOOD]
    assert puppet.lost == LinkLost(sent=True)
