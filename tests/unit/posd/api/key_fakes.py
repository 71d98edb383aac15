"""What stands behind the API where keys are looked up and made."""

from collections.abc import Sequence

from posd.access import NewKey
from posd.model.access_key import AccessKey


class KeysFake:
    """Makes the keys it is asked for and keeps none.

    Attributes:
        actor: Who had the last one made.
    """

    def __init__(self, known: Sequence[AccessKey]) -> None:
        self.actor = ""
        self.keys = known

    def known(self) -> Sequence[AccessKey]:
        return self.keys

    def by_hash(self, sha256: str) -> AccessKey | None:
        return next((key for key in self.keys if key.sha256 == sha256), None)

    async def create(self, new: NewKey, *, actor: str) -> tuple[AccessKey, str]:
        self.actor = actor
        key = AccessKey(
            "key_posd_1", new.name, new.role, "hash", new.lane, refund_max=new.refund_max
        )
        return key, "posd_test_" + "n" * 43
