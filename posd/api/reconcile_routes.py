"""What is asked and decided about facts that the journal has lost: no route of Stripe's."""

from typing import Final

from posd.api import decision_params, params, reconcile
from posd.api.auth import Access
from posd.api.calls import AnyRoute, Route

RECONCILE_ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route("GET", "/posd/v1/reconcile", Access.OBSERVER, params.NoParams, reconcile.show),
    Route(
        "POST",
        "/posd/v1/reconcile/accept",
        Access.MANAGER,
        decision_params.DecideGap,
        reconcile.accept,
    ),
    Route(
        "POST",
        "/posd/v1/reconcile/sales",
        Access.MANAGER,
        decision_params.DecideGap,
        reconcile.let_sell,
    ),
)
