"""What must be true once the shop is quiet, by three ledgers that posd never writes.

The tills', the terminals' and Stripe's are compared with each other; posd's journal is asked only
whether an open question is in a person's hands. Every order has an amount of its own, so the amount
names the order in all three (I11).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ending:
    """An order as a till reads it last: its amount in minor units, its PaymentIntents' statuses."""

    amount: int
    statuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """What an order comes to in each ledger: taken less given back, in minor units.

    `held` is what a terminal has booked already and its till has not taken yet; `certain` is None
    where Stripe refused to hear of it for good, or is not to be asked.
    """

    order: int
    booked: int
    told: int
    held: int
    certain: int | None


@dataclass(frozen=True, slots=True)
class Ledgers:
    """What each party holds, as amounts in minor units.

    Attributes:
        told: The tills' orders, as they were told they ended.
        booked: The terminals' stored sales, without those keyed in by hand.
        guaranteed: Stripe's records with a guaranteed amount.
        parked: Amounts whose report Stripe refused for good.
        with_a_person: Amounts that posd has handed to a person.
        sums: Of every order of which nothing is open.
    """

    told: Sequence[Ending]
    booked: Sequence[int]
    guaranteed: Sequence[int]
    parked: frozenset[int] = frozenset()
    with_a_person: frozenset[int] = frozenset()
    sums: Sequence[Sum] = ()


def violations(ledgers: Ledgers) -> list[str]:
    """Every sentence that must not be true; empty if all is well."""
    booked = set(ledgers.booked)
    paid = {order.amount for order in ledgers.told if "succeeded" in order.statuses}
    held = {order.amount for order in ledgers.told if "requires_capture" in order.statuses}
    found = [
        *_doubled("charged twice", ledgers.booked),
        *_doubled("guaranteed twice", ledgers.guaranteed),
        *(f"told paid, not booked: {amount}" for amount in sorted(paid - booked)),
        *(
            f"booked, neither told paid nor with a person: {amount}"
            for amount in sorted(booked - paid - held - ledgers.with_a_person)
        ),
        *(
            f"paid, not guaranteed at Stripe: {amount}"
            for amount in sorted(paid - set(ledgers.guaranteed) - ledgers.parked)
        ),
        *(
            f"guaranteed at Stripe, not booked: {amount}"
            for amount in sorted(set(ledgers.guaranteed) - booked)
        ),
    ]
    found += [
        f"left open: {order.amount} is processing"
        for order in ledgers.told
        if "processing" in order.statuses and order.amount not in ledgers.with_a_person
    ]
    found += [
        f"paid twice over: {order.amount}"
        for order in ledgers.told
        if order.statuses.count("succeeded") > 1
    ]
    found += [
        f"{one.order} comes to {one.booked} booked, {one.told} told and {one.held} held"
        for one in ledgers.sums
        if one.booked != one.told + one.held
    ]
    found += [
        f"{one.order} comes to {one.told} told, {one.certain} at Stripe"
        for one in ledgers.sums
        if one.certain is not None and one.certain != one.told
    ]
    return found


def _doubled(what: str, amounts: Iterable[int]) -> Iterable[str]:
    for amount, times in sorted(Counter(amounts).items()):
        if times > 1:
            yield f"{what}: {amount}"
