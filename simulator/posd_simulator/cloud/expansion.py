"""What `expand[]` may name in this Stripe, and where it is found."""

from posd.stripe_wire.expand import Expandable, Resolve
from posd_simulator.cloud.ledger import Account
from posd_simulator.cloud.objects import Json
from posd_simulator.cloud.objects.hardware import product_object, shipping_method_object
from posd_simulator.cloud.objects.terminal import location_object
from posd_simulator.cloud.rules.hardware_catalogue import PRODUCTS, SHIPPING_METHODS

EXPANDABLE: Expandable = {
    ("terminal.reader", "location"): "terminal.location",
    ("terminal.hardware_sku", "product"): "terminal.hardware_product",
    ("terminal.hardware_order", "shipping_method"): "terminal.hardware_shipping_method",
}
"""Everything else that Stripe expands is not simulated, and refused."""


def resolver(account: Account, now: int) -> Resolve:
    """Finds the objects of that account, as they are told at that second."""

    def resolve(kind: str, identifier: str) -> Json:
        match kind:
            case "terminal.location":
                return location_object(account.locations[identifier], account)
            case "terminal.hardware_product":
                return product_object(PRODUCTS[identifier])
            case "terminal.hardware_shipping_method":
                return shipping_method_object(SHIPPING_METHODS[identifier], now)
            case _:
                raise AssertionError(kind)

    return resolve
