"""`[lan]`: off unless it is written, and never open by a default."""

from pathlib import Path

import pytest

from posd.config import LanConfig, parse
from posd.config.declared import lan_hosts
from posd.errors import ConfigError
from tests.unit.posd.test_config import SOURCE, STORE

LAN = STORE + '[lan]\naddress = "192.168.1.10"\n'


def test_nothing_listens_on_the_network_without_the_section() -> None:
    config = parse(STORE, SOURCE)
    assert config.lan is None
    assert lan_hosts(config) == frozenset()


def test_an_address_is_enough() -> None:
    assert parse(LAN, SOURCE).lan == LanConfig(
        "192.168.1.10",
        8720,
        (),
        Path("/etc/posd/tls/server.crt"),
        "lan.key",
        Path("/etc/posd/tls/server.key"),
    )


@pytest.mark.parametrize(
    ("section", "called"),
    [
        ('address = "192.168.1.10"', {"192.168.1.10"}),
        ('address = "192.168.1.10"\nhosts = ["posd.store"]', {"192.168.1.10", "posd.store"}),
        ('address = "FD00:0::1"', {"[fd00::1]"}),
        ('address = "0.0.0.0"\nhosts = ["10.0.0.7"]', {"10.0.0.7"}),
    ],
)
def test_what_other_machines_may_call_it_by(section: str, called: set[str]) -> None:
    assert lan_hosts(parse(STORE + f"[lan]\n{section}\n", SOURCE)) == called


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("", "lan.address: found nothing, expected this key"),
        ('address = "posd.store"', "lan.address: found 'posd.store', expected an IP address of"),
        ('address = "10.0.0.7:8720"', "lan.address: found '10.0.0.7:8720', expected an IP"),
        ('address = "0.0.0.0"', "lan.hosts: found nothing, expected the names that posd is called"),
        ('address = "::"', "lan.hosts: found nothing, expected the names that posd is called by"),
        ('address = "10.0.0.7"\nhosts = ["https://a"]', "lan.hosts[0]: found 'https://a'"),
        ('address = "10.0.0.7"\ntls = false', "lan.tls: found a key that posd does not know"),
        ('address = "10.0.0.7"\nkey_file = "server.key"', "lan.key_file: found 'server.key'"),
        (
            'address = "10.0.0.7"\nkey_credential = "-----BEGIN PRIVATE KEY-----"',
            "lan.key_credential: found a text of 27 characters that is not shown",
        ),
    ],
)
def test_what_is_refused(section: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(STORE + f"[lan]\n{section}\n", SOURCE)
    assert told in str(caught.value)
