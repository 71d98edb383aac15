"""What may be asked of the queue: one model per route, as in posd.api.params."""

from typing import Annotated, Final

from posd.api.decision_params import Reason
from posd.api.params import OptionalText, Params, read_by
from posd.model.effect import EffectState
from posd.queue import OPEN
from posd.stripe_wire import fields
from posd.stripe_wire.form import Node

ITEMS_DEFAULT: Final = 20
ITEMS_MAX: Final = 100


def _limit(node: Node, param: str) -> int:
    return fields.integer(node, param, minimum=1, maximum=ITEMS_MAX)


def _state(node: Node, param: str) -> EffectState:
    return EffectState(fields.choice(node, param, [state.value for state in OPEN]))


class ListQueue(Params):
    """`GET /posd/v1/queue`."""

    state: Annotated[EffectState | None, read_by(_state)] = None
    limit: Annotated[int, read_by(_limit)] = ITEMS_DEFAULT
    starting_after: OptionalText = None


class RuleEffect(Params):
    """`POST /posd/v1/queue/{effect}/retry`, `park` and `write_off`."""

    reason: Reason
