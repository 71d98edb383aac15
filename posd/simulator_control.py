"""The control port of a simulated terminal, where a test's card is presented.

What goes over it is agreed with the simulator's page ("POST /present"), of which posd imports
nothing. A card number passes through and is printed nowhere, not even a test's.
"""

import asyncio
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import httpx2

ANSWER_S: Final = 5.0
"""A terminal that has just taken a command is given 2 s to ask for the card."""


@dataclass(frozen=True, slots=True)
class CardNumber:
    """The number of a test's card, 12 to 19 digits; its repr does not show it."""

    digits: str = field(repr=False)


class Presented(Enum):
    """What came of a card that was held to a simulated reader."""

    TAKEN = "taken"
    NO_SUCH_CARD = "no_such_card"
    NOT_ASKED_FOR = "not_asked_for"
    NO_ANSWER = "no_answer"


class ControlPort(Protocol):
    """How the simulated terminals of this machine are reached."""

    async def present(self, control: str, card: CardNumber | None) -> Presented:
        """Hold a card to the reader of the terminal at `control`; None is Stripe's default card."""
        ...


class NoControlPort:
    """Reaches no terminal: for a World in which nobody tests."""

    async def present(self, control: str, card: CardNumber | None) -> Presented:  # noqa: ARG002
        """There is no answer."""
        return Presented.NO_ANSWER


class HttpControlPort:
    """Control ports over HTTP on loopback, a connection for each card: tests present few."""

    async def present(self, control: str, card: CardNumber | None) -> Presented:
        """One request; returns within ANSWER_S."""
        http = await asyncio.to_thread(_client)
        import httpx2  # by now loaded

        asked = {} if card is None else {"number": card.digits}
        try:
            async with asyncio.timeout(ANSWER_S), http:
                answer = await http.post(f"{control}/present", json=asked)
        except (TimeoutError, httpx2.HTTPError):
            return Presented.NO_ANSWER
        return _ANSWERS.get(answer.status_code, Presented.NO_ANSWER)


_ANSWERS: Final = {
    HTTPStatus.OK.value: Presented.TAKEN,
    HTTPStatus.UNPROCESSABLE_ENTITY.value: Presented.NO_SUCH_CARD,
    HTTPStatus.CONFLICT.value: Presented.NOT_ASKED_FOR,
}


def _client() -> "httpx2.AsyncClient":
    """Blocks: it reads the library's code at the first call."""
    import httpx2

    return httpx2.AsyncClient(timeout=None, verify=False, trust_env=False)
