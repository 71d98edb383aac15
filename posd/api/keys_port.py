"""The keys that open the API, as far as the API uses them."""

from collections.abc import Sequence
from typing import Protocol

from posd.access import NewKey
from posd.model.access_key import AccessKey


class KeysPort(Protocol):
    """posd.access.Keys, as far as the API uses it."""

    def by_hash(self, sha256: str) -> AccessKey | None:
        """The key with this hex digest, or None if it opens nothing (any more)."""
        ...

    def known(self) -> Sequence[AccessKey]:
        """Every key, revoked ones too."""
        ...

    async def create(self, new: NewKey, *, actor: str) -> tuple[AccessKey, str]:
        """A new key and its secret text. Raises Refused."""
        ...
