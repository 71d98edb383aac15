"""TLS and the broker's own list of who may tell what: what is wrong there is told once."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from posd.clock import SystemClock, utc
from posd.tls.folder import TlsFolder
from tests.crash.child import Nursery
from tests.crash.store import Store, free_port
from tests.mqtt.broker import MOSQUITTO, Mosquitto, eventually

SECTION = """
[mqtt]
host = "localhost"
port = {port}
ca_file = "{ca}"
username = "lane-1"
credential_file = "{password}"
store = "berlin"
node = "{node}"
"""
DAYS = 30
TRIES_S = 2.0
"""Two more are begun by then."""


def authority(folder: Path) -> TlsFolder:
    """An authority of its own, and a certificate for this machine."""
    tls, now = TlsFolder(folder), utc(SystemClock().wall_ms())
    tls.found("Berlin", ["localhost"], now)
    tls.renew("Berlin", ["localhost"], now, DAYS)
    return tls


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Mosquitto]:
    """It shows a certificate, and lets `lane-1` tell what is below its own name."""
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed (make deps)")
    tls = authority(tmp_path / "tls")
    rules, passwords = tmp_path / "acl", tmp_path / "passwords"
    rules.write_text("user lane-1\ntopic write posd/1/berlin/lane-1/#\n")
    passwords.write_text("lane-1:secret\n")
    subprocess.run(["mosquitto_passwd", "-U", passwords], check=True)
    broker = Mosquitto(
        tmp_path,
        free_port(),
        f"certfile {tls.certificate}",
        f"keyfile {tls.key}",
        f"acl_file {rules}",
        f"password_file {passwords}",
        anonymous=False,
    )
    broker.start()
    yield broker
    broker.kill()


def secured_store(
    folder: Path, nursery: Nursery, broker: Mosquitto, ca: Path, node: str = "lane-1"
) -> Store:
    """A store that calls that broker; its posd does not run yet."""
    store = Store(folder / "store", nursery)
    password = folder / "mqtt.password"
    password.write_text("secret\n")
    password.chmod(0o600)
    section = SECTION.format(port=broker.port, ca=ca, password=password, node=node)
    store.config.write_text(store.config.read_text() + section)
    return store


def test_a_broker_that_is_known_and_a_password_that_is_right(
    tmp_path: Path, nursery: Nursery, secured: Mosquitto
) -> None:
    with closing(secured_store(tmp_path, nursery, secured, tmp_path / "tls/ca.crt")) as store:
        store.start()
        assert eventually(lambda: "broker connected" in store.log()), store.log()
        assert "secret" not in store.log()


def test_a_broker_of_another_authority_is_told_once_and_delays_no_sale(
    tmp_path: Path, nursery: Nursery, secured: Mosquitto
) -> None:
    other = authority(tmp_path / "other").authority
    with closing(secured_store(tmp_path, nursery, secured, other)) as store:
        store.open()
        assert eventually(lambda: "broker lost" in store.log()), store.log()
        assert "CERTIFICATE_VERIFY_FAILED" in store.log()
        store.pay(500)
        assert not eventually(lambda: store.log().count("broker lost") > 1, TRIES_S)


def test_what_the_broker_does_not_let_it_tell_is_told_once(
    tmp_path: Path, nursery: Nursery, secured: Mosquitto
) -> None:
    ca = tmp_path / "tls/ca.crt"
    with closing(secured_store(tmp_path, nursery, secured, ca, node="lane-2")) as store:
        store.open()
        assert eventually(lambda: "Not authorized" in store.log()), store.log()
        assert "broker connected" not in store.log()
        store.pay(600)
        assert not eventually(lambda: store.log().count("broker lost") > 1, TRIES_S)
