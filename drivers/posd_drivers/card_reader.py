"""The port: what posd may ask of any attached card reader, and the answers it can get.

Amounts are integers in the minor units of ISO 4217 (M10); currencies are lower-case ISO 4217
codes; card fields carry Stripe's words, so that one module per protocol does the translation.
No card number passes this port: brand, last four digits and receipt fields only.
"""

from datetime import datetime
from enum import Enum
from typing import Protocol, TypeAlias

from msgspec import Struct, field

from posd_drivers.ability import Operation, Readiness
from posd_drivers.errors import Unsupported


class OutcomeProof(Enum):
    """What a terminal can prove about a dialogue that broke (M5)."""

    LAST_TRANSACTION = "last_transaction"
    TOTALS = "totals"
    NONE = "none"


class Kind(Enum):
    """What a transaction in the terminal's store did, as far as the terminal tells.

    A protocol may not tell a refund or a pre-authorisation from a sale: ZVT's status information
    does not, and every one that names no original is `SALE` in it.
    """

    SALE = "sale"
    REVERSAL = "reversal"
    REFUND = "refund"
    END_OF_DAY = "end_of_day"


class Step(Enum):
    """What the cardholder or cashier is waiting for; from the intermediate status of a terminal."""

    CONNECTING = "connecting"
    PRESENT_CARD = "present_card"
    ENTER_PIN = "enter_pin"
    WRONG_PIN = "wrong_pin"
    AUTHORISING = "authorising"
    REMOVE_CARD = "remove_card"
    CONFIRM_AMOUNT = "confirm_amount"
    CARD_NOT_ACCEPTED = "card_not_accepted"
    CARD_UNREADABLE = "card_unreadable"
    REVERSING = "reversing"
    APPROVED = "approved"
    DECLINED = "declined"
    FOLLOW_READER = "follow_reader"
    WAITS_FOR_CASHIER = "waits_for_cashier"
    MAINTENANCE = "maintenance"
    READER_TROUBLE = "reader_trouble"
    PLEASE_WAIT = "please_wait"


class CardDetails(Struct, frozen=True):
    """What a receipt may show of the card, in the words of Stripe's `card_present`.

    `last4`, `exp_*` and the rest are None where the terminal did not say.
    `application_preferred_name` and `dedicated_file_name` (the AID) are receipt duties.
    """

    brand: str = "unknown"
    brand_product: str | None = None
    last4: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None
    read_method: str | None = None
    cardholder_verification_method: str | None = None
    dedicated_file_name: str | None = None
    application_preferred_name: str | None = None
    authorization_code: str | None = None
    acquirer_contract: str | None = None


class BrandTotals(Struct, frozen=True):
    """What one kind of card brought. `count` is modulo 256 where the protocol has one octet."""

    brand: str
    count: int
    amount: int


class Totals(Struct, frozen=True):
    """The turnover since the last end of day, in minor units, as the terminal adds it up.

    Attributes:
        amount: The sum; refunds and reversals are taken off.
        brands: Its parts by kind of card, in the terminal's order; empty where it tells none.
        first_receipt: Receipt number the sum begins with, or None.
        last_receipt: Receipt number the sum ends with, or None.
    """

    amount: int
    brands: tuple[BrandTotals, ...] = ()
    first_receipt: int | None = None
    last_receipt: int | None = None


class Transaction(Struct, frozen=True):
    """One transaction as the terminal tells it.

    `amount` is what the terminal says it moved, tip included, or None if it said nothing;
    `receipt`, `trace` and `turnover` are the terminal's own counters, `original_trace` the trace
    number of what a reversal takes back; `date` is MMDD and `time` HHMMSS by the terminal's clock,
    which is evidence and never a veto (M5). `totals` are those of an end of day. `at_risk` marks an
    approval that may still come back unpaid: authorised offline, or as a debit advice.
    """

    kind: Kind
    terminal_id: str | None
    amount: int | None
    currency: str | None
    result_code: int
    receipt: int | None
    trace: int | None
    turnover: int | None = None
    tip: int | None = None
    date: str | None = None
    time: str | None = None
    card: CardDetails = field(default_factory=CardDetails)
    text: str | None = None
    original_trace: int | None = None
    totals: Totals | None = None
    at_risk: bool = False


