"""The till goes away, refuses, or the terminal reboots, at every message of every money command."""

from collections.abc import Callable

import pytest

from posd_drivers.session import LinkLost
from posd_simulator.terminal.cardholder import Tap
from posd_simulator.terminal.deeds import Reboot
from posd_simulator.terminal.events import Happens, Timer
from posd_simulator.terminal.ledger import Entry, book_of
from posd_simulator.terminal.settings import StorageRule, Wire
from tests.unit.simulator.terminal.book import entry, stored
from tests.unit.simulator.terminal.till import GOOD, REGISTER_PRINTING, VISA, Till

COMMANDS = {
    "sale": "06 01 07 04 00 00 00 00 12 50",
    "refund": "06 31 0A 00 00 00 04 00 00 00 00 05 00",
    "reversal": "06 30 06 00 00 00 87 00 12",
    "preauthorisation": "06 22 07 04 00 00 00 00 12 50",
    "booking": "06 24 03 87 00 13",
    "release": "06 25 03 87 00 13",
    "closing": "06 50 03 00 00 00",
}
STEPS_MAX = 30
OLD = StorageRule.OLD


def lost(till: Till) -> None:
    till.feed(LinkLost(sent=True))


def reboots(till: Till) -> None:
    till.feed(Happens(Reboot(5.0)))


def refuses(till: Till) -> None:
    till.says("84 66 00")


def with_past(kind: str, rule: StorageRule) -> Till:
    past = [entry("sale", 12)]
    if kind in ("booking", "release"):
        past.append(entry("preauthorisation", 13))
    return Till(Wire.TCP, rule, stored(*past)).registers(REGISTER_PRINTING)


def step(till: Till) -> bool:
    """One more step of the command; whether it still runs."""
    if till.pt.prompt is not None:
        till.acts(Tap(VISA))
    elif Timer.T3 in till.timers:
        till.says(GOOD)
    elif till.pt.busy:
        till.fires(Timer.STEP)
    return till.pt.busy


def finish(till: Till) -> None:
    while step(till):
        pass


def interrupted(
    kind: str, rule: StorageRule, interrupt: Callable[[Till], None], after: int
) -> Till | None:
    """The terminal after its command was interrupted behind so many steps; None: it was over."""
    till = with_past(kind, rule)
    till.says(COMMANDS[kind])
    for _ in range(after):
        if not step(till):
            return None
    interrupt(till)
    finish(till)
    return till


@pytest.mark.parametrize("interrupt", [lost, reboots, refuses])
@pytest.mark.parametrize("rule", list(StorageRule))
@pytest.mark.parametrize("kind", list(COMMANDS))
def test_whatever_interrupts_it_the_book_knows_what_stands(
    kind: str, rule: StorageRule, interrupt: Callable[[Till], None]
) -> None:
    ends = []
    for after in range(STEPS_MAX):
        till = interrupted(kind, rule, interrupt, after)
        if till is None:
            break
        past = with_past(kind, rule).book
        assert till.book == book_of(till.kept, past), after
        assert len([line for line in till.kept if line.entry is Entry.STORED]) <= 1, after
        assert not till.pt.busy
        assert till.says("05 01 00") == [GOOD, "06 0F 01 00"], after
        ends.append(tuple(line.entry for line in till.kept))
    assert (Entry.STORED,) in ends, "the last of them come too late"
    assert len(ends) > 3


@pytest.mark.parametrize("kind", list(COMMANDS))
@pytest.mark.parametrize("interrupt", [lost, reboots])
def test_only_the_old_rule_takes_back_what_the_till_did_not_accept(
    kind: str, interrupt: Callable[[Till], None]
) -> None:
    for after in range(STEPS_MAX):
        old = interrupted(kind, OLD, interrupt, after)
        new = interrupted(kind, StorageRule.NEW, interrupt, after)
        if old is None or new is None:
            break
        took_back = [line for line in old.kept if line.entry is Entry.REVERSED]
        if took_back:
            assert [line.entry for line in new.kept] == [Entry.STORED], after
        else:
            assert [it.transaction for it in old.kept] == [it.transaction for it in new.kept]
