"""Clock, ids, chance and failpoints: the leaves that all else stands on."""

import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime

from posd.clock import SystemClock, utc
from posd.failpoints import KILLED_STATUS, Failpoint, disarmed
from posd.ids import RandomIds, chance


def test_the_systems_clock_counts_in_milliseconds() -> None:
    clock = SystemClock()
    before = clock.monotonic_ms()
    wall = utc(clock.wall_ms())
    assert clock.monotonic_ms() >= before
    assert abs((datetime.now(UTC) - wall).total_seconds()) < 5  # noqa: TID251 (the oracle)


def test_an_id_is_long_and_never_the_same() -> None:
    ids = {RandomIds().new("pi_posd") for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch(r"pi_posd_[0-9A-Za-z]{24}", one) for one in ids)


def test_no_character_of_an_id_is_likelier_than_another() -> None:
    drawn = Counter("".join(RandomIds().new("")[1:] for _ in range(10_000)))
    fair = drawn.total() / 62
    assert len(drawn) == 62
    assert all(abs(count - fair) < fair / 10 for count in drawn.values()), drawn


def test_chance_repeats_from_its_seed() -> None:
    assert chance(7).random() == chance(7).random() != chance(8).random()


def test_a_failpoint_ends_the_process_there_and_nowhere_else() -> None:
    script = (
        "from posd.failpoints import Failpoint, kill_at\n"
        "reach = kill_at(Failpoint.AFTER_ATTEMPT_STARTED)\n"
        "reach(Failpoint.BEFORE_ATTEMPT_STARTED)\n"
        "print('alive', flush=True)\n"
        "reach(Failpoint.AFTER_ATTEMPT_STARTED)\n"
        "print('dead')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (KILLED_STATUS, b"alive\n")


def test_in_production_nothing_happens_there() -> None:
    for point in Failpoint:
        disarmed(point)
