"""`/posd/v1/payment_intents/{intent}`: the till waits for its payment and learns what to do."""

from posd.api.calls import Call, Reply
from posd.api.params import WaitForPayment
from posd.api.refund_standing import refund_standing
from posd.api.standing import Next, Standing, standing
from posd.model.payment_intent import PaymentIntent
from posd.render import Json
from posd.texts.language import Language, cashier_text, of_locale


async def wait(call: Call[WaitForPayment]) -> Reply:
    """How the payment stands: at once if that is news, else as soon as it is or time is up.

    News is what differs from `known`; to a caller that names nothing it is news if there is
    nothing to wait for.
    """
    intent, stands = _look(call)
    known = call.params.known
    if known is None and stands.next is Next.WAIT:
        known = stands.version()

    def is_news() -> bool:
        nonlocal intent, stands
        intent, stands = _look(call)
        return stands.version() != known

    await call.services.watch.until(is_news, call.params.wait, call.left)
    language = call.params.language or of_locale(call.services.place.locale)
    return Reply(_told(stands, language), tells=(intent,))


def _look(call: Call[WaitForPayment]) -> tuple[PaymentIntent, Standing]:
    """The PaymentIntent and how it stands. Raises Rejected."""
    services = call.services
    with services.queries.at_one_moment():
        intent = call.objects.found_intent(call.ids["intent"], "intent")
        attempts = services.queries.attempts_of(intent.id)
    live = {attempt.reader: services.fleet.live(attempt.reader) for attempt in attempts}
    latest = attempts[-1] if attempts else None
    contradicted = any(attempt.contradicted for attempt in attempts)
    if latest is None or latest.refund is None or contradicted:
        return intent, standing(intent, attempts, live)
    return intent, refund_standing(intent, latest, live)


def _needs(stands: Standing, text: str) -> Json | None:
    """What a person is needed for, in the cashier's words; None where nobody is."""
    if stands.next is not Next.CALL_A_PERSON:
        return None
    return {"kind": stands.state.value, "reason": stands.reason, "cashier_text": text}


def _told(stands: Standing, language: Language) -> Json:
    text = cashier_text(stands.sayings, language)
    return {
        "object": "posd.payment",
        "payment_intent": stands.payment_intent,
        "state": stands.state.value,
        "step": None if stands.step is None else stands.step.value,
        "cashier_text": text,
        "language": language.value,
        "since": stands.since_ms // 1000,
        "may_charge_elsewhere": stands.may_charge_elsewhere,
        "next": stands.next.value,
        "needs": _needs(stands, text),
        "version": stands.version(),
    }
