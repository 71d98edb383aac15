"""What is asked and decided about what is owed to Stripe: no route of Stripe's."""

from typing import Final

from posd.api import queue, queue_params
from posd.api.auth import Access
from posd.api.calls import AnyRoute, Route

PATH: Final = "/posd/v1/queue"
EFFECT: Final = PATH + "/{effect}"

QUEUE_ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route("GET", PATH, Access.OBSERVER, queue_params.ListQueue, queue.listing),
    Route("POST", EFFECT + "/retry", Access.MANAGER, queue_params.RuleEffect, queue.retry),
    Route("POST", EFFECT + "/park", Access.MANAGER, queue_params.RuleEffect, queue.park),
    Route("POST", EFFECT + "/write_off", Access.MANAGER, queue_params.RuleEffect, queue.write_off),
)
