"""Sessions and links that do what a test of the pump tells them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from enum import Enum

from typing_extensions import override

from posd_drivers.session import (
    Effect,
    Input,
    Session,
)
from posd_drivers.transport import pump
from posd_drivers.transport.base import Transport


class Clock(Enum):
    SHORT = "short"
    LONG = "long"


class Script(Session):
    """Does what `answer` says of each input and remembers when it heard what."""

    def __init__(self, answer: Callable[[Input], Iterable[Effect]]) -> None:
        self._answer = answer
        self.heard: list[tuple[float, Input]] = []

    @override
    def handle(self, incoming: Input) -> Iterable[Effect]:
        self.heard.append((round(asyncio.get_running_loop().time(), 3), incoming))
        return self._answer(incoming)

    @property
    def inputs(self) -> list[Input]:
        return [incoming for _, incoming in self.heard]


class Fake(Transport):
    """A link that is silent and takes everything; tests change what they are about."""

    @override
    async def read(self) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    @override
    async def write(self, octets: bytes) -> None: ...

    @override
    def discard_input(self) -> None: ...

    @override
    async def close(self) -> None: ...


async def accept(_: object) -> bool:
    return True


async def run(
    session: Session,
    link: Transport,
    *,
    decide: Callable[[object], Awaitable[bool]] = accept,
    progress: Callable[[object], None] = lambda _: None,
    abort: asyncio.Event | None = None,
) -> object:
    return await pump.run(
        session, link, decide=decide, progress=progress, abort=abort or asyncio.Event()
    )
