"""What is found to be registered, and that no reader's terminal is looked at (F33)."""

import asyncio
from collections.abc import Collection

from msgspec.structs import replace

from posd.discoveries import Discovered, Discoveries, nothing_plugged
from posd.model.reader import Reader
from posd_drivers import discovery
from posd_drivers.catalogue import ReaderAddress
from posd_drivers.discovery import Plugged, Survey
from posd_drivers.look import Answers, Look
from posd_drivers.plugged.device import assemble
from posd_drivers.plugged.seen import SeenTty, SeenUsb, Sources
from tests.unit.drivers.plugged.seen import lane5000
from tests.unit.posd.records import reader

TTYS = (
    lane5000(),
    lane5000("/dev/ttyACM1", "7654321", "1-4.3"),
    lane5000("/dev/ttyACM2", "1111111", "1-4.4"),
    SeenTty("/dev/ttyS0"),
)
FIRST, SECOND, THIRD, PORT = assemble(TTYS)


class Bench:
    """Three terminals and a serial port of this machine, and who was looked at."""

    def __init__(self, *readers: Reader) -> None:
        self.looked_at: list[str | None] = []
        self.looking = 0
        self.discoveries = Discoveries(lambda: readers, self._survey, self._look)

    async def _survey(
        self, addresses: Collection[ReaderAddress], identities: Collection[str]
    ) -> Survey:
        nothing: tuple[SeenUsb, ...] = ()
        sources = Sources(lambda: TTYS, lambda: nothing)
        return await discovery.survey(addresses, identities, sources=sources)

    async def _look(self, plugged: Plugged) -> Look:
        self.looked_at.append(plugged.tty)
        self.looking += 1
        await asyncio.sleep(0.01)
        assert self.looking <= 3, "one look at each at a time"
        self.looking -= 1
        return Look(Answers.NOTHING, plugged.url)


async def test_a_list_opens_nothing_and_leaves_out_what_is_not_on_usb() -> None:
    bench = Bench()
    found, hidden = await bench.discoveries.list(every_port=False)
    assert [each.plugged for each in found] == [FIRST, SECOND, THIRD]
    assert (hidden, bench.looked_at) == ((), [])
    every, _ = await bench.discoveries.list(every_port=True)
    assert [each.plugged for each in every] == [FIRST, SECOND, THIRD, PORT]


async def test_no_readers_terminal_is_listed_or_looked_at() -> None:
    by_address = replace(reader(), address="zvt+serial:///dev/ttyACM0?baud=115200")
    by_device = replace(reader(), address="zvt+tcp://10.0.0.7", device=SECOND.identity)
    gone = replace(reader(), address="zvt+serial:///dev/ttyACM2", deleted=True)
    without_place = replace(reader(), address="")
    bench = Bench(by_address, by_device, gone, without_place)
    assert await bench.discoveries.list(every_port=False) == ([Discovered(THIRD)], ())
    found, _ = await bench.discoveries.look(every_port=False)
    assert found == [Discovered(THIRD, Look(Answers.NOTHING, THIRD.url))]
    assert bench.looked_at == ["/dev/ttyACM2"]


async def test_each_is_looked_at_once_at_a_time_whoever_asks() -> None:
    bench = Bench()
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(bench.discoveries.look(every_port=False))
    assert sorted(filter(None, bench.looked_at)) == sorted(
        tty.path for tty in TTYS[:3] for _ in range(3)
    )


async def test_where_nothing_can_be_plugged_in_nothing_is() -> None:
    assert await nothing_plugged((), ()) == Survey(())
