"""How somebody becomes a manager: the first code, the PIN, and the way back from a lost one."""

import logging
from typing import Final

from posd.errors import Refused
from posd.model.store_facts import ManagerActed, ManagerPinReset, ManagerPinSet
from posd.notes import Commits, Note
from posd.page.first_code import FirstCode
from posd.page.pin import Locked, Pin, Right, Verdict, check_fits
from posd.page.sessions import MANAGER, Sessions

log = logging.getLogger(__name__)

FIRST: Final = "page:first-start"
"""Who set the first PIN: whoever had the code."""
HERE: Final = "here"
"""In the log, the address of somebody at the machine."""


class Entrance:
    """The one door to what a manager may do."""

    def __init__(self, journal: Commits, pin: Pin, sessions: Sessions, code: FirstCode) -> None:
        self._journal = journal
        self._pin = pin
        self._sessions = sessions
        self._code = code

    async def is_first_start(self) -> bool:
        """Whether nobody has set a PIN yet."""
        return not await self._pin.is_set()

    async def announce(self) -> None:
        """Write the first code to the log, while there is no PIN."""
        if await self.is_first_start():
            log.warning(
                "no manager has a PIN yet: the page asks for the code %s", self._code.draw()
            )

    async def sign_in(self, pin: str, caller: str | None = None) -> tuple[Verdict, str]:
        """The verdict and, where it was right, the token of a new session. Raises OSError.

        `caller` is an address of the network, or None for somebody at the machine.
        """
        verdict = await self._pin.check(pin, caller)
        if not isinstance(verdict, Right):
            locked = isinstance(verdict, Locked)
            log.warning("sign-in failed locked=%s address=%s", locked, caller or HERE)
            return verdict, ""
        token, _ = self._sessions.begin()
        log.info("manager signed in")
        return verdict, token

    async def set_first(
        self, code: str, pin: str, caller: str | None = None
    ) -> tuple[Verdict, str]:
        """The same with the first code, and the PIN is set. Raises UnfitPin, Refused, OSError."""
        check_fits(pin)
        if not await self.is_first_start():
            raise Refused("pin_set", "There is a PIN already: sign in with it.", status=409)
        verdict = await self._pin.judge(lambda _kept: self._code.matches(code), caller)
        if not isinstance(verdict, Right):
            locked = isinstance(verdict, Locked)
            log.warning("first code was wrong locked=%s address=%s", locked, caller or HERE)
            return verdict, ""
        self._code.spend()
        await self._change(pin, FIRST)
        return verdict, self._sessions.begin()[0]

    async def change(self, before: str, pin: str, caller: str | None = None) -> tuple[Verdict, str]:
        """The same with the PIN as it was; whoever else is signed in is so no more."""
        check_fits(pin)
        verdict = await self._pin.check(before, caller)
        if not isinstance(verdict, Right):
            return verdict, ""
        await self._change(pin, MANAGER)
        return verdict, self._sessions.begin()[0]

    async def new_code(self) -> str:
        """A new first code, for whoever is at the machine. Raises Refused if there is a PIN."""
        if not await self.is_first_start():
            raise Refused(
                "pin_set", "There is a PIN. If it is lost, run: posd page reset-pin", status=409
            )
        return self._code.draw()

    async def reset(self, *, actor: str) -> str:
        """Take the PIN away and sign everybody out: a new first code. Raises OSError."""
        await self._journal.commit(Note(ManagerPinReset(), actor))
        await self._pin.clear()
        self._sessions.end_all()
        return self._code.draw()

    async def note(self, fact: ManagerActed, *, actor: str) -> None:
        """Make durable what a manager had done that leaves no other fact. Raises JournalFailed."""
        await self._journal.commit(Note(fact, actor))

    async def _change(self, pin: str, actor: str) -> None:
        await self._journal.commit(Note(ManagerPinSet(), actor))
        await self._pin.set(pin)
        self._sessions.end_all()
