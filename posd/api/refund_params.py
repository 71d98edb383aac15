"""What may be asked of refunds."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Final

from posd.api.params import ListParams, Metadata, OptionalText, Params, read_by
from posd.stripe_wire import fields, lists
from posd.stripe_wire.form import Node

REASONS: Final = ("duplicate", "fraudulent", "requested_by_customer")
NOT_DONE: Final = ("false",)
"""All that posd can promise of what only a platform's payments have."""

NO_METADATA: Final[Mapping[str, str]] = {}


def _change(node: Node, param: str) -> Mapping[str, str] | None:
    """Keys to set, with "" to remove; None removes all."""
    change = fields.metadata(node, param)
    if change is not None:
        fields.merge_metadata({}, change, param)
    return change


NotDone = Annotated[str, read_by(partial(fields.choice, allowed=NOT_DONE))]


class RefundAtReader(Params):
    """`POST /v1/terminal/readers/{reader}/refund_payment`: of a payment, or of its charge."""

    amount: Annotated[int | None, read_by(fields.amount)] = None
    charge: OptionalText = None
    metadata: Metadata = NO_METADATA
    payment_intent: OptionalText = None
    refund_application_fee: NotDone = "false"
    reverse_transfer: NotDone = "false"


class CreateRefund(RefundAtReader):
    """`POST /v1/refunds`."""

    reason: Annotated[str | None, read_by(partial(fields.choice, allowed=REASONS))] = None


class UpdateRefund(Params):
    """`POST /v1/refunds/{refund}`. What is not named stays; '' unsets."""

    metadata: Annotated[Mapping[str, str] | None, read_by(_change)] = NO_METADATA


class ListRefunds(ListParams):
    """`GET /v1/refunds`."""

    charge: OptionalText = None
    created: Annotated[lists.TimeRange, read_by(lists.created)] = lists.TimeRange()
    payment_intent: OptionalText = None
