"""Money that goes back to a card, at an attached reader: the use cases (M11)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from posd.attachments import Attachment
from posd.failpoints import Failpoint, Reach
from posd.handover import hand_over
from posd.ids import Ids
from posd.journal.command import Answered, Claim, Command
from posd.journal.store import Journal
from posd.model.attempt import Attempt
from posd.model.reader import Reader
from posd.model.refund import Refund
from posd.outcome import attempt_of_charge
from posd.refund_commands import RefundPayment, RefundWish, UpdateRefund

Within: TypeAlias = Callable[[RefundPayment], Command]
"""Makes the command that a refund is a part of."""
LearnLost: TypeAlias = Callable[[str], Awaitable[None]]
"""Imports what went back of a PaymentIntent by facts that the journal has lost."""


def _alone(refunding: RefundPayment) -> Command:
    return refunding


class Refunds:
    """The use cases of money that goes back.

    Args:
        learn_lost: Where to ask for what lost facts gave back; None where nobody knows.
    """

    def __init__(
        self,
        journal: Journal,
        attachments: Mapping[str, Attachment],
        *,
        ids: Ids,
        reach: Reach,
        learn_lost: LearnLost | None = None,
    ) -> None:
        self._journal = journal
        self._attachments = attachments
        self._ids = ids
        self._reach = reach
        self._learn_lost = learn_lost
        self._open = True

    def close_doors(self) -> None:
        """Begin none from here on: posd is about to stop."""
        self._open = False

    async def create(self, wish: RefundWish) -> Answered[Refund]:
        """Take a sale back at the terminal that took it, without its card.

        Returns once that terminal took the command; the refund says how it ends. Raises Refused
        before anything is journaled, and as `posd.handover.hand_over` does.
        """
        answer, replayed = await self._begin(self._where_taken(wish), wish, card=False)
        record = self._journal.queries.refund(answer)
        assert record is not None, answer
        return Answered(record, replayed)

    async def at_reader(self, reader: str, wish: RefundWish) -> Answered[Reader]:
        """Give money back at this reader: without the card where that can be, else to the card.

        Returns once its terminal took the command; the reader's action says how it ends. Raises
        Refused as `create`.
        """
        answer, replayed = await self._begin(reader, wish, card=True)
        record = self._journal.queries.reader(answer)
        assert record is not None, answer
        return Answered(record, replayed)

    async def within(self, wish: RefundWish, reader: str | None, command: Within) -> Refund:
        """Begin the refund inside of another command, which is carried out with it or not at all.

        Where it was taken, without its card; or at `reader`, to the card where one is needed.
        Raises Refused as `create`.
        """
        refund_id, _ = await self._begin(
            reader or self._where_taken(wish), wish, card=reader is not None, within=command
        )
        record = self._journal.queries.refund(refund_id)
        assert record is not None, refund_id
        return record

    async def update(
        self, refund: str, metadata: Mapping[str, str] | None, *, actor: str, claim: Claim | None
    ) -> Answered[Refund]:
        """Change what is written on a refund. Raises Refused."""
        committed = await self._journal.commit(UpdateRefund(refund, metadata, actor, claim))
        record = self._journal.queries.refund(committed.answer)
        assert record is not None, committed
        return Answered(record, committed.replayed)

    async def _begin(
        self, reader: str, wish: RefundWish, *, card: bool, within: Within = _alone
    ) -> tuple[str, bool]:
        """What to answer with, and whether it had been begun before."""
        await self._learn(wish)
        attachment = self._attachments.get(reader)
        self._reach(Failpoint.BEFORE_ATTEMPT_STARTED)
        command = RefundPayment(
            refund=self._ids.new("re_posd"),
            attempt=self._ids.new("att_posd"),
            wish=wish,
            reader=reader,
            baseline=attachment.baseline if attachment is not None and self._open else None,
            card=card,
        )
        committed = await self._journal.commit(within(command))
        started = committed.record(Attempt, command.attempt)
        if started is not None:
            self._reach(Failpoint.AFTER_ATTEMPT_STARTED)
            assert attachment is not None, reader
            await hand_over(self._journal, attachment, started)
        return committed.answer, committed.replayed

    async def _learn(self, wish: RefundWish) -> None:
        """Before more goes back of a payment, find out what lost facts gave back of it (M11)."""
        if self._learn_lost is None or not wish.allowance.unlimited:
            return
        sale = self._sale(wish)
        if sale is not None and self._journal.queries.is_before_restore(sale.id):
            await self._learn_lost(sale.payment_intent)

    def _where_taken(self, wish: RefundWish) -> str:
        """Id of the reader that took the payment, or "" where none did."""
        sale = self._sale(wish)
        return sale.reader if sale else ""

    def _sale(self, wish: RefundWish) -> Attempt | None:
        queries = self._journal.queries
        if wish.payment_intent is not None:
            intent = queries.payment_intent(wish.payment_intent)
            attempt_id = intent.attempt if intent else None
        else:
            attempt_id = attempt_of_charge(wish.charge or "")
        return queries.attempt(attempt_id) if attempt_id else None
