"""A test presents a card at a simulated reader, where a customer would tap.

Nothing of it is journaled: the payment that takes the card is, like any other, by what its terminal
says. A live posd refuses before it looks at anything else.
"""

import asyncio
from contextlib import suppress
from typing import Final, assert_never

from posd.errors import Refused
from posd.intents import no_such
from posd.journal.store import Journal
from posd.model.attempt import Attempt, AttemptState
from posd.model.reader import Reader
from posd.outcome import IN_DIALOGUE
from posd.simulator_control import CardNumber, ControlPort, Presented

LAST_WORD_S: Final = 10.0
"""How long the answer waits for the payment's end; a PIN takes the simulated cardholder 2 s."""
NUMBER: Final = "card_present[number]"


class Presenting:
    """The use case behind `present_payment_method`."""

    def __init__(self, journal: Journal, control: ControlPort, *, livemode: bool) -> None:
        self._journal = journal
        self._control = control
        self._livemode = livemode

    async def present(self, reader: str, card: CardNumber | None) -> Reader:
        """Present a card, None for Stripe's default one, to the payment that waits for one.

        Returns once the terminal has said its last word, or after LAST_WORD_S; the reader's action
        tells. Raises Refused: in live mode, without a control port, while nothing waits for a card,
        and for a number that no simulated card has.
        """
        if self._livemode:
            raise Refused(
                "livemode_mismatch", "Test helpers work in test mode only; this posd is live."
            )
        attempt, control = self._waiting(reader)
        facts = self._journal.tail(self._journal.head)
        _check(reader, await self._control.present(control, card))
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORD_S):
                while self._in_dialogue(attempt):
                    await anext(facts)
        return self._reader(reader)

    def _waiting(self, reader: str) -> tuple[str, str]:
        """The attempt that may wait for a card, and the control port of its terminal."""
        known = self._reader(reader)
        if known.control is None:
            raise Refused(
                "parameter_invalid",
                f"Reader '{reader}' has no control port: name it in the configuration, 'control', "
                "or at its registration, '&control='.",
                param="reader",
            )
        if known.attempt is None or self._attempt(known.attempt).state is not AttemptState.STARTED:
            raise _nothing_waits(reader)
        return known.attempt, known.control

    def _in_dialogue(self, attempt: str) -> bool:
        return self._attempt(attempt).state in IN_DIALOGUE

    def _reader(self, id_: str) -> Reader:
        reader = self._journal.queries.reader(id_)
        if reader is None or reader.deleted:
            raise no_such("reader", id_)
        return reader

    def _attempt(self, id_: str) -> Attempt:
        attempt = self._journal.queries.attempt(id_)
        assert attempt is not None, id_
        return attempt


def _check(reader: str, presented: Presented) -> None:
    match presented:
        case Presented.TAKEN:
            return
        case Presented.NOT_ASKED_FOR:
            raise _nothing_waits(reader)
        case Presented.NO_SUCH_CARD:
            raise Refused("parameter_invalid", "No simulated card has this number.", param=NUMBER)
        case Presented.NO_ANSWER:
            raise Refused(
                "terminal_reader_offline",
                f"The control port of reader '{reader}' does not answer.",
            )
        case _:
            assert_never(presented)


def _nothing_waits(reader: str) -> Refused:
    return Refused(
        "parameter_invalid",
        f"Reader '{reader}' has no payment in hand that waits for a card.",
        param="reader",
    )
