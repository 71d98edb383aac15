"""`posd tls`: what it makes, what it prints, and what it refuses."""

import json
import os
import pwd
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from posd import cli_tls
from posd.__main__ import carry_out
from posd.tls.authority import CERTIFICATE_DAYS_MAX, fingerprint, names_of
from tests.unit.posd.test_config import STORE

HOSTS = ["--host", "till.store.example", "--host", "192.168.1.10"]

Tls = Callable[..., tuple[int, str]]


@pytest.fixture
def tls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Tls:
    """Runs `posd tls COMMAND`; its status, and what it prints on either stream."""

    def run(command: str, *more: str, config: str | None = None) -> tuple[int, str]:
        file = tmp_path / "posd.toml"
        if config is not None:
            file.write_text(config)
        folder = ["--directory", str(tmp_path / "tls"), "--config", str(file)]
        status = carry_out(["tls", command, *folder, *more])
        told = capsys.readouterr()
        return status, told.out + told.err

    return run


def test_one_command_makes_all_that_is_needed_and_says_what_each_till_needs(
    tls: Tls, tmp_path: Path
) -> None:
    status, told = tls("init", *HOSTS)
    assert status == os.EX_OK
    folder = tmp_path / "tls"
    assert names_of((folder / "server.crt").read_bytes()) == ("till.store.example", "192.168.1.10")
    assert fingerprint((folder / "ca.crt").read_bytes()) in told
    for line in (
        "https://till.store.example:8720/",
        'stripe.ca_bundle_path = "ca.crt"',
        "NODE_EXTRA_CA_CERTS=ca.crt",
        "curl --cacert ca.crt https://till.store.example:8720/posd/v1/live",
        "█▀",
    ):
        assert line in told
    assert "PRIVATE" not in told


def test_programs_are_told_the_same(tls: Tls, tmp_path: Path) -> None:
    status, told = tls("init", *HOSTS, "--json")
    assert status == os.EX_OK
    found = json.loads(told)
    assert found["names"] == ["till.store.example", "192.168.1.10"]
    authority = (tmp_path / "tls" / "ca.crt").read_bytes()
    assert found["authority_sha256"] == fingerprint(authority)
    assert found["url"] == "https://till.store.example:8720/"
    assert {"who", "line"} == found["trust"][0].keys()
    assert json.loads(tls("show", "--json")[1]) == found


def test_the_names_and_the_port_are_those_of_the_configuration(tls: Tls, tmp_path: Path) -> None:
    lan = '[lan]\naddress = "fd00::7"\nport = 443\nhosts = ["till.store.example"]\n'
    status, told = tls("init", config=STORE + lan)
    assert status == os.EX_OK
    names = names_of((tmp_path / "tls" / "server.crt").read_bytes())
    assert set(names) == {"fd00::7", "till.store.example"}
    assert ":443/" in told


def test_a_second_authority_is_refused_and_a_renewal_is_not(tls: Tls, tmp_path: Path) -> None:
    tls("init", *HOSTS)
    folder = tmp_path / "tls"
    before = (folder / "ca.crt").read_bytes(), (folder / "server.crt").read_bytes()
    status, told = tls("init", *HOSTS)
    assert (status, "posd tls renew" in told) == (1, True)
    assert tls("renew")[0] == os.EX_OK
    after = (folder / "ca.crt").read_bytes(), (folder / "server.crt").read_bytes()
    assert before[0] == after[0]
    assert before[1] != after[1]
    assert names_of(after[1]) == names_of(before[1])


def test_what_is_there_can_be_shown_again(tls: Tls) -> None:
    _, made = tls("init", *HOSTS)
    assert tls("show") == (os.EX_OK, made)


@pytest.mark.parametrize("command", ["renew", "show"])
def test_where_nothing_is_the_message_says_what_makes_it(tls: Tls, command: str) -> None:
    status, told = tls(command)
    assert status == 1
    assert "'posd tls init' makes it" in told


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ([], "say what other machines call posd by"),
        (["--host", "https://till"], "'https://till' is neither a host name nor an IP address"),
        (["--host", "till\n"], "neither a host name"),
        (["--host", "bäckerei.example"], "neither a host name"),
    ],
)
def test_what_is_no_name_makes_nothing(
    tls: Tls, tmp_path: Path, more: list[str], told: str
) -> None:
    status, said = tls("init", *more)
    assert (status, told in said) == (1, True), said
    assert not (tmp_path / "tls").exists()


def test_no_certificate_lasts_longer_than_phones_take_it(tls: Tls) -> None:
    assert cli_tls.DAYS_MAX == CERTIFICATE_DAYS_MAX
    assert tls("init", *HOSTS, "--days", "826")[0] == os.EX_USAGE


def test_root_gives_the_key_to_the_services_user(
    tls: Tls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = pwd.getpwuid(os.getuid())
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", {"posd": me}.__getitem__)
    monkeypatch.setattr(cli_tls, "SERVICE_USER", "posd")
    chowned: list[str] = []
    monkeypatch.setattr("shutil.chown", lambda file, user: chowned.append(f"{file.name} {user}"))
    assert tls("init", *HOSTS)[0] == os.EX_OK
    assert chowned == [f"server.key.new {me.pw_name}"]
    assert stat.S_IMODE((tmp_path / "tls" / "server.key").stat().st_mode) == 0o600
