"""The simulator as a process, and the official SDK on the other end of the line."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import stripe

KEY = "sk_test_process"


class Simulator:
    """A running simulator. `url` is where it answers."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url

    def client(self, key: str = KEY, retries: int = 0) -> stripe.StripeClient:
        return stripe.StripeClient(
            key, base_addresses={"api": self.url}, max_network_retries=retries
        )

    def direct(self, path: str, /, **body: object) -> httpx2.Response:
        answer = httpx2.post(f"{self.url}/_sim/{path}", json=body, verify=False)
        assert answer.status_code == 200, answer.text
        return answer

    def script(self, **fault: object) -> None:
        self.direct("faults", **fault)

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = httpx2.get(f"{self.url}/_sim/state", verify=False).json()
        return state


@contextlib.contextmanager
def running(file: Path | None = None, before: str = "pass") -> Iterator[Simulator]:
    """A simulator that keeps its state in the file; `before` is run ahead of its imports."""
    place = None if file is None else str(file)
    program = (
        f"{before}; from pathlib import Path; from posd_simulator.cloud.serve import run; "
        f"run(0, {place!r} and Path({place!r}), 7)"
    )
    with started(sys.executable, "-c", program) as simulator:
        yield simulator


@contextlib.contextmanager
def started(*command: str) -> Iterator[Simulator]:
    """What that command starts, as soon as it is ready."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["ready"] is True
        try:
            yield Simulator(process, ready["url"])
        finally:
            process.kill()
