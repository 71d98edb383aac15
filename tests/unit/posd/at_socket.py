"""A posd at its unix socket, played by a test: what it is asked, and what it answers."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl

from typing_extensions import override


class PosdAtSocket(socketserver.ThreadingUnixStreamServer):
    """An HTTP server on a unix socket; who inherits says how it answers.

    Attributes:
        path: Of the socket.
        asked: Method, path with its query, and form of every request.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        super().__init__(str(path), _Handler)

    def answer(self, method: str, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        """Status and body of the answer."""
        raise NotImplementedError


class RunningPosd(PosdAtSocket):
    """It answers everything with what it was `told` to answer last: status and body."""

    told: tuple[int, bytes] = (200, b"{}")

    @override
    def answer(self, method: str, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        return self.told


P = TypeVar("P", bound=PosdAtSocket)


@contextmanager
def serving(posd: P) -> Iterator[P]:
    """It answers until the end."""
    with posd:
        thread = threading.Thread(target=posd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield posd
        posd.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: PosdAtSocket

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        sent = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        form = dict(parse_qsl(sent))
        self.server.asked.append((self.command, self.path, form))
        status, octets = self.server.answer(self.command, self.path, form)
        self.send_response(status)
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    @override
    def address_string(self) -> str:
        return "unix"

    @override
    def log_message(self, *args: object) -> None:
        """Say nothing."""
