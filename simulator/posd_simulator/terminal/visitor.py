"""Whoever stands at the terminal: asked, told, and doing it when it is due."""

import asyncio

from posd_simulator.terminal.cardholder import Act, Behaviour, Cardholder, Prompt, Soon
from posd_simulator.terminal.cards import Card
from posd_simulator.terminal.inbox import Inbox, World


class Visitor:
    """One cardholder after another, whose acts are timers of the inbox.

    Attributes:
        act: What is done when that timer fires, or None.
    """

    def __init__(self, cardholder: Cardholder, inbox: Inbox) -> None:
        self.act: Act | None = None
        self._cardholder = cardholder
        self._inbox = inbox
        self._asked_for_card = asyncio.Event()

    def asked(self, prompt: Prompt | None) -> None:
        """The display asks for something; None: no longer."""
        if prompt is Prompt.CARD:
            self._asked_for_card.set()
            self._cardholder.arrive()
        else:
            self._asked_for_card.clear()
        self._do(None if prompt is None else self._cardholder.asked(prompt))

    def told(self, behaviour: Behaviour, prompt: Prompt | None) -> None:
        """Change the mind of the one who is asked for `prompt`; if nobody is, of the next one."""
        if prompt is None:
            self._cardholder.script([behaviour])
        else:
            self._do(self._cardholder.told(behaviour, prompt))

    def given(self, card: Card, prompt: Prompt | None) -> None:
        """Hold this card to the reader, if it is still asked for."""
        if prompt is Prompt.CARD:
            self._do(self._cardholder.holds(card))

    async def until_asked_for_card(self, for_s: float) -> bool:
        """Whether a card is asked for, now or within so many seconds."""
        try:
            async with asyncio.timeout(for_s):
                await self._asked_for_card.wait()
        except TimeoutError:
            return False
        return True

    def _do(self, soon: Soon | None) -> None:
        self.act = soon.act if soon else None
        self._inbox.set(World.CARDHOLDER, soon.after_s if soon else None)
