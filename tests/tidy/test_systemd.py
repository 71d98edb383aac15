"""The unit: systemd itself reads it, and what it promises is what posd and its documents say."""

import os
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from posd.composition import DRAIN_S
from posd.config import DEFAULT_PATH, SECTIONS, ListenConfig, StoreConfig, UpstreamConfig
from posd.config.changes import LIVE
from posd.service.credentials import STRIPE_PERMISSIONS
from posd.service.stop_orders import PARK_S
from tests.tidy.tree import ROOT

SOCKET = (ROOT / "systemd" / "posd.socket").read_text(encoding="utf-8")
SYSTEMD = ROOT / "systemd"
UNIT = (SYSTEMD / "posd.service").read_text(encoding="utf-8")
RUNNING = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")


def setting(name: str) -> str:
    """The one value of a setting of the unit."""
    (value,) = re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)
    assert isinstance(value, str)
    return value


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here (make deps)")
    return subprocess.run([folder / "check"], capture_output=True, text=True, check=False)


def test_systemd_reads_the_unit_without_a_complaint() -> None:
    done = check(SYSTEMD)
    assert (done.returncode, done.stdout) == (0, "systemd units verified\n")


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("WatchdogSec=30s", "WatchdogSek=30s"),
        ("WatchdogSec=30s", "WatchdogSec=often"),
        ("CapabilityBoundingSet=", ""),
    ],
    ids=["unknown key", "bad value", "exposed"],
)
def test_the_check_finds_a_bad_unit(tmp_path: Path, line: str, instead: str) -> None:
    shutil.copy(SYSTEMD / "check", tmp_path)
    assert f"\n{line}\n" in UNIT
    bad = UNIT.replace(f"\n{line}\n", f"\n{instead}\n")
    (tmp_path / "posd.service").write_text(bad, encoding="utf-8")
    assert check(tmp_path).returncode == 1


def test_the_unit_starts_the_program_with_the_file_of_the_documents() -> None:
    program, *arguments = setting("ExecStart").split()
    assert f"python3 -m venv {Path(program).parent.parent}\n" in RUNNING
    assert arguments == ["run", "--config", str(DEFAULT_PATH)]


def test_the_folders_of_the_unit_are_the_defaults_of_the_configuration() -> None:
    store = StoreConfig(name="x", time_zone="UTC", currency="eur")
    assert store.state_dir == Path("/var/lib") / setting("StateDirectory")
    assert ListenConfig().socket.parent == Path("/run") / setting("RuntimeDirectory")
    assert DEFAULT_PATH.parent == Path("/etc") / setting("ConfigurationDirectory")


def test_the_drivers_that_devices_are_allowed_of_are_loaded_before() -> None:
    """systemd takes a kind of device for unknown until its driver is there, and looks once."""
    drivers = {"ttyACM": "cdc_acm", "ttyUSB": "usbserial"}
    allowed = set(re.findall(r"^DeviceAllow=char-(\w+) rw$", UNIT, re.MULTILINE))
    built_in = {"ttyS", "usb_device"}
    assert allowed == drivers.keys() | built_in
    loaded = {f"modprobe@{driver}.service" for driver in drivers.values()}
    assert loaded <= set(setting("Wants").split()) & set(setting("After").split())


def test_the_user_of_the_unit_is_made() -> None:
    user = setting("User")
    sysusers = (SYSTEMD / "posd.sysusers").read_text(encoding="utf-8")
    assert re.search(rf"^u {user} ", sysusers, re.MULTILINE)
    assert f"g {setting('SupplementaryGroups')} -\n" in sysusers


def test_a_stop_waits_for_the_payments_at_the_readers() -> None:
    assert float(setting("TimeoutStopSec").removesuffix("s")) > DRAIN_S
    assert f"for up to {DRAIN_S:.0f} s" in RUNNING


def test_what_systemd_listens_on_is_what_the_configuration_says_by_itself() -> None:
    listen = ListenConfig()
    asked = [f"127.0.0.1:{listen.port}", f"[::1]:{listen.port}", str(listen.socket)]
    assert re.findall(r"^ListenStream=(.*)$", SOCKET, re.MULTILINE) == asked
    user = setting("User")
    assert f"SocketUser={user}\nSocketGroup={user}\nSocketMode=0600\n" in SOCKET


def test_the_units_socket_outlives_a_restart() -> None:
    """systemd would take the folder away with the service, and the socket that it holds with it."""
    assert setting("RuntimeDirectoryPreserve") == "yes"
    assert "posd.socket" in setting("After").split()
    assert "posd.socket" in setting("Wants").split()


def test_a_key_that_is_not_there_keeps_nothing_from_starting() -> None:
    """By a name alone, without a path: systemd.exec(5) of systemd 252 looks for it and goes on."""
    assert setting("LoadCredentialEncrypted") == UpstreamConfig().credential
    assert "LoadCredential=" not in re.sub(r"^#.*$", "", UNIT, flags=re.MULTILINE)
    assert f"LoadCredential={UpstreamConfig().credential}\n" in UNIT


def test_a_wrong_configuration_is_not_tried_again() -> None:
    assert setting("RestartPreventExitStatus").split() == ["64"]
    assert setting("Restart") == "always"


def test_the_documents_list_the_permissions_that_the_refusal_lists() -> None:
    table = RUNNING.partition("| resource | permission |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| ([\w ]+) \| (\w+) \|$", table, re.MULTILINE)
    assert dict(rows) == dict(STRIPE_PERMISSIONS)


@pytest.mark.parametrize(
    ("state", "told"), [("stopping", True), ("running", False), ("degraded", False)]
)
def test_posd_is_told_of_a_shutdown_and_of_nothing_else(
    tmp_path: Path, state: str, *, told: bool
) -> None:
    script = tmp_path / "systemctl"
    script.write_text(f'#!/bin/sh\n[ "$*" = is-system-running ] && echo {state}\n')
    script.chmod(0o755)
    flags, command = setting("ExecStop").split("/", 1)
    assert flags == "-+", "a restart is no failure; root needs no D-Bus"
    with subprocess.Popen(["sleep", "30"]) as posd:
        path = f"{tmp_path}:{os.environ['PATH']}"
        env = {"PATH": path, "MAINPID": str(posd.pid)}
        subprocess.run(shlex.split("/" + command), env=env, check=False)
        posd.send_signal(signal.SIGTERM)
        assert posd.wait(5) == -(signal.SIGUSR1 if told else signal.SIGTERM)


def test_a_shutdown_takes_no_longer_than_the_documents_say() -> None:
    assert PARK_S < 25.0
    assert f"gives them {PARK_S:.0f} s, and posd is gone within 25 s" in RUNNING
    assert f"SIGUSR1 gives them {PARK_S:.0f} s" in UNIT


def test_the_documents_say_of_each_section_whether_a_reload_takes_it_over() -> None:
    told = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    table = told.partition("| section | a reload takes it over |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (`.*`) \| (at once|no:)", table, re.MULTILINE)
    said = {name: how for names, how in rows for name in re.findall(r"`\[*(\w+)\]*`", names)}
    live = {name for name, how in said.items() if how == "at once"}
    assert live == set(LIVE)
    assert said.keys() == {*SECTIONS, "mode"} - {""}
    told = setting("ExecReload")
    assert told == """/bin/sh -c 'kill -HUP "$MAINPID"'""", "a bare Debian has no /bin/kill"
