"""Who stops posd, and how long the payments at the readers may take then."""

import asyncio
import signal
from collections.abc import Callable
from typing import Final, TypeAlias

import pytest

from posd.service.stop_orders import PARK_S, StopOrders
from tests.unit.posd.virtual import virtual

DRAIN_S: Final = 240.0
"""How long a payment takes in these tests."""


Handlers: TypeAlias = dict[int, Callable[[], object]]


class Told(StopOrders):
    """Orders that a test gives by calling what the loop would call."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.handlers: Handlers = {}
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "add_signal_handler", self.handlers.__setitem__, raising=False)
        super().__init__()

    def send(self, *signals: int) -> None:
        for one in signals:
            self.handlers[one]()


async def took(orders: StopOrders) -> float:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await orders.allow(asyncio.sleep(DRAIN_S))
    return loop.time() - began


@virtual
async def test_sigterm_waits_for_what_is_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = Told(monkeypatch)
    orders.send(signal.SIGTERM)
    assert orders.stop.is_set()
    assert await took(orders) == DRAIN_S


@virtual
async def test_a_machine_that_shuts_down_gives_it_20_s(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = Told(monkeypatch)
    orders.send(signal.SIGUSR1, signal.SIGTERM)
    assert orders.stop.is_set()
    assert await took(orders) == PARK_S == 20


@virtual
async def test_a_shutdown_in_the_middle_of_a_restart_shortens_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    orders = Told(monkeypatch)
    orders.send(signal.SIGTERM)
    asyncio.get_running_loop().call_later(100, orders.send, signal.SIGUSR1)
    assert await took(orders) == 100 + PARK_S


@pytest.mark.parametrize(
    "signals", [(signal.SIGINT,), (signal.SIGTERM, signal.SIGTERM), (signal.SIGUSR1, signal.SIGINT)]
)
def test_some_ends_are_at_once(
    monkeypatch: pytest.MonkeyPatch, signals: tuple[signal.Signals, ...]
) -> None:
    @virtual
    async def ends() -> None:
        orders = Told(monkeypatch)
        orders.send(*signals)
        assert orders.stop.is_set()
        assert await took(orders) == 0

    ends()
