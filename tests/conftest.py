"""What holds for every test: loopback only, chance on record, no blocking call in a loop."""

import gc
import inspect
import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

import pytest
from blockbuster import BlockBuster
from hypothesis import HealthCheck, settings
from pytest_socket import socket_allow_hosts

pytest_plugins = ["tests.skip_list", "tests.figures"]

# Also where the machine's Python is told to keep none: each worker, and each process that a test
# starts, would compile everything anew, which takes a worker longer than any folder of tests.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

settings.register_profile("dev", max_examples=50, deadline=timedelta(seconds=1))
settings.register_profile(
    "ci",
    max_examples=100,
    deadline=None,
    database=None,
    derandomize=True,
    print_blob=True,
    # A busy machine is no finding.
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "nightly", settings.get_profile("ci"), max_examples=5_000, derandomize=False
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "dev"))


def pytest_collection_finish() -> None:
    """What is here stays: no collection of garbage between tests looks through it again."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup() -> None:
    """Sockets reach this machine and nothing else; pytest-socket lifts it again by itself."""
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def no_blocking_call(request: pytest.FixtureRequest) -> Iterator[None]:
    """A call of ours that would stop the event loop raises, in every asynchronous test."""
    if not inspect.iscoroutinefunction(getattr(request, "function", None)):
        yield
        return
    detector = _detector()
    detector.activate()
    try:
        yield
    finally:
        detector.deactivate()


@cache
def _detector() -> BlockBuster:
    detector = BlockBuster(["posd", "posd_drivers", "posd_simulator"])
    # The journal is opened before the loop has anything else to do, and closed after.
    detector.functions["os.stat"].can_block_in("posd/journal/connection.py", "_octets")
    detector.functions["os.stat"].can_block_in("posd/journal/epochs.py", "refuse_if_gone")
    for name in ("io.BufferedReader.read", "os.write", "os.replace"):
        detector.functions[name].can_block_in("posd/journal/high_water.py", {"read", "write"})
    detector.functions["threading.Lock.acquire"].can_block_in("posd/journal/executor.py", "close")
    # What counts lines takes it whenever it meets a thread for the first time.
    detector.functions["threading.Lock.acquire"].can_block_in("coverage/collector.py", "lock_data")
    return detector
