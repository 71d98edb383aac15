"""Whether the credential opens the account that the journal belongs to (M13).

Keys, mirrors and reports are one account's. With another's credential nothing is sent and nothing
that it tells is taken, until a credential of the same account is back.
"""

from msgspec import Struct

from posd.errors import CredentialRefused
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


class AccountCheck:
    """Asks Stripe once whose credential this is, and again after `forget`.

    Args:
        livemode: The mode that the credential has to be of.
    """

    def __init__(self, journal: Journal, client: StripeClient, *, livemode: bool) -> None:
        self._journal = journal
        self._client = client
        self._livemode = livemode
        self._account: str | None = None

    @property
    def known(self) -> bool:
        """Whether `own` answers without asking."""
        return self._account is not None

    async def own(self) -> str:
        """Id of the account, which is the journal's.

        Raises CredentialRefused if it is another's or of the other mode, or if Stripe does not
        take it; UpstreamUnavailable.
        """
        if self._account is None:
            self._account = await self._ask()
        return self._account

    def forget(self) -> None:
        """Stripe refused something for the credential's sake: ask again next time."""
        self._account = None

    async def _ask(self) -> str:
        account = await self._client.account()
        if account.livemode is not self._livemode:
            mode = "live" if account.livemode else "test"
            raise CredentialRefused(f"the credential is for {mode} mode")
        known = self._journal.queries.account()
        if known not in (None, account.id):
            raise CredentialRefused(f"the credential opens {account.id}, not {known}")
        await self._journal.commit(Learn(account.id, account.livemode))
        return account.id
