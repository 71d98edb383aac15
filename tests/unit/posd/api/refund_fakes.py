"""What stands behind the API where money goes back."""

from collections.abc import Mapping

from posd.errors import Refused
from posd.journal.command import Answered, Claim
from posd.model.reader import Reader
from posd.model.refund import Refund
from posd.refund_commands import RefundWish


class RefundsFake:
    """Gives nothing back, and remembers what was wished for."""

    def __init__(self) -> None:
        self.wishes: list[RefundWish] = []

    async def create(self, wish: RefundWish) -> Answered[Refund]:
        self.wishes.append(wish)
        raise _refused()

    async def at_reader(self, reader: str, wish: RefundWish) -> Answered[Reader]:
        assert reader
        self.wishes.append(wish)
        raise _refused()

    async def update(
        self, refund: str, metadata: Mapping[str, str] | None, *, actor: str, claim: Claim | None
    ) -> Answered[Refund]:
        assert refund, (metadata, actor, claim)
        raise _refused()


def _refused() -> Refused:
    return Refused("charge_not_refundable", "Not here.", param="payment_intent")
