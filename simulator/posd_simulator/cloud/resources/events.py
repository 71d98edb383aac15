"""`/v1/events`: what happened in the last thirty days."""

from posd.stripe_wire import lists
from posd.stripe_wire.errors import invalid_request, resource_missing
from posd.stripe_wire.fields import array_of_text
from posd_simulator.cloud import paging
from posd_simulator.cloud.call import Call, Done, Execute
from posd_simulator.cloud.objects.events import event_object
from posd_simulator.cloud.rules import events as rules
from posd_simulator.cloud.rules.events import Event

_FILTERS = ("created", "delivery_success", "type", "types")


def retrieve(call: Call) -> Execute:
    """GET /v1/events/{id}."""
    call.reads("event")

    def execute() -> Done:
        for event in _listed(call):
            if event.id == call.ids["id"]:
                return event_object(event, call.account), None
        raise resource_missing("event", call.ids["id"], "id")

    return execute


def list_all(call: Call) -> Execute:
    """GET /v1/events. Nothing is delivered here, and so nothing undelivered."""
    given = call.params
    call.reads("event", *lists.PARAMS, *_FILTERS, in_list=True)
    page = lists.page(given.nodes)
    created = lists.created(given.nodes["created"]) if given.has("created") else lists.TimeRange()
    wanted = _types(call)
    delivered = not given.has("delivery_success") or given.boolean("delivery_success")

    def execute() -> Done:
        newest_first = [
            event_object(event, call.account)
            for event in reversed(_listed(call))
            if delivered and (not wanted or event.type in wanted) and created.holds(event.created)
        ]
        return paging.cut(call.path, newest_first, page, "event"), None

    return execute


def _types(call: Call) -> list[str]:
    """The event types asked for; none means all."""
    given = call.params
    if given.has("type") and given.has("types"):
        raise invalid_request(
            "You may only specify one of these parameters: type, types.",
            code="parameters_exclusive",
            param="type",
        )
    if given.has("type"):
        return [given.text("type")]
    types = array_of_text(given.nodes["types"], "types") if given.has("types") else []
    if len(types) > rules.TYPES_MAX:
        raise invalid_request(f"At most {rules.TYPES_MAX} types.", param="types")
    return types


def _listed(call: Call) -> list[Event]:
    return [event for event in call.account.events.values() if rules.kept(event, call.now)]
