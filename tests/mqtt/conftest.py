"""A broker and a store beside it, where there is mosquitto."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.child import Nursery
from tests.crash.store import Store, free_port
from tests.mqtt.broker import MOSQUITTO, Listener, Mosquitto

SECTION = """
[mqtt]
host = "127.0.0.1"
port = {port}
tls = false
store = "berlin"
node = "lane-1"
"""


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with closing(Nursery()) as nursery:
        yield nursery


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """It does not run yet."""
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed (make deps)")
    broker = Mosquitto(tmp_path, free_port())
    yield broker
    broker.kill()


@pytest.fixture
def listener(broker: Mosquitto) -> Iterator[Listener]:
    """Somebody who hears all that the broker, which runs now, is told."""
    broker.start()
    with closing(Listener(broker.port)) as listener:
        yield listener


@pytest.fixture
def store(tmp_path: Path, nursery: Nursery, broker: Mosquitto) -> Iterator[Store]:
    """A store that tells that broker; its posd does not run yet."""
    store = Store(tmp_path / "store", nursery)
    store.config.write_text(store.config.read_text() + SECTION.format(port=broker.port))
    with closing(store):
        yield store
