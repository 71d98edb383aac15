"""`posd store` against a real broker: every lane of the store, also of a posd that is lost."""

import json
import subprocess
import sys

from tests.crash.store import Store
from tests.mqtt.broker import Listener, eventually

COMMAND = [sys.executable, "-m", "posd"]


def test_it_shows_the_lanes_of_every_posd(listener: Listener, store: Store) -> None:
    posd = store.open()
    told = "posd/1/berlin/lane-1/state"
    assert eventually(lambda: listener.truth().get(told, {}).get("state") == "ready")
    assert _lanes(store) == [("lane-1", "ok")]
    posd.kill()
    assert eventually(lambda: listener.truth()[told]["state"] == "lost")
    assert _lanes(store) == [("lane-1", "lost")]


def _lanes(store: Store) -> list[tuple[str, str]]:
    command = [*COMMAND, "store", "--json", "--config", store.config]
    view = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return [(lane["node"], lane["standing"]) for node in view["nodes"] for lane in node["lanes"]]
