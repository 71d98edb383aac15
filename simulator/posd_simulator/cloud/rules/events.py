"""Events: what happened, kept for thirty days. Source: Stripe API reference, "Events"."""

from dataclasses import dataclass

KEPT_S = 30 * 24 * 60 * 60
TYPES_MAX = 20


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one object.

    Attributes:
        created: Seconds since 1970 UTC.
        object: The object as it was told then.
        api_version: In which it was told.
        request: The request that made it happen, and the key that it came with.
    """

    id: str
    type: str
    created: int
    object: dict[str, object]
    api_version: str
    request: str
    idempotency_key: str | None


def kept(event: Event, now: int) -> bool:
    """Whether it is still listed."""
    return now - event.created < KEPT_S
