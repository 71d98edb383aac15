"""`posd page`: what it asks a running posd, and what it prints."""

import io
from pathlib import Path

import pytest

from posd import cli_page
from posd.__main__ import carry_out


class PosdFake:
    """A running posd that answers everything with one code."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []

    def post(self, path: str, form: dict[str, str]) -> bytes:
        self.asked.append((path, form))
        return b'{"object":"posd.page_code","code":"ABCD-EFGH"}'


@pytest.fixture
def posd(monkeypatch: pytest.MonkeyPatch) -> PosdFake:
    fake = PosdFake()

    def client_at(_file: Path | None, _socket: Path | None) -> PosdFake:
        return fake

    monkeypatch.setattr(cli_page, "client_at", client_at)
    return fake


def test_a_new_code_is_printed_and_nothing_else(
    posd: PosdFake, capsys: pytest.CaptureFixture[str]
) -> None:
    assert carry_out(["page", "code"]) == 0
    assert capsys.readouterr().out == "ABCD-EFGH\n"
    assert posd.asked == [("/posd/v1/page/code", {})]


def test_a_lost_pin_is_taken_away(posd: PosdFake, capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["page", "reset-pin", "--yes"]) == 0
    assert capsys.readouterr().out == "ABCD-EFGH\n"
    assert posd.asked == [("/posd/v1/page/reset_pin", {})]


def test_not_without_being_sure(posd: PosdFake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert carry_out(["page", "reset-pin"]) != 0
    assert posd.asked == []
