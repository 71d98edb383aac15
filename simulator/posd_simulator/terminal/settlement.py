"""From the host's approval to the completion: report, receipts, storage (A 2.2).

When a transaction is final is the storage rule's business (zvt.md 7.4), for sale, refund, reversal,
reservation and end of day alike, and so is what becomes of it when the till is gone:

| the till is gone | old rule | new rule |
|---|---|---|
| while the card is awaited, TCP | aborted, nothing booked | the same |
| while the card is awaited, serial | not noticed: the command goes on | the same |
| once the host was asked, before the answer to 04 0F | auto-reversal | stored, and stands |
| before the answers to all print messages | auto-reversal | stands |
| before the answer to 06 0F | stands | stands |
"""

from collections.abc import Generator
from dataclasses import dataclass

from posd_drivers.zvt.apdu import Apdu
from posd_drivers.zvt.codes import RESULT_ABORTED
from posd_drivers.zvt.fields import Fields
from posd_drivers.zvt.tlv import Tlv
from posd_simulator.terminal import status
from posd_simulator.terminal.faults import FallSilent
from posd_simulator.terminal.ledger import CLOSING, Entry, Line, Transaction
from posd_simulator.terminal.machine import Machine, Printed
from posd_simulator.terminal.order import Order
from posd_simulator.terminal.paper import GOOD_ANSWERS, Sheet, print_at_till, print_here
from posd_simulator.terminal.script import (
    Hush,
    Keep,
    Pause,
    Result,
    Script,
    Show,
    Step,
    Tell,
    Unheard,
)
from posd_simulator.terminal.settings import StorageRule

GOODS_NOT_READY = 0x849C
VENDOR_WORDS = Fields.of(
    container=(
        Tlv(status.VENDOR_ERROR, bytes.fromhex("FF00001441")),
        Tlv(status.VENDOR_TEXT, b"Abbruch durch externes Kommando!"),
    )
)
"""As a Feig cVEND was recorded (zvt.md 14.4)."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What the host approved, and how the till is told.

    Attributes:
        transaction: What is stored if all goes well.
        report: Its 04 0F.
        sheets: Its receipts.
        printed: Whose receipts they are.
        completion: How it ends then.
    """

    transaction: Transaction
    report: Apdu
    sheets: list[Sheet]
    printed: Printed = Printed.PAYMENT
    completion: Apdu = status.completed()  # noqa: RUF009 (immutable)


def settle(approval: Approval, order: Order, machine: Machine) -> Script:
    """Tell, store, print, complete; or take it back."""
    transaction = approval.transaction
    yield Show("Approved")
    new_rule = machine.settings.storage_rule is StorageRule.NEW
    if new_rule:
        yield Keep(Line(Entry.STORED, transaction))
    if silence := machine.faults.use(FallSilent):
        yield Hush(silence.for_s)
    try:
        refused = yield from _refused_by_till(approval, order, machine)
    except Unheard:
        if not new_rule:
            yield from _take_back(transaction, "auto_reversal")
        return
    if refused and not (new_rule and transaction.kind == CLOSING):
        yield from _take_back(transaction, "refused_by_till")
        yield from end_aborted(machine)
        return
    if not new_rule:
        yield Keep(Line(Entry.STORED, transaction))
    yield from print_here(approval.sheets, machine, approval.printed)
    yield Tell(approval.completion)


def end_aborted(machine: Machine) -> Script:
    """Nothing was booked, or it was taken back: 04 0F and 06 1E with 6C."""
    yield Show("Cancelled")
    yield Tell(status.aborted_status(machine.settings.terminal_id))
    explains = machine.settings.habits.explains_aborts and machine.tlv_allowed
    yield Tell(status.aborted(RESULT_ABORTED, VENDOR_WORDS if explains else Fields()))
    if machine.settings.habits.deaf_after_abort_s:
        yield Hush(machine.settings.habits.deaf_after_abort_s)


def _refused_by_till(
    approval: Approval, order: Order, machine: Machine
) -> Generator[Step, Result, bool]:
    """Report, then print at the till: whether the till said no before it was final.

    Raises Unheard if the till is gone before it was final.
    """
    answer = yield from _report(approval.report, order)
    if answer.control not in GOOD_ANSWERS:
        return True
    unprinted = yield from print_at_till(approval.sheets, machine, approval.printed)
    return unprinted and machine.settings.storage_rule is StorageRule.OLD


def _report(message: Apdu, order: Order) -> Generator[Step, Result, Apdu]:
    """04 0F, again while the goods are not ready; the till's last answer."""
    answer = yield from _tell(message)
    for _ in range(order.not_ready_max):
        if answer.control != GOODS_NOT_READY:
            break
        yield Pause(order.goods_again_s)
        answer = yield from _tell(message)
    return answer


def _take_back(transaction: Transaction, reason: str) -> Script:
    yield Keep(Line(Entry.REVERSED, transaction, reason))
    yield Show("Payment reversed")


def _tell(message: Apdu) -> Generator[Step, Result, Apdu]:
    answer = yield Tell(message)
    assert isinstance(answer, Apdu), answer
    return answer
