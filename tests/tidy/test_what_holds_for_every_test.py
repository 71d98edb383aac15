"""The guards around every test bite: no host but this one, no blocking call of ours in a loop."""

import socket
from pathlib import Path

import pytest
from blockbuster import BlockingError
from pytest_socket import SocketConnectBlockedError

from posd import config
from posd.errors import ConfigError

ELSEWHERE = "192.0.2.1"
"""An address kept for documentation (RFC 5737): nobody is there."""


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_no_test_reaches_another_machine() -> None:
    with socket.socket() as sock, pytest.raises(SocketConnectBlockedError):
        sock.connect((ELSEWHERE, 80))


async def test_a_blocking_call_of_ours_raises_in_a_loop(tmp_path: Path) -> None:
    file = tmp_path / "posd.toml"
    file.write_text("")
    with pytest.raises(BlockingError):
        config.load(file)


def test_outside_a_loop_it_may_block(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        config.load(tmp_path / "missing.toml")
