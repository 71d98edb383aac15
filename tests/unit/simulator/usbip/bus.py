"""A server in a thread of its own, for tests that call PyUSB as a program does."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

from posd_simulator.usbip.backend import UsbIpBackend
from posd_simulator.usbip.device import UsbDevice
from posd_simulator.usbip.server import UsbIpServer

P = ParamSpec("P")
T = TypeVar("T")
WAIT_S = 5.0


class Bus:
    """Enter it; `on_loop` runs whatever touches server or devices."""

    def __init__(self, devices: dict[str, UsbDevice]) -> None:
        self.server = UsbIpServer(devices)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="usbip bus")

    def __enter__(self) -> "Bus":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.server.__aenter__(), self._loop).result(WAIT_S)
        self.backend = UsbIpBackend("127.0.0.1", self.server.port)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_S)
        self._loop.close()

    def stop(self) -> None:
        """The server goes. Harmless when it has gone."""
        if self.server.port:
            asyncio.run_coroutine_threadsafe(self.server.__aexit__(), self._loop).result(WAIT_S)
            self.server.port = 0

    def on_loop(self, deed: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        done: Future[T] = Future()
        self._loop.call_soon_threadsafe(lambda: done.set_result(deed(*arguments, **named)))
        return done.result(WAIT_S)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it holds on the loop."""
        for _ in range(int(WAIT_S / 0.002)):
            if self.on_loop(condition):
                return
            time.sleep(0.002)
        raise AssertionError("it never became true")


class Aside:
    """A call in another thread: its result, or what it raised."""

    def __init__(self, deed: Callable[[], object]) -> None:
        self._future: Future[object] = Future()
        self._thread = threading.Thread(target=self._run, args=(deed,))
        self._thread.start()

    def result(self) -> object:
        try:
            return self._future.result(WAIT_S)
        finally:
            self._thread.join(WAIT_S)

    def _run(self, deed: Callable[[], object]) -> None:
        try:
            self._future.set_result(deed())
        except Exception as error:  # noqa: BLE001 (for whoever asks for the result)
            self._future.set_exception(error)
