"""`/v1/terminal/hardware_products`."""

from posd.stripe_wire import lists
from posd.stripe_wire.errors import resource_missing
from posd_simulator.cloud import paging
from posd_simulator.cloud.call import Call, Done, Execute
from posd_simulator.cloud.objects.hardware import product_object, product_status
from posd_simulator.cloud.rules.hardware_catalogue import PRODUCTS

STATUSES = ("available", "unavailable")

_KIND = "terminal.hardware_product"


def retrieve(call: Call) -> Execute:
    """GET /v1/terminal/hardware_products/{id}."""
    call.reads(_KIND)

    def execute() -> Done:
        product = PRODUCTS.get(call.ids["id"])
        if product is None:
            raise resource_missing("hardware_product", call.ids["id"], "id")
        return product_object(product), None

    return execute


def list_all(call: Call) -> Execute:
    """GET /v1/terminal/hardware_products. Without a status, those of every status."""
    call.reads(_KIND, *lists.PARAMS, "status", in_list=True)
    page = lists.page(call.params.nodes)
    status = call.params.optional_choice("status", *STATUSES)

    def execute() -> Done:
        told = [
            product_object(product)
            for product in PRODUCTS.values()
            if status in (None, product_status(product))
        ]
        return paging.cut(call.path, told, page, "hardware_product"), None

    return execute
