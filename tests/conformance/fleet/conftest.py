"""An office with each official SDK: at posd, and at the simulated Stripe itself."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Final

import pytest

from tests.conformance.sdks import Sdk
from tests.conformance.till import Till
from tests.crash.store import MANAGER_KEY, Store, Stripe

STRIPE_KEY: Final = "sk_test_office"


@pytest.fixture(scope="session", params=["posd", "stripe"])
def office(
    request: pytest.FixtureRequest,
    make_sdk: Callable[[str, str], Sdk],
    long_open_shop: Store,
    stripe: Stripe,
) -> Iterator[Till]:
    """A manager's client, of one SDK after the other, at one server after the other."""
    at_posd = (f"http://127.0.0.1:{long_open_shop.port}", MANAGER_KEY)
    with closing(
        make_sdk(*(at_posd if request.param == "posd" else (stripe.url, STRIPE_KEY)))
    ) as sdk:
        yield Till(sdk)
