"""Keys that open the API: 256 random bits, told once, kept as their SHA-256."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from posd.errors import Refused
from posd.ids import Ids
from posd.journal.command import Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.model.access_key import AccessKey, Role
from posd.model.access_key_facts import AccessKeyCreated
from posd.model.projection import Circumstance

SECRET_BYTES: Final = 32


def digest(secret: str) -> str:
    """What posd keeps of a key: the hex SHA-256 of its whole text."""
    return hashlib.sha256(secret.encode()).hexdigest()


class NewKey(Struct, frozen=True):
    """Whose key, and what it may do; `refund_max` as in posd.model.access_key.AccessKey."""

    name: str
    role: Role
    lane: str | None = None
    refund_max: int | None = None


class CreateAccessKey(Struct, frozen=True):
    """The command behind `posd keys create`."""

    fact: AccessKeyCreated
    actor: str
    claim: Claim | None = None

    def decide(self, _ledger: Ledger, _at: Circumstance, /) -> Decision:
        """AccessKeyCreated."""
        return Decision(facts=(self.fact,), answer=self.fact.key)


class Keys:
    """The keys that open this posd: those the config file declares, and those it made itself.

    `draw` gives 43 characters of 256 random bits.
    """

    def __init__(
        self,
        journal: Journal,
        declared: Sequence[AccessKey],
        *,
        ids: Ids,
        livemode: bool,
        draw: Callable[[], str],
    ) -> None:
        self.declare(declared)
        self._journal = journal
        self._ids = ids
        self._livemode = livemode
        self._draw = draw

    def declare(self, keys: Sequence[AccessKey]) -> None:
        """These are the keys of the file from now on; no other of them opens anything."""
        self._declared = {key.sha256: key for key in keys}

    def by_hash(self, sha256: str) -> AccessKey | None:
        """The key with this hex digest, or None if it opens nothing (any more)."""
        key = self._declared.get(sha256) or self._journal.queries.access_key_by_hash(sha256)
        return key if key is not None and not key.revoked else None

    def known(self) -> Sequence[AccessKey]:
        """Every key, the file's first; revoked ones too."""
        return (*self._declared.values(), *self._journal.queries.access_keys())

    async def create(self, new: NewKey, *, actor: str) -> tuple[AccessKey, str]:
        """A new key and its secret text, which nobody can tell again. Raises Refused."""
        if any(key.name == new.name and not key.revoked for key in self.known()):
            raise Refused("parameter_invalid", f"There is a key named '{new.name}'.", param="name")
        mode = "live" if self._livemode else "test"
        secret = f"posd_{mode}_{self._draw()}"
        fact = AccessKeyCreated(
            key=self._ids.new("key_posd"),
            name=new.name,
            role=new.role.value,
            sha256=digest(secret),
            lane=new.lane,
            refund_max=new.refund_max,
        )
        committed = await self._journal.commit(CreateAccessKey(fact, actor))
        key = self._journal.queries.access_key(committed.answer)
        assert key is not None, committed
        return key, secret
