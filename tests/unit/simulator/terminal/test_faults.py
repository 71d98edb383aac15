"""Faults: used up one by one; messages counted from the command that begins a dialogue."""

from posd_simulator.terminal.faults import At, BadCrc, Cut, DropAck, Faults, Kill, Moment

SALE, ENQUIRY, ANSWER = 0x0601, 0x0501, 0x8000


def test_a_counted_fault_happens_so_many_times() -> None:
    faults = Faults([DropAck(2), BadCrc()])
    assert faults.use(DropAck) == DropAck(2)
    assert faults.use(DropAck) == DropAck(1)
    assert faults.use(DropAck) is None
    assert faults.use(BadCrc) == BadCrc(1)


def test_counting_begins_with_the_command() -> None:
    cut = At(2, Moment.BEFORE, Cut())
    faults = Faults([cut])
    assert faults.next_message(ENQUIRY) == {}
    assert faults.next_message(ANSWER) == {}
    assert faults.next_message(SALE) == {}
    assert faults.next_message(ANSWER) == {Moment.BEFORE: cut}
    assert faults.next_message(ANSWER) == {}
    assert faults.next_message(SALE) == {}
    assert faults.next_message(ANSWER) == {}


def test_two_fates_of_one_message() -> None:
    before, after = At(1, Moment.BEFORE, Kill(7)), At(1, Moment.AFTER, Cut(1.0))
    faults = Faults([before, after])
    assert faults.next_message(SALE) == {Moment.BEFORE: before, Moment.AFTER: after}


def test_what_has_not_happened_can_be_called_off() -> None:
    faults = Faults([DropAck(), At(1, Moment.BEFORE, Cut())])
    faults.disarm()
    assert faults.use(DropAck) is None
    assert faults.next_message(SALE) == {}
