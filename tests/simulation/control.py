"""The control port of a terminal in the same loop: tests' cards in virtual time."""

from posd.simulator_control import CardNumber, Presented
from posd_simulator.terminal.cards import CARDS, CARDS_BY_NUMBER, DEFAULT_CARD
from posd_simulator.terminal.terminal import Terminal


class TerminalAtHand:
    """posd's ControlPort, without the HTTP between it and the terminal."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    async def present(self, control: str, card: CardNumber | None) -> Presented:
        """Hold the card to the reader, wherever `control` is."""
        assert control
        known = CARDS[DEFAULT_CARD] if card is None else CARDS_BY_NUMBER.get(card.digits)
        if known is None:
            return Presented.NO_SUCH_CARD
        taken = await self._terminal.present(known)
        return Presented.TAKEN if taken else Presented.NOT_ASKED_FOR
