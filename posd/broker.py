"""The way to the MQTT broker that the file names, for the daemon and for `posd store`."""

import platform
from collections.abc import Mapping

from posd.bus.mqtt import Broker, Identity, Mqtt, Tls
from posd.bus.topics import Topics
from posd.config import Config, MqttConfig
from posd.service.credentials import credential_path, read_credential


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


def _tls(asked: MqttConfig, environ: Mapping[str, str]) -> Tls | None:
    if not asked.tls:
        return None
    if asked.certificate is None:
        return Tls(asked.ca_file)
    fallback = asked.key_file or asked.certificate
    key = credential_path(asked.key_credential, fallback, environ)
    return Tls(asked.ca_file, asked.certificate, key)
