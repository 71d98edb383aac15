"""The last receipts once more: asked of an idle terminal, and of none that cannot."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from typing_extensions import override

from posd.errors import Refused
from posd.model.reader_facts import ReaderDeleted
from posd.reprints import Reprints
from posd_drivers.card_reader import Receipt
from posd_drivers.errors import Refused as TerminalRefused
from posd_drivers.errors import Unsupported
from tests.unit.posd.stage import READER, ScriptedTerminal, Stage, hangs, played

LAST = (Receipt("merchant", ("EUR 12,50",)), Receipt("customer", ("EUR 12,50",)))


class Repeats(ScriptedTerminal):
    """A terminal that repeats its last receipts."""

    @override
    async def reprint(self) -> tuple[Receipt, ...]:
        self._fault("reprint")
        return LAST


def refused_at(
    folder: Path, terminal: ScriptedTerminal, before: Callable[[Stage], Awaitable[object]]
) -> Refused:
    """How a reprint is refused there, after `before`."""
    refusals: list[Refused] = []

    async def scene(on: Stage) -> None:
        await before(on)
        with pytest.raises(Refused) as caught:
            await reprints(on).reprint(READER)
        refusals.append(caught.value)

    played(folder, scene, terminal)
    return refusals[0]


def reprints(on: Stage) -> Reprints:
    return Reprints(on.journal, {READER: on.attachment})


def test_an_idle_terminal_repeats_them(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await asyncio.sleep(1)
        entries = on.kinds(READER)
        assert await reprints(on).reprint(READER) == LAST
        assert on.kinds(READER) == entries

    played(tmp_path, scene, Repeats())


def test_a_terminal_that_cannot_is_asked_once(tmp_path: Path) -> None:
    terminal = Repeats(faults={"reprint": [Unsupported("reprint")]})

    async def scene(on: Stage) -> None:
        await asyncio.sleep(1)
        for _ in range(2):
            with pytest.raises(Refused) as caught:
                await reprints(on).reprint(READER)
            assert (caught.value.code, caught.value.param) == ("parameter_invalid", "reader")
        assert terminal.asked.count("reprint") == 1

    played(tmp_path, scene, terminal)


def test_its_own_no_is_told_with_its_code(tmp_path: Path) -> None:
    async def registered(_on: Stage) -> None:
        await asyncio.sleep(1)

    terminal = Repeats(faults={"reprint": [TerminalRefused(0x9C)]})
    no = refused_at(tmp_path, terminal, registered)
    assert no.code == "terminal_reader_busy"
    assert "9C" in no.message


def test_not_while_a_payment_is_in_hand(tmp_path: Path) -> None:
    async def paying(on: Stage) -> None:
        await on.process(await on.order())

    terminal = Repeats(dialogue=hangs)
    assert refused_at(tmp_path, terminal, paying).code == "terminal_reader_busy"
    assert "reprint" not in terminal.asked


def test_not_of_a_reader_that_is_deleted(tmp_path: Path) -> None:
    async def deleted(on: Stage) -> None:
        await on.know(ReaderDeleted(READER))

    assert refused_at(tmp_path, Repeats(), deleted).code == "resource_missing"


def test_not_of_a_reader_that_nobody_knows_or_holds(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        with pytest.raises(Refused) as unknown:
            await reprints(on).reprint("tmr_404")
        assert (unknown.value.code, unknown.value.param) == ("resource_missing", "reader")
        with pytest.raises(Refused) as unheld:
            await Reprints(on.journal, {}).reprint(READER)
        assert unheld.value.code == "terminal_reader_offline"

    played(tmp_path, scene)
