"""What a person decided about an effect that is owed to Stripe; part of the union of facts.

Each belongs to the effect, never to its payment.
"""

from typing import TypeAlias

from msgspec import Struct


class EffectRetried(Struct, frozen=True):
    """It waits for Stripe again, under its one key: what was in its way is mended."""

    effect: str
    reason: str


class EffectHeld(Struct, frozen=True):
    """It is not sent until a person says so."""

    effect: str
    reason: str


class EffectWrittenOff(Struct, frozen=True):
    """It is given up: Stripe is never told, as far as this store is concerned."""

    effect: str
    reason: str


QueueFact: TypeAlias = EffectRetried | EffectHeld | EffectWrittenOff
