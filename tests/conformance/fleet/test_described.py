"""Every answer about the fleet, of posd and of the simulated Stripe, as Stripe describes it.

Runs where POSD_STRIPE_OPENAPI names the description. There, every other answer that a pair tells
is held to it as well.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from tests.conformance.fleet import values
from tests.conformance.fleet.differences import HELPED_ORDERS, ORDERS, Asked, evened
from tests.conformance.fleet.pair import Pair
from tests.conformance.fleet.values import CONFIGURATIONS, LOCATIONS, READERS, TOKENS, Params
from tests.stripe_shapes import WITHOUT, shapes

pytestmark = pytest.mark.skipif(shapes() is None, reason=WITHOUT)

HARDWARE: Final = "/v1/terminal/hardware_"
STEPS: Final = ("mark_ready_to_ship", "ship", "deliver")
DRIVEN: Final = "/v1/terminal/readers/{reader}/"
"""Stripe's own readers are not driven."""


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with closing(Pair(tmp_path)) as pair:
        yield pair


class Story:
    """Calls that succeed, each at both."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair

    def ask(self, method: str, path: str, params: Params | None = None) -> str:
        """The id that both answers have; '' for a list."""
        exchange = evened(self._pair.ask(Asked(method, path, params or {})))
        assert exchange.agree(), exchange
        assert exchange.posd.status == 200, exchange
        return str(exchange.posd.body.get("id", ""))

    def ended(self, collection: str, one: str) -> None:
        """The object is read, listed and deleted, and read once more."""
        self.ask("GET", f"{collection}/{one}")
        self.ask("GET", collection)
        self.ask("DELETE", f"{collection}/{one}")
        self.ask("GET", f"{collection}/{one}")


def fleet(story: Story) -> None:
    wifi: Params = {"type": "personal_psk", "personal_psk": values.PSK}
    configuration = story.ask("POST", CONFIGURATIONS, {"name": "Stand", "wifi": wifi})
    story.ask("POST", f"{CONFIGURATIONS}/{configuration}", {"offline": {"enabled": True}})
    shop = story.ask(
        "POST",
        LOCATIONS,
        {
            "display_name": "Corner",
            "address": values.VIENNA,
            "configuration_overrides": configuration,
        },
    )
    story.ask("POST", f"{LOCATIONS}/{shop}", {"phone": "+43 1 234", "configuration_overrides": ""})
    reader = story.ask("POST", READERS, {"registration_code": "simulated-wpe", "location": shop})
    story.ask("POST", f"{READERS}/{reader}", {"label": "Window", "expand": ["location"]})
    story.ask("POST", TOKENS, {"location": ""})
    story.ended(READERS, reader)
    story.ended(LOCATIONS, shop)
    story.ended(CONFIGURATIONS, configuration)


def orders(story: Story) -> None:
    for wares in ("skus", "shipping_methods"):
        story.ask("GET", f"{HARDWARE}{wares}", {"country": "DE"})
    story.ask("GET", f"{HARDWARE}products")
    for ware in values.WARES[::2]:
        story.ask("GET", f"{HARDWARE}{ware}")
    story.ask("GET", f"{ORDERS}/preview", values.ORDER)
    story.ask("POST", f"{ORDERS}/{story.ask('POST', ORDERS, values.ORDER)}/cancel")
    for last in STEPS[-1], "mark_undeliverable":
        order = story.ask("POST", ORDERS, values.ORDER)
        for step in (*STEPS[:-1], last):
            story.ask("POST", f"{HELPED_ORDERS}/{order}/{step}")
        story.ask("GET", f"{ORDERS}/{order}")
    story.ask("GET", ORDERS)


def test_every_operation_is_answered_as_described(pair: Pair) -> None:
    described = shapes()
    assert described is not None
    story = Story(pair)
    fleet(story)
    orders(story)
    asked = {described.operation(method, path) for method, path in pair.seen}
    known = described.operations(
        LOCATIONS, READERS, CONFIGURATIONS, TOKENS, HARDWARE, HELPED_ORDERS
    )
    assert {one for one in known - asked if not one[1].startswith(DRIVEN)} == set()
