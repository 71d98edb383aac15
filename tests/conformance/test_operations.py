"""The commands of docs/operations.md, chapter by chapter, as they are written there.

There is no systemd here and no user posd, and perhaps no curl: starting, stopping, runuser, install
and curl are played.
"""

import json
import os
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from posd.demo.parts import wait_until
from posd.journal import connection, inspection
from posd.journal.records import StoredRecords
from tests.crash.store import free_port
from tests.tidy.tree import ROOT
from tests.unit.posd.journal.old_journal import Shop

PAGE = (ROOT / "docs" / "operations.md").read_text()
STATE, BACKUPS, RUNTIME, TLS = "/var/lib/posd", "/mnt/backup", "/run/posd", "/etc/posd/tls"
PARTS, LAN = "/etc/posd/conf.d", "[lan]\\n"
CONFIG = """\
mode = "test"
[store]
name = "Lyon 14"
time_zone = "Europe/Paris"
currency = "eur"
state_dir = "{state}"
[listen]
port = 0
socket = "{state}/posd.sock"
[[reader]]
name = "front"
url = "zvt+tcp://127.0.0.1:9"
simulated = true
"""
SHIMS = {
    "posd": '#!/bin/sh\nexec "{python}" -m posd "$@" --config "{config}"\n',
    "runuser": '#!/bin/sh\nshift 3; exec "$@"\n',
    "install": '#!/bin/sh\ncp "$7" "$8" && chmod "$6" "$8"\n',
    "curl": """#!{python}
import sys, httpx2
*_, socket, url = sys.argv
asked = httpx2.Client(transport=httpx2.HTTPTransport(uds=socket)).get(url)
print(asked.raise_for_status().text)
""",
}
DEADLINE_S = 60
pytestmark = pytest.mark.timeout(3 * DEADLINE_S)
"""Each command is a program that starts, and some are posd itself."""


