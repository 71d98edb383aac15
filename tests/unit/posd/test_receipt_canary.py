"""No card number that a terminal prints gets to the disk, whatever its driver let through."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from posd_drivers.card_reader import Answer, Approved, Attendant, Declined, Receipt, Reported
from tests.unit.canaries import LENGTHS, SEPARATORS, canary, grouped
from tests.unit.posd.stage import Dialogue, ScriptedTerminal, Stage, booked, played

NUMBERS = [grouped(canary(length), by) for length in LENGTHS for by in SEPARATORS]
WITNESS = "the receipt that was printed"


def receipts(numbers: list[str]) -> Iterator[Receipt]:
    """One receipt for each number, in the middle of a line and alone in one."""
    for number in numbers:
        yield Receipt("merchant", (WITNESS, f"Karte {number} gueltig", number))


async def prints_and_approves(
    terminal: ScriptedTerminal, amount: int, _currency: str, sale: Attendant
) -> Answer:
    sale.acknowledged()
    transaction = booked(terminal.next_receipt, amount)
    assert await sale.reported(Reported(transaction))
    for receipt in receipts(NUMBERS):
        await sale.printed(receipt)
    approved = Approved(transaction)
    await sale.approved(approved)
    return approved


async def approves_with_a_rest(
    terminal: ScriptedTerminal, amount: int, _currency: str, sale: Attendant
) -> Answer:
    sale.acknowledged()
    transaction = booked(terminal.next_receipt, amount)
    assert await sale.reported(Reported(transaction))
    approved = Approved(transaction, tuple(receipts(NUMBERS)))
    await sale.approved(approved)
    return approved


async def declines(
    _terminal: ScriptedTerminal, _amount: int, _currency: str, sale: Attendant
) -> Answer:
    sale.acknowledged()
    return Declined(5, None, tuple(receipts(NUMBERS)))


def on_disk(folder: Path) -> bytes:
    """Everything in the state directory, journal and write-ahead log alike."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("dialogue", [prints_and_approves, approves_with_a_rest, declines])
def test_no_card_number_is_ever_in_the_journals_files(tmp_path: Path, dialogue: Dialogue) -> None:
    while_open: list[bytes] = []

    async def scene(on: Stage) -> None:
        await on.process(await on.order())
        while_open.append(on_disk(tmp_path))

    played(tmp_path, scene, ScriptedTerminal(dialogue))
    for octets in (*while_open, on_disk(tmp_path)):
        assert octets.count(WITNESS.encode()) >= len(NUMBERS)
        assert [number for number in NUMBERS if any(map(octets.__contains__, _forms(number)))] == []


def _forms(number: str) -> tuple[bytes, ...]:
    """How a text can stand in a database: as it is, or escaped as JSON escapes it."""
    escape: Callable[[str], str] = ascii
    return number.encode(), escape(number)[1:-1].encode()
