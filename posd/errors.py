"""posd's own failures. The API turns each into Stripe's error envelope in one place."""

from collections.abc import Mapping
from typing import Any


class PosdError(Exception):
    """The root of everything posd raises on purpose."""


class ConfigError(PosdError):
    """The configuration cannot be used; the text names file, key, what was found and expected."""


class AlreadyRunning(PosdError):
    """Another posd holds the state directory."""


class JournalDamaged(PosdError):
    """The journal on disk contradicts itself. Nothing was written; the files are the evidence."""


class JournalFailed(PosdError):
    """The disk refused the journal. What was being committed is unknown; nothing more will be.

    The process stops acknowledging, exits, and recovers from what the disk holds (M17).
    """


class JournalTooNew(PosdError):
    """A newer posd has changed the journal's tables beyond what this one can read."""


class CopyFailed(PosdError):
    """A copy of the journal could not be made or read. The journal is as it was."""


class NotArchivable(PosdError):
    """Months that must stay in the journal; the text says of each why. Nothing was changed."""


class Refused(PosdError):
    """A request that posd will not carry out. Nothing was journaled.

    Attributes:
        code: Stripe's error code, e.g. `terminal_reader_busy`.
        param: The request parameter at fault, or None.
        payment_intent: The id of the payment that stands in the way, or None.
        status: The HTTP status of the answer, 400..499.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        param: str | None = None,
        payment_intent: str | None = None,
        status: int = 400,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.payment_intent = payment_intent
        self.status = status


class Archived(Refused):
    """What is asked about left the journal for an archive, where it can be read.

    Attributes:
        file: The archive's name, without a folder.
    """

    def __init__(self, what: str, file: str) -> None:
        super().__init__(
            "facts_archived", f"{what} left the journal: it lies in {file}.", status=404
        )
        self.file = file


class IdempotencyMismatch(Refused):
    """The idempotency key was used before, on the same route, with other parameters (M14)."""

    def __init__(self, key: str) -> None:
        super().__init__(
            "idempotency_key_reused",
            f"The idempotency key '{key}' was first used for a request with other parameters. "
            "A different request needs a key of its own.",
        )


class UpstreamUnavailable(PosdError):
    """Stripe could not be reached, or what answered was not provably Stripe.

    Attributes:
        down_since_ms: Wall time in milliseconds since when the line counts as down: then nothing
            was sent. None where it was tried, and Stripe may have acted.
    """

    def __init__(self, message: str, *, down_since_ms: int | None = None) -> None:
        super().__init__(message)
        self.down_since_ms = down_since_ms


class OrderUndecided(PosdError):
    """Stripe did not say whether a hardware order is placed; posd finds out and orders no second.

    Attributes:
        order: posd's id of it, `thor_posd_…`.
    """

    def __init__(self, order: str) -> None:
        super().__init__(
            f"Stripe has not said yet whether order '{order}' is placed. posd is asking, and never "
            f"orders twice: see GET /posd/v1/hardware_orders/{order}."
        )
        self.order = order


class UpstreamRefused(PosdError):
    """Stripe answered with an error of its own.

    Attributes:
        status: The HTTP status, 400..599; behind 500 and above Stripe may have acted.
        error: What stands under `error` in Stripe's envelope.
        should_retry: Stripe's own advice, or None where it gave none.
        retry_after_s: Seconds to wait before another call, or None.
    """

    def __init__(
        self,
        status: int,
        error: Mapping[str, Any],
        *,
        should_retry: bool | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(f"Stripe answered {status}: {error.get('code') or error['type']}")
        self.status = status
        self.error = error
        self.should_retry = should_retry
        self.retry_after_s = retry_after_s


class CredentialRefused(PosdError):
    """Stripe answered, and does not take the credential or not for this (401, 403)."""


def check_seen(seen: str | None, there: str) -> None:
    """Whether what a person decides on is what they saw; None where they do not say.

    Raises Refused. A command asks in its transaction, so that nothing changes in between.
    """
    if seen is not None and seen != there:
        raise Refused(
            "parameter_invalid",
            "What you saw has changed since, and nothing was done: look again, and decide on what "
            "is there now.",
            param="seen",
            status=409,
        )
