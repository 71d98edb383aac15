"""From the file's `[mqtt]` to a broker that is told: who calls, how, and the machine's pulse."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from posd import broker
from posd.broker import topics_of, way_to
from posd.bus import pulse
from posd.bus.mqtt import Broker, Identity, Mqtt, Tls
from posd.bus.pulse import take_pulse
from posd.bus_wiring import POSITION_FILE, bus
from posd.config.sections import Config, MqttConfig
from posd.errors import ConfigError
from posd.ids import chance
from posd.journal.executor import LoopExecutor
from posd.model.reader import Reader
from posd.world import World
from posd_drivers.card_reader import CardReader
from posd_drivers.errors import NotSent
from tests.simulation.ids import CountingIds
from tests.unit.posd.house import TWO_LANES, House
from tests.unit.posd.mqtt.test_bus import BrokerFake
from tests.unit.posd.virtual import JumpingClock

MQTT = MqttConfig(host="mqtt.lyon.example", store="lyon", node="till-1", period_s=1)
HEALTH = "posd/1/lyon/till-1/health"


def with_mqtt(mqtt: MqttConfig | None) -> Config:
    return replace(TWO_LANES, mqtt=mqtt)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Broker, str]]:
    """Each broker to which a way was made, and who calls it."""
    made: list[tuple[Broker, str]] = []

    def way(to: Broker, client: str) -> Mqtt:
        made.append((to, client))
        return Mqtt(to, client)

    monkeypatch.setattr(broker, "Mqtt", way)
    return made


def test_a_file_without_a_broker_has_no_way_to_one() -> None:
    assert way_to(with_mqtt(None), {}) is None


def test_a_node_has_the_machines_name_unless_the_file_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("platform.node", lambda: "till-9")
    assert topics_of(MQTT).node == "till-1"
    assert topics_of(replace(MQTT, node=None)).node == "till-9"


def test_a_user_calls_with_its_password(tmp_path: Path, made: list[tuple[Broker, str]]) -> None:
    password = tmp_path / "password"
    password.write_text("secret\n")
    password.chmod(0o600)
    asked = replace(MQTT, tls=False, port=1883, username="till-1", credential_file=password)
    assert way_to(with_mqtt(asked), {}, "posd-view") is not None
    who = Identity("till-1", "secret")
    assert made == [(Broker("mqtt.lyon.example", 1883, who), "posd-view-lyon-till-1")]
    with pytest.raises(ConfigError, match=r"mqtt\.password"):
        way_to(with_mqtt(replace(asked, credential_file=None)), {})


def test_tls_knows_the_broker_and_shows_posds_own_certificate(
    tmp_path: Path, made: list[tuple[Broker, str]]
) -> None:
    ca, own, key = (tmp_path / name for name in ("ca.crt", "own.pem", "own.key"))
    for file in (own, key):
        file.write_text("a key\n")
        file.chmod(0o600)
    for asked in (
        replace(MQTT, ca_file=ca),
        replace(MQTT, ca_file=ca, certificate=own),
        replace(MQTT, ca_file=ca, certificate=own, key_file=key),
    ):
        way_to(with_mqtt(asked), {})
    assert [to.tls for to, _ in made] == [Tls(ca), Tls(ca, own, own), Tls(ca, own, key)]
    assert {client for _, client in made} == {"posd-lyon-till-1"}


async def test_the_pulse_is_what_the_system_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statm = tmp_path / "statm"
    statm.write_text("900 25 3 1 0 9 0\n")
    monkeypatch.setattr(pulse, "STATM", statm)
    taken = await take_pulse(tmp_path)
    assert taken.rss_bytes == 25 * 4096
    assert taken.disk_free_bytes is not None
    assert taken.disk_free_bytes > 0
    statm.unlink()
    nothing = await take_pulse(tmp_path / "gone")
    assert (nothing.rss_bytes, nothing.disk_free_bytes) == (None, None)


async def _absent(reader: Reader) -> CardReader:
    raise NotSent(reader.id)


def world(fake: BrokerFake | None) -> World:
    return World(
        clock=JumpingClock(),
        ids=CountingIds(),
        chance=chance(1),
        executor=LoopExecutor(lambda: 0.0),
        open_reader=_absent,
        stripe=None,
        broker=fake,
    )


async def test_a_posd_with_a_broker_tells_it_how_late_its_loop_was(tmp_path: Path) -> None:
    fake = BrokerFake()
    around = world(fake)
    around.loop_lag.note(9.0)
    config = with_mqtt(MQTT)
    config = replace(config, store=replace(config.store, state_dir=tmp_path))
    async with House(tmp_path).living() as posd:
        assert bus(config, world(None), posd) is None
        assert bus(with_mqtt(None), around, posd) is None
        telling = bus(config, around, posd)
        assert telling is not None
        for seconds in (0.1, 0.3):
            around.loop_lag.note(seconds)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(telling.run())
            async with asyncio.timeout(10):
                while len(_healths(fake)) < 2:  # noqa: ASYNC110 (a thread measures)
                    await asyncio.sleep(0.05)
            running.cancel()
    first, second = _healths(fake)[:2]
    assert (first["loop_late_ms"], second["loop_late_ms"]) == (200, None)
    assert first["disk_free_bytes"]
    assert (tmp_path / POSITION_FILE).exists()


def _healths(fake: BrokerFake) -> list[dict[str, object]]:
    return [json.loads(one.payload) for one in fake.told if one.topic == HEALTH]
