"""`posd doctor` as a whole: with a running posd that is asked, and with none."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from posd.__main__ import carry_out
from posd.doctor.examination import examination
from posd.doctor.finding import Finding, Topic, Verdict
from posd.snapshot.views import MirrorView, Upstream, UpstreamState
from tests.unit.posd.at_socket import RunningPosd, serving
from tests.unit.posd.doctor.store_machine import STRIPE, StoreMachine
from tests.unit.posd.journal.scenario import TurnedClock
from tests.unit.posd.snapshots import busy_shop


@pytest.fixture
def store(tmp_path: Path) -> StoreMachine:
    return StoreMachine(tmp_path)


@pytest.fixture
def posd(tmp_path: Path) -> Iterator[RunningPosd]:
    with serving(RunningPosd(tmp_path / "posd.sock")) as running:
        running.told = (200, msgspec.json.encode(busy_shop().snapshot()))
        yield running


def examined(store: StoreMachine, socket: Path) -> list[Finding]:
    return list(examination(store.as_seen(), store.file, socket, TurnedClock()))


def about(found: list[Finding], topic: Topic) -> list[Finding]:
    return [one for one in found if one.topic is topic]


def test_a_running_posd_is_asked_what_it_holds(store: StoreMachine, posd: RunningPosd) -> None:
    found = examined(store, posd.path)
    held = [one for each in busy_shop().snapshot().locations for one in each.readers]
    told = [one.told for one in about(found, Topic.READERS)]
    assert held
    assert all(any(line.startswith(f"{one.id}: ") for line in told) for one in held)
    assert posd.asked == [("GET", "/posd/v1/status", {})]
    assert not any("20007" in line for line in told)  # the reader's address itself was left alone


def test_without_a_running_posd_the_rest_is_looked_at(store: StoreMachine) -> None:
    found = examined(store, store.root / "none.sock")
    assert about(found, Topic.SERVICE)[0].verdict is Verdict.FIX
    assert {Topic.STATE, Topic.JOURNAL, Topic.READERS, Topic.CLOCK, Topic.DISK} <= {
        one.topic for one in found
    }


def test_what_cannot_be_configured_is_told_and_the_clock_all_the_same(store: StoreMachine) -> None:
    store.file.write_text("store =", encoding="utf-8")
    found = examined(store, store.root / "none.sock")
    assert [one.topic for one in found] == [Topic.CONFIGURATION, Topic.SERVICE, Topic.CLOCK]


def test_the_status_is_1_if_something_is_to_fix(
    store: StoreMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    socket = str(store.root / "none.sock")
    arguments = ["doctor", "--config", str(store.file), "--socket", socket]
    assert carry_out([*arguments, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert carry_out(arguments) == 1
    assert "→ systemctl start posd" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("upstream", "verdict", "told"),
    [
        (Upstream(UpstreamState.PAUSED, 0, "Invalid key"), Verdict.FIX, "posd: Invalid key"),
        (Upstream(UpstreamState.UNTRIED), Verdict.NOT_SEEN, "posd has sent nothing yet"),
        (
            Upstream(UpstreamState.OK, 0, waiting=2),
            Verdict.OK,
            "posd: 2 reports wait, none is refused",
        ),
    ],
    ids=["paused", "untried", "ok"],
)
def test_a_running_posd_says_how_it_stands_with_stripe(
    upstream: Upstream, verdict: Verdict, told: str, store: StoreMachine, posd: RunningPosd
) -> None:
    store.says(STRIPE + 'base_url = "http://127.0.0.1:1"\n')
    shop = busy_shop()
    shop.upstream = upstream
    posd.told = (200, msgspec.json.encode(shop.snapshot()))
    last = about(examined(store, posd.path), Topic.STRIPE)[-1]
    assert (last.verdict, last.told) == (verdict, told)


def test_what_stripe_refuses_the_running_posd_is_told_with_where_to_allow_it(
    store: StoreMachine, posd: RunningPosd
) -> None:
    store.says(STRIPE + 'base_url = "http://127.0.0.1:1"\n')
    shop = busy_shop()
    shop.mirror = MirrorView(refused={"terminal.reader": "Having Read would allow it."})
    posd.told = (200, msgspec.json.encode(shop.snapshot()))
    refused = about(examined(store, posd.path), Topic.STRIPE)[-2]
    assert refused.told == "posd is refused terminal.reader: Having Read would allow it."
    assert refused.fix == ("Stripe's dashboard, API keys; docs/running.md, step 5",)


def test_the_line_to_stripe_is_looked_at_without_a_running_posd(store: StoreMachine) -> None:
    store.says(STRIPE + 'base_url = "http://127.0.0.1:1"\n')
    told = about(examined(store, store.root / "none.sock"), Topic.STRIPE)[-1]
    assert told.verdict is Verdict.FIX
    assert told.told.startswith("127.0.0.1:1: ")
    assert "Connection refused" in told.told
