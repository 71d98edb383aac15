"""`python -m tests.bench.libraries`: imports what posd imports of others before READY, says READY.

What posd imports only after READY, or never in the daemon, is not here; a test holds the list to
what the daemon really loads, no less and no more.
"""

# ruff: noqa: F401 (imported for the time it takes)
import asyncio
import concurrent.futures.thread
import gc
import html
import importlib.metadata
import importlib.readers
import os
import resource
import signal
import socket
import tomllib
import zoneinfo

import apsw
import httptools
import msgspec
import pydantic.dataclasses
import pydantic.json_schema
import pydantic.main
import pydantic.plugin._loader
import pydantic.type_adapter
import serial
import starlette.requests
import starlette.responses
import starlette.routing
import uvicorn
import uvicorn.protocols.http.httptools_impl


def main() -> None:
    """Say READY as soon as everything is imported, and wait for the signal to end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.sendto(b"READY=1\nSTATUS=imported", os.environ["NOTIFY_SOCKET"])
    signal.pause()


if __name__ == "__main__":
    main()
