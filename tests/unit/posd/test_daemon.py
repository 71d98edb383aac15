"""The daemon's own life in this process: from its file to READY, and every way it ends."""

import asyncio
import gc
import json
import logging
import os
import signal
import socket
import stat
import threading
import urllib.request
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from typing_extensions import override

from posd import daemon
from posd.api.listener import Listener
from posd.errors import JournalDamaged, JournalFailed
from posd.journal.lock import StateDirectory
from posd.service.sd_notify import ServiceNotifier
from posd_drivers import discovery

ALONE = """
mode = "test"
[store]
name = "Corner shop"
time_zone = "Europe/Berlin"
currency = "eur"
state_dir = "{state}"
[listen]
port = {port}
socket = "{socket}"
"""
LANE = """
[[reader]]
name = "lane-1"
url = "zvt+tcp://127.0.0.1:{nobody}"
simulated = true
[[lane]]
name = "Lane 1"
reader = "lane-1"
"""
STRIPE = """
[upstream]
kind = "stripe"
base_url = "http://127.0.0.1:{nobody}"
credential_file = "{key}"
"""
PATIENCE_S = 15.0


@dataclass
class Home:
    """A state directory, a socket of systemd's, and the file that names them."""

    folder: Path
    told: socket.socket
    port: int

    @property
    def file(self) -> Path:
        return self.folder / "posd.toml"

    def write(self, text: str = ALONE, **more: object) -> Path:
        known = {
            "state": self.folder / "state",
            "socket": self.folder / "posd.sock",
            "port": self.port,
            "nobody": free_port(),
        }
        self.file.write_text(text.format(**(known | more)))
        return self.file

    def runs(
        self,
        then: Callable[[], None],
        text: str = ALONE,
        *,
        stop: signal.Signals = signal.SIGTERM,
        **more: object,
    ) -> int:
        """Run posd; once it is ready, do something beside it, and tell it to stop."""
        trouble: list[BaseException] = []
        ended = threading.Event()

        def beside() -> None:
            try:
                self.until("READY=1")
                then()
            except BaseException as error:  # noqa: BLE001 (raised by the test's own thread)
                trouble.append(error)
            finally:
                if not ended.is_set():
                    os.kill(os.getpid(), stop)

        watching = threading.Thread(target=beside)
        path = self.write(text, **more)
        watching.start()
        status = daemon.run(path)
        ended.set()
        watching.join()
        if trouble:
            raise trouble[0]
        return status

    def until(self, word: str) -> str:
        """What systemd is told, up to this word."""
        while word not in (message := self.told.recv(4096).decode()):
            pass
        return message

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            body: bytes = answer.read()
        return body


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    root = logging.getLogger()
    kept = (root.handlers[:], root.level)
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as told:
        told.bind(str(tmp_path / "notify"))
        told.settimeout(PATIENCE_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
        yield Home(tmp_path, told, free_port())
    root.handlers, root.level = kept


def free_port() -> int:
    """A port that nobody listens on just now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_ready_means_that_it_answers_and_terminating_is_a_good_end(home: Home) -> None:
    def then() -> None:
        assert json.loads(home.get("/posd/v1/live"))
        assert b"Corner shop" in home.get("/")
        assert stat.S_ISSOCK((home.folder / "posd.sock").stat().st_mode)

    assert home.runs(then, ALONE + LANE) == os.EX_OK
    assert "STOPPING=1" in home.until("STOPPING")
    assert (home.folder / "state" / daemon.JOURNAL_FILE).exists()


def test_an_interrupt_is_a_good_end_too(home: Home) -> None:
    assert home.runs(lambda: None, stop=signal.SIGINT) == os.EX_OK


def test_what_is_plugged_in_is_looked_at_after_ready(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It loads libraries, and no till waits for them."""
    order: list[str] = []

    class Notifier(ServiceNotifier):
        @override
        def ready(self, status: str) -> None:
            order.append("ready")
            super().ready(status)

    async def watch() -> AsyncGenerator[None]:
        order.append("watch")
        await asyncio.Event().wait()
        yield

    monkeypatch.setattr(daemon, "ServiceNotifier", Notifier)
    monkeypatch.setattr(discovery, "watch", watch)
    assert home.runs(lambda: None) == os.EX_OK
    assert order == ["ready", "watch"]


def test_systemd_gets_its_signs_of_life(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "300000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    assert home.runs(lambda: assert_alive(home)) == os.EX_OK


def assert_alive(home: Home) -> None:
    for _ in range(3):
        home.until("WATCHDOG=1")


def test_a_store_with_stripe_starts_without_a_network(home: Home) -> None:
    key = home.folder / "stripe.key"
    key.write_text("rk_test_store")
    key.chmod(0o600)

    def then() -> None:
        assert b"Corner shop" in home.get("/")

    assert home.runs(then, ALONE + LANE + STRIPE, key=key) == os.EX_OK


def test_the_collector_begins_once_it_is_ready_and_leaves_alone_what_was_loaded(home: Home) -> None:
    seen: list[tuple[bool, bool]] = []
    gc.disable()
    try:
        home.runs(lambda: seen.append((gc.isenabled(), gc.get_freeze_count() > 0)))
    finally:
        gc.enable()
        gc.unfreeze()
    assert seen == [(True, True)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mode = 7", "mode"),
        (ALONE + "[upstream]\nkind = 'stripe'", "LoadCredential"),
        (ALONE + LANE.replace("simulated = true", "simulated = false"), "simulated"),
    ],
    ids=["a wrong type", "no credential", "a real reader in test mode"],
)
def test_a_file_that_cannot_be_used_is_64(
    home: Home, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    assert daemon.run(home.write(text)) == os.EX_USAGE
    assert told in capsys.readouterr().err


def test_no_file_is_64(home: Home) -> None:
    assert daemon.run(home.folder / "missing.toml") == os.EX_USAGE


def test_another_posd_on_the_same_state_is_75(home: Home) -> None:
    path = home.write()
    with StateDirectory(home.folder / "state"):
        assert daemon.run(path) == os.EX_TEMPFAIL


def test_a_port_in_use_is_69_and_says_so(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", home.port))
        other.listen()
        assert daemon.run(home.write()) == os.EX_UNAVAILABLE
    assert str(home.port) in capsys.readouterr().err


def test_a_journal_that_is_none_is_70(home: Home) -> None:
    path = home.write()
    with StateDirectory(home.folder / "state"):
        pass
    (home.folder / "state" / daemon.JOURNAL_FILE).write_bytes(b"no journal " * 1000)
    assert daemon.run(path) == os.EX_SOFTWARE


def test_the_other_mode_on_the_same_journal_is_64(home: Home) -> None:
    assert home.runs(lambda: None) == os.EX_OK
    assert daemon.run(home.write(ALONE.replace('"test"', '"live"'))) == os.EX_USAGE


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (JournalFailed("disk"), os.EX_SOFTWARE),
        (JournalDamaged("row 7"), os.EX_SOFTWARE),
        (ValueError("a bug"), os.EX_SOFTWARE),
    ],
)
def test_what_ends_a_task_of_the_journal_is_70(
    home: Home, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    async def fails(_listener: object) -> None:
        raise error

    monkeypatch.setattr(Listener, "serve", fails)
    assert daemon.run(home.write()) == status
