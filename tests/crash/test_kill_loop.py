"""kill -9, again and again, of the posd that is installed: over a pty and loopback HTTP.

Whenever it dies, in a payment or on its way up, the ledgers agree afterwards. When that is, is
drawn from POSD_SEED; how far posd has come by then is the machine's. POSD_KILLS says how many
payments it is killed in: a terminal in the middle of one waits for half a minute.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from posd.ids import Chance, chance
from tests.crash.child import Nursery
from tests.crash.installed import Installed
from tests.crash.store import Store, Stripe
from tests.crash.tormented import Tormented
from tests.figures import FIGURE

KILLS: Final = int(os.environ.get("POSD_KILLS", "4"))
SEED: Final = int(os.environ.get("POSD_SEED", "1"))
STORES: Final = 4
PAYMENT_S: Final = 0.4
"""About as long as a payment and its report to Stripe take."""
START_S: Final = 1.5
CYCLE_S_MAX: Final = 120.0


@pytest.fixture(scope="module")
def installed() -> Iterator[Nursery]:
    with closing(Installed()) as installed:
        yield installed


@pytest.mark.timeout(CYCLE_S_MAX * (1 + KILLS // STORES))
def test_an_installed_posd_may_be_killed_at_any_time(
    installed: Nursery,
    stripe: Stripe,
    tmp_path: Path,
    subtests: pytest.Subtests,
    record_property: Callable[[str, object], None],
) -> None:
    def live(number: int) -> list[list[str] | None]:
        drawn = chance(SEED * STORES + number)
        with closing(Store(tmp_path / str(number), installed, stripe=stripe)) as store:
            tormented = Tormented(store)
            return [_cycle(tormented, store, installed, drawn) for _ in range(KILLS // STORES)]

    with ThreadPoolExecutor(STORES) as pool:
        lives = [pool.submit(live, number) for number in range(STORES)]
    met = 0
    for number, life in enumerate(lives):
        with subtests.test(f"seed {SEED}, store {number}"):
            found = life.result()
            met += sum(wrong is not None for wrong in found)
            assert not any(found), f"{found} after:\n{_log(tmp_path / str(number))}"
    record_property(FIGURE, f"installed posd: {KILLS} kills in payments, {met} before their end")
    assert met >= KILLS / 2, "most of them are to hit a payment"


def _cycle(
    tormented: Tormented, store: Store, installed: Nursery, drawn: Chance
) -> list[str] | None:
    """Killed in a payment, then killed on its way up, then started and judged."""
    on_its_way = drawn.uniform(0, START_S)

    def die_starting() -> None:
        born = installed.posd(store.config)
        if born.ended(on_its_way) is None:
            born.kill()

    return tormented.killed(drawn.uniform(0, PAYMENT_S), before_restart=die_starting)


def _log(folder: Path) -> str:
    return (folder / "posd.log").read_text()
