"""What the lanes of one posd are measured by: who had the word, and what each lane adds."""

import pytest

from tests.bench.figures import LANE_MEMORY, LANES_P99
from tests.bench.lanes import each_more, over_one, own_parts_s
from tests.bench.terminals import CARD_S_MAX, CARD_S_MIN, Words, card_s

SALE, ENQUIRY, GOOD = (bytes.fromhex(apdu) for apdu in ("06 01 00", "05 01 00", "80 00 00"))
REPORT, COMPLETION = bytes.fromhex("04 0F 00"), bytes.fromhex("06 0F 00")


def test_a_terminal_has_the_word_until_it_spoke_last() -> None:
    words = Words()
    words.heard(SALE, 10.0)
    words.said(GOOD, 10.5)
    words.said(REPORT, 12.0)  # the card was held to it meanwhile
    words.heard(GOOD, 20.0)  # eight seconds were the till's
    words.said(COMPLETION, 20.25)
    words.heard(GOOD, 30.0)
    assert words.held_s == [2.25]


def test_what_an_idle_terminal_says_is_of_no_payment() -> None:
    words = Words()
    words.heard(ENQUIRY, 1.0)
    words.said(COMPLETION, 2.0)
    words.heard(SALE, 3.0)
    words.said(COMPLETION, 3.5)
    words.heard(ENQUIRY, 4.0)
    words.said(COMPLETION, 9.0)
    assert words.held_s == [0.5]


def test_the_next_sale_may_come_with_the_last_answer() -> None:
    words = Words()
    words.heard(GOOD + SALE[:1], 1.0)
    words.heard(SALE[1:], 2.0)
    words.said(COMPLETION, 2.5)
    assert words.held_s == [0.5]


def test_posds_own_part_is_what_the_terminal_did_not_have() -> None:
    waited_s, held_s = [[9.0, 1.5, 2.0], [9.0, 3.0]], [[1.0, 1.0, 1.25], [1.0, 2.0]]
    assert own_parts_s(waited_s, held_s) == [0.5, 0.75, 1.0]


def test_a_payment_that_a_terminal_did_not_tell_of_is_no_sample() -> None:
    with pytest.raises(ValueError, match="shorter"):
        own_parts_s([[9.0, 1.5]], [[1.0]])


def test_each_lane_adds_its_share_of_what_the_most_have_more_than_one() -> None:
    figure = each_more(LANE_MEMORY, {1: 60.0, 2: 61.0, 32: 60.0 + 31 * 0.25})
    assert figure.value == 0.25
    assert figure.made_of == "1: 60, 2: 61, 32: 67.8"


def test_the_most_lanes_are_told_over_one() -> None:
    own_s = {lanes: [0.001 * number for number in range(1, 101)] for lanes in (1, 8)}
    figure = over_one(LANES_P99, {**own_s, 32: [0.198, 0.001]}, 99)
    assert figure.value == pytest.approx(2.0)
    assert figure.made_of == "1: 99 ms, 8: 99 ms, 32: 198 ms; of 100 payments and of 2"


def test_cardholders_are_each_of_another_speed() -> None:
    assert card_s(0, 1) == (CARD_S_MIN + CARD_S_MAX) / 2
    speeds = [card_s(number, 32) for number in range(32)]
    assert len(set(speeds)) == 32
    assert min(speeds) > CARD_S_MIN
    assert max(speeds) < CARD_S_MAX