class Original(Struct, frozen=True):
    """What a reversal takes back or a capture books, as its own terminal knows it.

    `amount` is in minor units of `currency`; `receipt` and `trace` are the terminal's numbers.
    """

    receipt: int
    amount: int
    currency: str
    trace: int | None = None


class Registered(Struct, frozen=True):
    """What the terminal said of itself at registration.

    Attributes:
        terminal_id: Its terminal id (TID), or None if it kept it to itself.
        currency: The one currency it takes, or None if it did not say.
        outcome_proof: How an unknown outcome can be proven with it.
        cannot: What it, or its make, is known not to do; the rest is tried.
    """

    terminal_id: str | None
    currency: str | None
    outcome_proof: OutcomeProof
    cannot: frozenset[Operation] = frozenset()


class Reported(Struct, frozen=True):
    """The terminal reported a positive result that is not final yet (M2)."""

    transaction: Transaction


class Approved(Struct, frozen=True):
    """The terminal reported approval and completed: the money moved."""

    transaction: Transaction
    receipts: tuple["Receipt", ...] = ()


GENERIC_DECLINE = "generic_decline"
"""Stripe's `decline_code` where nobody said why."""


class Declined(Struct, frozen=True):
    """The issuer said no, or the card did, and the terminal says that nothing was booked.

    Attributes:
        code: The terminal's own result code, 0..255.
        transaction: What it told of it, if anything.
        receipts: What was begun and not given to `Attendant.printed`.
        decline_code: Why, as a `decline_code` of Stripe's.
    """

    code: int
    transaction: Transaction | None = None
    receipts: tuple["Receipt", ...] = ()
    decline_code: str = GENERIC_DECLINE


class AbortCause(Enum):
    """Why a dialogue ended without asking for money."""

    CUSTOMER = "customer"
    TILL = "till"
    DEVICE = "device"


class Aborted(Struct, frozen=True):
    """The dialogue ended before any authorisation; the terminal says nothing was booked."""

    code: int
    cause: AbortCause


class Receipt(Struct, frozen=True):
    """Lines to print as the terminal wrote them, for merchant, customer or administration.

    `signature_required`: the cardholder has to sign the merchant's.
    """

    audience: str
    lines: tuple[str, ...]
    signature_required: bool = False


Answer: TypeAlias = Approved | Declined | Aborted


class Attendant(Protocol):
    """Who is told while an attempt runs. Implemented by posd, called by the driver.

    `acknowledged`: the terminal took the command. `progress`: a step, harmless to lose.
    `reported`: a positive result is in hand; make it durable and say whether to acknowledge it.
    `printed`: a whole receipt is in hand; make it durable before the terminal is told that it is.
    `approved`: the completion is in hand; returns once it is durable. Exceptions that leave
    `reported`, `printed` or `approved` end the dialogue as an unknown outcome, after a negative
    answer to the terminal where one is still owed.
    """

    def acknowledged(self) -> None:
        """The terminal accepted the command."""
        ...

    def progress(self, step: Step) -> None:
        """What the terminal waits for."""
        ...

    async def reported(self, reported: Reported) -> bool:
        """Durable first; False answers the terminal negatively."""
        ...

    async def printed(self, receipt: Receipt) -> None:
        """Returns when the receipt is on disk."""
        ...

    async def approved(self, approved: Approved) -> None:
        """Returns when the approval is on disk."""
        ...


