"""`posd check`: what keeps posd from starting is told with what helps, and nothing is changed."""

import fcntl
import os
import struct
from pathlib import Path

import apsw
import pytest

from posd.cli_check import check_status
from posd.clock import utc
from posd.daemon import HIGH_WATER_FILE, JOURNAL_FILE
from posd.doctor.finding import Finding, Topic, Verdict
from posd.doctor.preflight import preflight
from posd.journal.connection import APPLICATION_ID, ARCHIVED_LAYOUT
from posd.journal.high_water import HighWater, HighWaterFile
from posd.tls.validity import expiry_ms
from tests.unit.posd.doctor.store_machine import STRIPE, TEST_KEY, StoreMachine
from tests.unit.posd.journal.scenario import Facts, intent, open_journal
from tests.unit.posd.tls.shop import DAYS, STORE, founded, now


@pytest.fixture
def store(tmp_path: Path) -> StoreMachine:
    return StoreMachine(tmp_path)


def checked(store: StoreMachine, **environ: str) -> list[Finding]:
    return list(preflight(store.as_seen(environ), store.file))


def wrong(found: list[Finding]) -> list[str]:
    return [one.told for one in found if one.verdict is not Verdict.OK]


@pytest.fixture
async def journal_file(store: StoreMachine) -> Path:
    journal = open_journal(store.state)
    await journal.commit(Facts((intent(),)))
    journal.close()
    return (store.state / "journal.sqlite").rename(store.state / JOURNAL_FILE)


def test_a_store_that_would_start_is_told_so_line_by_line(
    store: StoreMachine, journal_file: Path
) -> None:
    store.says(STRIPE)
    store.write("/etc/posd/stripe.key", TEST_KEY, 0o600)
    found = checked(store)
    assert [(one.topic, one.verdict) for one in found] == [
        (Topic.CONFIGURATION, Verdict.OK),
        (Topic.CREDENTIALS, Verdict.OK),
        (Topic.STATE, Verdict.OK),
        (Topic.JOURNAL, Verdict.OK),
    ]
    assert found[3].told == f"{journal_file}: layout 1, readable"
    assert check_status(found) == 0
    assert TEST_KEY not in str(found)


def test_a_first_start_is_no_fault(store: StoreMachine) -> None:
    store.state.rmdir()
    assert wrong(checked(store)) == []


def test_each_mistake_of_the_configuration_is_a_line(store: StoreMachine) -> None:
    store.write("/etc/posd/conf.d/50.toml", '[store]\ntime_zone = "Paris"\ncurrency = "EUR"\n')
    found = checked(store)
    assert [told.partition(": found")[0].partition("50.toml: ")[2] for told in wrong(found)] == [
        "store.time_zone",
        "store.currency",
    ]
    assert check_status(found) == 64


def test_without_a_configuration_it_says_how_to_begin(store: StoreMachine) -> None:
    store.file.unlink()
    (found,) = checked(store)
    assert found.fix == (f"posd config example > {store.file}  # then edit it",)


@pytest.mark.parametrize(
    ("key", "mode", "told"),
    [
        (None, 0, "No such file"),
        (TEST_KEY, 0o644, "found mode 0644, expected 0600 or less"),
        ("rk_live_51Canary", 0o600, "found a live key, expected a test key"),
        ("two\nlines", 0o600, "expected one line"),
    ],
)
def test_a_key_that_posd_would_refuse_is_told_and_never_shown(
    store: StoreMachine, key: str | None, mode: int, told: str
) -> None:
    store.says(STRIPE)
    if key is not None:
        store.write("/etc/posd/stripe.key", key, mode)
    found = checked(store)
    assert told in wrong(found)[0]
    assert "Canary" not in str(found)
    assert check_status(found) == 64


def test_what_systemd_will_hand_over_is_found_by_the_units_files(store: StoreMachine) -> None:
    store.says('[upstream]\nkind = "stripe"\n')
    assert "neither the unit nor the configuration has it" in wrong(checked(store))[0]
    name = "/etc/systemd/system/posd.service.d/stripe.conf"
    store.write(name, "[Service]\nLoadCredential=stripe.key:/etc/posd/handed.key\n")
    key = store.root / "etc/posd/handed.key"
    assert f"the unit names {key}, and there is nothing" in wrong(checked(store))[0]
    store.write("/etc/posd/handed.key", TEST_KEY, 0o400)
    assert wrong(checked(store)) == []


def test_a_store_of_systemds_that_is_empty_leaves_it_to_the_file(store: StoreMachine) -> None:
    store.says(STRIPE)
    store.write("/usr/lib/systemd/system/posd.service", "LoadCredentialEncrypted=stripe.key\n")
    store.write("/etc/posd/stripe.key", TEST_KEY, 0o600)
    assert wrong(checked(store)) == []


def test_a_certificate_is_compared_with_its_key(store: StoreMachine) -> None:
    store.says('[lan]\naddress = "192.168.1.10"\n')
    found = checked(store)
    assert any("lan.certificate" in told or "server.key" in told for told in wrong(found))
    store.write("/usr/lib/systemd/system/posd.service", "LoadCredentialEncrypted=lan.key\n")
    store.write("/etc/credstore.encrypted/lan.key", "bWFk", 0o600)
    assert check_status(checked(store)) == 77


def test_what_is_encrypted_is_said_to_be_unseen(store: StoreMachine) -> None:
    store.says('[upstream]\nkind = "stripe"\n')
    name = "/usr/lib/systemd/system/posd.service"
    store.write(name, "LoadCredentialEncrypted=stripe.key\n")
    store.write("/etc/credstore.encrypted/stripe.key", "bWFk", 0o600)
    found = checked(store)
    assert [one.verdict for one in found].count(Verdict.NOT_SEEN) == 1
    assert check_status(found) == 77


