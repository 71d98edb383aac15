"""aiomqtt's client, heeding what a broker of MQTT 5 says besides; loaded after READY.

aiomqtt 2.5 looks neither at the Receive Maximum of a CONNACK nor at the reason code of a PUBACK.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import aiomqtt
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.client import ConnectFlags
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from typing_extensions import override

from posd.bus.port import BrokerLost, Message

IN_FLIGHT_MAX: Final = 20
"""Messages of ours that wait for their PUBACK: paho holds back what would be more."""
ANSWER_S: Final = 10.0
PUBACK_S: Final = 30.0
CONNECT_S: Final = 3.0
"""For TCP, and again for TLS; on a thread that an end of posd waits for."""
GOODBYE_S: Final = 1.0
KEEPALIVE_S: Final = 15
"""A broker misses posd after half as much again."""
LOOK_AFTER_S: Final = 5.0
"""How often the keep-alive is looked after; aiomqtt wakes up for it each second. What it is late
then, half the keep-alive more, is what a broker grants."""
WILL_DELAY_S: Final = 5
"""A line that is back so soon was not lost. Also for how long the broker keeps the session, since
a will is told when its session ends, whatever its delay (MQTT 5.0, 3.1.3.2.2)."""
INCOMING_MAX: Final = 20_000
"""Messages that wait to be looked at: all that is retained of a large store comes at once."""


MQTT_5: Final = aiomqtt.ProtocolVersion.V5


class Connection(aiomqtt.Client):
    """One connection. Heard of the broker: `in_flight_max`, and what it refuses."""

    in_flight_max = IN_FLIGHT_MAX

    @override
    def _client_connect(self) -> None:
        self._client.connect_timeout = CONNECT_S
        super()._client_connect()

    @override
    async def _misc_loop(self) -> None:
        while self._client.loop_misc() == MQTTErrorCode.MQTT_ERR_SUCCESS:  # noqa: ASYNC110 (paho asks)
            await asyncio.sleep(LOOK_AFTER_S)

    @override
    def _on_connect(
        self,
        client: PahoClient,
        userdata: Any,
        flags: ConnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        allowed: int = getattr(properties, "ReceiveMaximum", IN_FLIGHT_MAX)
        self.in_flight_max = min(allowed, IN_FLIGHT_MAX)
        super()._on_connect(client, userdata, flags, reason_code, properties)

    @override
    def _on_publish(
        self,
        client: PahoClient,
        userdata: Any,
        mid: int,
        reason_code: ReasonCode,
        properties: Properties,
    ) -> None:
        if not reason_code.is_failure:
            super()._on_publish(client, userdata, mid, reason_code, properties)
        elif not self._disconnected.done():
            refused = aiomqtt.MqttError(f"a message was refused: {reason_code}")
            self._disconnected.set_exception(refused)
            client.disconnect(ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))


class ConnectedSession:
    """posd.bus.port.Session over a connection that stands."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._room = asyncio.Semaphore(connection.in_flight_max)

    async def publish(self, message: Message, /) -> None:
        """Tell it; returns at its PUBACK. Raises BrokerLost."""
        properties = None
        if message.expiry_s is not None:
            properties = _properties(PacketTypes.PUBLISH)
            properties.MessageExpiryInterval = message.expiry_s
        async with self._room:
            try:
                await self._connection.publish(
                    message.topic,
                    message.payload,
                    qos=1,
                    retain=message.retain,
                    properties=properties,
                    timeout=PUBACK_S,
                )
            except aiomqtt.MqttError as error:
                raise BrokerLost(str(error)) from error

    async def lost(self) -> None:
        """Wait until the connection ends. Raises BrokerLost then."""
        try:
            async for _ in self._connection.messages:
                """Nothing is subscribed to."""
        except aiomqtt.MqttError as error:
            raise BrokerLost(_reason(error)) from error


def will_of(message: Message) -> aiomqtt.Will:
    """What the broker tells if the line breaks."""
    properties = _properties(PacketTypes.WILLMESSAGE)
    properties.WillDelayInterval = WILL_DELAY_S
    return aiomqtt.Will(message.topic, message.payload, 1, message.retain, properties)


def session_properties() -> Properties:
    """What the broker is asked to keep: nothing, but for as long as a will waits."""
    properties = _properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = WILL_DELAY_S
    return properties


async def connect(connection: Connection) -> None:
    """Connect. Raises BrokerLost."""
    try:
        await connection.__aenter__()
    except (aiomqtt.MqttError, ssl.SSLError, ValueError) as error:
        raise BrokerLost(str(error)) from error
    connection.pending_calls_threshold = IN_FLIGHT_MAX


async def subscribed(connection: Connection, topics: Sequence[str]) -> None:
    """Subscribe. Raises BrokerLost, also where the broker lets nobody listen there."""
    try:
        for topic in topics:
            answers = await connection.subscribe(topic, qos=1)
            if any(getattr(one, "is_failure", False) for one in answers):
                raise BrokerLost(f"not allowed to listen to {topic}: {answers[0]}")
    except aiomqtt.MqttError as error:
        raise BrokerLost(str(error)) from error


async def heard(connection: Connection) -> AsyncIterator[tuple[str, bytes]]:
    """What comes, for ever. Raises BrokerLost."""
    try:
        async for message in connection.messages:
            yield str(message.topic), message.payload
    except aiomqtt.MqttError as error:
        raise BrokerLost(_reason(error)) from error


async def disconnect(connection: Connection) -> None:
    """Hang up, as far as the broker lets us within GOODBYE_S."""
    connection.timeout = GOODBYE_S
    try:
        await connection.__aexit__(None, None, None)
    except aiomqtt.MqttError:
        """It does not answer: paho closes the line once its keep-alive has run out."""


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]  # paho says no types there


def _reason(error: aiomqtt.MqttError) -> str:
    """Why the line ended, where the broker or the system said it."""
    return str(error.__cause__ or error)
