"""What a manager said of the store, in its tables of one row each."""

from typing import Final

import apsw
import msgspec

from posd.journal.bodies import Bodies
from posd.model.store import LANES_ID, NAME_ID, StoreLanes, StoreName

STORE_NAMES: Final = msgspec.json.Decoder(StoreName)
STORE_LANES: Final = msgspec.json.Decoder(StoreLanes)


class StoreRecords(Bodies):
    """What the store is called, and its lanes."""

    def store_name(self, id_: str = NAME_ID) -> StoreName | None:
        """What the store is called, if it was said at the page."""
        return self._one(STORE_NAMES, "SELECT body FROM store_name WHERE id = ?", id_)

    def store_lanes(self, id_: str = LANES_ID) -> StoreLanes | None:
        """Its lanes, if they were said at the page."""
        return self._one(STORE_LANES, "SELECT body FROM store_lanes WHERE id = ?", id_)


def save_of_the_store(
    db: apsw.Connection, record: StoreName | StoreLanes, seq: int, body: bytes
) -> None:
    """Write the record's new state; as posd.journal.records.save."""
    table = "store_name" if isinstance(record, StoreName) else "store_lanes"
    db.execute(
        f"INSERT INTO {table} (id, created_seq, body) VALUES (?, ?, ?)"  # noqa: S608 (constants)
        " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
        (record.id, seq, body),
    )
