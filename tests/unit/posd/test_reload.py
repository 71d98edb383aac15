"""The configuration is read again while posd runs: what counts at once, what waits, what stays."""

import hashlib
import json
import os
import re
import signal
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.unit.posd.test_daemon import ALONE, LANE, Home, free_port, home

__all__ = ["home"]

KEY = """
[[key]]
name = "{name}"
role = "manager"
sha256 = "{sha256}"
"""
SECOND = """
[[reader]]
name = "lane-2"
url = "zvt+tcp://127.0.0.1:{nobody}"
simulated = true
label = "Garden"
"""
OTHER = LANE.replace("simulated = true", 'simulated = true\nlabel = "Window"')


def key(name: str) -> str:
    return KEY.format(name=name, sha256=hashlib.sha256(name.encode()).hexdigest())


def asked(home: Home, bearer: str, path: str = "/v1/terminal/readers") -> tuple[int, Any]:
    url = f"http://127.0.0.1:{home.port}{path}"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {bearer}"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read())


def labels(home: Home) -> set[str]:
    """Those of the readers that posd knows."""
    _, listed = asked(home, "posd_test_office")
    return {reader["label"] for reader in listed["data"]}


def reload(home: Home, text: str) -> list[str]:
    """What systemd is told, from when it begins to when it is over."""
    home.write(text)
    os.kill(os.getpid(), signal.SIGHUP)
    told = [home.until("RELOADING=1")]
    while "READY=1" not in told[-1]:
        told.append(home.told.recv(4096).decode())
    assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", told[0])
    return told


OFFICE = key("posd_test_office")


def test_a_key_counts_at_once_and_one_that_is_gone_opens_nothing(home: Home) -> None:
    def then() -> None:
        assert asked(home, "posd_test_office")[0] == 200
        assert asked(home, "posd_test_other")[0] == 401
        reload(home, ALONE + key("posd_test_other"))
        assert asked(home, "posd_test_office")[0] == 401
        assert asked(home, "posd_test_other")[0] == 200

    assert home.runs(then, ALONE + OFFICE) == os.EX_OK


def test_readers_come_change_and_go(home: Home) -> None:
    here, there = ALONE + OFFICE + LANE, SECOND.format(nobody=free_port())

    def then() -> None:
        assert labels(home) == {"lane-1"}
        reload(home, here + there)
        assert labels(home) == {"lane-1", "Garden"}
        reload(home, ALONE + OFFICE + OTHER)
        assert labels(home) == {"Window", "Garden"}, "who is gone stays known"

    assert home.runs(then, here) == os.EX_OK


def test_the_log_says_less_from_then_on(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    def then() -> None:
        reload(home, ALONE + '[log]\nlevel = "warning"\n')

    assert home.runs(then, ALONE) == os.EX_OK
    said = capsys.readouterr().err
    assert "ready port=" in said
    assert "stopped" not in said


def test_a_file_with_a_mistake_is_refused_whole(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = ALONE.replace('"Corner shop"', "7") + key("posd_test_other")

    def then() -> None:
        told = reload(home, wrong)
        assert asked(home, "posd_test_office")[0] == 200
        assert asked(home, "posd_test_other")[0] == 401
        (refused,) = (one for one in told if "Its file is not the configuration" in one)
        assert "store.name: found 7" in refused
        (line,) = (one for one in reload(home, ALONE + OFFICE) if one.startswith("STATUS="))
        assert "Its file" not in line

    assert home.runs(then, ALONE + OFFICE) == os.EX_OK
    assert "configuration not taken over: " in capsys.readouterr().err


def test_what_waits_for_a_restart_is_named(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    later = ALONE.replace("Europe/Berlin", "Europe/Paris").replace("port = {port}", "port = 1")

    def then() -> None:
        reload(home, later + OFFICE + "[alarm]\nurl = 'https://shop.example/alarm'")
        assert asked(home, "posd_test_office")[0] == 200

    assert home.runs(then, ALONE + OFFICE) == os.EX_OK
    said = capsys.readouterr().err
    for waits in ("store.time_zone", "listen.port", "alarm"):
        assert f"configuration waits for a restart key={waits}" in said
