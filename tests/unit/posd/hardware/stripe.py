"""Stripe's side of hardware orders as far as posd needs it, scripted to lose and refuse things."""

import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any
from urllib.parse import parse_qs

import httpx2

ADDRESS = {
    "city": "Berlin",
    "country": "DE",
    "line1": "Hauptstr. 1",
    "line2": None,
    "postal_code": "10115",
    "state": None,
}
SKU = {
    "id": "thsku_1",
    "object": "terminal.hardware_sku",
    "amount": 29900,
    "country": "DE",
    "currency": "eur",
    "orderable": 10000,
    "product": "thpr_1",
    "provider": "stripe",
    "status": "available",
    "unavailable_after": None,
}
PRODUCT = {
    "id": "thpr_1",
    "object": "terminal.hardware_product",
    "status": "available",
    "type": "stripe_s700",
    "unavailable_after": None,
}
METHOD = {
    "id": "thsm_1",
    "object": "terminal.hardware_shipping_method",
    "country": "DE",
    "estimated_delivery_window": {"maximum_date": "2026-11-27", "minimum_date": "2026-11-25"},
    "name": "standard",
    "provider": "stripe",
    "status": "available",
    "unavailable_after": None,
}
WARES: Mapping[str, Mapping[str, Any]] = {
    "skus": SKU,
    "products": PRODUCT,
    "shipping_methods": METHOD,
}
STEPS = {
    "mark_ready_to_ship": "ready_to_ship",
    "ship": "shipped",
    "deliver": "delivered",
    "mark_undeliverable": "undeliverable",
}


class Trouble(Enum):
    """What becomes of the next request that orders."""

    REQUEST_LOST = "request lost"
    ANSWER_LOST = "answer lost"
    FAILS_AFTER = "500 after it was done"
    IN_USE = "409, the first is still running"
    REFUSES = "400"
    TOO_OFTEN = "429, not looked at"


class HardwareStripe:
    """One account, whose orders are kept under their idempotency keys.

    Attributes:
        away: Whether nothing gets through at all.
        blind: Whether no order is listed, although there may be one.
        endless: Whether the list of orders goes on and has nothing in it.
        troubles: What becomes of the next placements, in order.
        asked: Method and path of every request that got through.
        keys: The idempotency keys of every placement that got through.
        bodies: What each of them said.
    """

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []
        self.away = False
        self.endless = False
        self.blind = False
        self.account_id = "acct_1"
        self.bodies: list[bytes] = []
        self.troubles: list[Trouble] = []
        self.asked: list[tuple[str, str]] = []
        self.keys: list[str] = []
        self.readers: list[dict[str, Any]] = []
        self._answers: dict[str, httpx2.Response] = {}

    def transport(self) -> httpx2.MockTransport:
        """The line to it."""
        return httpx2.MockTransport(self.answer)

    def placements(self) -> int:
        """How often an order was asked for."""
        return len(self.keys)

    def forget_keys(self) -> None:
        """A day has passed."""
        self._answers.clear()

    def set_status(self, status: str, position: int = 0) -> None:
        """An order goes on, without anybody's asking."""
        self.orders[position] = {**self.orders[position], "status": status}

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        if self.away:
            raise httpx2.ConnectError("away", request=request)
        method, path = request.method, request.url.path
        if (method, path) == ("POST", "/v1/terminal/hardware_orders"):
            return self._placement(request)
        self.asked.append((method, path))
        for pattern, tell in ROUTES:
            if found := pattern.fullmatch(path):
                return tell(self, request, *found.groups())
        return _ok({"object": "list", "data": [], "has_more": False})

    def account(self, _request: httpx2.Request) -> httpx2.Response:
        return _ok({"id": self.account_id, "object": "account"})

    def listing(self, request: httpx2.Request) -> httpx2.Response:
        if self.blind:
            return _ok({"object": "list", "data": [], "has_more": False})
        if self.endless:
            return _ok({"object": "list", "data": [], "has_more": True})
        return _ok(_page(self.orders, parse_qs(request.url.query.decode())))

    def preview(self, request: httpx2.Request) -> httpx2.Response:
        return _ok(order_of("thor_preview", parse_qs(request.url.query.decode())))

    def cancelled(self, _request: httpx2.Request, id_: str) -> httpx2.Response:
        if self._of(id_)["status"] != "pending":
            return _refused(400, "order_not_cancelable")
        return _ok(self._changed(id_, status="canceled"))

    def advanced(self, _request: httpx2.Request, id_: str, step: str) -> httpx2.Response:
        return _ok(self._changed(id_, status=STEPS[step]))

    def wares(self, _request: httpx2.Request, kind: str) -> httpx2.Response:
        return _ok({"object": "list", "data": [WARES[kind]], "has_more": False})

    def ware(self, _request: httpx2.Request, kind: str, id_: str) -> httpx2.Response:
        known = WARES[kind]
        return _ok(known) if known["id"] == id_ else _refused(404, "resource_missing")

    def reader(self, request: httpx2.Request, id_: str | None) -> httpx2.Response:
        if request.method == "GET":
            return _ok({"object": "list", "data": self.readers, "has_more": False})
        if request.method == "DELETE":
            self.readers = [one for one in self.readers if one["id"] != id_]
            return _ok({"id": id_, "object": "terminal.reader", "deleted": True})
        form = parse_qs(request.content.decode())
        if form["registration_code"] != ["simulated-s700"]:
            return _refused(400, "invalid_registration_code")
        self.readers.insert(0, _reader(f"tmr_{len(self.readers) + 1}", form))
        return _ok(self.readers[0])

    def _placement(self, request: httpx2.Request) -> httpx2.Response:
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is Trouble.REQUEST_LOST:
            raise httpx2.ConnectError("reset", request=request)
        key = request.headers["idempotency-key"]
        self.asked.append(("POST", "/v1/terminal/hardware_orders"))
        self.keys.append(key)
        self.bodies.append(request.content)
        if trouble is Trouble.IN_USE:
            return _refused(409, "idempotency_key_in_use")
        if trouble is Trouble.TOO_OFTEN:
            return _refused(429, "rate_limit")
        if key not in self._answers:
            self._answers[key] = self._placed(request, trouble)
        if trouble is Trouble.ANSWER_LOST:
            raise httpx2.ReadError("reset", request=request)
        return self._answers[key]

    def _placed(self, request: httpx2.Request, trouble: Trouble | None) -> httpx2.Response:
        assert request.headers["stripe-version"].endswith(";terminal_hardware_orders_beta=v5")
        if trouble is Trouble.REFUSES:
            return _refused(400, "parameter_invalid")
        form = parse_qs(request.content.decode())
        self.orders.insert(0, order_of(f"thor_{len(self.orders) + 1}", form))
        if trouble is Trouble.FAILS_AFTER:
            return httpx2.Response(500, json={"error": {"type": "api_error", "message": "Sorry."}})
        return _ok(self.orders[0])

    def _changed(self, id_: str, **more: Any) -> dict[str, Any]:
        order = self._of(id_)
        order.update(more)
        if order["status"] == "shipped":
            order["shipment_tracking"] = [{"carrier": "dhl", "tracking_number": "0034"}]
        return order

    def _of(self, id_: str) -> dict[str, Any]:
        return next(order for order in self.orders if order["id"] == id_)


