"""What a card is presented for: sale, refund, pre-authorisation. Card, PIN, host, settlement."""

from dataclasses import replace

from posd_simulator.terminal import status
from posd_simulator.terminal.dialogue import Dialogue, Paid, Stopped
from posd_simulator.terminal.faults import Offline, PartialApproval, Sign, Surcharge, Tip
from posd_simulator.terminal.issuer import (
    HostApproved,
    HostDeclined,
    PinNeeded,
    Verdict,
    Verification,
    decide,
    decide_refund,
)
from posd_simulator.terminal.ledger import (
    PREAUTHORISATION,
    REFUND,
    SALE,
    Entry,
    Line,
    Transaction,
)
from posd_simulator.terminal.machine import Machine, Printed
from posd_simulator.terminal.order import Order, check_currency
from posd_simulator.terminal.paper import declined_sheets, print_out, sheets_of
from posd_simulator.terminal.script import Keep, Script, Show, Tell, TooLateToAbort
from posd_simulator.terminal.settlement import Approval, end_aborted, settle


def pay(order: Order, machine: Machine, kind: str) -> Script:
    """From the command's 80 00 to its end. Raises Failed."""
    check_currency(order, machine)
    yield from _Payment(machine, order, kind).run()


class _Payment:
    """One payment on its way."""

    def __init__(self, machine: Machine, order: Order, kind: str) -> None:
        self._machine = machine
        self._order = order
        self._kind = kind
        self._amount = order.whole_amount
        self._dialogue = Dialogue(machine, self._amount)

    def run(self) -> Script:
        try:
            paid = yield from self._dialogue.take_card()
            yield TooLateToAbort()
            yield from self._authorise(paid)
        except Stopped:
            yield from end_aborted(self._machine)

    def _authorise(self, paid: Paid) -> Script:
        """Ask the host, and once more with a PIN if it wants one."""
        if self._machine.faults.use(Offline):
            yield from self._approved(replace(self._transaction(paid), online=False))
            return
        yield from self._dialogue.ask_host()
        match self._verdict(paid):
            case PinNeeded():
                yield from self._dialogue.take_pin()
                yield from self._authorise(replace(paid, verification=Verification.ONLINE_PIN))
            case HostDeclined(code, text):
                yield from self._declined(self._transaction(paid, code, text))
            case HostApproved(code):
                yield from self._approved(self._transaction(paid, code=code))

    def _verdict(self, paid: Paid) -> Verdict:
        trace = self._machine.book.next_trace
        if self._kind == REFUND:
            return decide_refund(paid.card, trace)
        return decide(self._amount, paid.card, paid.verification, trace)

    def _approved(self, transaction: Transaction) -> Script:
        taken = self._as_taken(transaction)
        approval = Approval(
            transaction=taken,
            report=status.approved_status(taken, self._machine),
            sheets=[]
            if self._kind == PREAUTHORISATION
            else sheets_of(taken, self._machine.settings.habits),
        )
        yield from settle(approval, self._order, self._machine)

    def _as_taken(self, taken: Transaction) -> Transaction:
        """With the tip, and with what was ordered to differ from the till's wish."""
        faults = self._machine.faults
        if self._machine.settings.tips and self._kind == SALE:
            taken = replace(taken, tip=self._order.tip)
            if tip := faults.use(Tip):
                taken = replace(taken, tip=taken.tip + tip.amount, amount=taken.amount + tip.amount)
        if more := faults.use(Surcharge):
            taken = replace(taken, amount=taken.amount + more.amount)
        if part := faults.use(PartialApproval):
            taken = replace(taken, amount=min(taken.amount, part.amount))
        if faults.use(Sign):
            taken = replace(taken, verification="signature")
        return taken

    def _declined(self, transaction: Transaction) -> Script:
        machine = self._machine
        yield Keep(Line(Entry.DECLINED, transaction))
        yield Show(f"Declined\n{transaction.text}")
        yield Tell(status.declined_status(transaction, machine))
        if machine.settings.habits.silent_after_error:
            return
        if machine.settings.prints_declines:
            sheets = declined_sheets(transaction, machine.settings.habits)
            yield from print_out(sheets, machine, Printed.PAYMENT)
        yield Tell(status.aborted(transaction.result))

    def _transaction(
        self, paid: Paid, result: int = 0, text: str = "", code: str = ""
    ) -> Transaction:
        book = self._machine.book
        return Transaction(
            kind=self._kind,
            terminal_id=self._machine.settings.terminal_id,
            amount=self._amount,
            currency=self._machine.settings.currency,
            receipt=book.next_receipt if result == 0 else 0,
            trace=book.next_trace,
            turnover=book.next_turnover if result == 0 else 0,
            at=self._machine.at(),
            result=result,
            text=text,
            card=paid.card.name,
            entry_mode=paid.entry_mode,
            verification=paid.verification.value,
            authorisation=code,
        )
