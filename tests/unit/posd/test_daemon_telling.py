"""Who is told beside the till: a broker and the address for alarms, neither of which is there."""

import json

import pytest

from posd import daemon
from tests.unit.posd.test_daemon import ALONE, Home, home

__all__ = ["home"]

TELLING = """
[mqtt]
host = "127.0.0.1"
port = {nobody}
tls = false
store = "main-street"
store_view = true
[alarm]
url = "http://127.0.0.1:{nobody}/alarm"
"""
WITH_TOKEN = TELLING + 'credential_file = "{token}"\n'


@pytest.mark.parametrize("text", [TELLING, WITH_TOKEN])
def test_posd_runs_and_stops_though_nobody_hears_what_it_tells(home: Home, text: str) -> None:
    token = home.folder / "alarm.token"
    token.write_text("posd_alarm_token_of_the_test\n")
    token.chmod(0o600)
    heard: list[bool] = []

    def look() -> None:
        heard.append(json.loads(home.get("/posd/v1/ready"))["ready"])

    assert home.runs(look, ALONE + text, token=token) == 0
    assert heard == [True]


def test_a_token_for_alarms_that_is_not_there_ends_the_start(home: Home) -> None:
    file = home.write(ALONE + WITH_TOKEN, token=home.folder / "missing")
    assert daemon.run(file) == 64
