"""Whether anything may be sent: with which credential, to whose account (M13).

Once Stripe has refused the credential, the account or the store's reports, nothing is sent for
PAUSE_S and no try is counted; then the credential is read anew, and Stripe is asked whose it is.
"""

import asyncio
from typing import Final

from posd.errors import CredentialRefused, UpstreamUnavailable
from posd.sync.line import Line
from posd.sync.turns import Turns
from posd.upstream.account import Owner
from posd.upstream.limiter import Limiter

PAUSE_S: Final = 60.0


class Gate:
    """Shut until the account is known, and whenever it is refused.

    Attributes:
        account: Whose account the credential opens, while that is known.
        problem: Why it was refused last, until something was sent since.
    """

    def __init__(self, owner: Owner, limiter: Limiter, turns: Turns, line: Line) -> None:
        self.account: str | None = None
        self.problem: str | None = None
        self._owner = owner
        self._limiter = limiter
        self._turns = turns
        self._line = line
        self._shut_until = 0.0

    def shut_for_s(self) -> float:
        """Seconds for which it stays shut, whatever happens."""
        return max(0.0, self._shut_until - asyncio.get_running_loop().time())

    def shut(self, problem: str) -> None:
        """Stripe refused something for everybody's sake: who has not sent by now does not send."""
        self.problem = problem
        self.account = None
        self._owner.forget()
        self._turns.call_back()
        self._shut_until = asyncio.get_running_loop().time() + PAUSE_S

    def passed(self) -> None:
        """Something was sent, and Stripe took it for what it is.

        While it is shut that says nothing: it had left before.
        """
        if self.account is not None:
            self.problem = None

    async def ask(self) -> None:
        """Ask Stripe whose account it is, which tries the line as well."""
        await self._limiter.acquire()
        sent_at = asyncio.get_running_loop().time()
        try:
            self.account = await self._owner.confirm()
        except UpstreamUnavailable as error:
            self._line.unanswered(sent_at, str(error))
        except CredentialRefused as refused:
            self._line.answered()
            self.shut(str(refused))
        else:
            self._line.answered()
