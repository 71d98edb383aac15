"""The person with the card: what they do when the terminal asks.

Pure: told of a prompt, the cardholder answers with an act and how long it takes, or with None,
which is standing there until somebody presses a button on the control port.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from posd_simulator.terminal.cards import CARDS, DECLINED_CARD, DEFAULT_CARD, Card

TAP_AFTER_S = 1.0
PIN_AFTER_S = 2.0


class Prompt(Enum):
    """What the terminal waits for."""

    CARD = "card"
    PIN = "pin"


class Behaviour(Enum):
    """What a cardholder can be told to do with one sale."""

    TAP = "tap"
    DECLINE = "decline"
    WRONG_PIN = "wrong_pin"
    INSERT = "insert"
    CANCEL = "cancel"
    WALK_AWAY = "walk_away"


@dataclass(frozen=True, slots=True)
class Tap:
    """Holds the card to the reader."""

    card: Card


@dataclass(frozen=True, slots=True)
class Insert:
    """Puts the card into the reader, which asks for the PIN."""

    card: Card


@dataclass(frozen=True, slots=True)
class EnterPin:
    """Types a PIN and confirms it."""

    right: bool


@dataclass(frozen=True, slots=True)
class PressStop:
    """Presses the STOP key."""


Act: TypeAlias = Tap | Insert | EnterPin | PressStop


@dataclass(frozen=True, slots=True)
class Soon:
    """An act and when it comes, in seconds from the prompt."""

    act: Act
    after_s: float


@dataclass(slots=True)
class Cardholder:
    """One cardholder after another, each doing what was scripted for them, by default a tap.

    Attributes:
        auto: Whether the ones nobody scripted tap by themselves; otherwise they stand there.
        tap_after_s: How long a cardholder takes to present the card.
        card: The card of those for whom no other was chosen.
        scripted: What the next cardholders will do, the first one first.
    """

    auto: bool = True
    tap_after_s: float = TAP_AFTER_S
    card: Card = CARDS[DEFAULT_CARD]
    scripted: list[Behaviour] = field(default_factory=list)
    _now: Behaviour | None = None
    _pins_wrong: int = 0

    def script(self, behaviours: Sequence[Behaviour]) -> None:
        """Tell the next cardholders what to do; they follow those already scripted."""
        self.scripted.extend(behaviours)

    def arrive(self) -> None:
        """A sale begins: the next cardholder steps up."""
        unscripted = Behaviour.TAP if self.auto else None
        self._now = self.scripted.pop(0) if self.scripted else unscripted
        self._pins_wrong = 0

    def asked(self, prompt: Prompt) -> Soon | None:
        """What the cardholder in front of the terminal does about a prompt; None is nothing."""
        if self._now is None:
            return None
        return self._respond(self._now, prompt)

    def told(self, behaviour: Behaviour, prompt: Prompt) -> Soon | None:
        """Change the mind of the one who stands there, who then acts at once."""
        self._now = behaviour
        soon = self._respond(behaviour, prompt)
        return None if soon is None else Soon(soon.act, 0.0)

    def holds(self, card: Card) -> Soon:
        """The one who stands there holds this card to the reader, at once; and knows its PIN."""
        self._now = Behaviour.TAP
        return Soon(Tap(card), 0.0)

    def _respond(self, behaviour: Behaviour, prompt: Prompt) -> Soon | None:
        match behaviour:
            case Behaviour.CANCEL:
                return Soon(PressStop(), self.tap_after_s)
            case Behaviour.WALK_AWAY:
                return None
            case Behaviour.TAP | Behaviour.DECLINE | Behaviour.INSERT | Behaviour.WRONG_PIN:
                if prompt is Prompt.PIN:
                    return Soon(EnterPin(self._knows_pin(behaviour)), PIN_AFTER_S)
                return Soon(self._present(behaviour), self.tap_after_s)

    def _present(self, behaviour: Behaviour) -> Act:
        if behaviour is Behaviour.DECLINE:
            return Tap(CARDS[DECLINED_CARD])
        if behaviour is Behaviour.TAP:
            return Tap(self.card)
        return Insert(self.card)

    def _knows_pin(self, behaviour: Behaviour) -> bool:
        """Wrong once, then right, for the one who was told so."""
        if behaviour is Behaviour.WRONG_PIN and self._pins_wrong == 0:
            self._pins_wrong = 1
            return False
        return True
