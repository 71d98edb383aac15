"""The simulated Stripe as a process on loopback."""

import asyncio
import contextlib
import json
import logging
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from posd_simulator.cloud.app import RESET_CONNECTION, create_app
from posd_simulator.cloud.cloud import Cloud
from posd_simulator.cloud.faults import Faults
from posd_simulator.cloud.ledger import Ledger
from posd_simulator.cloud.rules.rate_limits import RateLimits

HOST = "127.0.0.1"
GRACEFUL_S = 1
BACKLOG_CONNECTIONS = 128


def run(
    port: int,
    state: Path | None,
    seed: int,
    fault_rate: float = 0.0,
    rate_limits: RateLimits | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT.

    Prints one line of JSON to stdout once connections are accepted: `ready`, `url`, `state`.

    Args:
        port: TCP port on 127.0.0.1; 0 takes a free one.
        state: The file that outlives the process; None keeps everything in memory.
        seed: Decides which requests meet faults by chance, and is part of every id.
        fault_rate: The share of requests that meet a fault by chance, 0 to 1.
        rate_limits: How many requests a second an account may make; None: as many as it likes.

    Raises:
        OSError: The port is in use, or the file cannot be opened.
    """
    # A cut answer is no fault of the server's: uvicorn would report each on stderr.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    ledger = Ledger(state)
    faults = Faults(f"{seed}/{ledger.start}")
    faults.rate = fault_rate
    new_id = numbered(seed, ledger.start)
    cloud = Cloud(lambda: time.time_ns() // 1_000_000, new_id, ledger, faults)
    cloud.rate_limits = rate_limits
    # asyncio turns Nagle's algorithm off only on sockets that name their protocol; with it, each
    # answer waits 40 ms for an acknowledgement.
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with contextlib.closing(ledger), tcp as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(BACKLOG_CONNECTIONS)
        ready = {
            "ready": True,
            "url": f"http://{HOST}:{listener.getsockname()[1]}",
            "state": None if state is None else str(state),
        }
        asyncio.run(_serve(cloud, listener, json.dumps(ready)))


def numbered(seed: int, start: int) -> Callable[[str], str]:
    """Ids that count, and differ between seeds and between starts on the same file."""
    count = 0

    def new_id(prefix: str) -> str:
        nonlocal count
        count += 1
        return f"{prefix}_{seed:04d}{start:04d}{count:08d}"

    return new_id


def reset_connection(transport: asyncio.WriteTransport) -> None:
    """Break the connection so that the peer sees a reset, not an end."""
    tcp = transport.get_extra_info("socket")
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _serve(cloud: Cloud, listener: socket.socket, ready: str) -> None:
    config = uvicorn.Config(
        create_app(cloud),
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACEFUL_S,
    )
    server = _Server(config, ready)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.serve(sockets=[listener])


class _Protocol(HttpToolsProtocol):
    """HTTP over a connection that a request can have reset."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {RESET_CONNECTION: partial(reset_connection, transport)}


class _Server(uvicorn.Server):
    """Says when it is ready, and takes a signal as a request to end well."""

    def __init__(self, config: uvicorn.Config, ready: str) -> None:
        super().__init__(config)
        self._ready = ready

    def stop(self) -> None:
        """End after the running requests, or after a second."""
        self.should_exit = True

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(self._ready + "\n")
        sys.stdout.flush()

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
