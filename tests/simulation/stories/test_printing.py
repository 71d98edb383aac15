"""The link dies while receipts are printed, after posd has heard of an approval.

A terminal of the older storage rule reverses by itself then, one of the newer rule does not
(zvt.md 7.4, 9.1). What its book says in the end is what the till is told, and no till is told
"paid" of what is then taken back (M2, M5).
"""

from pathlib import Path

import pytest

from posd_drivers.catalogue import Prints
from posd_simulator.terminal.faults import At, Cut, Moment
from posd_simulator.terminal.settings import Settings, StorageRule, Wire
from tests.simulation.stories.stage import NOT_CHARGED, PAID, Books, Store, lane, opened
from tests.simulation.stories.tills import Till
from tests.unit.posd.virtual import virtual

REPORT_ANSWERED, MERCHANT, MERCHANT_ANSWERED, CUSTOMER, CUSTOMER_ANSWERED, COMPLETED = range(8, 14)
"""Messages of a payment by tap: 04 0F is the seventh, then both receipts and 06 0F follow."""
BEFORE, AFTER = Moment.BEFORE, Moment.AFTER
IN_PRINTING = [
    (REPORT_ANSWERED, BEFORE),
    *((message, moment) for message in (MERCHANT, MERCHANT_ANSWERED) for moment in Moment),
    *((CUSTOMER, BEFORE), (CUSTOMER, AFTER)),
]
PRINTED = [(CUSTOMER_ANSWERED, BEFORE), (COMPLETED, BEFORE), (COMPLETED, AFTER)]
"""The terminal has its last answer: the payment stands by either rule."""
CABLE_OUT_S = (0.2, 20.0)
"""The terminal still waits for an answer when posd is back; it has given up."""
PROVEN_S = 50.0
REVERSED_OR_NOT = {StorageRule.OLD: NOT_CHARGED, StorageRule.NEW: PAID}
EVERY_TERMINAL = pytest.mark.parametrize(
    "settings",
    [Settings(wire=wire, storage_rule=rule) for wire in Wire for rule in StorageRule],
    ids=lambda settings: f"{settings.wire.value}-{settings.storage_rule.value}",
)


@pytest.mark.parametrize("for_s", CABLE_OUT_S)
@EVERY_TERMINAL
@virtual
async def test_an_approval_that_is_reversed_because_the_link_died_in_printing_is_never_told(
    tmp_path: Path, settings: Settings, for_s: float
) -> None:
    async with opened(tmp_path, settings=settings, prints=Prints.TILL) as store:
        till = store.till()
        for number, (message, moment) in enumerate(IN_PRINTING, 1):
            cut = At(message, moment, Cut(for_s), byte=1)
            seen, books, kinds = await broken_sale(store, till, cut, 100 * number)
            decisive = [kind for kind in kinds if kind != "ReceiptPrinted"]
            assert decisive[:3] == ["AttemptStarted", "StatusReported", "OutcomeUnknown"], cut
            assert books == REVERSED_OR_NOT[settings.storage_rule], cut
            assert "succeeded" not in seen[:-1], cut
            assert seen[-1] == books.told, cut


@EVERY_TERMINAL
@virtual
async def test_once_everything_is_printed_the_payment_stands(
    tmp_path: Path, settings: Settings
) -> None:
    async with opened(tmp_path, settings=settings, prints=Prints.TILL) as store:
        till = store.till()
        for number, (message, moment) in enumerate(PRINTED, 1):
            cut = At(message, moment, Cut(CABLE_OUT_S[0]))
            seen, books, _kinds = await broken_sale(store, till, cut, 100 * number)
            assert books == PAID, cut
            assert seen[-1] == "succeeded", cut
            assert seen.count("succeeded") == 1, cut


async def broken_sale(
    store: Store, till: Till, cut: At, amount: int
) -> tuple[list[str], Books, list[str]]:
    """A sale with that fault: every status the till reads, all books on it, and its facts."""
    store.terminals[lane(1)].faults.arm(cut)
    intent = await till.ring_up(amount)
    assert (await till.hand_over(lane(1), intent)).is_success
    seen = await till.watch(intent, PROVEN_S)
    return seen, await store.books(till, intent), store.kinds(intent)
