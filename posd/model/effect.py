"""What is owed upstream: one effect, one key, one canonical body, one account (M13)."""

from enum import Enum

from msgspec import Struct


class EffectState(Enum):
    """What became of an effect: it waits for Stripe or for a person, or nothing waits for it."""

    WAITING = "waiting"
    PARKED = "parked"
    DONE = "done"
    WRITTEN_OFF = "written_off"


class Effect(Struct, frozen=True):
    """One call to Stripe, stored before it is first sent and repeated verbatim for ever.

    Attributes:
        id: posd's id of it; unique, made from what it reports, so that a restore makes it again.
        stream: Which kind of effect, e.g. `payment_records`; a stream is paused as one.
        lane: Effects of one lane are sent one after the other; the payment's id.
        key: The idempotency key sent with it.
        payment_intent: The payment it reports.
        account: Stripe's account id it is owed to, or None while none is known.
    """

    id: str
    stream: str
    lane: str
    method: str
    path: str
    body: bytes
    key: str
    api_version: str
    payment_intent: str
    livemode: bool
    connected_account: str | None = None
    account: str | None = None


class Owed(Struct, frozen=True):
    """An effect and what became of it so far. Times are wall milliseconds.

    Attributes:
        owed_ms: Since when; what follows from an effect is owed since that one was.
        due_ms: Not tried before, if it waits.
        first_sent_ms: When it was about to be sent for the first time, or None.
        tries: How often it was postponed after a try.
        problem: Why the last try did not settle it, or None.
        look_first: Whether Stripe may have it from a life of this journal that was lost.
        doubts: How many answers may hide that it was carried out.
    """

    effect: Effect
    state: EffectState
    owed_ms: int
    due_ms: int
    first_sent_ms: int | None
    tries: int
    problem: str | None
    look_first: bool = False
    doubts: int = 0


class Cause(Struct, frozen=True):
    """Why an effect is parked.

    Attributes:
        status: The HTTP status of Stripe's refusal; None where a person parked it.
        code: Stripe's code, or "".
        message: Stripe's words, or the person's reason.
        actor: Who parked it.
        at_ms: Wall time.
    """

    status: int | None
    code: str
    message: str
    actor: str
    at_ms: int


class QueueItem(Struct, frozen=True):
    """An effect with what it is about: the amount, in minor units, that it tells."""

    owed: Owed
    amount: int
    currency: str
    cause: Cause | None = None
