"""The operator's commands: what they print, and the exit status of each failure."""

import json
import logging
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest

from posd.__main__ import carry_out, main
from posd.access import digest
from posd.clock import utc
from posd.model.upstream_facts import MirrorKind
from posd.snapshot.views import MirrorView
from tests.unit.posd.at_socket import RunningPosd, serving
from tests.unit.posd.snapshots import NOW_MS, busy_shop

CONFIG = """\
mode = "test"
[store]
name = "Lyon 14"
time_zone = "Europe/Paris"
currency = "eur"
[[reader]]
name = "front"
url = "zvt+tcp://127.0.0.1:20007"
simulated = true
[[lane]]
name = "1"
reader = "front"
"""


@pytest.fixture(autouse=True)
def logging_restored() -> Iterator[None]:
    """`run` sends the process's log to a stream that is gone after the test."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "posd.toml"
    state = f'state_dir = "{tmp_path / "state"}"'
    path.write_text(CONFIG.replace('currency = "eur"', f'currency = "eur"\n{state}'), "utf-8")
    return path


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningPosd]:
    with serving(RunningPosd(tmp_path / "posd.sock")) as server:
        yield server


def test_a_good_configuration_is_called_valid(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert carry_out(["check", str(config)]) == 0
    assert carry_out(["check", "--config", str(config)]) == 0
    assert "valid. Lyon 14, mode test, readers: 1, lanes: 1, keys: 0\n" in capsys.readouterr().out


def test_what_is_checked_is_told_to_programs(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(CONFIG.replace("Europe/Paris", "Paris"), encoding="utf-8")
    assert carry_out(["check", str(config), "--json"]) == 64
    told = json.loads(capsys.readouterr().out)
    assert (told["object"], told["ok"]) == ("posd.findings", False)
    assert {one["verdict"] for one in told["data"]} == {"fix"}


def test_a_bad_configuration_ends_with_64(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(CONFIG.replace("Europe/Paris", "Paris"), encoding="utf-8")
    assert carry_out(["run", "--config", str(config)]) == 64
    assert f"{config}: store.time_zone: found 'Paris', expected" in capsys.readouterr().err
    assert carry_out(["check", str(config)]) == 64
    told = f"fix configuration: {config}: store.time_zone: found 'Paris', expected"
    assert told in capsys.readouterr().out


def test_the_daemon_logs_each_mistake_on_a_line_of_its_own(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(CONFIG.replace("eur", "EUR").replace("Europe/", ""), encoding="utf-8")
    assert carry_out(["run", f"--config={config}"]) == 64
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(f"{config}: ")[2].partition(":")[0] for line in told] == [
        "store.time_zone",
        "store.currency",
    ]


def test_without_a_file_named_the_daemon_reads_the_one_of_the_system(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posd.config.DEFAULT_PATH", tmp_path / "system.toml")
    monkeypatch.setattr("sys.argv", ["posd", "run"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 64
    assert str(tmp_path / "system.toml") in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["rum"],
        ["run", "--confg", "x"],
        ["keys", "create", "till 1"],
        ["keys", "create", "till 1", "--role", "root"],
        ["readers", "accept", "tmr_posd_front"],
    ],
)
def test_wrong_usage_ends_with_64(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(arguments) == 64
    assert "Usage: posd" in "".join(capsys.readouterr())


def test_help_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["--help"]) == 0
    assert "check" in capsys.readouterr().out


def test_a_key_is_asked_for_and_printed_once(
    running: RunningPosd, capsys: pytest.CaptureFixture[str]
) -> None:
    running.told = (200, b'{"key": "posd_test_x", "name": "till 1"}')
    arguments = ["keys", "create", "till 1", "--role", "till", "--lane", "1"]
    assert carry_out([*arguments, "--socket", str(running.path)]) == 0
    assert running.asked == [
        ("POST", "/posd/v1/keys", {"name": "till 1", "role": "till", "lane": "1"})
    ]
    assert capsys.readouterr().out == "posd_test_x\n"


@pytest.mark.parametrize(
    ("options", "most"), [(["--no-refund"], "0"), (["--refund-max", "5000"], "5000")]
)
def test_a_key_is_made_with_what_it_may_give_back(
    running: RunningPosd, options: list[str], most: str
) -> None:
    running.told = (200, b'{"key": "posd_test_x"}')
    arguments = ["keys", "create", "till 1", "--role", "till", *options]
    assert carry_out([*arguments, "--socket", str(running.path)]) == 0
    asked = {"name": "till 1", "role": "till", "refund_max": most}
    assert running.asked == [("POST", "/posd/v1/keys", asked)]


@pytest.mark.parametrize("more", [["--refund-max", "5000"], ["--refund-max", "0"]])
def test_what_a_key_may_give_back_is_said_in_one_way(running: RunningPosd, more: list[str]) -> None:
    arguments = ["keys", "create", "till 1", "--role", "till", "--no-refund", *more]
    assert carry_out([*arguments, "--socket", str(running.path)]) == 64
    assert running.asked == []


def test_the_socket_is_found_in_the_configuration(
    running: RunningPosd, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(f'{CONFIG}[listen]\nsocket = "{running.path}"\n', encoding="utf-8")
    running.told = (200, b'{"key": "posd_test_x"}')
    arguments = ["keys", "create", "office", "--role", "manager", "--config", str(config)]
    assert carry_out(arguments) == 0
    assert capsys.readouterr().out == "posd_test_x\n"


@pytest.mark.parametrize("said", [{}, {"as": "new"}])
def test_a_reader_is_accepted_with_a_reason_and_the_one_that_results_is_told(
    said: dict[str, str], running: RunningPosd, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["--as", "new"] if said else []
    running.told = (200, b'{"id": "tmr_posd_2"}')
    arguments = ["readers", "accept", "tmr_posd_front/..", "--reason", "new terminal", *more]
    assert carry_out([*arguments, "--socket", str(running.path)]) == 0
    path = "/posd/v1/readers/tmr_posd_front%2F../accept"
    assert running.asked == [("POST", path, {"reason": "new terminal", **said})]
    assert capsys.readouterr().out.startswith("tmr_posd_2: accepted.")


def test_what_is_in_force_at_a_reader_is_a_table(
    running: RunningPosd, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    own = {"section": "reader", "name": "receipts", "value": "till", "origin": "reader"}
    tip = {"section": "tipping", "name": "eur.percentages", "value": [5], "origin": "posd_default"}
    answer = {
        "mirror_heard_ms": 1_795_420_800_000,
        "configuration_unheard": "tmc_new",
        "settings": [
            {**own, "configuration": None, "since_ms": None, "state": "applied"},
            {
                **tip,
                "origin": "account_default",
                "configuration": "tmc_1",
                "since_ms": 1_795_420_740_000,
                "state": "presumed_applied",
            },
        ],
    }
    running.told = (200, json.dumps(answer).encode())
    assert carry_out(["readers", "config", "tmr_1/..", "--socket", str(running.path)]) == 0
    assert running.asked == [("GET", "/posd/v1/readers/tmr_1%2F../configuration", {})]
    rows = [line.strip("│┃").split() for line in capsys.readouterr().out.splitlines()]
    assert ["reader.receipts", "│", '"till"', "│", "reader", "│", "│", "applied"] in rows
    told = [" ".join(row) for row in rows]
    changed, heard = (
        utc(wall_ms).astimezone().isoformat(sep=" ", timespec="seconds")
        for wall_ms in (1_795_420_740_000, 1_795_420_800_000)
    )
    tips = "tipping.eur.percentages │ [5] │ account default tmc_1"
    assert f"{tips} │ {changed} │ presumed applied" in told
    assert f"Stripe told posd everything last at {heard}." in told
    assert "The location names 'tmc_new': posd has not heard of it yet." in told


def test_what_posd_refuses_is_told_in_its_words(
    running: RunningPosd, capsys: pytest.CaptureFixture[str]
) -> None:
    running.told = (400, b'{"error": {"message": "There is a key named \'till 1\'."}}')
    arguments = ["keys", "create", "till 1", "--role", "till", "--socket", str(running.path)]
    assert carry_out(arguments) == 1
    assert capsys.readouterr().err == "There is a key named 'till 1'.\n"


def test_an_answer_that_is_not_posds_is_no_crash(
    running: RunningPosd, capsys: pytest.CaptureFixture[str]
) -> None:
    running.told = (502, b"<html>")
    assert carry_out(["status", "--socket", str(running.path)]) == 1
    assert capsys.readouterr().err == "posd answered with HTTP status 502\n"


def test_without_a_running_posd_the_status_is_69(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert carry_out(["status", "--socket", str(tmp_path / "posd.sock")]) == 69
    assert "posd is not running" in capsys.readouterr().err


def test_a_socket_that_a_killed_posd_left_behind_is_69(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "posd.sock"
    RunningPosd(path).server_close()
    assert carry_out(["status", "--socket", str(path)]) == 69
    assert "Connection refused" in capsys.readouterr().err


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Not root, to whom every socket is open."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.mark.usefixtures("unprivileged")
def test_a_socket_of_another_user_is_77(capsys: pytest.CaptureFixture[str]) -> None:
    with TemporaryDirectory() as folder, RunningPosd(Path(folder) / "posd.sock") as server:
        server.path.chmod(0)
        assert carry_out(["status", "--socket", str(server.path)]) == 77
    assert "only root and posd's own user" in capsys.readouterr().err


def test_status_shows_the_snapshot(
    running: RunningPosd, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    running.told = (200, msgspec.json.encode(busy_shop(livemode=False).snapshot()))
    assert carry_out(["status", "--socket", str(running.path)]) == 0
    told = capsys.readouterr().out
    for part in (
        "Lyon 14  TEST MODE",
        "1 of 4 lanes cannot take cards: 3.",
        "! €7.80 at Café, order B-1043, since 1:56",
        "€23.40, waiting for the card",
        "Use Garden instead.",
        "Declined",
        "1 report waits to be sent, the oldest since 1:32",
    ):
        assert part in told


def test_status_shows_the_age_of_the_mirror_and_stripes_own_readers(
    running: RunningPosd, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    shop = busy_shop()
    shop.mirror = MirrorView(NOW_MS, refused={"terminal.reader": "no permission"})
    shop.fleet.tell(MirrorKind.LOCATION, "tml_1", display_name="Lange Reihe")
    shop.fleet.tell(MirrorKind.READER, "tmr_1", label="Entr\x1bance", location="tml_1")
    running.told = (200, msgspec.json.encode(shop.snapshot()))
    assert carry_out(["status", "--socket", str(running.path)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    for part in (
        "are as Stripe told them at 2:02 PM",
        "Stripe does not tell its readers: no permission",
        "Lange Reihe",
        "Entr\\x1bance",
        "not driven by posd",
    ):
        assert part in told


def test_status_has_a_line_for_hardware_on_its_way(
    running: RunningPosd, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    shop = busy_shop()
    shop.purchases.place(NOW_MS, "pending")
    running.told = (200, msgspec.json.encode(shop.snapshot()))
    assert carry_out(["status", "--socket", str(running.path)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "thor_1: Ordered. It can still be cancelled." in told


def test_a_hostile_label_cannot_drive_the_operators_terminal(
    running: RunningPosd, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = busy_shop()
    shop.add_reader("evil", label="\x1b]0;owned\x07[red]x")
    running.told = (200, msgspec.json.encode(shop.snapshot()))
    assert carry_out(["status", "--socket", str(running.path)]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_a_declared_key_is_a_block_for_the_file_and_its_secret_apart(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["keys", "create", "till 1", "--role", "till", "--lane", "1", "--declare"]
    arguments += ["--no-refund"]
    assert carry_out([*arguments, "--config", str(config)]) == 0
    told = capsys.readouterr()
    secret = told.err.split()[-1]
    assert secret.startswith("posd_test_")
    assert secret not in told.out
    limits = {"lane": "1", "refund_max": 0}
    assert tomllib.loads(told.out)["key"] == [
        {"name": "till 1", "role": "till", "sha256": digest(secret), **limits}
    ]
    config.write_text(config.read_text(encoding="utf-8") + told.out, encoding="utf-8")
    assert carry_out(["check", str(config)]) == 0


def test_a_key_that_the_file_would_refuse_is_not_declared(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["keys", "create", "till 9", "--role", "till", "--lane", "9", "--declare"]
    assert carry_out([*arguments, "--config", str(config)]) == 64
    assert "key[0].lane: found '9'" in capsys.readouterr().err


def test_the_daemons_path_loads_nothing_that_can_wait() -> None:
    script = (
        "import sys, json; from posd.__main__ import carry_out;"
        "carry_out(['run', '--config', '/nonexistent/posd.toml']);"
        "late = {'typer', 'rich', 'httpx2', 'jinja2', 'babel', 'usb', 'pyudev', 'cryptography',"
        "'segno'};"
        "print(json.dumps(sorted(late & {*sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert b"cannot be read" in done.stderr
    assert json.loads(done.stdout) == []
