"""Opening off the loop: what comes to be open when nobody waits any more is closed."""

import asyncio
import threading

import pytest

from posd_drivers.errors import NotSent
from posd_drivers.transport.opening import opened


class Door:
    """Opens when it is let, or refuses."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.touched = threading.Event()
        self.may_open = threading.Event()
        self.closed = threading.Event()
        self._refusal = refusal

    def open(self) -> "Door":
        self.touched.set()
        self.may_open.wait(5.0)
        if self._refusal is not None:
            raise self._refusal
        return self

    def close(self) -> None:
        self.closed.set()


async def cancelled_amid(door: Door) -> None:
    async with asyncio.TaskGroup() as group:
        opening = group.create_task(opened(door.open, Door.close))
        await asyncio.to_thread(door.touched.wait, 5.0)
        opening.cancel()
    door.may_open.set()


async def test_what_is_waited_for_stays_open() -> None:
    door = Door()
    door.may_open.set()
    assert await opened(door.open, Door.close) is door
    assert not door.closed.is_set()


async def test_a_refusal_is_raised() -> None:
    door = Door(NotSent("locked"))
    door.may_open.set()
    with pytest.raises(NotSent, match="locked"):
        await opened(door.open, Door.close)


async def test_what_opens_too_late_is_closed() -> None:
    door = Door()
    await cancelled_amid(door)
    assert await asyncio.to_thread(door.closed.wait, 5.0)


async def test_what_refuses_too_late_is_let_be() -> None:
    door = Door(NotSent("locked"))
    await cancelled_amid(door)
    await asyncio.to_thread(threading.Event().wait, 0.01)
    assert not door.closed.is_set()
