"""The keys that tills, managers and observers present; posd keeps only their hashes."""

from enum import Enum

from msgspec import Struct


class Role(Enum):
    """What a key may do, each role all that stands before it as well."""

    OBSERVER = "observer"
    TILL = "till"
    MANAGER = "manager"


class AccessKey(Struct, frozen=True):
    """One key.

    Attributes:
        sha256: Hex digest of the whole key.
        declared: Whether the config file says so.
        lane: Whose readers alone it may use; None any.
        refund_max: What it may give back of one payment in all, in minor units; 0 is nothing,
            None what its role may.
    """

    id: str
    name: str
    role: Role
    sha256: str
    lane: str | None = None
    revoked: bool = False
    declared: bool = False
    refund_max: int | None = None
