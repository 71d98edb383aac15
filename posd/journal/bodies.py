"""Look-ups of records by one connection: each row's body is the record, as canonical JSON."""

from typing import TypeVar

import apsw
import msgspec

_R = TypeVar("_R")


class Bodies:
    """What every table of records is read with."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db

    def _one(self, decoder: msgspec.json.Decoder[_R], sql: str, *bindings: str) -> _R | None:
        body = self._db.execute(sql, bindings).get
        return None if body is None else decoder.decode(body)

    def _all(self, decoder: msgspec.json.Decoder[_R], sql: str, *bindings: str | int) -> list[_R]:
        return [decoder.decode(body) for (body,) in self._db.execute(sql, bindings)]
