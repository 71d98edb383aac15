"""Runs what the host asks for: the guest's end of a virtio-serial port, one line of JSON each way.

    {"script": "lsusb", "within_s": 60}
    {"status": 0, "out": "Bus 001 …"}

Copied into the guest, where nothing of posd is. It says its kernel's release when it is ready, and
does one thing at a time.
"""

import io
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

PORT = Path("/dev/virtio-ports/agent")
NOBODY_THERE_S = 0.05
"""The port is at its end for as long as nobody holds the host's end."""
READ_OCTETS = 65536
TIMED_OUT = 124
"""The status of timeout(1)."""


def main() -> None:
    """Answer for ever."""
    with PORT.open("r+b", buffering=0) as port:
        _say(port, {"release": os.uname().release})
        for line in _lines(port):
            _say(port, _answer(json.loads(line)))


def _lines(port: io.FileIO) -> Iterator[bytes]:
    heard = b""
    while True:
        line, newline, rest = heard.partition(b"\n")
        if newline:
            heard = rest
            yield line
        elif octets := port.read(READ_OCTETS):
            heard += octets
        else:
            time.sleep(NOBODY_THERE_S)


def _answer(request: dict[str, str]) -> dict[str, object]:
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", request["script"]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=float(request["within_s"]),
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return {"status": TIMED_OUT, "out": (late.output or b"").decode(errors="replace")}
    return {"status": done.returncode, "out": done.stdout.decode(errors="replace")}


def _say(port: io.FileIO, message: dict[str, object]) -> None:
    line = json.dumps(message).encode() + b"\n"
    while line:
        line = line[port.write(line) :]


if __name__ == "__main__":
    main()
