"""A disk that stays full, and another tool that holds the journal: posd waits, ends, comes back."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Final

import pytest

from posd.daemon import JOURNAL_FILE
from tests.crash.child import Nursery
from tests.crash.installed import Installed
from tests.crash.store import READER_PATH, Store, Stripe
from tests.crash.tormented import Tormented
from tests.crash.torture import Fault, Injection, launched_by

HELD_S: Final = 10.0
PROMPT_S: Final = HELD_S / 2
"""An answer that waits for the tool comes later; the machine may be busy."""
MOMENTS_S: Final = (0.0, 0.12)
"""When the tool begins: before the till has called, and while the terminal has the word."""
FULL: Final = Injection("pwrite64", 1, Fault.ENOSPC, lasting=True)
STARTS_WHILE_FULL: Final = 2


@pytest.mark.usefixtures("strace")
@pytest.mark.timeout(240)
def test_while_a_disk_is_full_nothing_is_sent_and_afterwards_nothing_is_lost(
    stripe: Stripe, tmp_path: Path
) -> None:
    with (
        closing(Installed()) as installed,
        closing(Store(tmp_path / "store", installed, stripe=stripe)) as store,
    ):
        tormented = Tormented(store)
        since_ms = store.now_ms()

        def start_while_full() -> None:
            installed.before = launched_by(store.config.parent / "state", FULL)
            for _ in range(STARTS_WHILE_FULL):
                assert installed.posd(store.config).ended() == 70
            installed.before = ()
            assert store.messages(since_ms) == []

        assert tormented.suffer(FULL, start_while_full) == []
        assert "database or disk is full" in store.log()


@pytest.mark.timeout(240)
def test_a_tool_that_holds_the_journal_for_ten_seconds_delays_and_nothing_else(
    nursery: Nursery, stripe: Stripe, tmp_path: Path
) -> None:
    def live(after_s: float) -> tuple[list[str] | None, float, bool]:
        with closing(Store(tmp_path / str(after_s), nursery, stripe=stripe)) as store:
            tormented = Tormented(store)
            with longest_answer(store) as longest_s:
                wrong = tormented.hindered(held(store.config.parent / "state", after_s))
            assert store.posd is not None
            return wrong, longest_s(), store.posd.running

    with ThreadPoolExecutor(len(MOMENTS_S)) as pool:
        for wrong, longest_s, running in pool.map(live, MOMENTS_S):
            assert not wrong
            assert longest_s < PROMPT_S
            assert running


@contextmanager
def held(state: Path, after_s: float) -> Iterator[None]:
    """A writing transaction of another tool's, from so many seconds on, for HELD_S."""

    def hold() -> None:
        if leave.wait(after_s):
            return
        with closing(sqlite3.connect(state / JOURNAL_FILE, isolation_level=None)) as tool:
            tool.execute("BEGIN IMMEDIATE")
            leave.wait(HELD_S)
            tool.execute("ROLLBACK")

    leave = threading.Event()
    holding = threading.Thread(target=hold)
    holding.start()
    try:
        yield
        holding.join()
    finally:
        leave.set()


@contextmanager
def longest_answer(store: Store) -> Iterator[Callable[[], float]]:
    """The longest that a call waited in the block which wants nothing written, in seconds."""
    waits_s: list[float] = []
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.1):
            began = perf_counter()
            store.till.get(READER_PATH).raise_for_status()
            waits_s.append(perf_counter() - began)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield lambda: max(waits_s)
    finally:
        over.set()
        asking.join()
