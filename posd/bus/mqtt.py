"""MQTT 5: how messages get to a broker and from it. aiomqtt is loaded after READY."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from typing_extensions import override

from posd.bus.port import BrokerLost, Message, Session

if TYPE_CHECKING:
    import aiomqtt

    from posd.bus.connection import Connection


class Identity(Struct, frozen=True):
    """Who calls: a user and its password, or nobody."""

    username: str | None = None
    password: str | None = None

    @override
    def __repr__(self) -> str:
        """No secret."""
        return f"Identity({self.username!r})"


class Tls(Struct, frozen=True):
    """How the broker is known, and posd to it.

    Attributes:
        ca_file: Whose certificates are believed; None: those that the system believes.
        certificate: posd's own, with its chain, or None.
        key_file: The key of that.
    """

    ca_file: Path | None = None
    certificate: Path | None = None
    key_file: Path | None = None


class Broker(Struct, frozen=True):
    """Where the broker is. `tls` is None where everybody on the way may read along."""

    host: str
    port: int
    identity: Identity = Identity()
    tls: Tls | None = None


class Mqtt:
    """A way to the broker, as posd.bus.port.Publisher and Subscriber. `client` names the caller."""

    def __init__(self, broker: Broker, client: str) -> None:
        self._broker = broker
        self._client = client

    @asynccontextmanager
    async def session(self, will: Message, /) -> AsyncIterator[Session]:
        """A connection; the broker tells `will` if it breaks. Raises BrokerLost."""
        context = await asyncio.to_thread(_load, self._broker.tls)
        from posd.bus import connection  # by now loaded

        client = self._connection(context, connection.will_of(will))
        await connection.connect(client)
        try:
            yield connection.ConnectedSession(client)
        finally:
            await connection.disconnect(client)

    @asynccontextmanager
    async def hear(
        self, topics: Sequence[str], /
    ) -> AsyncIterator[AsyncIterator[tuple[str, bytes]]]:
        """Topic and payload of each message, what is retained first. Raises BrokerLost."""
        context = await asyncio.to_thread(_load, self._broker.tls)
        from posd.bus import connection  # by now loaded

        client = self._connection(context, None)
        await connection.connect(client)
        try:
            await connection.subscribed(client, topics)
            yield connection.heard(client)
        finally:
            await connection.disconnect(client)

    def _connection(
        self, context: ssl.SSLContext | None, will: "aiomqtt.Will | None"
    ) -> "Connection":
        from posd.bus import connection

        return connection.Connection(
            self._broker.host,
            self._broker.port,
            username=self._broker.identity.username,
            password=self._broker.identity.password,
            identifier=self._client,
            protocol=connection.MQTT_5,
            will=will,
            timeout=connection.ANSWER_S,
            keepalive=connection.KEEPALIVE_S,
            clean_start=False,
            max_queued_incoming_messages=connection.INCOMING_MAX,
            max_inflight_messages=connection.IN_FLIGHT_MAX,
            properties=connection.session_properties(),
            tls_context=context,
        )


def _load(tls: Tls | None) -> ssl.SSLContext | None:
    """Load the library, and read what TLS needs. Blocks. Raises BrokerLost."""
    import posd.bus.connection  # noqa: F401 (so that the loop does not wait for the disk)

    if tls is None:
        return None
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
        if tls.certificate is not None:
            context.load_cert_chain(tls.certificate, tls.key_file)
    except OSError as error:  # also ssl.SSLError
        named = tls.certificate or tls.ca_file
        raise BrokerLost(f"TLS: {error.strerror or error}: {named}") from error
    return context
