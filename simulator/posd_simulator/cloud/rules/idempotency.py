"""Idempotency keys, as Stripe keeps them for one account.

The first answer under a key is kept and repeated, a 500 included. Nothing is kept of a request that
never began to execute: invalid, unauthorized, limited, or in conflict with a running one. Source:
Stripe API reference, "Idempotent requests", and "Advanced error handling".
"""

from dataclasses import dataclass

from posd.stripe_wire.errors import ErrorType, Rejected, StripeError, invalid_request

KEY_CHARACTERS_MAX = 255
KEPT_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """The first answer under a key, and what was asked. `at_ms` is when it was first asked."""

    key: str
    fingerprint: str
    at_ms: int
    status: int
    body: str


class Keys:
    """The keys of one account and mode."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._running: dict[str, str] = {}

    def claim(self, key: str, fingerprint: str, now_ms: int) -> Kept | None:
        """Begin a request under the key: its kept answer, or None and the key is running.

        Args:
            key: As the caller sent it.
            fingerprint: Stands for method, path and parameters.
            now_ms: Wall time; keys older than 24 hours are forgotten by it.

        Raises:
            Rejected: The key is too long, stands for another request, or is running.
        """
        if not 0 < len(key) <= KEY_CHARACTERS_MAX:
            raise invalid_request(
                f"Idempotency-Key must have 1 to {KEY_CHARACTERS_MAX} characters."
            )
        self._prune(now_ms)
        kept = self._kept.get(key)
        known = kept.fingerprint if kept is not None else self._running.get(key)
        if known is not None and known != fingerprint:
            raise _reused(key)
        if kept is not None:
            return kept
        if known is not None:
            raise _in_use(key)
        self._running[key] = fingerprint
        return None

    def keep(self, answer: Kept) -> None:
        """The request has executed: its answer is the answer from now on."""
        self._running.pop(answer.key, None)
        self._kept[answer.key] = answer

    def release(self, key: str) -> None:
        """The request did not execute: the key is as if never used."""
        self._running.pop(key, None)

    def _prune(self, now_ms: int) -> None:
        old = [key for key, kept in self._kept.items() if now_ms - kept.at_ms >= KEPT_MS]
        for key in old:
            del self._kept[key]


def _reused(key: str) -> Rejected:
    return Rejected(
        StripeError(
            type=ErrorType.IDEMPOTENCY_ERROR,
            message=(
                "Keys for idempotent requests can only be used with the same parameters they were "
                f"first used with. Try using a key other than '{key}' if you meant to execute a "
                "different request."
            ),
        )
    )


def _in_use(key: str) -> Rejected:
    return Rejected(
        StripeError(
            type=ErrorType.IDEMPOTENCY_ERROR,
            code="idempotency_key_in_use",
            message=(
                "There is currently another in-progress request using this idempotency key "
                f"('{key}')."
            ),
        )
    )
