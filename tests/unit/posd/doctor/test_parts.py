"""What `posd doctor` makes of clock, disk, ports, devices and systemd: ok, or what fixes it."""

import os
from pathlib import Path

import pytest

from posd.config import Config, parse
from posd.doctor import clock, disk, ports, readers, service
from posd.doctor.account import Account, obstacle, service_account
from posd.doctor.finding import Finding, Topic, Verdict
from posd.doctor.held import locker
from posd.doctor.unit import read as read_unit
from tests.unit.posd.doctor.store_machine import CONFIG, StoreMachine

LISTENS = "   0: 0100007F:220F 00000000:0000 0A 00000000:00000000 00:00000000 00000000 997 0 4711 1"
"""127.0.0.1:8719 listening, socket 4711, as /proc/net/tcp has it."""
TABLE = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"


@pytest.fixture
def store(tmp_path: Path) -> StoreMachine:
    return StoreMachine(tmp_path)


def configured(url: str = "zvt+tcp://127.0.0.1:20007") -> Config:
    return parse(CONFIG.replace("zvt+tcp://127.0.0.1:20007", url), Path("posd.toml"))


def opened(store: StoreMachine, pid: int, name: str, target: str) -> None:
    """A process of that machine has `target` open."""
    store.write(f"/proc/{pid}/comm", f"{name}\n")
    folder = store.root / f"proc/{pid}/fd"
    folder.mkdir()
    (folder / "3").symlink_to(target)


@pytest.mark.parametrize(
    ("state", "verdict"), [(0, Verdict.OK), (5, Verdict.FIX), (-1, Verdict.NOT_SEEN)]
)
def test_a_clock_that_nobody_keeps_is_told(state: int, verdict: Verdict) -> None:
    assert clock.judged(state).verdict is verdict


def test_the_kernel_is_asked_and_nothing_is_set() -> None:
    assert clock.synchronised().topic is Topic.CLOCK


@pytest.mark.parametrize(
    ("offset", "verdict"),
    [(0.9, Verdict.OK), (-4.0, Verdict.OK), (-61.0, Verdict.FIX), (5.1, Verdict.FIX)],
)
def test_a_clock_that_is_off_is_told(offset: float, verdict: Verdict) -> None:
    assert clock.compared(offset).verdict is verdict


def test_a_disk_is_told_with_its_room_and_its_speed(tmp_path: Path) -> None:
    found = list(disk.findings(tmp_path / "not" / "there"))
    assert len(found) == 2
    assert "ms to make 4 KiB durable" in found[1].told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("took", "verdict"), [(0.004, Verdict.OK), (0.2, Verdict.FIX)])
def test_a_disk_that_is_slow_is_told(took: float, verdict: Verdict, tmp_path: Path) -> None:
    assert disk.speed(tmp_path, took).verdict is verdict


def port_of(store: StoreMachine, *, runs: bool) -> Finding:
    (found,) = ports.findings(store.as_seen(), configured(), runs=runs)
    return found


def test_a_port_that_nobody_has_is_free_for_a_posd_that_does_not_run(store: StoreMachine) -> None:
    store.write("/proc/net/tcp", TABLE)
    assert port_of(store, runs=False).told == "8719: free"
    assert port_of(store, runs=True).verdict is Verdict.FIX


def test_another_program_at_the_port_is_named(store: StoreMachine) -> None:
    store.write("/proc/net/tcp", f"{TABLE}{LISTENS}\n")
    opened(store, 812, "nginx", "socket:[4711]")
    found = port_of(store, runs=False)
    assert found.told == "8719: taken by nginx, process 812"
    assert found.fix == ("systemctl status 812  # stop it, or choose another listen.port",)


def test_posd_may_have_its_own_port(store: StoreMachine) -> None:
    store.write("/proc/net/tcp6", f"{TABLE}{LISTENS}\n")
    opened(store, 812, "posd", "socket:[4711]")
    inode = store.state.stat().st_ino
    store.write("/proc/locks", f"1: FLOCK  ADVISORY  WRITE 812 fe:01:{inode} 0 EOF\n")
    assert port_of(store, runs=True).told == "8719: posd's"


def test_a_port_whose_owner_is_hidden_is_posds_if_posd_answers(store: StoreMachine) -> None:
    store.write("/proc/net/tcp", f"{TABLE}{LISTENS}\n")
    assert port_of(store, runs=True).verdict is Verdict.OK
    assert port_of(store, runs=False).verdict is Verdict.FIX


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("ModemManager", "systemctl disable --now ModemManager"),
        ("kasse", "systemctl status 77  # stop it"),
    ],
)
def test_who_has_a_readers_port_is_named(store: StoreMachine, name: str, fix: str) -> None:
    tty = store.write("/dev/ttyACM0", "", 0o660)
    opened(store, 77, name, str(tty))
    account = Account("posd", os.geteuid(), frozenset())
    config = configured("zvt+serial:///dev/ttyACM0")
    found = list(readers.unheld(store.as_seen(), account, config))
    assert found[0].told == f"front: {name}, process 77, has {tty}"
    assert found[0].fix == (fix,)


