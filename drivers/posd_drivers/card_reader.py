"""The port: what posd may ask of any attached card reader, and the answers it can get.

Amounts are integers in the minor units of ISO 4217 (M10); currencies are lower-case ISO 4217
codes; card fields carry Stripe's words, so that one module per protocol does the translation.
No card number passes this port: brand, last four digits and receipt fields only.
"""

from enum import Enum
from typing import Protocol, TypeAlias

from msgspec import Struct, field

from posd_drivers.errors import Unsupported


class OutcomeProof(Enum):
    """What a terminal can prove about a dialogue that broke (M5)."""

    LAST_TRANSACTION = "last_transaction"
    TOTALS = "totals"
    NONE = "none"


class Kind(Enum):
    """What a transaction in the terminal's store did."""

    SALE = "sale"
    REVERSAL = "reversal"
    REFUND = "refund"


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


class Transaction(Struct, frozen=True):
    """One transaction as the terminal tells it.

    `amount` is what the terminal says it moved, tip included, or None if it said nothing;
    `receipt`, `trace` and `turnover` are the terminal's own counters; `date` is MMDD and `time`
    HHMMSS by the terminal's clock, which is evidence and never a veto (M5).
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


class Registered(Struct, frozen=True):
    """What the terminal said of itself at registration.

    Attributes:
        terminal_id: Its terminal id (TID), or None if it kept it to itself.
        currency: The one currency it takes, or None if it did not say.
        outcome_proof: How an unknown outcome can be proven with it.
    """

    terminal_id: str | None
    currency: str | None
    outcome_proof: OutcomeProof


class Reported(Struct, frozen=True):
    """The terminal reported a positive result that is not final yet (M2)."""

    transaction: Transaction


class Approved(Struct, frozen=True):
    """The terminal reported approval and completed: the money moved."""

    transaction: Transaction
    receipts: tuple["Receipt", ...] = ()


class Declined(Struct, frozen=True):
    """The issuer or the terminal said no, and the terminal says that nothing was booked."""

    code: int
    transaction: Transaction | None = None
    receipts: tuple["Receipt", ...] = ()


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
    """Lines to print as the terminal wrote them, for merchant, customer or administration."""

    audience: str
    lines: tuple[str, ...]


Answer: TypeAlias = Approved | Declined | Aborted


class Sale(Protocol):
    """What the driver tells posd while a sale runs. Implemented by posd, called by the driver.

    `acknowledged`: the terminal took the command. `progress`: a step, harmless to lose.
    `reported`: a positive result is in hand; make it durable and say whether to acknowledge it.
    `approved`: the completion is in hand; returns once it is durable. Exceptions that leave
    `reported` or `approved` end the dialogue as an unknown outcome, after a negative answer to
    the terminal where one is still owed.
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

    async def approved(self, approved: Approved) -> None:
        """Returns when the approval is on disk."""
        ...


class CardReader(Protocol):
    """One open link to one terminal. One method at a time; `abort` may run beside them.

    Each can be cancelled and then ends at once; but for `idle` the link is of no further use then.
    """

    async def register(self) -> Registered:
        """Log on. Raises NotSent, NoAnswer, Refused, DeviceGone."""
        ...

    async def is_idle(self) -> bool:
        """Whether the terminal says it is ready and runs nothing. Raises NoAnswer, DeviceGone."""
        ...

    async def last_transaction(self) -> Transaction | None:
        """The last transaction the terminal stored; None if it says it has none.

        Raises NoAnswer, Refused (it cannot tell now), Unsupported, DeviceGone.
        """
        ...

    async def authorize(self, amount: int, currency: str, sale: Sale) -> Answer:
        """Take `amount` (minor units) of `currency` from a card.

        Raises NotSent (no byte left), OutcomeUnknown (anything else that is not an answer). (M3)
        """
        ...

    def abort(self) -> None:
        """Ask the running dialogue to end early; its own answer still decides (M9).

        Asked before `authorize` it says nothing: a cancel must not hit the sale after it.
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
