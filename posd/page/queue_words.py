"""How what waits for Stripe is told."""

from posd.model.effect import Cause
from posd.page.words import Words
from posd.render.queue import KINDS


def tells(effect: str) -> str:
    """What the effect of that id tells Stripe: payment, guarantee or refund."""
    return KINDS.get("-" + effect.rpartition("-")[2], "payment")


def cause(why: Cause, words: Words) -> str:
    """Why it is not sent: Stripe's words, or a person's."""
    if why.status is None:
        return words.text("queue.by_person", at=words.at(why.at_ms), reason=why.message)
    return words.text("queue.by_stripe", at=words.at(why.at_ms), message=why.message)
