"""Where tills reach posd: whichever posd runs, in the words of HTTP and without a client.

A till in a simulated store makes two dozen calls a payment. What a real client would do for each
(URLs, redirects, cookies, a pool) is tried by the tests of the API, and would take longer here
than posd takes to answer.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from tests.simulation.asgi import Asked

HOST: Final = "127.0.0.1"
PORT: Final = 8719
FORM: Final = (b"content-type", b"application/x-www-form-urlencoded")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that arrived whole."""

    status_code: int
    content: bytes

    def json(self) -> Any:  # noqa: ANN401 (whatever it says)
        """What it says."""
        return json.loads(self.content)


class Machine(Protocol):
    """Whatever posd runs on."""

    async def ask(self, asked: Asked) -> tuple[int, bytes]:
        """Status and body. Raises httpx2.TransportError."""
        ...


class Door:
    """One till's way in, with its key."""

    def __init__(self, machine: Machine, key: str) -> None:
        self._machine = machine
        self._headers = [
            (b"host", f"{HOST}:{PORT}".encode()),
            (b"authorization", f"Bearer {key}".encode()),
        ]

    async def get(self, target: str) -> Answered:
        """What is there. Raises httpx2.TransportError."""
        return await self.request("GET", target)

    async def request(
        self,
        method: str,
        target: str,
        *,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """Call posd. Raises httpx2.TransportError.

        Args:
            method: In capitals.
            target: Path and query as they stand in the request line; nothing in it is escaped.
            data: Becomes a form.
            headers: Beside the key.
        """
        assert "%" not in target, target
        path, _, query = target.partition("?")
        own = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        if data:
            own.append(FORM)
        asked = Asked(
            method=method,
            server=(HOST, PORT),
            path=path,
            raw_path=path.encode(),
            query=query.encode(),
            headers=[*self._headers, *own],
            body=urlencode(data).encode() if data else b"",
        )
        return Answered(*await self._machine.ask(asked))
