"""Who is signed in: a manager's sessions, in memory only, so that a restart ends them all."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from posd.access import digest
from posd.clock import Clock

MANAGER: Final = "page:manager"
"""Who did it, in what the journal says of an action on the page."""
TOKEN_BYTES: Final = 32
IDLE_MS: Final = 15 * 60_000
LIFE_MS: Final = 12 * 3_600_000
SESSIONS_MAX: Final = 32
"""At once; the one that has been idle for longest makes room."""


@dataclass(frozen=True, slots=True)
class Session:
    """One manager at one browser.

    Attributes:
        csrf: What each of its forms carries, and no other site can know.
        began_ms: On the monotonic clock, as `seen_ms`.
    """

    csrf: str = field(repr=False)
    began_ms: int
    seen_ms: int
    actor: str = MANAGER


@dataclass(frozen=True, slots=True)
class Done:
    """What a manager had done last: its name, what was said of it, and where to go on from there.

    `said` is "" where there is nothing to say but that it was done.
    """

    name: str
    said: str
    back: str


class Sessions:
    """Every session there is, by the SHA-256 of the token in its cookie.

    `draw` gives 43 characters of 256 random bits.
    """

    def __init__(
        self, clock: Clock, draw: Callable[[], str] = lambda: secrets.token_urlsafe(TOKEN_BYTES)
    ) -> None:
        self._clock = clock
        self._draw = draw
        self._open: dict[str, Session] = {}
        self._done: dict[str, Done] = {}

    def begin(self) -> tuple[str, Session]:
        """A new session and the token that opens it, which nobody can tell again."""
        now_ms = self._clock.monotonic_ms()
        self._forget_ended(now_ms)
        while len(self._open) >= SESSIONS_MAX:
            self._forget(min(self._open, key=lambda known: self._open[known].seen_ms))
        token = self._draw()
        session = Session(self._draw(), now_ms, now_ms)
        self._open[digest(token)] = session
        return token, session

    def of(self, token: str) -> Session | None:
        """The session that the token opens, and its idle time begins anew; None if it has ended."""
        now_ms = self._clock.monotonic_ms()
        self._forget_ended(now_ms)
        known = digest(token)
        session = self._open.get(known)
        if session is None:
            return None
        seen = Session(session.csrf, session.began_ms, now_ms, session.actor)
        self._open[known] = seen
        return seen

    def glance(self, token: str) -> Session | None:
        """The same for a page that a browser may load by itself: its idle time goes on."""
        self._forget_ended(self._clock.monotonic_ms())
        return self._open.get(digest(token))

    def keep(self, token: str, done: Done) -> None:
        """Remember what was done last, as long as the session is open."""
        known = digest(token)
        if known in self._open:
            self._done[known] = done

    def kept(self, token: str) -> Done | None:
        """What was done last, if anything was."""
        return self._done.get(digest(token))

    def end(self, token: str) -> None:
        """Sign out."""
        self._forget(digest(token))

    def end_all(self) -> None:
        """Sign everybody out: the PIN is another."""
        self._open.clear()
        self._done.clear()

    def _forget_ended(self, now_ms: int) -> None:
        ended = [
            known
            for known, session in self._open.items()
            if now_ms - session.seen_ms >= IDLE_MS or now_ms - session.began_ms >= LIFE_MS
        ]
        for known in ended:
            self._forget(known)

    def _forget(self, known: str) -> None:
        self._open.pop(known, None)
        self._done.pop(known, None)
