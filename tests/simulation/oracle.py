"""What must be true once the shop is quiet, by three ledgers that posd never writes.

The till's, the terminal's and Stripe's are compared with each other; posd's own records are asked
only whether an open question is in a person's hands. Every sale has an amount of its own, so the
amount names the sale in all three.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.simulation.till import Sale


@dataclass(frozen=True, slots=True)
class Evidence:
    """What each party holds, as amounts in minor units.

    Attributes:
        told: The till's sales, as it was told they ended.
        booked: The terminal's stored sales.
        guaranteed: Stripe's records with a guaranteed amount.
        unguaranteed: Stripe's records without one.
        with_a_person: Amounts that posd has handed to a person.
    """

    told: Sequence[Sale]
    booked: Sequence[int]
    guaranteed: Sequence[int]
    unguaranteed: Sequence[int]
    with_a_person: frozenset[int]


def violations(evidence: Evidence) -> list[str]:
    """Every sentence that must not be true; empty if all is well."""
    booked = set(evidence.booked)
    paid = {sale.amount for sale in evidence.told if sale.status == "succeeded"}
    found = [
        *_doubled("charged twice", evidence.booked),
        *_doubled("guaranteed twice", evidence.guaranteed),
        *(f"told paid, not booked: {amount}" for amount in sorted(paid - booked)),
        *(
            f"booked, neither told paid nor with a person: {amount}"
            for amount in sorted(booked - paid - evidence.with_a_person)
        ),
        *(
            f"paid, not guaranteed at Stripe: {amount}"
            for amount in sorted(paid - set(evidence.guaranteed))
        ),
        *(
            f"guaranteed at Stripe, not booked: {amount}"
            for amount in sorted(set(evidence.guaranteed) - booked)
        ),
    ]
    found += [
        f"left open: {sale.amount} is {sale.status}"
        for sale in evidence.told
        if sale.status == "processing" and sale.amount not in evidence.with_a_person
    ]
    return found


def _doubled(what: str, amounts: Iterable[int]) -> Iterable[str]:
    for amount, times in sorted(Counter(amounts).items()):
        if times > 1:
            yield f"{what}: {amount}"
