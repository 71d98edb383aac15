"""What can happen to a key that opens the API."""

from msgspec import Struct


class AccessKeyCreated(Struct, frozen=True):
    """A till's, manager's or observer's key; only its hash is kept.

    `refund_max` is what it may give back of one payment in all, in minor units; 0 is nothing, None
    what its role may.
    """

    key: str
    name: str
    role: str
    sha256: str
    lane: str | None = None
    refund_max: int | None = None


class AccessKeyRevoked(Struct, frozen=True):
    """The key opens nothing from here on."""

    key: str
