"""The manager's PIN: how it is kept, and how often somebody may be wrong.

It is short, so what protects it is that guessing is slow and soon forbidden. Only scrypt's answer
is kept, in a file of its own beside the journal: the journal is copied, exported and sent to
support. A try is counted on disk before it is judged, so that no crash and no restart gives one for
nothing; tries are judged one at a time, so that a hundred at once are no more than a hundred in a
row, and no more than one of them holds scrypt's 32 MiB.

Wrong tries are counted by who is wrong: each address of the network for itself, and all of them
together up to a ceiling, or many addresses would have many tries. Whoever is at the machine is
counted apart and not held by that, so that nobody on the network keeps the store's people out.
"""

import asyncio
import hashlib
import hmac
import logging
import os
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from posd.clock import Clock
from posd.journal import whole_file

log = logging.getLogger(__name__)

DIGITS_MIN: Final = 6
DIGITS_MAX: Final = 12
SALT_BYTES: Final = 16
SCRYPT_N: Final = 2**15
SCRYPT_R: Final = 8
SCRYPT_P: Final = 1
SCRYPT_BYTES_MAX: Final = 64 * 1024 * 1024
"""OpenSSL refuses to use more; these numbers take 32 MiB and a tenth of a second."""
FREE_TRIES: Final = 4
LOCKED_MS: Final = (60_000, 5 * 60_000, 15 * 60_000, 60 * 60_000)
"""After the fifth wrong try in a row, the sixth, the seventh, and each that follows."""
NETWORK_FREE_TRIES: Final = 19
"""Of all addresses together; each one that is wrong after these locks the network for longest."""
ADDRESSES_MAX: Final = 64
"""Which was wrong longest ago is forgotten; the ceiling holds it all the same."""


class Tries(Struct, frozen=True):
    """Tries in a row that were not right, or not judged yet; until when none is judged then.

    The time is wall milliseconds.
    """

    wrong: int = 0
    locked_until_ms: int = 0


NO_TRIES: Final = Tries()


class Kept(Struct, frozen=True):
    """What is in the file.

    Attributes:
        salt: In hex; "" while there is no PIN.
        scrypt: scrypt's answer to salt and PIN, in hex.
        wrong: As in Tries, of those at the machine; `locked_until_ms` too.
        network: Of all others together.
        addresses: Of each of them, by its address, the latest to be wrong last.
    """

    salt: str = ""
    scrypt: str = ""
    wrong: int = 0
    locked_until_ms: int = 0
    network: Tries = NO_TRIES
    addresses: dict[str, Tries] = {}

    def locked_until(self, caller: str | None) -> int:
        """Until when no try of the caller is judged, wall milliseconds."""
        if caller is None:
            return self.locked_until_ms
        own = self.addresses.get(caller, NO_TRIES)
        return max(own.locked_until_ms, self.network.locked_until_ms)

    def within(self, now_ms: int) -> "Kept":
        """With nobody locked out for longer than was meant, as by a clock that was set back."""
        most_ms = now_ms + LOCKED_MS[-1]

        def shorter(tries: Tries) -> Tries:
            return Tries(tries.wrong, min(tries.locked_until_ms, most_ms))

        return replace(
            self,
            locked_until_ms=min(self.locked_until_ms, most_ms),
            network=shorter(self.network),
            addresses={one: shorter(tries) for one, tries in self.addresses.items()},
        )

    def after(self, caller: str | None, now_ms: int) -> "Kept":
        """With one try more of the caller, not judged yet."""
        if caller is None:
            tries = _after(Tries(self.wrong, self.locked_until_ms), now_ms)
            return replace(self, wrong=tries.wrong, locked_until_ms=tries.locked_until_ms)
        own = _after(self.addresses.get(caller, NO_TRIES), now_ms)
        others = {one: tries for one, tries in self.addresses.items() if one != caller}
        latest = list(others.items())[-(ADDRESSES_MAX - 1) :]
        network = self.network.wrong + 1
        held = now_ms + LOCKED_MS[-1] if network > NETWORK_FREE_TRIES else 0
        return replace(self, network=Tries(network, held), addresses=dict([*latest, (caller, own)]))

    def cleared(self, caller: str | None) -> "Kept":
        """The caller was right."""
        if caller is None:
            return replace(self, wrong=0, locked_until_ms=0)
        others = {one: tries for one, tries in self.addresses.items() if one != caller}
        return replace(self, network=NO_TRIES, addresses=others)


