import asyncio
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulation import replay, sometimes
from tests.simulation.loop import Deadlock, virtually
from tests.simulation.many import one
from tests.simulation.oracle import Ending, Ledgers, Sum, violations
from tests.simulation.shop import Outcome, run

pytestmark = pytest.mark.timeout(150)

storms = pytest.mark.xdist_group("storms")
"""In one worker: what they look at is run once."""
SEEDS = (7, 23, 29, 32, 44)
"""Together they meet what most stores meet, and every kind of fault on the way to a terminal."""


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return [one(seed, 1) for seed in SEEDS]


@storms
def test_no_money_is_lost_or_doubled_in_a_stormy_day(outcomes: list[Outcome]) -> None:
    for seed, outcome in zip(SEEDS, outcomes, strict=True):
        assert outcome.violations == (), replay.line(seed, 1)
        assert outcome.payments >= 50
        assert outcome.faults.total() >= 5
        assert len(outcome.faults) >= 3


@storms
def test_the_storms_reach_every_ending(outcomes: list[Outcome]) -> None:
    facts: Counter[str] = sum((outcome.facts for outcome in outcomes), Counter())
    assert {
        "AttemptApproved",
        "AttemptDeclined",
        "AttemptAborted",
        "OutcomeUnknown",
        "AttemptNotCharged",
        "EffectDone",
    } <= set(facts)


@storms
def test_what_should_happen_now_and_then_does(outcomes: list[Outcome]) -> None:
    never = set(sometimes.never(outcomes))
    assert never <= sometimes.RARE


@storms
def test_what_is_declared_as_missed_has_a_name_and_is_missed(outcomes: list[Outcome]) -> None:
    assert sometimes.expected() >= sometimes.UNREACHED | sometimes.RARE
    assert not sometimes.UNREACHED & set(sometimes.met(outcomes)), "shorten the list"


@storms
def test_some_unknown_outcomes_turn_out_charged(outcomes: list[Outcome]) -> None:
    charged = sum(outcome.sometimes["edge unknown AttemptApproved"] for outcome in outcomes)
    assert charged > 0


def test_one_seed_is_one_history_in_any_process() -> None:
    traces = []
    for hash_seed in ("0", "77"):
        told = subprocess.run(
            [sys.executable, "-m", "tests.simulation", "--seeds", "1", "--size", "small"],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        traces.append(re.findall(r"^trace  ([0-9a-f]{64})$", told, re.MULTILINE))
    assert traces[0] == traces[1]
    assert len(traces[0]) == 1


@storms
def test_another_seed_is_another_history(outcomes: list[Outcome]) -> None:
    assert len({outcome.digest for outcome in outcomes}) == len(SEEDS)


def test_waiting_for_nothing_is_a_deadlock() -> None:
    with pytest.raises(Deadlock):
        virtually(asyncio.Event().wait())


GOOD = Ledgers(
    told=[Ending(100, ("succeeded",)), Ending(205, ("requires_payment_method",))],
    booked=[100],
    guaranteed=[100],
)


def test_three_ledgers_that_agree_are_fine() -> None:
    assert violations(GOOD) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"booked": [100, 100]}, "charged twice: 100"),
        ({"guaranteed": [100, 100]}, "guaranteed twice: 100"),
        ({"booked": []}, "told paid, not booked: 100"),
        ({"booked": [100, 205]}, "booked, neither told paid nor with a person: 205"),
        ({"guaranteed": []}, "paid, not guaranteed at Stripe: 100"),
        ({"guaranteed": [100, 205]}, "guaranteed at Stripe, not booked: 205"),
        ({"sums": [Sum(100, 100, 83, 0, None)]}, "100 comes to 100 booked, 83 told and 0 held"),
        ({"sums": [Sum(100, 100, 100, 0, 83)]}, "100 comes to 100 told, 83 at Stripe"),
        ({"told": [Ending(100, ("processing",))]}, "left open: 100 is processing"),
        ({"told": [Ending(100, ("succeeded", "succeeded"))]}, "paid twice over: 100"),
    ],
)
def test_the_oracle_sees_each_kind_of_lie(changes: dict[str, object], sentence: str) -> None:
    assert sentence in violations(replace(GOOD, **changes))  # type: ignore[arg-type]


def test_the_folder_of_a_run_holds_its_journal(tmp_path: Path) -> None:
    virtually(run(1, 0, tmp_path))
    assert (tmp_path / "journal.db").exists()
