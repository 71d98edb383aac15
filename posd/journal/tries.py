"""The tries at several payments in one look-up, for lists of payments."""

import json
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from posd.journal.bodies import Bodies
from posd.model.attempt import Attempt
from posd.model.payment_intent import PaymentIntent

ATTEMPTS: Final = msgspec.json.Decoder(Attempt)


class Tries(Struct, frozen=True):
    """What a payment is told by: the attempt that tells how it stands, and the latest of any kind.

    Of most payments that is the same; of one that nobody has tried it is neither.
    """

    telling: Attempt | None
    latest: Attempt | None


class StoredTries(Bodies):
    """Tries as one connection sees them."""

    def tries_at(self, intents: Sequence[PaymentIntent]) -> list[Tries]:
        """Of each payment what it is told by, in the order of `intents`: one statement for all."""
        asked = json.dumps([[intent.telling, intent.id] for intent in intents])
        found = self._db.execute(
            "SELECT telling.body, latest.body FROM json_each(?) AS asked"
            " LEFT JOIN attempt AS telling ON telling.id = asked.value ->> 0"
            " LEFT JOIN attempt AS latest ON latest.created_seq = (SELECT created_seq FROM attempt"
            " WHERE payment_intent = asked.value ->> 1 ORDER BY created_seq DESC LIMIT 1)"
            " ORDER BY asked.key",
            (asked,),
        )
        return [_tries(telling, latest) for telling, latest in found]


def _tries(telling: bytes | None, latest: bytes | None) -> Tries:
    told = None if telling is None else ATTEMPTS.decode(telling)
    if telling == latest:
        return Tries(told, told)
    return Tries(told, None if latest is None else ATTEMPTS.decode(latest))
