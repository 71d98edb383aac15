"""An event's id and its place among all events say the same."""

import pytest

from posd.journal.event_ids import (
    EVENTS_OF_A_FACT_MAX,
    epoch_of,
    event_id,
    position,
    position_of,
    short_name,
)


@pytest.mark.parametrize(
    ("seq", "ordinal", "id_"),
    [(1, 0, "evt_posd_0000000000010"), (7, 3, "evt_posd_0000000000073")],
)
def test_an_id_says_the_fact_and_which_of_its_events(seq: int, ordinal: int, id_: str) -> None:
    assert event_id(position(seq, ordinal)) == id_
    assert position_of(id_) == position(seq, ordinal)


def test_an_id_names_its_epoch_so_that_a_number_given_out_twice_is_two_ids() -> None:
    id_ = event_id(position(7, 3), short_name("ep_0123456789abcdefghijklmn"))
    assert id_ == "evt_posd_0000000000073_ghijklmn"
    assert (position_of(id_), epoch_of(id_)) == (position(7, 3), "ghijklmn")
    assert epoch_of("evt_posd_0000000000073") == ""


def test_the_last_event_of_a_fact_stands_before_the_first_of_the_next() -> None:
    assert position(7, EVENTS_OF_A_FACT_MAX - 1) < position(8, 0)


@pytest.mark.parametrize(
    "id_",
    [
        "",
        "evt_1",
        "evt_posd_70",
        "evt_posd_00000000000730",
        "evt_posd_000000000007٣",
        "pi_posd_1",
        "evt_posd_0000000000073_",
        "evt_posd_0000000000073_abc",
    ],
)
def test_what_is_no_events_id_has_no_position(id_: str) -> None:
    assert position_of(id_) == 0
