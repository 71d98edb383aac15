"""The twelve cases that show how a make of terminal really behaves.

Each says what the person is to do, is carried out once, and finds whether the terminal did what the
standard says, in words that fit a table. What was taken on the way is taken back by the ninth.
"""

import asyncio
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final, Protocol, TypeVar

from msgspec import Struct

from posd.certify.visit import (
    ABORT_AFTER_S,
    Command,
    Outcome,
    Place,
    Question,
    ask,
    ask_when_idle,
    carry_out,
)
from posd.model import attempt as attempts
from posd.model.facts import AttemptKind, AttemptStarted
from posd.model.matching import Charged, NotCharged, Told, Unproven, judge
from posd_drivers.card_reader import (
    AbortCause,
    Aborted,
    Answer,
    Approved,
    Declined,
    Original,
    Step,
    Transaction,
)
from posd_drivers.errors import DriverError, NotSent, OutcomeUnknown, Unsupported

T = TypeVar("T")

CONTACTLESS: Final = "contactless_emv"
CHIP: Final = "contact_emv"


class Verdict(Enum):
    """What a case came to."""

    PASSED = "passed"
    DIFFERS = "differs"
    SKIPPED = "skipped"


class Finding(Struct, frozen=True):
    """What was seen."""

    verdict: Verdict
    told: str


class Person(Protocol):
    """Who stands by the terminal."""

    def waits(self, what: str) -> None:
        """Tells what to do now, and comes back when it is done."""
        ...

    def agrees(self, question: str) -> bool:
        """Asks something that is answered with yes or no."""
        ...


class Desk:
    """One terminal, a person, and what has been taken so far.

    Attributes:
        taken: Sales that stand in the terminal's book, by what the terminal told of them.
    """

    def __init__(self, place: Place, person: Person, amount: int) -> None:
        self.person = person
        self.amount = amount
        self.currency = place.currency
        self.taken: list[Transaction] = []
        self._place = place

    def ask(self, question: Question[T]) -> T:
        """An answer of the idle terminal. Raises DriverError."""
        _, answer = asyncio.run(ask(self._place, question))
        return answer

    def ask_when_idle(self, question: Question[T]) -> T:
        """An answer of the terminal, once it is idle. Raises DriverError."""
        return asyncio.run(ask_when_idle(self._place, question))

    def carry_out(self, command: Command, amount: int | None = None) -> Outcome:
        """One command. Raises DriverError if the terminal could not be met."""
        return asyncio.run(carry_out(self._place, command, amount))

    def sell(self, abort_after_s: float | None = None) -> Outcome:
        """A sale of the amount; what is approved is among `taken`."""
        outcome = asyncio.run(
            carry_out(
                self._place,
                lambda reader, hand: reader.authorize(self.amount, self.currency, hand),
                self.amount,
                abort_after_s,
            )
        )
        if isinstance(outcome.answer, Approved):
            self.taken.append(outcome.answer.transaction)
        return outcome


class Case(Struct, frozen=True):
    """One row of the table."""

    name: str
    to_do: str
    run: Callable[[Desk], Finding]


def registration(desk: Desk) -> Finding:
    """Logging on, and whether it would take a payment."""
    readiness = desk.ask(lambda reader: reader.readiness())
    if readiness.ready:
        return _passed("logged on, ready")
    status = "none" if readiness.status is None else f"{readiness.status:02X}"
    return _differs(f"logged on, but not ready: status {status}")


def contactless(desk: Desk) -> Finding:
    """A card that is held to it."""
    return _read_by(desk.sell(), CONTACTLESS)


def chip_and_pin(desk: Desk) -> Finding:
    """A card that is put into it, and its PIN."""
    outcome = desk.sell()
    finding = _read_by(outcome, CHIP)
    verified = _verification(outcome)
    if finding.verdict is Verdict.PASSED and verified is not None and "pin" not in verified:
        return _differs(f"{finding.told}, verified by {verified}")
    return finding


def wrong_pin(desk: Desk) -> Finding:
    """A PIN that is wrong, and then right."""
    outcome = desk.sell()
    if not isinstance(outcome.answer, Approved):
        return _differs(outcome.words)
    told = "the wrong PIN was told" if Step.WRONG_PIN in outcome.steps else "no wrong PIN was told"
    return _passed(f"{outcome.words}, {told}")


def declined(desk: Desk) -> Finding:
    """A card that its issuer refuses."""
    return _is(desk.sell(), lambda answer: isinstance(answer, Declined))


def customer_stops(desk: Desk) -> Finding:
    """The STOP key."""
    return _is(desk.sell(), lambda answer: _aborted_by(answer, AbortCause.CUSTOMER))


def till_aborts(desk: Desk) -> Finding:
    """06 B0 while it waits for a card."""
    outcome = desk.sell(ABORT_AFTER_S)
    return _is(outcome, lambda answer: _aborted_by(answer, AbortCause.TILL))


def card_timeout(desk: Desk) -> Finding:
    """Nobody comes."""
    return _is(desk.sell(), lambda answer: isinstance(answer, Aborted))


def reversal(desk: Desk) -> Finding:
    """Everything that was taken so far goes back, the latest first."""
    if not desk.taken:
        return Finding(Verdict.SKIPPED, "nothing was taken")
    told: list[str] = []
    for sale in reversed(tuple(desk.taken)):
        if sale.receipt is None:
            return _differs("it told no receipt number to take the sale back by")
        outcome = take_back(desk, sale)
        told.append(outcome.words)
        if not isinstance(outcome.answer, Approved):
            return _differs(", ".join(told))
    return _passed(", ".join(told))


