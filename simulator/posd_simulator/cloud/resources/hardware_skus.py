"""`/v1/terminal/hardware_skus`."""

from posd.stripe_wire import lists
from posd.stripe_wire.errors import resource_missing
from posd_simulator.cloud import paging
from posd_simulator.cloud.call import Call, Done, Execute
from posd_simulator.cloud.objects.hardware import product_status, sku_object
from posd_simulator.cloud.resources.hardware_products import STATUSES
from posd_simulator.cloud.rules.hardware_catalogue import SKUS

_KIND = "terminal.hardware_sku"


def retrieve(call: Call) -> Execute:
    """GET /v1/terminal/hardware_skus/{id}."""
    asked = call.reads(_KIND)

    def execute() -> Done:
        sku = SKUS.get(call.ids["id"])
        if sku is None:
            raise resource_missing("hardware_sku", call.ids["id"], "id")
        return call.expanded(sku_object(sku), asked), None

    return execute


def list_all(call: Call) -> Execute:
    """GET /v1/terminal/hardware_skus of a country; the available ones unless asked otherwise."""
    given = call.params
    known = ("country", "product", "provider", "status")
    asked = call.reads(_KIND, *lists.PARAMS, *known, in_list=True)
    page = lists.page(given.nodes)
    country = given.text("country")
    product = given.optional_text("product")
    given.optional_choice("provider", "stripe")
    status = given.optional_choice("status", *STATUSES) or "available"

    def execute() -> Done:
        told = [
            sku_object(sku)
            for sku in SKUS.values()
            if sku.country == country
            and product in (None, sku.product.id)
            and product_status(sku.product) == status
        ]
        return call.expanded(paging.cut(call.path, told, page, "hardware_sku"), asked), None

    return execute
