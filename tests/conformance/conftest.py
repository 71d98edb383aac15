"""What the tests of this folder share: processes, one store, and a till for each official SDK."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol

import pytest

from posd_simulator.terminal.settings import StorageRule, Wire
from tests.conformance.sdks import SDKS, Sdk, node_is_missing
from tests.conformance.till import LOOK_S, Till
from tests.crash.child import Nursery
from tests.crash.conftest import nursery, stripe
from tests.crash.store import KEY, Store, Stripe, eventually

__all__ = ["nursery", "stripe"]


class OpenTill(Protocol):
    """Opens another till at a port of this machine."""

    def __call__(self, port: int, key: str = KEY) -> Till:
        """The till; it is closed when the test ends."""
        ...


HERE = Path(__file__).parent
USABLE = {name: make for name, make in SDKS.items() if name != "node" or not node_is_missing()}
FREE_S = 60.0
LIMIT_S = 240
"""Of a test that names none: the first one of a worker starts Stripe's stand-in and a store."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What says that it takes long begins: at the end every worker would wait for it."""
    here = {item: item.get_closest_marker("timeout") for item in items if HERE in item.path.parents}
    items.sort(key=lambda item: here.get(item) is None)
    for item, limit in here.items():
        if limit is None:
            item.add_marker(pytest.mark.timeout(LIMIT_S))


@pytest.fixture(scope="session")
def long_open_shop(
    tmp_path_factory: pytest.TempPathFactory, nursery: Nursery, stripe: Stripe
) -> Iterator[Store]:
    """A store with a terminal whose last payment is known, so that doubts can be proven."""
    place = tmp_path_factory.mktemp("shop") / "store"
    store = Store(place, nursery, rule=StorageRule.NEW, wire=Wire.TCP, stripe=stripe)
    with closing(store):
        store.open()
        store.pay(100)
        yield store


@pytest.fixture
def shop(long_open_shop: Store) -> Store:
    """The store, with a reader that is free and a terminal that behaves."""
    long_open_shop.panel.post("/calm").raise_for_status()
    long_open_shop.plug()
    assert eventually(long_open_shop.is_free, FREE_S, LOOK_S), long_open_shop.log()
    return long_open_shop


@pytest.fixture(scope="session", params=list(USABLE))
def make_sdk(request: pytest.FixtureRequest) -> Callable[[str, str], Sdk]:
    """One official SDK after the other: makes its client for an address and a key."""
    return USABLE[request.param]


@pytest.fixture(scope="session")
def sdk(make_sdk: Callable[[str, str], Sdk], long_open_shop: Store) -> Iterator[Sdk]:
    """The client of a till that stays."""
    with closing(make_sdk(f"http://127.0.0.1:{long_open_shop.port}", KEY)) as sdk:
        yield sdk


@pytest.fixture
def till(sdk: Sdk, shop: Store) -> Till:  # noqa: ARG001 (the reader is free)
    """A till of the store."""
    return Till(sdk)


@pytest.fixture
def open_till(make_sdk: Callable[[str, str], Sdk]) -> Iterator[OpenTill]:
    """Opens more tills with the SDK whose turn it is."""
    with ExitStack() as opened:

        def open_till(port: int, key: str = KEY) -> Till:
            sdk = make_sdk(f"http://127.0.0.1:{port}", key)
            return Till(opened.enter_context(closing(sdk)))

        yield open_till