def test_a_port_that_is_not_posds_to_use_is_told_with_its_group(store: StoreMachine) -> None:
    store.write("/dev/ttyACM0", "", 0o600)
    account = Account("nobody", 65_534, frozenset())
    config = configured("zvt+serial:///dev/ttyACM0")
    found = list(readers.unheld(store.as_seen(), account, config))
    assert "nobody may not use" in found[0].told
    assert found[0].verdict is Verdict.FIX


def test_a_reader_that_is_not_plugged_in_is_told(store: StoreMachine) -> None:
    account = Account("posd", os.geteuid(), frozenset())
    config = configured("zvt+serial:///dev/posd/reader-1")
    (found,) = readers.unheld(store.as_seen(), account, config)
    assert "nothing is plugged in" in found.told


def test_the_rules_of_udev_are_missed(store: StoreMachine) -> None:
    real = CONFIG.replace('mode = "test"\n', "").replace("simulated = true\n", "")
    plugged = real.replace("zvt+tcp://127.0.0.1:20007", "zvt+serial:///dev/ttyACM0")
    config = parse(plugged, Path("posd.toml"))
    assert [one.verdict for one in readers.rules(store.as_seen(), config)] == [Verdict.FIX]
    store.write("/usr/lib/udev/rules.d/70-posd.rules", "")
    assert list(readers.rules(store.as_seen(), config)) == []


def test_a_simulator_needs_no_rule_of_udev(store: StoreMachine) -> None:
    config = configured("zvt+serial:///dev/ttyACM0")
    assert list(readers.rules(store.as_seen(), config)) == []


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        ({"UnitFileState": "disabled"}, "systemctl enable posd"),
        ({"NeedDaemonReload": "yes"}, "systemctl daemon-reload && systemctl restart posd"),
        ({"NRestarts": "7"}, service.LOG),
    ],
)
def test_what_systemd_knows_is_told(said: dict[str, str], fix: str) -> None:
    (found,) = service.at_systemd(said)
    assert found.fix == (fix,)


def test_a_service_that_is_well_says_nothing() -> None:
    well = {"UnitFileState": "enabled", "NeedDaemonReload": "no", "NRestarts": "0"}
    assert list(service.at_systemd(well)) == []


def test_a_posd_that_does_not_run_is_told(tmp_path: Path) -> None:
    found = service.running(tmp_path / "posd.sock")
    assert isinstance(found, Finding)
    assert found.fix[0] == "systemctl start posd"


def test_a_drop_in_of_etc_hides_that_of_usr(store: StoreMachine) -> None:
    store.write("/usr/lib/systemd/system/posd.service", "[Service]\nUser=posd\n")
    at = "systemd/system/posd.service.d/10.conf"
    store.write("/usr/lib/systemd/system/posd.service.d/05.conf", "LoadCredential=old:/usr/old\n")
    store.write(f"/usr/lib/{at}", "LoadCredential=stripe.key:/usr/key\n")
    store.write(f"/etc/{at}", "LoadCredential=\nLoadCredential=stripe.key:/etc/key\n")
    unit = read_unit(store.as_seen())
    assert (unit.installed, unit.user) == (True, "posd")
    assert [one.files for one in unit.handed] == [(store.root / "etc/key",)]


def test_without_a_unit_whoever_looks_runs_posd(store: StoreMachine) -> None:
    account = service_account(store.as_seen(), read_unit(store.as_seen()))
    assert account.uid == os.geteuid()


@pytest.mark.parametrize(
    ("mode", "groups", "may"),
    [(0o640, {os.getegid()}, True), (0o640, set[int](), False), (0o644, set[int](), True)],
)
def test_who_may_read_a_file_goes_by_its_mode(
    mode: int,
    groups: set[int],
    may: bool,  # noqa: FBT001 (a table)
    tmp_path: Path,
) -> None:
    file = tmp_path / "posd.toml"
    file.touch()
    file.chmod(mode)
    for folder in (tmp_path, tmp_path.parent):
        folder.chmod(0o755)
    stranger = Account("posd", 65_533, frozenset(groups))
    told = obstacle(stranger, file)
    assert (told is None) is may
    assert may or told == f"posd may not read {file}"


def test_a_lock_of_another_file_is_not_taken_for_ours(store: StoreMachine) -> None:
    store.write("/proc/locks", "1: FLOCK  ADVISORY  WRITE 812 fe:01:1 0 EOF\n")
    assert locker(store.as_seen(), store.state) is None