class Machine:
    """A machine with posd on it, which runs or does not; what it sold is elsewhere, if anything."""

    def __init__(self, home: Path, backups: Path) -> None:
        self.state, self.backups = home / "state", backups
        self.parts, self.lan_port = home / "conf.d", free_port()
        commands = home / "bin"
        for folder in (self.state, commands):
            folder.mkdir(parents=True)
        config = home / "posd.toml"
        config.write_text(CONFIG.format(state=self.state))
        for name, script in SHIMS.items():
            (commands / name).write_text(script.format(python=sys.executable, config=config))
            (commands / name).chmod(0o755)
        wide = {"PATH": f"{commands}:{os.environ['PATH']}", "COLUMNS": "200"}
        self._environment = {**os.environ, **wide}
        self._posd: subprocess.Popen[bytes] | None = None

    def live(self) -> None:
        """Three months of a store."""
        shop = Shop(self.state)
        shop.live(shop.trade)
        shop.file.rename(self.state / "journal.db")

    def run(self, script: str, status: int = 0) -> str:
        """What a script says, with the paths of this machine; its commands end with `status`."""
        said = ""
        for line in script.splitlines():
            match line.split():
                case ["systemctl", "start", "posd"]:
                    self.start()
                case ["systemctl", "stop", "posd.socket", "posd"]:
                    self.stop()
                case ["systemctl", "restart", "posd"]:
                    self.stop()
                    self.start()
                case ["systemctl", "reload", "posd"]:
                    self.reload()
                case _:
                    said += self._command(line, status)
        return said

    def start(self) -> None:
        """Return once posd answers."""
        socket = self.state / "posd.sock"
        socket.unlink(missing_ok=True)
        self._posd = subprocess.Popen(["posd", "run"], env=self._environment)
        assert wait_until(socket.exists, DEADLINE_S)

    def stop(self) -> None:
        """Return once posd has ended well."""
        assert self._posd is not None
        self._posd.terminate()
        assert self._posd.wait(DEADLINE_S) == 0

    def reload(self) -> None:
        """Return once the running posd has been told to read its configuration again."""
        assert self._posd is not None
        self._posd.send_signal(signal.SIGHUP)

    def close(self) -> None:
        """End what runs."""
        if self._posd is not None:
            self._posd.kill()
            self._posd.wait()

    def _lan(self) -> str:
        """The section as a machine of its own has it by default."""
        made = self.state / "tls" / "server"
        files = f'certificate = "{made}.crt"\\nkey_file = "{made}.key"\\n'
        return f"{LAN}port = {self.lan_port}\\n{files}"

    def _command(self, line: str, status: int) -> str:
        here = line.replace(STATE, str(self.state)).replace(BACKUPS, str(self.backups))
        here = here.replace(RUNTIME, str(self.state)).replace(TLS, str(self.state / "tls"))
        here = here.replace(PARTS, str(self.parts)).replace(LAN, self._lan())
        ended = subprocess.run(
            ["/bin/sh", "-c", here],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        assert ended.returncode == status, (line, ended.stderr)
        return ended.stdout


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    backups = tmp_path / "backups"
    backups.mkdir()
    with closing(Machine(tmp_path / "machine", backups)) as machine:
        machine.live()
        machine.start()
        yield machine


@pytest.fixture
def another(tmp_path: Path, machine: Machine) -> Iterator[Machine]:
    """Another machine, on which no posd has run."""
    with closing(Machine(tmp_path / "another", machine.backups)) as fresh:
        yield fresh


def scripts(chapter: str) -> list[str]:
    """The scripts of a chapter, in order."""
    text = PAGE.partition(f"\n## {chapter}\n")[2].partition("\n## ")[0]
    found: list[str] = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return found


def test_every_command_of_the_page_is_in_a_chapter_that_is_tried() -> None:
    kept = ("Back it up", "Put a backup back", "Archive old months", "Days without internet")
    tried = ("Secure it", "Watch the store", "Put another machine in its place", *kept)
    assert sum(len(scripts(chapter)) for chapter in tried) == PAGE.count("```sh")


def test_prometheus_is_given_a_key_and_told_how_the_store_is(machine: Machine) -> None:
    give, look = scripts("Watch the store")
    assert "posd_test_" in machine.run(give)
    assert 'posd_store_info{mode="test",store="Lyon 14"} 1.0' in machine.run(look).splitlines()


def test_tills_have_keys_the_network_a_certificate_and_a_lost_pin_is_taken_away(
    machine: Machine,
) -> None:
    keys, tls, pin, look = scripts("Secure it")
    told = machine.run(keys)
    assert "20000 at most" in told
    assert "nothing" in told
    shown = machine.run(tls)
    assert shown.count("https://till.store.lan:8720") > 1
    assert (machine.state / "tls" / "server.key").stat().st_mode & 0o077 == 0
    assert re.fullmatch(r"[0-9A-Z-]+\n", machine.run(pin))
    assert trusting_till(machine)["live"] is True
    machine.stop()
    machine.run(look)


def trusting_till(machine: Machine) -> Mapping[str, object]:
    """What a till on another machine is told that trusts the store's authority."""
    trust = ssl.create_default_context(cafile=str(machine.state / "tls" / "ca.crt"))
    name = {"Host": f"till.store.lan:{machine.lan_port}"}
    address = f"https://127.0.0.1:{machine.lan_port}/posd/v1/live"
    with httpx2.Client(verify=trust, headers=name) as till:
        answer = till.get(address, extensions={"sni_hostname": "till.store.lan"})
    told: dict[str, object] = answer.raise_for_status().json()
    return told


def test_another_machine_goes_on_where_the_old_one_stopped(
    machine: Machine, another: Machine
) -> None:
    leave, go_on = scripts("Put another machine in its place")
    assert "facts, verified. Last: " in machine.run(leave)
    told = another.run(go_on)
    assert "without the mark beside it" in told
    assert "Tills may sell." in told
    assert "Accepted" in told
    payment = ("posd", "payments", "list", "--json")
    assert json.loads(another.run(" ".join(payment)))


def test_while_posd_runs_a_backup_is_made_and_verified_and_what_waits_is_told(
    machine: Machine,
) -> None:
    make, check = scripts("Back it up")
    assert "facts, verified. Last: " in machine.run(make)
    journal, backup = machine.run(check).splitlines()
    assert journal.startswith(f"{machine.state}/journal.db: sound. ")
    assert backup.startswith(f"{machine.backups}/posd-today.db: sound. ")
    look, limit = scripts("Days without internet")
    assert "Lyon 14" in machine.run(look)
    told = machine.run(limit)
    assert re.search(r"offline\.count_max +│ 300 ", told), told
    assert "Lyon 14" in machine.run(look)


def test_a_backup_is_put_back_and_found_to_be_one(machine: Machine) -> None:
    machine.run(scripts("Back it up")[0])
    machine.run("systemctl stop posd.socket posd\nsystemctl start posd")
    put_back, look, let_sell, accept = scripts("Put a backup back")
    told = machine.run(put_back)
    assert "Lyon 14" in told
    assert "posd journal reconcile" in told
    assert "older than the mark beside it" in machine.run(look, status=1)
    assert "Tills may sell." in machine.run(let_sell)
    assert "Accepted" in machine.run(accept)
    machine.stop()
    journal = machine.state / "journal.db"
    assert inspection.journal(journal).until.seq > 0
    with closing(connection.open_reader(journal, None)) as db:
        restore = StoredRecords(db).newest_restore()
        assert restore is not None
        assert restore.accepted is not None


def test_old_months_leave_and_both_files_verify(machine: Machine) -> None:
    archive, check = scripts("Archive old months")
    assert "They left the journal." in machine.run(archive)
    assert "sound. Facts 1 to " in machine.run(check)
    assert inspection.journal(machine.state / "journal.db").after.seq > 0
