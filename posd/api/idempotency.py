"""The same call twice (M14).

What a call has done is remembered by the journal: it claims the key in the transaction of the first
fact, and a repetition is answered from the projection. This module makes the claim, and lets a
duplicate that arrives while the first is still in hand wait for the first one's answer.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from posd.api.failures import Answer
from posd.errors import IdempotencyMismatch
from posd.journal.command import Claim
from posd.model.mirrored import masked
from posd.stripe_wire.errors import invalid_request
from posd.stripe_wire.form import Node

KEY_CHARACTERS_MAX: Final = 255


def claim(caller: str, route: str, keys: Sequence[str], nodes: Mapping[str, Node]) -> Claim | None:
    """What a POST claims, or None if it came without a key. Raises Rejected for an unusable key.

    The secrets of a configuration have no part in the digest, which is kept: whoever reads it could
    try every passcode until one fits.

    Args:
        caller: Id of the access key; the claim is scoped to it.
        route: Method and path, the ids in the path included.
        keys: The `Idempotency-Key` headers; two of them name no call.
        nodes: All parameters as they were sent; their order does not matter.
    """
    if not keys:
        return None
    if len(keys) > 1:
        raise invalid_request("A request has one idempotency key.")
    (key,) = keys
    if not 0 < len(key) <= KEY_CHARACTERS_MAX:
        raise invalid_request(f"Idempotency keys have 1 to {KEY_CHARACTERS_MAX} characters.")
    canonical = json.dumps(masked(nodes), sort_keys=True, separators=(",", ":")).encode()
    return Claim(caller, route, key, hashlib.sha256(canonical).hexdigest())


class InFlight:
    """The calls with a claim that are being carried out right now."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, str], tuple[Claim, asyncio.Future[Answer]]] = {}

    async def once(self, asked: Claim, carry_out: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer of the call that is in flight under this claim, or of `carry_out`.

        Raises IdempotencyMismatch if the key is in flight for something else. A caller that goes
        away does not stop the call it waits for.
        """
        slot = (asked.access_key, asked.key)
        if slot in self._calls:
            first, answer = self._calls[slot]
            if first != asked:
                raise IdempotencyMismatch(asked.key)
            return (await asyncio.shield(answer)).as_replay()
        answer = asyncio.get_running_loop().create_future()
        self._calls[slot] = (asked, answer)
        try:
            answer.set_result(await carry_out())
            return answer.result()
        finally:
            del self._calls[slot]
            answer.cancel()