def refund(desk: Desk) -> Finding:
    """The amount goes to the card that is presented."""
    outcome = desk.carry_out(
        lambda reader, hand: reader.refund(desk.amount, desk.currency, hand), desk.amount
    )
    return _is(outcome, lambda answer: isinstance(answer, Approved))


def cable_pulled(desk: Desk) -> Finding:
    """The line is cut in the middle of a sale, and what became of it is found out (M5)."""
    outcome = desk.sell()
    match outcome.answer:
        case NotSent() | OutcomeUnknown():
            pass
        case _:
            return _differs(f"{outcome.words}: the cable was not pulled in time")
    desk.person.waits("Plug the cable in again, and wait until the terminal is idle.")
    verdict, told = _resolved(desk, outcome)
    seen = desk.person.agrees("Does the terminal's own receipt or journal say that it was charged?")
    if verdict:
        told += f"; taken back: {take_back(desk, desk.taken[-1]).words}"
    if verdict is None:
        return _differs(told)
    return _passed(told) if verdict is seen else _differs(f"{told}; but the terminal shows else")


def end_of_day(desk: Desk) -> Finding:
    """The period is closed and submitted."""
    outcome = desk.carry_out(lambda reader, hand: reader.end_of_day(hand))
    if not isinstance(outcome.answer, Approved):
        return _differs(outcome.words)
    totals = outcome.answer.transaction.totals
    return _passed("closed, no totals told" if totals is None else f"closed, sum {totals.amount}")


def take_back(desk: Desk, sale: Transaction) -> Outcome:
    """Reverse one sale, which has a receipt number; approved, it is no longer among `taken`."""
    assert sale.receipt is not None, sale
    original = Original(sale.receipt, desk.amount, desk.currency, sale.trace)
    outcome = desk.carry_out(lambda reader, hand: reader.reverse(original, hand), desk.amount)
    if isinstance(outcome.answer, Approved):
        desk.taken.remove(sale)
    return outcome


CASES: Final[Sequence[Case]] = (
    Case("registration", "Nothing: posd logs on.", registration),
    Case("approved, contactless", "Hold a card to the terminal.", contactless),
    Case("approved, chip and PIN", "Insert a card and enter its PIN.", chip_and_pin),
    Case(
        "wrong PIN, then right", "Insert a card; enter a wrong PIN, then the right one.", wrong_pin
    ),
    Case(
        "declined", "Use a card that its issuer refuses (a test card, or an empty one).", declined
    ),
    Case("customer stops", "Press STOP on the terminal while it waits for a card.", customer_stops),
    Case("till aborts", "Nothing: posd asks the terminal to stop.", till_aborts),
    Case("nobody comes", "Nothing, until the terminal gives up by itself.", card_timeout),
    Case("reversal", "Nothing: what was taken so far is taken back.", reversal),
    Case("refund", "Present a card. The shop PAYS the amount to it.", refund),
    Case(
        "cable pulled",
        "Present a card, and pull the terminal's data cable as soon as it was read.",
        cable_pulled,
    ),
    Case("end of day", "Nothing. This CLOSES the terminal's period for real.", end_of_day),
)
"""The end of day comes last: a terminal may forget its last transaction over it."""


def run(case: Case, desk: Desk) -> Finding:
    """What the case came to; a terminal that cannot be met is a finding too."""
    try:
        return case.run(desk)
    except Unsupported as unsupported:
        return Finding(Verdict.SKIPPED, f"not done: {unsupported}")
    except DriverError as error:
        return _differs(f"{type(error).__name__}: {error}")


def _resolved(desk: Desk, outcome: Outcome) -> tuple[bool | None, str]:
    """Whether posd would say that it was charged; None where a person would have to look."""
    met = outcome.met
    started = AttemptStarted(
        "att", AttemptKind.SALE, "pi", "tmr", desk.amount, desk.currency, met.baseline
    )
    try:
        last = desk.ask_when_idle(lambda reader: reader.last_transaction())
    except DriverError as error:
        return None, f"{outcome.words}; then {type(error).__name__}"
    told = Told(met.registered.terminal_id, last)
    match judge(attempts.start(started, 0), told):
        case Charged(transaction):
            assert transaction is not None, "a sale is proven by the transaction that was stored"
            desk.taken.append(transaction)
            return True, f"{outcome.words}; resolved: charged"
        case NotCharged():
            return False, f"{outcome.words}; resolved: not charged"
        case Unproven(doubt):
            return None, f"{outcome.words}; a person has to look: {doubt.value}"


def _read_by(outcome: Outcome, method: str) -> Finding:
    if not isinstance(outcome.answer, Approved):
        return _differs(outcome.words)
    read = outcome.answer.transaction.card.read_method
    told = f"{outcome.words}, read by {read or 'what it does not tell'}"
    return _passed(told) if read in (None, method) else _differs(told)


def _verification(outcome: Outcome) -> str | None:
    assert isinstance(outcome.answer, Approved)
    return outcome.answer.transaction.card.cardholder_verification_method


def _is(outcome: Outcome, expected: Callable[[Answer | DriverError], bool]) -> Finding:
    return (_passed if expected(outcome.answer) else _differs)(outcome.words)


def _aborted_by(answer: Answer | DriverError, cause: AbortCause) -> bool:
    return isinstance(answer, Aborted) and answer.cause is cause


def _passed(told: str) -> Finding:
    return Finding(Verdict.PASSED, told)


def _differs(told: str) -> Finding:
    return Finding(Verdict.DIFFERS, told)
