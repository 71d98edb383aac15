"""The same orders of hardware at posd and at Stripe: the same answers, but for what is declared."""

from typing import Final

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, rule

from tests.conformance.fleet import values
from tests.conformance.fleet.differences import Asked
from tests.conformance.fleet.machine import RUNS, Machine, from_cursor
from tests.conformance.fleet.values import Params

CATALOGUE: Final = "/v1/terminal/hardware_"
ORDERS: Final = "/v1/terminal/hardware_orders"
HELPERS: Final = "/v1/test_helpers/terminal/hardware_orders"
STEPS: Final = ("mark_ready_to_ship", "ship", "deliver", "mark_undeliverable")


class Hardware(Machine):
    """One store's orders, previewed, made and moved on through posd and at Stripe."""

    orders: Bundle[str] = Bundle("orders")
    done: Bundle[Asked] = Bundle("done")

    @rule(
        wares=st.sampled_from(["skus", "products", "shipping_methods"]),
        filters=values.ware_filters,
    )
    def browse(self, wares: str, filters: Params) -> None:
        known = {} if wares == "products" else {"country": "DE"}
        self._ask(Asked("GET", f"{CATALOGUE}{wares}", {**known, **filters}))

    @rule(ware=st.sampled_from(values.WARES))
    def look_at(self, ware: str) -> None:
        self._ask(Asked("GET", f"{CATALOGUE}{ware}", {}))

    @rule(params=values.orders)
    def preview(self, params: Params) -> None:
        self._ask(Asked("GET", f"{ORDERS}/preview", params))

    @rule(target=orders, params=values.orders)
    def order(self, params: Params) -> str | MultipleResults[str]:
        return self._made(Asked("POST", ORDERS, params))

    @rule(target=done, params=values.orders)
    def order_once(self, params: Params) -> Asked | MultipleResults[Asked]:
        return self._done(Asked("POST", ORDERS, params, f"cart {self._number()}"))

    @rule(asked=done)
    def order_it_again(self, asked: Asked) -> None:
        self._ask(asked)

    @rule(
        cursor=st.none() | orders | st.just("thor_nope"),
        direction=values.directions,
        filters=values.order_filters,
    )
    def list_orders(self, cursor: str | None, direction: str, filters: Params) -> None:
        self._ask(Asked("GET", ORDERS, {**from_cursor(cursor, direction), **filters}))

    @rule(order=orders | st.just("thor_nope"))
    def look_at_an_order(self, order: str) -> None:
        self._ask(Asked("GET", f"{ORDERS}/{order}", {}))

    @rule(order=orders | st.just("thor_nope"))
    def cancel(self, order: str) -> None:
        self._ask(Asked("POST", f"{ORDERS}/{order}/cancel", {}))

    @rule(order=orders | st.just("thor_nope"), step=st.sampled_from(STEPS))
    def move_on(self, order: str, step: str) -> None:
        self._ask(Asked("POST", f"{HELPERS}/{order}/{step}", {}))


Hardware.TestCase.settings = RUNS
TestHardware = pytest.mark.timeout(120)(Hardware.TestCase)
