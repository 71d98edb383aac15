"""Every command that moves money, its link cut all along the way; then the book is opened.

Whatever happens: never two bookings, an approval is booked, a no is not. Only `OutcomeUnknown` may
be either. On both wires and under both storage rules of zvt.md 7.4.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import pytest

from posd_drivers.card_reader import (
    Aborted,
    Answer,
    Approved,
    Attendant,
    CardReader,
    Declined,
    Original,
)
from posd_drivers.errors import NotSent, OutcomeUnknown
from posd_drivers.transport.memory import Cut, Pair, pair
from posd_drivers.zvt.reader import ZvtReader
from posd_drivers.zvt.settings import Framing, ZvtSettings
from posd_simulator.terminal.cardholder import Cardholder
from posd_simulator.terminal.ledger import Book, MemoryLedger
from posd_simulator.terminal.settings import Settings, StorageRule, Wire
from posd_simulator.terminal.terminal import Terminal
from tests.simulation.loop import virtually
from tests.unit.drivers.zvt.scripted import TillFake, octets_carried

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
SETTLED_S = 600.0
"""Long enough for either side to give up and for the terminal to take back what it will."""
CUTS = 16
"""Places in each direction of a dialogue, from before the first octet to behind the last."""

FRAMINGS = {Wire.SERIAL: Framing.SERIAL, Wire.TCP: Framing.STREAM}
FIRST = Original(receipt=1, amount=1250, currency="eur", trace=1)

Move = Callable[[CardReader, Attendant], Awaitable[Answer]]
Link = Callable[[], Pair]


@dataclass(frozen=True)
class Scene:
    """What was done before, and what is done on the bad link."""

    move: Move
    before: Move | None = None


def sell(reader: CardReader, till: Attendant) -> Awaitable[Answer]:
    return reader.authorize(1250, "eur", till)


def reserve(reader: CardReader, till: Attendant) -> Awaitable[Answer]:
    return reader.preauthorize(1250, "eur", till)


def capture(reader: CardReader, till: Attendant) -> Awaitable[Answer]:
    return reader.capture(FIRST, 1000, till)


def release(reader: CardReader, till: Attendant) -> Awaitable[Answer]:
    return reader.release(FIRST, till)


def reverse(reader: CardReader, till: Attendant) -> Awaitable[Answer]:
    return reader.reverse(FIRST, till)


def refund(reader: CardReader, till: Attendant) -> Awaitable[Answer]:
    return reader.refund(500, "eur", till)


def close_day(reader: CardReader, till: Attendant) -> Awaitable[Answer]:
    return reader.end_of_day(till)


SCENES = (
    Scene(sell),
    Scene(reserve),
    Scene(capture, before=reserve),
    Scene(release, before=reserve),
    Scene(reverse, before=sell),
    Scene(refund, before=sell),
    Scene(close_day, before=sell),
)


async def told(
    move: Move, link: Pair, wire: Wire, rule: StorageRule, book: Book
) -> tuple[str, Book]:
    """What the till was told, and the terminal's book long after."""
    terminal = Terminal(
        Settings(wire=wire, storage_rule=rule),
        MemoryLedger(book),
        now=lambda: NOON,
        cardholder=Cardholder(),
    )
    reader = ZvtReader(link.ecr, ZvtSettings("000000", "eur", FRAMINGS[wire]))
    async with asyncio.TaskGroup() as group:
        power = group.create_task(terminal.run())
        group.create_task(terminal.connect(link.pt))
        outcome = await outcome_of(move(reader, TillFake()))
        await reader.close()
        await asyncio.sleep(SETTLED_S)
        power.cancel()
    return outcome, terminal.ledger.book


async def outcome_of(dialogue: Awaitable[Answer]) -> str:
    try:
        answer = await dialogue
    except NotSent:
        return "not sent"
    except OutcomeUnknown:
        return "unknown"
    match answer:
        case Approved():
            return "approved"
        case Declined() | Aborted():
            return "no"


@cache
def book_before(scene: Scene) -> Book:
    """What is in the book when the scene begins."""
    if scene.before is None:
        return Book()
    before = told(scene.before, pair(), Wire.TCP, StorageRule.NEW, Book())
    outcome, book = virtually(before)
    assert outcome == "approved"
    return book


def places(octets: int) -> Sequence[int]:
    """How many of them get through, evenly from none to all."""
    return sorted({octets * number // (CUTS - 1) for number in range(CUTS)})


def links(scene: Scene, wire: Wire) -> tuple[Sequence[Link], Sequence[Link]]:
    """Links that are cut towards the terminal, and links that are cut towards the till."""
    whole = pair()
    outcome, _ = virtually(told(scene.move, whole, wire, StorageRule.NEW, book_before(scene)))
    assert outcome == "approved"
    to_pt, to_ecr = map(places, octets_carried(whole))
    return [cut_to_pt(at) for at in to_pt], [cut_to_ecr(at) for at in to_ecr]


def booked(book: Book) -> int:
    return len(book.stored) + len(book.closings)


def outcomes(scene: Scene, wire: Wire, rule: StorageRule, cut: Sequence[Link]) -> Counter[str]:
    """How often the till was told what, over one dialogue on each of the links."""
    book = book_before(scene)
    seen: Counter[str] = Counter()
    for link in cut:
        outcome, after = virtually(told(scene.move, link(), wire, rule, book))
        more = booked(after) - booked(book)
        assert 0 <= more <= 1
        assert outcome != "approved" or more == 1
        assert outcome not in ("no", "not sent") or more == 0
        seen[outcome] += 1
    return seen


def cut_to_pt(at: int) -> Link:
    return lambda: pair(to_pt=[Cut(at)])


def cut_to_ecr(at: int) -> Link:
    return lambda: pair(to_ecr=[Cut(at)])


@pytest.mark.no_cover
@pytest.mark.parametrize("rule", list(StorageRule), ids=lambda rule: rule.value)
@pytest.mark.parametrize("wire", list(Wire), ids=lambda wire: wire.value)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.move.__name__)
def test_a_cut_anywhere(scene: Scene, wire: Wire, rule: StorageRule) -> None:
    to_pt, to_ecr = links(scene, wire)
    sent, heard = outcomes(scene, wire, rule, to_pt), outcomes(scene, wire, rule, to_ecr)
    assert sent["not sent"] == 1
    assert min(sent["unknown"], heard["unknown"]) > 0
    assert heard["approved"] > 0  # behind the last octet
    assert sent["no"] == heard["no"] == 0
