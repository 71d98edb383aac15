"""How many requests an account may make in a second, reads and writes each for themselves.

Source: Stripe's guide "Rate limits": 100 a second in live mode, 25 in test mode. How a burst is
counted is not published; here a bucket holds one second's worth.
"""

from dataclasses import dataclass

from posd.stripe_wire.errors import invalid_request

MILLI = 1_000
"""A bucket counts in thousandths of a request, so that a millisecond refills a whole number."""


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Requests a second, in each mode."""

    live_per_s: int = 100
    test_per_s: int = 25

    def per_s(self, *, livemode: bool) -> int:
        """Requests a second in that mode."""
        return self.live_per_s if livemode else self.test_per_s


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left of a second's worth: thousandths of a request at a wall time."""

    at_ms: int
    left_milli: int


def drawn(bucket: Bucket | None, per_s: int, now_ms: int) -> Bucket:
    """The bucket after one more request; None stands for a full one. Raises Rejected if empty."""
    full = per_s * MILLI
    left = full
    if bucket is not None:
        left = min(full, bucket.left_milli + max(0, now_ms - bucket.at_ms) * per_s)
    if left < MILLI:
        raise invalid_request(
            "Request rate limit exceeded. You can learn more about rate limits here "
            "https://stripe.com/docs/rate-limits.",
            code="rate_limit",
        )
    return Bucket(now_ms, left - MILLI)
