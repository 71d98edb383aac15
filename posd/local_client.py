"""How the operator's commands reach the running daemon: HTTP over its unix socket.

Only root and posd's own user can open that socket; no key is needed there.
"""

import json
import socket
from collections.abc import Mapping
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from typing_extensions import override

from posd.errors import PosdError

TIMEOUT_S: Final = 10.0
FORM_HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded"}


class NotRunning(PosdError):
    """Nobody answers at the socket."""


class NoPermission(PosdError):
    """This user may not open the socket."""


class RequestRefused(PosdError):
    """posd answered with an error.

    Attributes:
        status: The HTTP status of the answer.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class LocalClient:
    """A posd at a unix socket. Every method raises NotRunning, NoPermission, RequestRefused."""

    def __init__(self, socket_path: Path, timeout_s: float = TIMEOUT_S) -> None:
        self._path = socket_path
        self._timeout_s = timeout_s

    def get(self, path: str) -> bytes:
        """The JSON at `path`."""
        return self._send("GET", path, "")

    def post(self, path: str, fields: Mapping[str, str]) -> bytes:
        """The JSON that answers a form with these fields."""
        return self._send("POST", path, urlencode(fields))

    def _send(self, method: str, path: str, form: str) -> bytes:
        try:
            with closing(_UnixConnection(self._path, self._timeout_s)) as connection:
                connection.request(method, path, form or None, FORM_HEADERS if form else {})
                answer = connection.getresponse()
                body = answer.read()
        except PermissionError as error:
            raise NoPermission(f"{self._path}: only root and posd's own user may ask") from error
        except TimeoutError as error:
            raise NotRunning(
                f"posd at {self._path} did not answer in {self._timeout_s:.0f} s"
            ) from error
        except (OSError, HTTPException) as error:
            raise NotRunning(
                f"posd is not running, or listens elsewhere: {self._path}: {error} "
                "(--socket, or listen.socket in --config)"
            ) from error
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise RequestRefused(_message(answer.status, body), answer.status)
        return body


class _UnixConnection(HTTPConnection):
    """HTTP/1.1 to a unix socket instead of a host."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    @override
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _message(status: int, body: bytes) -> str:
    """The sentence in Stripe's error envelope."""
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"posd answered with HTTP status {status}"
