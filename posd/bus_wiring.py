"""What is told over MQTT, as configuration and world have it."""

import platform
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from posd.bus.bus import Bus, Sources, Wishes
from posd.bus.mqtt import Broker, Identity, Mqtt, Tls
from posd.bus.position import PositionFile, Positions
from posd.bus.pulse import Pulse, take_pulse
from posd.bus.topics import Topics
from posd.composition import SOFTWARE, Posd
from posd.config import Config, MqttConfig
from posd.durations import Durations
from posd.service.credentials import credential_path, read_credential
from posd.world import World

POSITION_FILE: Final = "mqtt.position"


def topics_of(mqtt: MqttConfig) -> Topics:
    """Where this posd tells what it tells."""
    return Topics(mqtt.store, mqtt.node or platform.node())


def way_to(config: Config, environ: Mapping[str, str], name: str = "posd") -> Mqtt | None:
    """The way to the broker that the file names, if it names one; `name` is who calls.

    Raises ConfigError for a credential that cannot be read.
    """
    asked = config.mqtt
    if asked is None:
        return None
    password = None
    if asked.username is not None:
        password = read_credential(asked.credential, asked.credential_file, environ).reveal()
    broker = Broker(
        asked.host, asked.port, Identity(asked.username, password), _tls(asked, environ)
    )
    topics = topics_of(asked)
    return Mqtt(broker, f"{name}-{topics.store}-{topics.node}")


def bus(config: Config, world: World, posd: Posd, positions: Positions | None = None) -> Bus | None:
    """What tells the broker; None where there is none. `positions` are the daemon's by default."""
    if config.mqtt is None or world.broker is None:
        return None
    state_dir = config.store.state_dir
    sources = Sources(
        posd.journal,
        posd.overview.looks.now,
        posd.overview.stirred,
        _pulse(state_dir, world.loop_lag),
    )
    wishes = Wishes(topics_of(config.mqtt), SOFTWARE, config.mqtt.period_s, config.mqtt.amounts)
    kept = positions or PositionFile(state_dir / POSITION_FILE)
    return Bus(sources, world.broker, kept, wishes, clock=world.clock, chance=world.chance)


def _pulse(state_dir: Path, loop_lag: Durations) -> Callable[[], Awaitable[Pulse]]:
    """The pulse, with how late the loop was in the mean since it was taken last."""
    last = loop_lag.buckets()

    async def take() -> Pulse:
        nonlocal last
        now = loop_lag.buckets()
        looks, late_s = now.count - last.count, now.sum_s - last.sum_s
        last = now
        late_ms = round(late_s / looks * 1000) if looks else None
        return replace(await take_pulse(state_dir), loop_late_ms=late_ms)

    return take


def _tls(asked: MqttConfig, environ: Mapping[str, str]) -> Tls | None:
    if not asked.tls:
        return None
    if asked.certificate is None:
        return Tls(asked.ca_file)
    fallback = asked.key_file or asked.certificate
    key = credential_path(asked.key_credential, fallback, environ)
    return Tls(asked.ca_file, asked.certificate, key)
