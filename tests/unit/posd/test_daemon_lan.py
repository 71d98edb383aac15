"""The daemon where other machines may call: they are shown a certificate, or it does not start."""

import json
import os
import ssl
import urllib.request
from pathlib import Path

import pytest

from posd import daemon
from tests.unit.posd.test_daemon import ALONE, Home, free_port, home
from tests.unit.posd.tls.shop import founded, trusting

__all__ = ["home"]

LAN = """
[lan]
address = "127.0.0.1"
port = {lan}
certificate = "{certificate}"
key_file = "{key}"
"""


def get(port: int, context: ssl.SSLContext, path: str) -> bytes:
    url = f"https://127.0.0.1:{port}{path}"
    with urllib.request.urlopen(url, timeout=5, context=context) as answer:
        body: bytes = answer.read()
    return body


def test_other_machines_reach_it_by_tls(home: Home, tmp_path: Path) -> None:
    folder, port = founded(tmp_path / "tls"), free_port()

    def then() -> None:
        assert json.loads(get(port, trusting(folder), "/posd/v1/live"))
        assert b"Corner shop" in get(port, trusting(folder), "/")

    certificate, key = folder.certificate, folder.key
    assert home.runs(then, ALONE + LAN, lan=port, certificate=certificate, key=key) == os.EX_OK


@pytest.mark.parametrize("spoilt", ["certificate", "key", "open key"])
def test_without_a_certificate_it_does_not_start_and_says_why(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], spoilt: str
) -> None:
    folder = founded(tmp_path / "tls")
    if spoilt == "open key":
        folder.key.chmod(0o640)
    else:
        getattr(folder, spoilt).unlink()
    known = {"lan": free_port(), "certificate": folder.certificate, "key": folder.key}
    assert daemon.run(home.write(ALONE + LAN, **known)) == os.EX_USAGE
    assert "server." in capsys.readouterr().err
    assert not (home.folder / "state" / daemon.JOURNAL_FILE).exists()
