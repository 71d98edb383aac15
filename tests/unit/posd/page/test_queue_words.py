"""Why something that is owed to Stripe is not sent: Stripe's words, or a person's."""

from posd.model.effect import Cause
from posd.page.queue_words import cause
from tests.unit.posd.page.telling import english
from tests.unit.posd.snapshots import NOW_MS, Shop


def test_who_keeps_it_back_is_told_with_the_reason() -> None:
    words = english(Shop().snapshot())
    by_stripe = cause(Cause(402, "card_declined", "No such thing.", "forwarder", NOW_MS), words)
    by_person = cause(Cause(None, "", "wrong order", "page:manager", NOW_MS), words)
    assert "No such thing." in by_stripe
    assert "Stripe" in by_stripe
    assert "wrong order" in by_person
    assert "Stripe" not in by_person
