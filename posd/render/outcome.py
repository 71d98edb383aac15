"""What an attempt came to, in Stripe's words: its charge, and why it failed."""

from msgspec import Struct

from posd.model.as_asked import Mismatch
from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import Proof
from posd.outcome import CHARGES
from posd_drivers.card_reader import AbortCause


class Failure(Struct, frozen=True):
    """Why an action failed, in Stripe's `failure_code` and a sentence with the raw code."""

    code: str
    message: str


def charge_id(attempt: Attempt) -> str | None:
    """The charge an approved or declined attempt is known by: `att_posd_X` is `ch_posd_X`."""
    if attempt.state is AttemptState.DECLINED and attempt.kind in CHARGES:
        return "ch_" + attempt.id.removeprefix("att_")
    return attempt.charge


def failure(attempt: Attempt) -> Failure | None:
    """Why the attempt failed, if that is proven and was not the till's own wish (M4, M9)."""
    doing, done = ("payment", "charged") if attempt.refund is None else ("refund", "given back")
    match attempt.state:
        case AttemptState.DECLINED:
            what = "Your card" if attempt.refund is None else "The refund"
            return Failure(
                "card_declined", f"{what} was declined. The terminal said {_raw(attempt.code)}."
            )
        case AttemptState.ABORTED | AttemptState.NOT_SENT if attempt.cancel_requested:
            return None
        case AttemptState.ABORTED:
            return _abort(attempt, doing)
        case AttemptState.NOT_SENT:
            return Failure(
                "customer_canceled", f"The reader could not be reached. Nothing was {done}."
            )
        case AttemptState.NOT_CHARGED:
            return _not_done(attempt, done)
        case _:
            return None


def _not_done(attempt: Attempt, done: str) -> Failure:
    if attempt.reason == Mismatch.CARD.value:
        what = "It was another card than the one that paid"
        return Failure("card_declined", f"{what}. Nothing was {done}.")
    found = "a person found" if attempt.proof is Proof.PERSON else "it was proven since"
    return Failure(
        "customer_canceled", f"The connection to the reader broke; {found} that nothing was {done}."
    )


def _abort(attempt: Attempt, doing: str) -> Failure | None:
    match attempt.cause:
        case AbortCause.TILL:
            return None
        case AbortCause.CUSTOMER:
            what = f"The {doing} was cancelled on the reader."
        case _:
            what = f"The reader ended the {doing} before a card was authorised."
    return Failure("customer_canceled", f"{what} The terminal said {_raw(attempt.code)}.")


def _raw(code: int | None) -> str:
    return "nothing more" if code is None else f"result code {code:02X} (hexadecimal)"
