"""What a till sees is the same over USB: as a modem (CDC-ACM), and on pipes of a vendor's own.

posd is a process of its own and reaches the bus through PyUSB, behind whose backend is the device
that a kernel could attach as well. The tests are those of the other lines; what becomes of a
payment whose cable is pulled is in `tests/cables`, and of one in which posd dies in `tests/crash`.
"""

from collections.abc import Iterator
from contextlib import closing

import pytest

from posd_simulator.terminal.settings import StorageRule
from posd_simulator.terminal.station import UsbKind
from tests.conformance.sdks import SDKS, Sdk
from tests.conformance.test_refunds import test_a_till_takes_its_sale_back_without_the_card
from tests.conformance.test_what_the_till_sees import (
    test_a_decline_is_an_action_that_failed_and_the_payment_can_be_tried_again,
    test_approved,
    test_waiting_for_the_card_then_cancelled_by_the_till,
)
from tests.crash.child import Nursery
from tests.crash.store import KEY, Store, Stripe

__all__ = [
    "test_a_decline_is_an_action_that_failed_and_the_payment_can_be_tried_again",
    "test_a_till_takes_its_sale_back_without_the_card",
    "test_approved",
    "test_waiting_for_the_card_then_cancelled_by_the_till",
]


@pytest.fixture(scope="session", params=list(UsbKind), ids=lambda kind: kind.value)
def long_open_shop(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    nursery: Nursery,
    stripe: Stripe,
) -> Iterator[Store]:
    """A store whose terminal is on USB and has sold before, so that doubts can be proven."""
    place = tmp_path_factory.mktemp("usb") / "store"
    store = Store(place, nursery, rule=StorageRule.NEW, wire=request.param, stripe=stripe)
    with closing(store):
        store.open()
        store.pay(100)
        yield store


@pytest.fixture(scope="session")
def sdk(long_open_shop: Store) -> Iterator[Sdk]:
    """One SDK: what differs between them is not the line. That of the other lines stays theirs."""
    with closing(SDKS["python"](f"http://127.0.0.1:{long_open_shop.port}", KEY)) as sdk:
        yield sdk
