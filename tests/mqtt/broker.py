"""A real mosquitto, and somebody who listens to it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from pwd import getpwuid
from time import perf_counter, sleep
from typing import Any, Final

from msgspec import Struct
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

MOSQUITTO: Final = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
UP_S: Final = 10.0


def eventually(true: Callable[[], bool], within_s: float = 20.0) -> bool:
    """Whether it comes true in time."""
    give_up = perf_counter() + within_s
    while not true():
        if perf_counter() > give_up:
            return False
        sleep(0.02)
    return True


class Mosquitto:
    """A broker on a port of its own, with `more` lines for its listener."""

    def __init__(self, folder: Path, port: int, *more: str, anonymous: bool = True) -> None:
        assert MOSQUITTO is not None
        self.port = port
        self._config = folder / f"mosquitto-{port}.conf"
        lines = [f"listener {port} 127.0.0.1", "persistence false"]
        lines += [f"allow_anonymous {str(anonymous).lower()}"]
        lines += ["log_type none", f"user {getpwuid(os.getuid()).pw_name}", *more]
        self._config.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, empty; return once it listens."""
        assert MOSQUITTO is not None
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self._config)], stderr=subprocess.DEVNULL
        )
        assert eventually(self._listens, UP_S)

    def kill(self) -> None:
        """What it retained is gone with it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hang(self) -> None:
        """It holds its connections and answers nobody."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """It answers again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Heard(Struct, frozen=True):
    """One message as it came; `body` is its JSON, or None of an empty one."""

    topic: str
    body: Mapping[str, Any] | None
    retained: bool
    at_s: float


class Listener:
    """Hears everything, in the order in which it comes."""

    def __init__(self, port: int, topics: str = "#") -> None:
        self._lock = threading.Lock()
        self._heard: list[Heard] = []
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_message = self._note
        self._client.on_connect = lambda client, *_: client.subscribe(topics, qos=1)
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def heard(self) -> list[Heard]:
        """Everything until now."""
        with self._lock:
            return list(self._heard)

    def events(self) -> list[Mapping[str, Any]]:
        """What has happened, as it was told."""
        told = [one for one in self.heard() if "/evt/" in one.topic]
        return [one.body for one in told if one.body is not None]

    def states(self) -> list[str]:
        """Every state that a posd told of itself."""
        told = [one.body for one in self.heard() if one.topic.count("/") == 4]
        return [body["state"] for body in told if body is not None and "state" in body]

    def truth(self) -> dict[str, Mapping[str, Any]]:
        """The latest of each topic that is retained."""
        latest = {one.topic: one.body for one in self.heard() if "/evt/" not in one.topic}
        return {topic: body for topic, body in latest.items() if body is not None}

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._heard.clear()

    def close(self) -> None:
        """Hear nothing any more."""
        self._client.disconnect()
        self._client.loop_stop()

    def _note(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        body = json.loads(message.payload) if message.payload else None
        with self._lock:
            self._heard.append(Heard(message.topic, body, message.retain, perf_counter()))
