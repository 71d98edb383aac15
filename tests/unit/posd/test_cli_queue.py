"""`posd queue`: what it asks a running posd, and what it prints."""

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from posd import cli_queue
from posd.__main__ import carry_out
from posd.model.effect import EffectState, QueueItem
from posd.render.queue import queue_item
from tests.unit.posd.api.queue_fakes import AT_MS, item
from tests.unit.posd.snapshots import Shop

WHY = "Told by telephone."


class PosdFake:
    """A running posd that owes `items` and lists one a page."""

    def __init__(self, items: Sequence[QueueItem]) -> None:
        self.items = [queue_item(one, AT_MS) for one in items]
        self.asked: list[tuple[str, dict[str, str] | None]] = []

    def get(self, path: str) -> bytes:
        if path == "/posd/v1/status":
            return msgspec.json.encode(Shop().snapshot())
        self.asked.append((path, None))
        ids = [one["id"] for one in self.items]
        after = path.partition("starting_after=")[2]
        start = ids.index(after) + 1 if after else 0
        page = {"data": self.items[start : start + 1], "has_more": start + 1 < len(ids)}
        return json.dumps(page).encode()

    def post(self, path: str, form: dict[str, str]) -> bytes:
        self.asked.append((path, form))
        return json.dumps(self.items[0] | {"state": "written_off"}).encode()


@pytest.fixture
def posd(monkeypatch: pytest.MonkeyPatch) -> PosdFake:
    fake = PosdFake([item(1), item(2, EffectState.PARKED)])
    monkeypatch.setenv("COLUMNS", "200")

    def client_at(_file: Path | None, _socket: Path | None) -> PosdFake:
        return fake

    monkeypatch.setattr(cli_queue, "client_at", client_at)
    return fake


def test_the_list_tells_all_pages_with_the_cause(
    posd: PosdFake, capsys: pytest.CaptureFixture[str]
) -> None:
    assert carry_out(["queue", "list"]) == 0
    told = capsys.readouterr().out
    for part in ("att_1-report", "pi_1", "€12.50", "HTTP 503", "att_2-report"):
        assert part in told
    assert "parked, HTTP 400: No such method." in told
    assert [path for path, _ in posd.asked] == [
        "/posd/v1/queue?limit=100",
        "/posd/v1/queue?limit=100&starting_after=att_1-report",
    ]


def test_what_is_parked_is_asked_for_alone(posd: PosdFake) -> None:
    posd.items = posd.items[1:]
    assert carry_out(["queue", "list", "--parked"]) == 0
    assert [path for path, _ in posd.asked] == ["/posd/v1/queue?limit=100&state=parked"]


def test_nothing_owed_is_said_so(posd: PosdFake, capsys: pytest.CaptureFixture[str]) -> None:
    posd.items = []
    assert carry_out(["queue", "list"]) == 0
    assert capsys.readouterr().out == "Nothing is owed to Stripe.\n"


@pytest.mark.parametrize("command", ["retry", "park", "write-off"])
def test_a_ruling_needs_a_reason(
    posd: PosdFake, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert carry_out(["queue", command, "att_1-report"]) == 64
    assert posd.asked == []
    assert carry_out(["queue", command, "att_1-report", "--reason", WHY]) == 0
    path = f"/posd/v1/queue/att_1-report/{command.replace('-', '_')}"
    assert posd.asked == [(path, {"reason": WHY})]
    assert capsys.readouterr().out == "att_1-report: written off.\n"
