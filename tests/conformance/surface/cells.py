"""Reads `matrix.txt`, and puts each of its words in octets."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.conformance.surface.doors import HOST, Door
from tests.crash.store import KEY, MANAGER_KEY

FILE: Final = Path(__file__).with_name("matrix.txt")
ABSENT: Final = "-"
TARGETS: Final = {
    "intents": "/v1/payment_intents",
    "keys": "/posd/v1/keys",
    "locations": "/v1/terminal/locations",
    "status": "/posd/v1/status",
    "metrics": "/metrics",
    "live": "/posd/v1/live",
    "page": "/",
    "nowhere": "/v1/nowhere",
    "escaped": "/v1/payment_intents%2f..",
}
BODIES: Final = {
    "intents": b"amount=1250&currency=eur",
    "keys": b"amount=1250&currency=eur",
    "locations": b"display_name=Corner",
}
WRONG: Final = "posd_test_" + "w" * 43
KEYS: Final = {
    "till": [f"Authorization: Bearer {KEY}"],
    "manager": [f"Authorization: Bearer {MANAGER_KEY}"],
    "wrong": [f"Authorization: Bearer {WRONG}"],
    "live": [f"Authorization: Bearer {KEY.replace('posd_test_', 'posd_live_')}"],
    "two": [f"Authorization: Bearer {KEY}"] * 2,
    "basic": [f"Authorization: Basic {base64.b64encode(f'{KEY}:'.encode()).decode()}"],
    "cookie": [f"Cookie: Authorization={KEY}; posd_session={KEY}"],
    "query": [],
}
FORM: Final = "application/x-www-form-urlencoded"
TYPES: Final = {
    "form": [f"Content-Type: {FORM}"],
    "charset": [f"Content-Type: {FORM}; charset=utf-8"],
    "json": ["Content-Type: application/json"],
    "text": ["Content-Type: text/plain"],
    "multipart": ["Content-Type: multipart/form-data; boundary=x"],
    "untyped": [],
    "gzip": [f"Content-Type: {FORM}", "Content-Encoding: gzip"],
    "nothing": [f"Content-Type: {FORM}"],
}
UPGRADE: Final = ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAA"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One line of the matrix. Each word as it stands there; `statuses` by door."""

    method: str
    target: str
    host: str
    origin: str
    site: str
    key: str
    content: str
    statuses: dict[Door, int]

    def request(self, door: Door) -> bytes:
        """The request as it goes through that door."""
        own = HOST[door]
        method = "GET" if self.method == "SOCKET" else self.method
        target = TARGETS[self.target] + (f"?key={KEY}" if self.key == "query" else "")
        body = self._body()
        lines = [
            f"{method} {target} HTTP/1.1",
            *_hosts(self.host, own),
            *_origins(self.origin, own, door),
            *([] if self.site == ABSENT else [f"Sec-Fetch-Site: {self.site}"]),
            *KEYS.get(self.key, []),
            *TYPES.get(self.content, []),
            *(UPGRADE if self.method == "SOCKET" else []),
            f"Connection: {'Upgrade, close' if self.method == 'SOCKET' else 'close'}",
            *([] if self.content == ABSENT else [f"Content-Length: {len(body)}"]),
        ]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body

    def _body(self) -> bytes:
        form = BODIES.get(self.target, b"amount=1250")
        match self.content:
            case "-" | "nothing":
                return b""
            case "json":
                return b'{"amount": 1250, "currency": "eur"}'
            case "multipart":
                part = b'Content-Disposition: form-data; name="amount"\r\n\r\n1250'
                return b"--x\r\n%s\r\n--x--\r\n" % part
            case "gzip":
                return b"\x1f\x8b\x08\x00" + b"\xff" * 16
            case _:
                return form


def cells() -> list[Cell]:
    """Every line of the matrix."""
    lines = [line.split() for line in FILE.read_text().splitlines()]
    return [_cell(words) for words in lines if words and not words[0].startswith("#")]


def _cell(words: Sequence[str]) -> Cell:
    method, target, host, origin, site, key, content, *statuses = words
    by_door = dict(zip(Door, map(int, statuses), strict=True))
    return Cell(method, target, host, origin, site, key, content, by_door)


def _hosts(host: str, own: str) -> list[str]:
    match host:
        case "missing":
            return []
        case "two":
            return [f"Host: {own}", "Host: evil.example"]
        case "empty":
            return ["Host:"]
        case _:
            return [f"Host: {own if host == 'own' else host}"]


def _origins(origin: str, own: str, door: Door) -> list[str]:
    mine = f"{'https' if door is Door.LAN else 'http'}://{own}"
    named = {
        "-": [],
        "own": [mine],
        "http-own": [f"http://{own}"],
        "own-other-port": [f"{mine.rpartition(':')[0] if ':' in own else mine}:1"],
        "two": [mine, "http://evil.example"],
        "empty": [""],
    }
    return [f"Origin: {one}" for one in named.get(origin, [origin])]
