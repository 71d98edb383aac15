"""What Stripe sells and how it ships: asked for when somebody looks, and good for a day.

It changes rarely, and a store without internet may still look at yesterday's (Stripe API reference,
"Terminal hardware SKUs", "products", "shipping methods"). Prices bind nobody before an order's
preview.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from msgspec import Struct

from posd.clock import Clock
from posd.errors import Refused, UpstreamUnavailable
from posd.intents import no_such
from posd.upstream import hardware
from posd.upstream.hardware import Ware
from posd.upstream.uplink import Uplink

FRESH_S: Final = 24 * 3600
SHELVES_MAX: Final = 64
"""So many different questions are remembered; the oldest answer goes first."""
PAGES_MAX: Final = 20
"""A list that goes on beyond this is taken for a fault of whoever answers."""
NO_STRIPE: Final = "This store has no Stripe account (upstream.kind), and only Stripe does this."
IDS: Final[Mapping[Ware, re.Pattern[str]]] = {
    Ware.SKU: re.compile(r"thsku_\w+", re.ASCII),
    Ware.PRODUCT: re.compile(r"thpr_\w+", re.ASCII),
    Ware.SHIPPING_METHOD: re.compile(r"thsm_\w+", re.ASCII),
}

_Object: TypeAlias = Mapping[str, Any]
_Question: TypeAlias = tuple[Ware, str | tuple[tuple[str, str], ...]]


class Shelf(Struct, frozen=True):
    """What Stripe told, and how many whole seconds ago."""

    wares: Sequence[Mapping[str, Any]]
    age_s: int


class Catalogue:
    """Stripe's catalogue of hardware, in memory.

    Args:
        uplink: The line to Stripe; None where the store has no Stripe account.
    """

    def __init__(self, uplink: Uplink | None, clock: Clock) -> None:
        self._uplink = uplink
        self._clock = clock
        self._shelves: dict[_Question, tuple[int, Sequence[_Object]]] = {}

    async def listing(self, kind: Ware, filters: Mapping[str, str]) -> Shelf:
        """Everything of the kind that fits, in Stripe's order.

        Raises Refused without a Stripe account, UpstreamRefused, and UpstreamUnavailable if there
        is no older answer either.
        """
        line = self._line()
        question = (kind, tuple(sorted(filters.items())))
        return await self._answer(question, lambda: _all(line, kind, filters))

    async def one(self, kind: Ware, id_: str) -> Shelf:
        """The one of that id. Raises as `listing` does, and Refused if there is none such."""
        if not IDS[kind].fullmatch(id_):
            raise no_such(kind.value[:-1], id_, "ware")
        line = self._line()
        return await self._answer((kind, id_), lambda: _one(line, kind, id_))

    async def _answer(
        self, question: _Question, ask: Callable[[], Awaitable[Sequence[_Object]]]
    ) -> Shelf:
        """What is remembered from today, else what Stripe says, else what is remembered at all."""
        remembered = self._remembered(question)
        if remembered is not None and remembered.age_s < FRESH_S:
            return remembered
        try:
            told = await ask()
        except UpstreamUnavailable:
            if remembered is None:
                raise
            return remembered
        self._remember(question, told)
        return Shelf(told, 0)

    def _line(self) -> Uplink:
        if self._uplink is None:
            raise Refused("resource_missing", NO_STRIPE)
        return self._uplink

    def _remembered(self, question: _Question) -> Shelf | None:
        if question not in self._shelves:
            return None
        asked_ms, wares = self._shelves[question]
        return Shelf(wares, (self._clock.monotonic_ms() - asked_ms) // 1000)

    def _remember(self, question: _Question, told: Sequence[_Object]) -> None:
        self._shelves.pop(question, None)
        while len(self._shelves) >= SHELVES_MAX:
            del self._shelves[next(iter(self._shelves))]
        self._shelves[question] = (self._clock.monotonic_ms(), told)


async def _one(line: Uplink, kind: Ware, id_: str) -> Sequence[_Object]:
    return (await line.call(hardware.ware(kind, id_)),)


async def _all(line: Uplink, kind: Ware, filters: Mapping[str, str]) -> Sequence[_Object]:
    told: list[_Object] = []
    for _page in range(PAGES_MAX):
        answer = await line.call(hardware.wares(kind, filters, told[-1]["id"] if told else None))
        told += answer["data"]
        if not answer["has_more"]:
            return told
        if not answer["data"]:
            break
    raise UpstreamUnavailable(f"a list of {kind.value} without an end")