TERMINAL = r"/v1/terminal/hardware_"
ROUTES: tuple[tuple[re.Pattern[str], Callable[..., httpx2.Response]], ...] = (
    (re.compile(r"/v1/account"), HardwareStripe.account),
    (re.compile(TERMINAL + "orders"), HardwareStripe.listing),
    (re.compile(TERMINAL + "orders/preview"), HardwareStripe.preview),
    (re.compile(TERMINAL + r"orders/(\w+)/cancel"), HardwareStripe.cancelled),
    (
        re.compile(r"/v1/test_helpers/terminal/hardware_orders/(\w+)/(\w+)"),
        HardwareStripe.advanced,
    ),
    (re.compile(TERMINAL + r"(skus|products|shipping_methods)"), HardwareStripe.wares),
    (re.compile(TERMINAL + r"(skus|products|shipping_methods)/(\w+)"), HardwareStripe.ware),
    (re.compile(r"/v1/terminal/readers(?:/(\w+))?"), HardwareStripe.reader),
)


def _reader(id_: str, form: Mapping[str, list[str]]) -> dict[str, Any]:
    return {
        "id": id_,
        "object": "terminal.reader",
        "device_type": "simulated_stripe_s700",
        "label": form.get("label", [""])[0],
        "livemode": False,
        "location": form.get("location", [None])[0],
        "metadata": {},
        "serial_number": "S700-1",
        "status": "online",
        "action": None,
    }


def order_of(id_: str, form: Mapping[str, list[str]]) -> dict[str, Any]:
    quantity = int(form["hardware_order_items[0][quantity]"][0])
    amount = 29900 * quantity
    item = {key: SKU[key] for key in ("id", "amount", "country", "currency", "product")}
    items = [
        {
            "amount": amount,
            "currency": "eur",
            "quantity": quantity,
            "terminal_hardware_sku": item,
        }
    ]
    rate = {"display_name": "VAT", "jurisdiction": "DE", "percentage": 19.0}
    return {
        "id": id_,
        "object": "terminal.hardware_order",
        "amount": amount + 1500 + amount * 19 // 100,
        "created": 1_793_491_200,
        "currency": "eur",
        "hardware_order_items": items,
        "livemode": False,
        "metadata": {
            name.removeprefix("metadata[").removesuffix("]"): values[0]
            for name, values in form.items()
            if name.startswith("metadata[")
        },
        "payment_type": "monthly_invoice",
        "po_number": None,
        "shipment_tracking": [],
        "shipping": {
            "address": ADDRESS,
            "amount": 1500,
            "company": None,
            "currency": "eur",
            "email": "till@example.com",
            "name": "Corner shop",
            "phone": "+49301234",
        },
        "shipping_method": "thsm_1",
        "status": "pending",
        "tax": amount * 19 // 100,
        "total_tax_amounts": [{"amount": amount * 19 // 100, "inclusive": False, "rate": rate}],
        "updated": None,
    }


def _page(rows: list[dict[str, Any]], query: Mapping[str, list[str]]) -> dict[str, Any]:
    ids = [row["id"] for row in rows]
    start = ids.index(query["starting_after"][0]) + 1 if "starting_after" in query else 0
    end = start + int(query["limit"][0])
    return {"object": "list", "data": rows[start:end], "has_more": end < len(rows)}


def _ok(body: Mapping[str, Any]) -> httpx2.Response:
    return httpx2.Response(200, json=dict(body))


def _refused(status: int, code: str) -> httpx2.Response:
    error = {"type": "invalid_request_error", "code": code, "message": "Stripe says no."}
    return httpx2.Response(status, json={"error": error})
