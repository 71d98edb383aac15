"""`posd store` against a real broker: every lane of the store, also of a posd that is lost."""

import json
import subprocess
import sys
from typing import Final

from tests.crash.store import Store
from tests.mqtt.broker import Listener, eventually

COMMAND: Final = [sys.executable, "-m", "posd"]


def test_it_shows_the_lanes_of_every_posd(listener: Listener, store: Store) -> None:
    store.open()
    told = "posd/1/berlin/lane-1/state"
    assert eventually(lambda: listener.truth().get(told, {}).get("state") == "ready")
    assert _lanes(store) == [("lane-1", "ok")]
    store.stop()
    assert eventually(lambda: listener.truth()[told]["state"] == "disconnected")
    assert _lanes(store) == [("lane-1", "lost")]


def _lanes(store: Store) -> list[tuple[str, str]]:
    command = [*COMMAND, "store", "--json", "--config", str(store.config)]
    view = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return [(lane["node"], lane["standing"]) for node in view["nodes"] for lane in node["lanes"]]


def test_the_page_shows_them_where_the_file_wishes_it(listener: Listener, store: Store) -> None:
    store.config.write_text(f"{store.config.read_text()}store_view = true\n")
    store.open()
    assert eventually(lambda: "<h3>lane-1" in store.till.get("/lanes").text), store.log()
    assert "/lanes" in store.till.get("/readers").text
    assert not any("posd-view" in one.topic for one in listener.heard())
