"""A test without a charge, and a diagnosis that gives a terminal another chance (M11)."""

import asyncio
from pathlib import Path

import pytest

from posd.capabilities import LearnUnsupported
from posd.checkups import Checkups
from posd.errors import Refused
from posd_drivers.ability import Need, Operation, Readiness
from posd_drivers.errors import NoAnswer, Unsupported
from posd_drivers.errors import Refused as TerminalRefused
from tests.unit.posd.stage import HELD_S, READER, ScriptedTerminal, Stage, hangs, played
from tests.unit.posd.test_upkeep import NeedyTerminal

MANAGER = "key_posd_manager"


def of(on: Stage) -> Checkups:
    return Checkups(on.journal, {READER: on.attachment})


def cannot(on: Stage) -> frozenset[Operation]:
    known = on.journal.queries.reader(READER)
    assert known is not None
    return known.cannot


async def code_of(on: Stage, *, diagnosis: bool = False) -> str:
    with pytest.raises(Refused) as refused:
        await (of(on).diagnose(READER, actor=MANAGER) if diagnosis else of(on).test(READER))
    return refused.value.code


@pytest.mark.parametrize("need", [None, Need.TECHNICIAN, Need.END_OF_DAY])
def test_a_terminal_is_asked_how_it_is_and_nothing_else(tmp_path: Path, need: Need | None) -> None:
    async def scene(on: Stage) -> None:
        before = len(on.terminal.asked)
        told = await of(on).test(READER)
        assert told == Readiness(ready=need is None, need=need)
        assert on.terminal.asked[before:] == ["readiness"]

    played(tmp_path, scene, NeedyTerminal(need=need))


def test_a_reader_that_nobody_holds_or_knows_is_not_asked(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        with pytest.raises(Refused) as refused:
            await of(on).test("tmr_posd_no")
        assert refused.value.code == "resource_missing"
        with pytest.raises(Refused) as refused:
            await Checkups(on.journal, {}).test(READER)
        assert refused.value.code == "terminal_reader_offline"

    played(tmp_path, scene)


def test_a_payment_is_never_kept_waiting(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await on.process(await on.order())
        assert await code_of(on) == "terminal_reader_busy"

    played(tmp_path, scene, ScriptedTerminal(hangs))


def test_a_terminal_that_does_not_answer_is_offline(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.terminal.faults["readiness"] = [NoAnswer("silent")]
        assert await code_of(on) == "terminal_reader_offline"

    played(tmp_path, scene)


def test_after_a_diagnosis_what_was_refused_before_is_tried_again(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await on.journal.commit(LearnUnsupported(READER, Operation.REFUND))
        for _ in range(2):
            told = await of(on).diagnose(READER, actor=MANAGER)
            assert told.ready
        assert cannot(on) == frozenset()
        assert on.kinds(READER).count("UnsupportedForgotten") == 1
        assert on.terminal.asked.count("diagnose") == 2

    played(tmp_path, scene, NeedyTerminal())


def test_a_terminal_without_a_diagnosis_is_asked_once(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.terminal.faults["diagnose"] = [Unsupported("06 70")]
        for _ in range(2):
            assert await code_of(on, diagnosis=True) == "parameter_invalid"
        assert on.terminal.asked.count("diagnose") == 1
        assert cannot(on) == {Operation.DIAGNOSIS}

    played(tmp_path, scene, NeedyTerminal())


def test_a_diagnosis_that_is_refused_for_now_proves_nothing(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.terminal.faults["diagnose"] = [TerminalRefused(0x6B)]
        assert await code_of(on, diagnosis=True) == "terminal_reader_busy"
        assert cannot(on) == frozenset()
        await asyncio.sleep(HELD_S)
        assert on.attachment.live.online

    played(tmp_path, scene, NeedyTerminal())