class CardReader(Protocol):
    """One open link to one terminal. One method at a time; `abort` may run beside them.

    Each can be cancelled and then ends at once; but for `idle` the link is of no further use then.

    What moves money, or closes the day, returns the terminal's definite answer. It raises NotSent
    (no octet left), OutcomeUnknown (anything else that is not an answer, M3), and Unsupported
    before anything is sent where the reader is known not to do it.
    """

    async def register(self) -> Registered:
        """Log on. Raises NotSent, NoAnswer, Refused, DeviceGone."""
        ...

    async def readiness(self) -> Readiness:
        """Whether it runs nothing and would take a payment. Raises NoAnswer, DeviceGone."""
        ...

    async def last_transaction(self) -> Transaction | None:
        """The last transaction the terminal stored; None if it says it has none.

        Raises NoAnswer, Refused (it cannot tell now), Unsupported, DeviceGone.
        """
        ...

    async def authorize(self, amount: int, currency: str, attendant: Attendant) -> Answer:
        """Take `amount` (minor units) of `currency` from a card."""
        ...

    async def preauthorize(self, _amount: int, _currency: str, _attendant: Attendant, /) -> Answer:
        """Reserve `amount` on a card; `capture` takes it and `release` gives it back."""
        raise Unsupported("pre-authorisation")

    async def capture(self, _original: Original, _amount: int, _attendant: Attendant, /) -> Answer:
        """Take `amount` of what was reserved, at most that; the rest is given back."""
        raise Unsupported("capture")

    async def release(self, _original: Original, _attendant: Attendant, /) -> Answer:
        """Give back the whole of what was reserved."""
        raise Unsupported("pre-authorisation reversal")

    async def reverse(self, _original: Original, _attendant: Attendant, /) -> Answer:
        """Take back the whole of a sale that no end of day has closed; needs no card."""
        raise Unsupported("reversal")

    async def refund(self, _amount: int, _currency: str, _attendant: Attendant, /) -> Answer:
        """Give `amount` to the card that is presented."""
        raise Unsupported("refund")

    async def end_of_day(self, _attendant: Attendant, /) -> Answer:
        """Close the period and submit it; the transaction that is reported has its totals."""
        raise Unsupported("end of day")

    async def totals(self) -> Totals:
        """The turnover since the last end of day. Raises as `open_preauthorisations`."""
        raise Unsupported("totals")

    async def open_preauthorisations(self) -> tuple[int, ...]:
        """Receipt numbers of what is reserved and neither taken nor given back.

        Raises NoAnswer, Refused, Unsupported, DeviceGone, as do the questions below.
        """
        raise Unsupported("open pre-authorisations")

    async def reprint(self) -> tuple[Receipt, ...]:
        """The receipts of the last transaction again; empty if it printed them itself."""
        raise Unsupported("reprint")

    async def diagnose(self) -> None:
        """Have it check its line to its host, and what else its make checks."""
        raise Unsupported("diagnosis")

    async def initialise(self) -> None:
        """Have it fetch its settings anew, where it says that it needs to."""
        raise Unsupported("initialisation")

    async def set_clock(self, _at: datetime, /) -> None:
        """Set its clock to the local time `at`."""
        raise Unsupported("set clock")

    async def send_offline(self) -> None:
        """Have it submit what it approved offline, without closing the day."""
        raise Unsupported("send offline transactions")

    def abort(self) -> None:
        """Ask the running dialogue to end early; its own answer still decides (M9).

        Asked before a dialogue it says nothing: a cancel must not hit the one after it.
        """
        ...

    async def restart(self) -> None:
        """Have the terminal restart. It took the command when this returns; then the link is gone.

        Raises Unsupported, as a reader does that cannot; NotSent, NoAnswer, Refused, DeviceGone.
        """
        raise Unsupported("restart")

    async def idle(self) -> None:
        """Return when the link is lost while nothing runs. Cancellable at any time."""
        ...

    async def close(self) -> None:
        """Let go of the device within its time limit. Never raises."""
        ...
