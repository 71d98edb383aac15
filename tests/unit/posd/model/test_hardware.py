"""An order is decided once; a received reader's checklist goes on step by step."""

from collections.abc import Mapping
from typing import Any

import pytest

from posd.model.facts import Fact
from posd.model.hardware import (
    Done,
    OrderState,
    ReceivedReader,
    Step,
    lane_reader,
    pieces,
    status,
    tracking,
)
from posd.model.hardware_facts import (
    HardwareOrderPlaced,
    HardwareOrderRefused,
    HardwareOrderRequested,
    OldReaderRetired,
    ReaderReceived,
    ReceivedReaderBound,
    ReceivedReaderTested,
)
from tests.unit.posd.model.records import AT, Shelf

ORDER, RECEIVED, OLD, NEW = "thor_posd_1", "rcv_posd_1", "tmr_posd_old", "tmr_new"
REQUESTED = HardwareOrderRequested(ORDER, "payment_type=monthly_invoice", "k1", "2026;beta=v5")
PLACED = HardwareOrderPlaced(ORDER, "thor_1")
REFUSED = HardwareOrderRefused(ORDER, 400, "parameter_invalid", "No PO boxes.")
UNPACKED = ReaderReceived(RECEIVED, "thor_1", NEW)
BOUND = ReceivedReaderBound(RECEIVED, "1", OLD)
TESTED = ReceivedReaderTested(RECEIVED)
RETIRED = OldReaderRetired(RECEIVED, OLD)


def test_an_order_keeps_what_was_asked_for_and_by_whom() -> None:
    order = Shelf().take([REQUESTED]).hardware_order(ORDER)
    assert order is not None
    assert (order.body, order.key) == (REQUESTED.body, "k1")
    assert (order.requested_by, order.requested_ms) == (AT.actor, AT.wall_ms)
    assert order.undecided


@pytest.mark.parametrize(
    ("fact", "state", "upstream", "refusal"),
    [
        (PLACED, OrderState.PLACED, "thor_1", None),
        (REFUSED, OrderState.REFUSED, None, REFUSED),
    ],
)
def test_stripes_answer_decides_it(
    fact: Fact, state: OrderState, upstream: str | None, refusal: HardwareOrderRefused | None
) -> None:
    order = Shelf().take([REQUESTED, fact]).hardware_order(ORDER)
    assert order is not None
    assert (order.state, order.upstream, order.refusal) == (state, upstream, refusal)
    assert not order.undecided


@pytest.mark.parametrize(
    "facts",
    [
        [PLACED],
        [REQUESTED, REQUESTED],
        [REQUESTED, PLACED, PLACED],
        [REQUESTED, PLACED, REFUSED],
        [REQUESTED, REFUSED, PLACED],
        [BOUND],
        [UNPACKED, UNPACKED],
    ],
)
def test_what_cannot_follow_is_a_bug(facts: list[Fact]) -> None:
    with pytest.raises(AssertionError):
        Shelf().take(facts)


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ([], Step.BIND),
        ([BOUND], Step.TEST),
        ([TESTED], Step.BIND),
        ([BOUND, TESTED], Step.RETIRE),
        ([BOUND, TESTED, RETIRED], Step.NONE),
        ([ReceivedReaderBound(RECEIVED, "1", NEW), TESTED], Step.NONE),
    ],
)
def test_the_next_step_is_the_first_that_is_not_done(facts: list[Fact], step: Step) -> None:
    received = Shelf().take([UNPACKED, *facts]).received_reader(RECEIVED)
    assert received is not None
    assert received.next is step


def test_every_step_says_who_and_when() -> None:
    received = Shelf().take([UNPACKED, BOUND, TESTED, RETIRED]).received_reader(RECEIVED)
    done = Done(AT.actor, AT.wall_ms)
    assert received == ReceivedReader(
        RECEIVED, "thor_1", NEW, done, "1", OLD, done, done, OLD, done
    )


def at(ms: int, reader: str, lane: str = "1", over: str = OLD) -> ReceivedReader:
    done = Done("key_1", ms)
    return ReceivedReader(f"rcv_{ms}", "thor_1", reader, done, lane=lane, over=over, bound=done)


@pytest.mark.parametrize(
    ("received", "named", "serves"),
    [
        ([], OLD, OLD),
        ([at(1, "tmr_a")], OLD, "tmr_a"),
        ([at(2, "tmr_b"), at(1, "tmr_a")], OLD, "tmr_b"),
        ([at(1, "tmr_a", lane="2")], OLD, OLD),
        ([at(1, "tmr_a")], "tmr_posd_newer_file", "tmr_posd_newer_file"),
    ],
    ids=["nobody", "bound", "the-latest", "another-lane", "the-file-has-changed"],
)
def test_a_lane_is_served_by_whom_it_was_bound_to_until_the_file_says_otherwise(
    received: list[ReceivedReader], named: str, serves: str
) -> None:
    assert lane_reader("1", named, received) == serves


def test_what_stripe_says_of_an_order_is_read() -> None:
    body = {
        "status": "shipped",
        "hardware_order_items": [{"quantity": 2}, {"quantity": 1}],
        "shipment_tracking": [{"carrier": "dhl", "tracking_number": "0034"}],
    }
    assert (pieces(body), tracking(body), status(body)) == (3, ("dhl 0034",), "shipped")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"hardware_order_items": None, "shipment_tracking": None},
        {"hardware_order_items": ["x"], "shipment_tracking": ["x"]},
        {"hardware_order_items": [{"quantity": "2"}], "shipment_tracking": []},
    ],
)
def test_what_stripe_leaves_out_or_writes_otherwise_breaks_nothing(body: Mapping[str, Any]) -> None:
    assert (pieces(body), tracking(body)) == (0, ())
