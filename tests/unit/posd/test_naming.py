"""What a manager says of the store is a fact, and still known after a restart."""

from dataclasses import replace
from pathlib import Path

import pytest

from posd.config.sections import StoreConfig
from posd.errors import Refused
from posd.model.store_facts import NamedLane
from posd.naming import LANES_MAX, UNNAMED
from tests.unit.posd.house import LANE_1, House, config, declared
from tests.unit.posd.virtual import virtual

NOBODY = StoreConfig(time_zone="Europe/Berlin", currency="eur")
MANAGER = "page:manager"


def nameless(folder: Path) -> House:
    """A store whose file names a reader and nothing else."""
    return House(folder, file=replace(config(declared("lane-1")), store=NOBODY, lane=()))


@virtual
async def test_it_is_called_what_was_said_last_also_after_a_restart(tmp_path: Path) -> None:
    house = nameless(tmp_path)
    async with house.living() as posd:
        assert (posd.snapshot().store, posd.names.lanes()) == (UNNAMED, ())
        await posd.names.name_store("Lyon", actor=MANAGER)
        await posd.names.name_store("Lyon 14", actor=MANAGER)
        await posd.names.name_lanes([NamedLane("Front", LANE_1)], actor=MANAGER)
    async with house.living() as posd:
        snapshot = posd.snapshot()
        assert snapshot.store == posd.services().store_name() == "Lyon 14"
        (lane,) = snapshot.lanes
        assert lane.reader is not None
        assert (lane.name, lane.reader.id) == ("Front", LANE_1)


@virtual
async def test_a_lane_has_a_reader_that_is_known(tmp_path: Path) -> None:
    async with nameless(tmp_path).living() as posd:
        before = posd.journal.head
        many = [NamedLane(str(number), LANE_1) for number in range(LANES_MAX + 1)]
        for lanes in ([NamedLane("1", "tmr_nobody")], many, many[:1] * 2):
            with pytest.raises(Refused):
                await posd.names.name_lanes(lanes, actor=MANAGER)
        assert posd.journal.head == before


@virtual
async def test_the_file_has_the_last_word(tmp_path: Path) -> None:
    house = nameless(tmp_path)
    async with house.living() as posd:
        await posd.names.name_store("Lyon 14", actor=MANAGER)
        await posd.names.name_lanes([NamedLane("Front", LANE_1)], actor=MANAGER)
    house.file = config(declared("lane-1"))
    async with house.living() as posd:
        snapshot = posd.snapshot()
        assert (snapshot.store, snapshot.lanes[0].name) == ("Corner shop", "lane-1")
        with pytest.raises(Refused, match=r"store\.name"):
            await posd.names.name_store("Lyon 14", actor=MANAGER)
        with pytest.raises(Refused, match="configuration file"):
            await posd.names.name_lanes([], actor=MANAGER)
