"""The keys that tills, managers and observers present; posd keeps only their hashes."""

from enum import Enum

from msgspec import Struct


class Role(Enum):
    """What a key may do, each role all that stands before it as well."""

    OBSERVER = "observer"
    TILL = "till"
    MANAGER = "manager"


class AccessKey(Struct, frozen=True):
    """One key. `sha256` is the hex digest of the whole key; `declared` ones are from the config."""

    id: str
    name: str
    role: Role
    sha256: str
    lane: str | None = None
    revoked: bool = False
    declared: bool = False
