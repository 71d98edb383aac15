"""What the tests of refunds share: a payment that is paid, wishes, terminals that give back."""

import asyncio

from msgspec.structs import replace

from posd.journal.command import Claim
from posd.model.attempt import Attempt
from posd.model.payment_intent import PaymentIntent
from posd.model.refund import Refund
from posd.refund_commands import Allowance, RefundWish
from posd_drivers.card_reader import (
    AbortCause,
    Aborted,
    Answer,
    Approved,
    Attendant,
    CardDetails,
    Declined,
    Reported,
    Transaction,
)
from posd_drivers.errors import OutcomeUnknown
from tests.unit.posd.stage import HELD_S, READER, TILL, ScriptedTerminal, Stage, booked

OFFICE = "key_posd_office"
A_TILLS = Allowance(any_payment=False)
A_MANAGERS = Allowance(any_payment=True)


def wish(
    intent: PaymentIntent | None,
    amount: int | None = None,
    *,
    charge: str | None = None,
    allowance: Allowance = A_MANAGERS,
    actor: str = OFFICE,
    claim: Claim | None = None,
) -> RefundWish:
    """What a manager wants to go back, unless it says otherwise."""
    return RefundWish(
        payment_intent=intent.id if intent else None,
        charge=charge,
        amount=amount,
        reason="requested_by_customer",
        allowance=allowance,
        actor=actor,
        claim=claim,
    )


def tills(intent: PaymentIntent, amount: int | None = None, *, till: str = TILL) -> RefundWish:
    """What a till wants to go back."""
    return wish(intent, amount, allowance=A_TILLS, actor=till)


async def paid(on: Stage, amount: int = 1250, **metadata: str) -> PaymentIntent:
    """A payment that has been taken, as it stands."""
    intent = await on.order(amount, **metadata)
    await on.process(intent)
    return standing(on, intent)


async def given_back(on: Stage, wanted: RefundWish, reader: str = READER) -> Refund:
    """A refund at the reader, once its dialogue has had time to end."""
    known = {one.id for one in on.journal.queries.refunds(100)}
    await on.refunds.at_reader(reader, wanted)
    await asyncio.sleep(HELD_S)
    (refund,) = (one for one in on.journal.queries.refunds(100) if one.id not in known)
    return refund


def standing(on: Stage, intent: PaymentIntent) -> PaymentIntent:
    """The payment as it stands."""
    now = on.journal.queries.payment_intent(intent.id)
    assert now is not None
    return now


def latest(on: Stage, intent: PaymentIntent) -> Attempt:
    """The latest attempt of the payment, of whichever kind."""
    attempt = on.journal.queries.latest_attempt(intent.id)
    assert attempt is not None
    return attempt


async def settles(
    terminal: ScriptedTerminal, transaction: Transaction, attendant: Attendant
) -> Answer:
    """Takes the command and reports; what is acknowledged is stored and completed.

    Raises OutcomeUnknown where it is not.
    """
    attendant.acknowledged()
    if not await attendant.reported(Reported(transaction)):
        raise OutcomeUnknown("status_refused")
    terminal.stored = transaction
    approved = Approved(transaction)
    await attendant.approved(approved)
    return approved


async def shows_0119(
    terminal: ScriptedTerminal, amount: int, _currency: str, attendant: Attendant
) -> Answer:
    """The card that ends in 0119 is presented."""
    card = CardDetails(brand="visa", last4="0119")
    transaction = replace(booked(terminal.next_receipt, amount), card=card)
    return await settles(terminal, transaction, attendant)


async def shows_4242(
    terminal: ScriptedTerminal, amount: int, _currency: str, attendant: Attendant
) -> Answer:
    """Another card is presented."""
    card = CardDetails(brand="visa", last4="4242")
    transaction = replace(booked(terminal.next_receipt, amount), card=card)
    return await settles(terminal, transaction, attendant)


async def declines(
    _terminal: ScriptedTerminal, _amount: int, _currency: str, attendant: Attendant
) -> Answer:
    """Takes the command, and says no."""
    attendant.acknowledged()
    return Declined(0x05)


async def waits_for_a_stop(
    terminal: ScriptedTerminal, _amount: int, _currency: str, attendant: Attendant
) -> Answer:
    """Takes the command, and ends once it is asked to."""
    attendant.acknowledged()
    await terminal.aborted.wait()
    return Aborted(0x6C, AbortCause.TILL)
