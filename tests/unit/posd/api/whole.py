"""A whole posd behind its API, asked octet by octet, that can show what was written.

Journal, payments and fleet are the daemon's own, in virtual time; only the terminal is played.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import apsw
from starlette.types import Message, Scope

from posd.access import digest
from posd.api.app import Api
from posd.api.auth import UNIX_SOCKET, Access
from posd.composition import Posd
from posd.config.sections import KeyConfig
from posd.journal.connection import open_reader
from posd.model.access_key import Role
from tests.unit.posd.house import LANE_1, House, config, declared, ordered
from tests.unit.posd.stage import ScriptedTerminal

SECRETS = {role: f"posd_test_{role.value:x<43}" for role in Role}
ROLE_FOR = {
    Access.OPEN: Role.OBSERVER,
    Access.OBSERVER: Role.OBSERVER,
    Access.TILL: Role.TILL,
    Access.MANAGER: Role.MANAGER,
}
FORM = (b"content-type", b"application/x-www-form-urlencoded")
REGISTRATION = b"registration_code=zvt%2Btcp://10.0.0.9:20007?simulated=true"
HOST = (b"host", b"127.0.0.1:8719")

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        """What stands in Stripe's envelope. Fails if the body is anything else."""
        told = json.loads(self.body)
        assert list(told) == ["error"], told
        error: dict[str, Any] = told["error"]
        assert error["message"]
        assert error["type"] in ("invalid_request_error", "idempotency_error")
        return error


@dataclass(frozen=True, slots=True)
class Whole:
    """One posd with one lane, and a PaymentIntent that no reader has had yet.

    Attributes:
        reader: The id of a reader that the API registered, so that it can be changed.
    """

    posd: Posd
    api: Api
    intent: str
    reader: str
    _witness: apsw.Connection

    def written(self) -> tuple[int, int]:
        """The journal's head, and a number that changes with whatever else is committed.

        SQLite's data_version, as another connection sees it: facts, claims of keys, events and
        marks alike.
        """
        version: int = self._witness.execute("PRAGMA data_version").get
        return self.posd.journal.head, version

    async def ask(
        self,
        method: str,
        target: bytes,
        body: bytes = b"",
        *,
        access: Access = Access.MANAGER,
        headers: Sequence[Header] | None = None,
    ) -> Told:
        """One request with a key of that access, or with these headers instead of key and type."""
        path, _, query = target.partition(b"?")
        own = (FORM,) if headers is None and method == "POST" else ()
        scope: Scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [HOST, *own, *(_key(access) if headers is None else headers)],
            "state": {UNIX_SOCKET: True} if access is Access.OPERATOR else {},
        }
        return await _exchange(self.api, scope, body)


@asynccontextmanager
async def whole(folder: Path) -> AsyncIterator[Whole]:
    """A posd that is ready; it ends with the test."""
    keys = tuple(KeyConfig(role.value, role, digest(SECRETS[role])) for role in Role)
    house = House(folder, {LANE_1: ScriptedTerminal().open}, config(declared("lane-1"), keys=keys))
    async with house.living() as posd:
        services = posd.services()
        api = Api(services, ids=house.ids)
        intent = await ordered(posd)
        with closing(open_reader(folder / "journal.sqlite", None)) as witness:
            told = Whole(posd, api, intent.id, "", witness)
            made = await told.ask("POST", b"/v1/terminal/readers", REGISTRATION)
            assert made.status == 200, made.body
            yield Whole(posd, api, intent.id, json.loads(made.body)["id"], witness)


def _key(access: Access) -> tuple[Header, ...]:
    if access is Access.OPERATOR:
        return ()
    return ((b"authorization", f"Bearer {SECRETS[ROLE_FOR[access]]}".encode()),)


async def _exchange(api: Api, scope: Scope, body: bytes) -> Told:
    sent: list[Message] = []
    coming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        """The request, whole; then the client leaves, and waits for nothing that is to come."""
        return coming.pop() if coming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await api(scope, receive, send)
    head, *chunks = sent
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head["headers"]}
    return Told(head["status"], headers, b"".join(chunk["body"] for chunk in chunks))
