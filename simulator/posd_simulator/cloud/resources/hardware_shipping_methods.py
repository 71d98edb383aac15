"""`/v1/terminal/hardware_shipping_methods`."""

from posd.stripe_wire import lists
from posd.stripe_wire.errors import resource_missing
from posd_simulator.cloud import paging
from posd_simulator.cloud.call import Call, Done, Execute
from posd_simulator.cloud.objects.hardware import shipping_method_object
from posd_simulator.cloud.resources.hardware_products import STATUSES
from posd_simulator.cloud.rules.hardware_catalogue import SHIPPING_METHODS

NAMES = ("express", "priority", "standard")

_KIND = "terminal.hardware_shipping_method"


def retrieve(call: Call) -> Execute:
    """GET /v1/terminal/hardware_shipping_methods/{id}."""
    call.reads(_KIND)

    def execute() -> Done:
        method = SHIPPING_METHODS.get(call.ids["id"])
        if method is None:
            raise resource_missing("hardware_shipping_method", call.ids["id"], "id")
        return shipping_method_object(method, call.now), None

    return execute


def list_all(call: Call) -> Execute:
    """GET /v1/terminal/hardware_shipping_methods of a country; all of them are available."""
    given = call.params
    known = ("country", "name", "provider", "status")
    call.reads(_KIND, *lists.PARAMS, *known, in_list=True)
    page = lists.page(given.nodes)
    country = given.text("country")
    name = given.optional_choice("name", *NAMES)
    given.optional_choice("provider", "stripe")
    status = given.optional_choice("status", *STATUSES) or "available"

    def execute() -> Done:
        told = [
            shipping_method_object(method, call.now)
            for method in SHIPPING_METHODS.values()
            if method.country == country and name in (None, method.name) and status == "available"
        ]
        return paging.cut(call.path, told, page, "hardware_shipping_method"), None

    return execute
