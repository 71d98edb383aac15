"""`terminal.hardware_order`, `…_sku`, `…_product` and `…_shipping_method`."""

from datetime import UTC, datetime, timedelta

from posd_simulator.cloud.ledger import Account
from posd_simulator.cloud.objects import Json
from posd_simulator.cloud.rules.hardware_catalogue import (
    SKUS,
    Product,
    ShippingMethod,
    Sku,
)
from posd_simulator.cloud.rules.hardware_orders import HardwareOrder, Item, Quote, quote

BASIS_POINTS_IN_PERCENT = 100


def product_object(product: Product) -> Json:
    """`terminal.hardware_product`."""
    return {
        "id": product.id,
        "object": "terminal.hardware_product",
        "status": product_status(product),
        "type": product.type,
        "unavailable_after": product.unavailable_after,
    }


def sku_object(sku: Sku) -> Json:
    """`terminal.hardware_sku`: a product as sold in one country."""
    return {
        "id": sku.id,
        "object": "terminal.hardware_sku",
        "amount": sku.amount,
        "country": sku.country,
        "currency": sku.currency,
        "orderable": sku.orderable,
        "product": sku.product.id,
        "provider": "stripe",
        "status": product_status(sku.product),
        "unavailable_after": sku.product.unavailable_after,
    }


def product_status(product: Product) -> str:
    """`available` or `unavailable`, which holds for its SKUs too."""
    return "available" if product.unavailable_after is None else "unavailable"


def shipping_method_object(method: ShippingMethod, now: int) -> Json:
    """`terminal.hardware_shipping_method`: the delivery window counts from today."""
    today = datetime.fromtimestamp(now, UTC).date()
    earliest, latest = (today + timedelta(days=days) for days in method.days)
    return {
        "id": method.id,
        "object": "terminal.hardware_shipping_method",
        "country": method.country,
        "estimated_delivery_window": {
            "maximum_date": latest.isoformat(),
            "minimum_date": earliest.isoformat(),
        },
        "name": method.name,
        "provider": "stripe",
        "status": "available",
        "unavailable_after": None,
    }


def hardware_order_object(order: HardwareOrder, account: Account) -> Json:
    """`terminal.hardware_order` with its price."""
    price = quote(order)
    shipping = order.shipping
    return {
        "id": order.id,
        "object": "terminal.hardware_order",
        "amount": price.total,
        "created": order.created,
        "currency": price.currency,
        "hardware_order_items": [
            _item_object(item, amount)
            for item, amount in zip(order.items, price.items, strict=True)
        ],
        "livemode": account.livemode,
        "metadata": order.metadata,
        "payment_type": "monthly_invoice",
        "po_number": order.po_number,
        "shipment_tracking": [
            {"carrier": carrier, "tracking_number": number} for carrier, number in order.tracking
        ],
        "shipping": {
            "address": shipping.address,
            "amount": price.shipping,
            "company": shipping.company,
            "currency": price.currency,
            "email": shipping.email,
            "name": shipping.name,
            "phone": shipping.phone,
        },
        "shipping_method": order.shipping_method,
        "status": order.status.value,
        "tax": price.tax,
        "total_tax_amounts": _taxes(price),
        "updated": order.updated,
    }


def _item_object(item: Item, amount: int) -> Json:
    sku = SKUS[item.sku]
    return {
        "amount": amount,
        "currency": sku.currency,
        "quantity": item.quantity,
        "terminal_hardware_sku": {
            "id": sku.id,
            "amount": sku.amount,
            "country": sku.country,
            "currency": sku.currency,
            "product": sku.product.id,
        },
    }


def _taxes(price: Quote) -> list[Json]:
    if price.tax_rate is None:
        return []
    rate: Json = {
        "display_name": price.tax_rate.display_name,
        "jurisdiction": price.tax_rate.jurisdiction,
        "percentage": price.tax_rate.rate / BASIS_POINTS_IN_PERCENT,
    }
    return [{"amount": price.tax, "inclusive": False, "rate": rate}]
