"""The account, told to whoever sends only once it is known that the journal is the latest.

Beside that nothing is loaded here: posd starts without it.
"""

import asyncio

from posd.ids import Ids
from posd.journal.store import Journal
from posd.upstream.account import AccountCheck
from posd.upstream.limiter import Limiter
from posd.upstream.uplink import Uplink


class LookedAccount:
    """An AccountCheck that looks at Stripe's list first, once after each start.

    Attributes:
        noticed: Set when that shows that facts are missing.
    """

    def __init__(
        self, account: AccountCheck, journal: Journal, uplink: Uplink, limiter: Limiter, ids: Ids
    ) -> None:
        self.noticed = asyncio.Event()
        self._account = account
        self._journal = journal
        self._uplink = uplink
        self._limiter = limiter
        self._ids = ids
        self._looked = False
        self._looking = asyncio.Lock()

    async def confirm(self) -> str:
        """As AccountCheck.confirm. Raises CredentialRefused, UpstreamUnavailable."""
        account = await self._account.confirm()
        await self.look()
        return account

    async def look(self) -> None:
        """Return once it is known. Raises CredentialRefused, UpstreamUnavailable."""
        from posd.sync.first_look import FirstLook
        from posd.upstream.lost_records import RecordList

        async with self._looking:
            if self._looked:
                return
            records = RecordList(self._uplink, self._limiter)
            if await FirstLook(self._journal, records, self._ids).look():
                self.noticed.set()
            self._looked = True

    def forget(self) -> None:
        """As AccountCheck.forget."""
        self._account.forget()