def test_beside_a_running_posd_it_is_told_who_holds_the_state(store: StoreMachine) -> None:
    held = os.open(store.state, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    inode = store.state.stat().st_ino
    store.write("/proc/locks", f"1: FLOCK  ADVISORY  WRITE 812 fe:01:{inode} 0 EOF\n")
    store.write("/proc/812/comm", "posd\n")
    found = checked(store)
    os.close(held)
    assert f"{store.state}: held by posd, process 812" in [one.told for one in found]
    assert wrong(found) == []


def test_a_journal_of_a_newer_posd_is_not_for_this_one(
    store: StoreMachine, journal_file: Path
) -> None:
    octets = bytearray(journal_file.read_bytes())
    octets[60:64] = (ARCHIVED_LAYOUT + 1).to_bytes(4, "big")  # user_version of SQLite's header
    journal_file.write_bytes(octets)
    found = checked(store)
    assert "has layout 3, this posd knows 2" in wrong(found)[0]
    assert check_status(found) == 70


def test_a_step_that_lies_in_the_log_alone_is_seen_and_left_there(store: StoreMachine) -> None:
    journal = store.state / JOURNAL_FILE
    db = apsw.Connection(str(journal))
    db.pragma("journal_mode", "wal")
    db.pragma("application_id", APPLICATION_ID)
    db.pragma("user_version", ARCHIVED_LAYOUT)
    before = {one: one.read_bytes() for one in store.state.iterdir()}
    assert len(before) == 3
    assert struct.unpack(">I", before[journal][60:64]) == (0,)
    assert f"{journal}: layout 2, readable" in [one.told for one in checked(store)]
    assert {one: one.read_bytes() for one in store.state.iterdir()} == before
    db.close()


def test_another_file_is_no_journal(store: StoreMachine) -> None:
    (store.state / JOURNAL_FILE).write_bytes(b"no database at all" * 10)
    assert "is not a journal of posd" in wrong(checked(store))[0]


def test_a_journal_that_is_gone_is_told_before_posd_refuses_to_start(store: StoreMachine) -> None:
    mark = HighWater("j", "e", 1, 7, b"\0" * 32)
    HighWaterFile(store.state / HIGH_WATER_FILE).write(mark)
    found = checked(store)
    assert "is gone; it had 7 facts" in wrong(found)[0]
    assert check_status(found) == 70


def test_nothing_is_left_behind(store: StoreMachine) -> None:
    before = sorted(store.root.rglob("*"))
    checked(store)
    assert sorted(store.root.rglob("*")) == before


def test_a_configuration_that_posds_user_cannot_read_is_told(store: StoreMachine) -> None:
    store.write("/usr/lib/systemd/system/posd.service", "[Service]\nUser=nobody\n")
    store.file.chmod(0o600)
    store.root.chmod(0o700)
    found = checked(store)[0]
    assert found.topic is Topic.CONFIGURATION
    assert found.told.startswith("nobody may not ")
    assert found.fix == (f"chgrp nobody {store.file} && chmod 640 {store.file}",)


def test_too_many_files_of_a_configuration_are_told_once(store: StoreMachine) -> None:
    for number in range(101):
        store.write(f"/etc/posd/conf.d/{number:03}.toml", "")
    (found,) = checked(store)
    assert found.told.endswith("found 101 files, expected 100 at most")


def test_each_credential_that_is_missing_is_named(store: StoreMachine) -> None:
    store.says(
        '[alarm]\nurl = "https://alarm.example/posd"\ncredential_file = "/etc/posd/alarm"\n'
        '[mqtt]\nhost = "broker.example"\nstore = "lyon-14"\nusername = "posd"\n'
    )
    named = [told.partition(":")[0] for told in wrong(checked(store))]
    assert named == ["credential 'alarm.token'", "credential 'mqtt.password'"]
    store.write("/etc/posd/alarm", "token", 0o600)
    store.write("/run/credentials/posd.service/mqtt.password", "secret", 0o400)
    assert wrong(checked(store)) == []


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("12345", ["credential 'front.password': password: expected 6 digits"]),
        ("123456", []),
    ],
)
def test_a_password_that_no_terminal_has_is_told_and_never_shown(
    password: str, told: list[str], store: StoreMachine
) -> None:
    with store.file.open("a", encoding="utf-8") as config:
        config.write('password_credential = "front.password"\n')
    store.write("/run/credentials/posd.service/front.password", password, 0o400)
    found = checked(store)
    assert wrong(found) == told
    assert password not in str([one.told for one in found if one.topic is Topic.CREDENTIALS])


@pytest.mark.parametrize(("days", "fix"), [(DAYS, ()), (3, ("posd tls renew",))])
def test_a_certificate_that_fits_is_told_with_its_end(
    days: int, fix: tuple[str, ...], store: StoreMachine
) -> None:
    store.says('[lan]\naddress = "192.168.1.10"\n')
    folder = founded(store.root / "etc/posd/tls", ("192.168.1.10",))
    folder.renew(STORE, ("192.168.1.10",), now(), days)
    (found,) = [one for one in checked(store) if one.topic is Topic.CREDENTIALS]
    ends = utc(expiry_ms(folder.certificate.read_text("ascii"))).date().isoformat()
    assert found.told == f"/etc/posd/tls/server.crt: fits its key, good until {ends}"
    assert found.fix == fix
