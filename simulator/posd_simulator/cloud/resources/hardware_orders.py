"""`/v1/terminal/hardware_orders` and its test helpers: a preview, under a version of its own."""

import re
from dataclasses import replace

from posd.stripe_wire import fields, lists
from posd.stripe_wire.errors import invalid_request, resource_missing
from posd_simulator.cloud import paging
from posd_simulator.cloud.call import Call, Done, Execute, Handler
from posd_simulator.cloud.ledger import Changed
from posd_simulator.cloud.objects import Json
from posd_simulator.cloud.objects.hardware import hardware_order_object
from posd_simulator.cloud.params import ADDRESS_FIELDS, Params
from posd_simulator.cloud.rules import hardware_orders as rules
from posd_simulator.cloud.rules.events import Event
from posd_simulator.cloud.rules.hardware_orders import HardwareOrder, Item, OrderStatus, Shipping

ADDRESS_CHARACTERS_MAX = {
    "city": 35,
    "country": 2,
    "line1": 40,
    "line2": 40,
    "postal_code": 10,
    "state": 29,
}
TEXT_CHARACTERS_MIN = 3
NAME_CHARACTERS_MAX = 36
EMAIL_CHARACTERS_MAX = 800
PHONE_CHARACTERS_MAX = 14
COMPANY_CHARACTERS_MAX = 40
PO_NUMBER_CHARACTERS_MAX = 15

_KIND = "terminal.hardware_order"
_PREVIEW = re.compile(r";\s*terminal_hardware_orders_beta=v5\s*(?:;|$)")
_KNOWN = (
    *("hardware_order_items", "metadata", "payment_type", "po_number", "shipping"),
    "shipping_method",
)


def in_preview(handler: Handler) -> Handler:
    """The handler, for those who ask under the version that knows it; to others it is no route."""

    def checked(call: Call) -> Execute:
        if _PREVIEW.search(call.asked.version) is None:
            raise invalid_request(
                f"Unrecognized request URL ({call.path}). Hardware orders are known under "
                "'Stripe-Version: <version>;terminal_hardware_orders_beta=v5' only.",
                status=404,
            )
        return handler(call)

    return checked


def create(call: Call) -> Execute:
    """POST /v1/terminal/hardware_orders."""
    asked = call.reads(_KIND, *_KNOWN)
    wanted = _wanted(call)

    def execute() -> Done:
        rules.check_order(wanted)
        made = replace(wanted, id=call.new_id("thor"))
        answer, changed = _answer(call, made, "created")
        return call.expanded(answer, asked), changed

    return execute


def preview(call: Call) -> Execute:
    """GET /v1/terminal/hardware_orders/preview: the order as it would be; nothing is ordered."""
    asked = call.reads(_KIND, *_KNOWN)
    wanted = _wanted(call)

    def execute() -> Done:
        rules.check_order(wanted)
        made = replace(wanted, id=call.new_id("thor"))
        return call.expanded(hardware_order_object(made, call.account), asked), None

    return execute


def retrieve(call: Call) -> Execute:
    """GET /v1/terminal/hardware_orders/{id}."""
    asked = call.reads(_KIND)
    return lambda: (
        call.expanded(hardware_order_object(_found(call), call.account), asked),
        None,
    )


def list_all(call: Call) -> Execute:
    """GET /v1/terminal/hardware_orders, by status."""
    asked = call.reads(_KIND, *lists.PARAMS, "status", in_list=True)
    page = lists.page(call.params.nodes)
    status = call.params.optional_choice("status", *(each.value for each in OrderStatus))

    def execute() -> Done:
        newest_first = [
            hardware_order_object(order, call.account)
            for order in reversed(call.account.hardware_orders.values())
            if status in (None, order.status.value)
        ]
        page_of = paging.cut(call.path, newest_first, page, "hardware_order")
        return call.expanded(page_of, asked), None

    return execute


def cancel(call: Call) -> Execute:
    """POST /v1/terminal/hardware_orders/{id}/cancel, while it is pending."""
    return _moves(call, OrderStatus.CANCELED)


def helped_to(status: OrderStatus) -> Handler:
    """POST /v1/test_helpers/terminal/hardware_orders/{id}/…: the next step, in test mode."""

    def handler(call: Call) -> Execute:
        if call.account.livemode:
            raise invalid_request("Test helpers are for test mode.", code="livemode_mismatch")
        return _moves(call, status)

    return handler


def _moves(call: Call, status: OrderStatus) -> Execute:
    asked = call.reads(_KIND)

    def execute() -> Done:
        order = rules.moved(_found(call), status, call.now)
        answer, changed = _answer(call, order, status.value)
        if status is OrderStatus.DELIVERED:
            changed = replace(changed, devices=rules.unboxed(order))
        return call.expanded(answer, asked), changed

    return execute


def _found(call: Call) -> HardwareOrder:
    order = call.account.hardware_orders.get(call.ids["id"])
    if order is None:
        raise resource_missing("hardware_order", call.ids["id"], "id")
    return order


def _answer(call: Call, order: HardwareOrder, what: str) -> tuple[Json, Changed]:
    answer = hardware_order_object(order, call.account)
    event = Event(
        id=call.new_id("evt"),
        type=f"terminal_hardware_order.{what}",
        created=call.now,
        object=answer,
        api_version=call.asked.version,
        request=call.asked.request,
        idempotency_key=call.asked.idempotency_key,
    )
    return answer, replace(call.changed(), hardware_order=order, event=event)


def _wanted(call: Call) -> HardwareOrder:
    """The order that is asked for, as yet without an id and unchecked by the catalogue."""
    given = call.params
    given.choice("payment_type", "monthly_invoice")
    return HardwareOrder(
        id="",
        created=call.now,
        items=_items(given),
        shipping=_shipping(given.hash_of("shipping")),
        shipping_method=given.text("shipping_method"),
        po_number=given.optional_text("po_number", PO_NUMBER_CHARACTERS_MAX),
        metadata=fields.merge_metadata({}, given.metadata()),
    )


def _items(given: Params) -> tuple[Item, ...]:
    items = [
        item.only("quantity", "terminal_hardware_sku")
        for item in given.hashes_of("hardware_order_items")
    ]
    return tuple(
        Item(item.text("terminal_hardware_sku"), item.integer("quantity", minimum=1))
        for item in items
    )


def _shipping(given: Params) -> Shipping:
    given.only("address", "company", "email", "name", "phone")
    address = given.hash_of("address").only(*ADDRESS_FIELDS)
    address.text("country")
    address.text("postal_code")
    _not_too_short(address, "line1", address.text("line1"))
    company = given.optional_text("company", COMPANY_CHARACTERS_MAX)
    if company is not None:
        _not_too_short(given, "company", company)
    name = given.text("name", NAME_CHARACTERS_MAX)
    _not_too_short(given, "name", name)
    email = given.text("email", EMAIL_CHARACTERS_MAX)
    if "@" not in email:
        raise invalid_request(f"Invalid email address: {email}", param=given.name("email"))
    return Shipping(
        address={
            part: address.optional_text(part, longest)
            for part, longest in ADDRESS_CHARACTERS_MAX.items()
        },
        email=email,
        name=name,
        phone=given.text("phone", PHONE_CHARACTERS_MAX),
        company=company,
    )


def _not_too_short(given: Params, name: str, text: str) -> None:
    if len(text) < TEXT_CHARACTERS_MIN:
        raise invalid_request(
            f"Invalid string: at least {TEXT_CHARACTERS_MIN} characters are needed.",
            param=given.name(name),
        )
