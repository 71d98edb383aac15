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
