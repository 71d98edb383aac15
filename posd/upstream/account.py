"""Whether the credential opens the account that the journal belongs to (M13).

Keys, mirrors and reports are one account's. With another's credential nothing is sent and nothing
that it tells is taken, until a credential of the same account is back.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from msgspec import Struct

from posd.errors import ConfigError, CredentialRefused
from posd.journal.command import Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.model.facts import AccountLearned
from posd.model.projection import Circumstance
from posd.upstream.client import StripeClient


class Learn(Struct, frozen=True):
    """The credential opens this account; journaled once (M13)."""

    account: str
    livemode: bool
    actor: str = "upstream"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """AccountLearned, or nothing."""
        if ledger.account() == self.account:
            return Decision(facts=())
        return Decision(facts=(AccountLearned(self.account, self.livemode),))


FreshKey: TypeAlias = Callable[[], Awaitable[str]]
"""Reads the credential anew. Raises ConfigError if it cannot be read, or is not to be used."""


class Owner(Protocol):
    """Whose account the credential opens, for whoever sends."""

    async def confirm(self) -> str:
        """Id of the account, asked anew. Raises CredentialRefused, UpstreamUnavailable."""
        ...

    def forget(self) -> None:
        """Stripe refused something for the credential's sake."""
        ...


class AccountCheck:
    """Asks Stripe once whose credential this is, and again after `forget`.

    Args:
        livemode: The mode that the credential has to be of.
        fresh_key: Where the credential is read after Stripe refused it, or None if nowhere.
    """

    def __init__(
        self,
        journal: Journal,
        client: StripeClient,
        *,
        livemode: bool,
        fresh_key: FreshKey | None = None,
    ) -> None:
        self._journal = journal
        self._client = client
        self._livemode = livemode
        self._fresh_key = fresh_key
        self._account: str | None = None
        self._refused = False

    @property
    def known(self) -> bool:
        """Whether `own` answers without asking."""
        return self._account is not None

    async def own(self) -> str:
        """Id of the account, which is the journal's.

        Raises CredentialRefused if it is another's or of the other mode, or if Stripe does not
        take it; UpstreamUnavailable.
        """
        return self._account or await self.confirm()

    async def confirm(self) -> str:
        """The same, asked anew even if it is known. Raises as `own`."""
        try:
            key = await self._fresh_key() if self._refused and self._fresh_key else None
            self._account = await self._ask(key)
        except ConfigError as error:
            raise CredentialRefused(str(error)) from error
        except CredentialRefused:
            self.forget()
            raise
        if key is not None:
            self._client.use(key)
        self._refused = False
        return self._account

    def forget(self) -> None:
        """Stripe refused something for the credential's sake: read it and ask again next time."""
        self._account = None
        self._refused = True

    async def _ask(self, key: str | None) -> str:
        """Nothing else is sent with a key before Stripe has said whose it is."""
        account = await self._client.account(key)
        if account.livemode is not self._livemode:
            mode = "live" if account.livemode else "test"
            raise CredentialRefused(f"the credential is for {mode} mode")
        known = self._journal.queries.account()
        if known not in (None, account.id):
            raise CredentialRefused(f"the credential opens {account.id}, not {known}")
        await self._journal.commit(Learn(account.id, account.livemode))
        return account.id
