"""A line that carries more, less or other octets than were sent: nothing is paid otherwise.

Faults F5 and F6.
"""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from typing import Final

import pytest
from typing_extensions import override

from posd.ids import Chance, chance
from posd_drivers.catalogue import Prints
from posd_drivers.transport.base import Transport
from posd_simulator.terminal.faults import Noise
from posd_simulator.terminal.settings import Settings, StorageRule
from tests.simulation.stories.moves import MOVES, Move
from tests.simulation.stories.stage import PAID, Store, lane, opened
from tests.simulation.stories.trials import broken
from tests.unit.posd.virtual import virtual

LANE: Final = lane(1)
AMOUNT: Final = 10_000
NOISY_S: Final = 45.0
"""Longer than any dialogue, and shorter than posd asks on before a person has it."""
SHARES: Final = (0.002, 0.01, 0.05)
SEEDS: Final = (1, 2)
GARBAGE_S: Final = 120.0
OCTETS_A_SECOND: Final = 960
"""9600 baud."""
READ_OCTETS: Final = 32
OPENINGS_A_MINUTE_MAX: Final = 10
CPU_SHARE_MAX: Final = 0.01
BACK_S: Final = 30.0


@pytest.mark.timeout(90)
@pytest.mark.parametrize("rule", StorageRule, ids=lambda rule: f"{rule.value}-rule")
@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.__name__.lower())
@virtual
async def test_f5_noise_over_a_whole_move_ends_as_a_clean_line_would_or_is_unknown(
    tmp_path: Path, move: type[Move], rule: StorageRule
) -> None:
    settings = Settings(storage_rule=rule)
    async with opened(tmp_path, settings=settings, prints=Prints.TILL) as store:
        endings = {
            await broken(move(store, AMOUNT + 1_000 * number), noise)
            for number, noise in enumerate(noises(), 1)
        }
        assert endings == {True, False}, "it is met undone and done"


def noises() -> Iterator[Noise]:
    """From a click now and then to a line that nobody could use."""
    for share in SHARES:
        for seed in SEEDS:
            yield Noise(share, NOISY_S, seed)


@pytest.mark.timeout(60)
@virtual
async def test_f6_a_wrong_baud_rate_is_one_alarm_and_no_spinning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with opened(tmp_path) as store:
        till, wrong = store.till(), WrongBaudRate()
        store.through[LANE] = wrong.before
        caplog.clear()
        await reopened(store)
        spent_s = -process_time()
        await asyncio.sleep(GARBAGE_S)
        spent_s += process_time()
        assert wrong.openings <= OPENINGS_A_MINUTE_MAX * GARBAGE_S / 60
        assert spent_s <= CPU_SHARE_MAX * GARBAGE_S
        lost = [record for record in caplog.records if record.message.startswith("reader lost")]
        assert len(lost) == 1
        intent = await till.ring_up(AMOUNT)
        refused = await till.hand_over(LANE, intent)
        assert refused.json()["error"]["code"] == "terminal_reader_offline"
        assert store.facts(intent) == []
        wrong.right = True
        await reopened(store)
        await asyncio.sleep(BACK_S)
        assert (await till.hand_over(LANE, intent)).is_success
        await asyncio.sleep(BACK_S)
        assert await store.books(till, intent) == PAID


async def reopened(store: Store) -> None:
    """Have the line opened anew, with whatever it goes through now."""
    await store.terminals[LANE].pull_cable(for_s=1.0)
    await asyncio.sleep(1.0)


@dataclass
class WrongBaudRate:
    """What a port hears that listens at another rate than the terminal sends.

    Attributes:
        right: Whether somebody has set it right.
        openings: How often posd opened the port.
    """

    right: bool = False
    openings: int = 0
    octets: Chance = field(default_factory=lambda: chance(1))

    def before(self, line: Transport) -> Transport:
        """The line as it is heard."""
        self.openings += not self.right
        return line if self.right else _Garbled(line, self.octets)


class _Garbled(Transport):
    """Octets that nobody sent, without a pause; what is written means nothing at the other end."""

    def __init__(self, line: Transport, chance: Chance) -> None:
        self._line = line
        self._chance = chance

    @override
    async def read(self) -> bytes:
        await asyncio.sleep(READ_OCTETS / OCTETS_A_SECOND)
        return bytes(int(256 * self._chance.random()) for _octet in range(READ_OCTETS))

    @override
    async def write(self, octets: bytes) -> None:
        """Nothing of it is understood."""

    @override
    def discard_input(self) -> None:
        self._line.discard_input()

    @override
    async def close(self) -> None:
        await self._line.close()