class Right(Struct, frozen=True):
    """It was right, and the count of wrong tries begins anew."""


class Wrong(Struct, frozen=True):
    """It was wrong, or there is nothing that could be right."""


class Locked(Struct, frozen=True):
    """It was not judged: too many were wrong before. `until_ms` is wall time."""

    until_ms: int


Verdict: TypeAlias = Right | Wrong | Locked


class UnfitPin(Exception):
    """Not DIGITS_MIN to DIGITS_MAX digits, or among the first that anybody tries."""


class Pin:
    """The PIN in that file, mode 0600, replaced as a whole each time it changes."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._kept: Kept | None = None
        self._one_at_a_time = asyncio.Lock()

    async def is_set(self) -> bool:
        """Whether there is a PIN. One whose file cannot be read is there, and nothing is right."""
        return bool((await self._known()).salt)

    async def check(self, pin: str, caller: str | None = None) -> Verdict:
        """Judge a PIN. Raises OSError where the try cannot be counted; then it is not judged.

        `caller` is the address of whoever tries over the network; None for somebody at the machine.
        """
        return await self.judge(partial(_matches, pin), caller)

    async def judge(self, matches: Callable[[Kept], bool], caller: str | None = None) -> Verdict:
        """Judge a secret that guards the same door, under the same count. Raises OSError.

        `matches` runs on a thread, and takes as long for what is wrong as for what is right.
        """
        async with self._one_at_a_time:
            known, now_ms = await self._known(), self._clock.wall_ms()
            kept = known.within(now_ms)
            until_ms = kept.locked_until(caller)
            if until_ms > now_ms:
                if kept != known:
                    await self._keep(kept)
                return Locked(until_ms)
            tried = kept.after(caller, now_ms)
            await self._keep(tried)
            if not await asyncio.to_thread(matches, kept):
                return Wrong()
            await self._keep(tried.cleared(caller))
            return Right()

    async def set(self, pin: str) -> None:
        """Make it the PIN; on disk when it returns. Raises UnfitPin, OSError."""
        check_fits(pin)
        salt = os.urandom(SALT_BYTES)
        async with self._one_at_a_time:
            scrypt = await asyncio.to_thread(_scrypt, pin, salt)
            await self._keep(Kept(salt.hex(), scrypt.hex()))

    async def clear(self) -> None:
        """There is no PIN any more, and nobody is locked out; on disk when it returns."""
        async with self._one_at_a_time:
            await self._keep(Kept())

    async def _known(self) -> Kept:
        if self._kept is None:
            self._kept = await asyncio.to_thread(_read, self._path)
        return self._kept

    async def _keep(self, kept: Kept) -> None:
        await asyncio.to_thread(whole_file.replace, self._path, msgspec.json.encode(kept))
        self._kept = kept


def check_fits(pin: str) -> None:
    """Raises UnfitPin unless it may be a PIN: enough digits, not all alike and not in a row."""
    if not (pin.isascii() and pin.isdecimal() and DIGITS_MIN <= len(pin) <= DIGITS_MAX):
        raise UnfitPin
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        raise UnfitPin


def _after(tries: Tries, now_ms: int) -> Tries:
    wrong = tries.wrong + 1
    over = wrong - FREE_TRIES
    locked_ms = 0 if over <= 0 else LOCKED_MS[min(over, len(LOCKED_MS)) - 1]
    return Tries(wrong, now_ms + locked_ms)


def _matches(pin: str, kept: Kept) -> bool:
    scrypt = _scrypt(pin[:DIGITS_MAX], bytes.fromhex(kept.salt))
    return hmac.compare_digest(scrypt.hex(), kept.scrypt) and len(pin) <= DIGITS_MAX


def _scrypt(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        pin.encode(), salt=salt, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P, maxmem=SCRYPT_BYTES_MAX
    )


def _read(path: Path) -> Kept:
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=Kept)
        bytes.fromhex(kept.salt)
    except FileNotFoundError:
        return Kept()
    except (OSError, ValueError):
        log.exception("nobody can sign in path=%s: to mend it, run: posd page reset-pin", path)
        # Nobody may set another PIN because this one's file is damaged: only `reset-pin` ends that.
        return Kept(salt="00" * SALT_BYTES)
    return kept
