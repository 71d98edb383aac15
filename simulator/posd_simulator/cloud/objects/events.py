"""`event`."""

from posd_simulator.cloud.ledger import Account
from posd_simulator.cloud.objects import Json
from posd_simulator.cloud.rules.events import Event


def event_object(event: Event, account: Account) -> Json:
    """`event`: no webhook endpoint is simulated, so none is ever pending."""
    return {
        "id": event.id,
        "object": "event",
        "api_version": event.api_version,
        "created": event.created,
        "data": {"object": event.object},
        "livemode": account.livemode,
        "pending_webhooks": 0,
        "request": {"id": event.request, "idempotency_key": event.idempotency_key},
        "type": event.type,
    }
