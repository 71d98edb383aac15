"""A terminal that only repeats what another one said: a recorded dialogue, replayed to a till.

Pure, and a session as `pt` is one. Each command of the till is looked for in the recording, from
where it stands on and then from its beginning, by its control field: amounts and numbers may
differ. What the recorded terminal said until its till spoke again is said again. A command that the
recording does not hold is answered 84 83.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from posd_drivers.errors import Malformed
from posd_drivers.session import Begin, LinkLost, Received, Send, SetTimer, TimerFired
from posd_drivers.zvt.apdu import Apdu, decode_apdu
from posd_simulator.terminal.cardholder import Prompt
from posd_simulator.terminal.deeds import Reboot
from posd_simulator.terminal.events import Acted, Happens, Heard, PtEffect, PtInput
from posd_simulator.terminal.link import (
    Delivered,
    Failed,
    Garbled,
    HangUp,
    Link,
    LinkEvent,
    LinkTimer,
    Said,
    SerialLink,
    Taken,
    TcpLink,
    is_answer,
)
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.script import NOT_SUPPORTED, Restart
from posd_simulator.terminal.settings import Wire
from posd_simulator.terminal.transcript import Speaker, Transcript


@dataclass(slots=True)
class Recorded:
    """One recorded terminal.

    Attributes:
        machine: Its settings; its book stays as it is.
        transcript: What was recorded.
    """

    machine: Machine
    transcript: Transcript
    _turns: list[tuple[Speaker, Apdu]] = field(default_factory=list)
    _at: int = 0
    _link: Link = field(init=False)
    _effects: list[PtEffect] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Reads the recording. Raises ValueError if a line holds no APDU."""
        self._link = self._new_link()
        for line in self.transcript.lines:
            if line.octets:
                try:
                    self._turns.append((line.speaker, decode_apdu(line.octets)))
                except Malformed as error:
                    raise ValueError(f"line {line.number}: {error}") from error

    @property
    def busy(self) -> bool:
        """Whether the till still has to answer something."""
        return 0 < self._at < len(self._turns) and is_answer(self._turns[self._at][1])

    @property
    def prompt(self) -> Prompt | None:
        """It waits for no cardholder."""
        return None

    def handle(self, incoming: PtInput) -> list[PtEffect]:
        """What it says about one input. Never raises for what an ECR sent."""
        match incoming:
            case Begin():
                self._absorb(self._link.begin())
            case Received(octets):
                self._absorb(self._link.received(octets))
            case TimerFired(LinkTimer() as timer):
                self._absorb(self._link.fired(timer))
            case Happens(Reboot(for_s)):
                self._at, self._link = 0, self._new_link()
                self._effects.append(Restart(for_s))
            case TimerFired() | LinkLost() | Acted() | Happens():
                pass
        effects, self._effects = self._effects, []
        return effects

    def _absorb(self, events: Sequence[LinkEvent]) -> None:
        for event in events:
            match event:
                case Send() | SetTimer() | Said() | HangUp():
                    self._effects.append(event)
                case Taken(apdu, repeated):
                    self._effects.append(Heard(apdu))
                    if is_answer(apdu) or not repeated:
                        self._take(apdu)
                case Garbled() | Delivered() | Failed():
                    pass

    def _take(self, apdu: Apdu) -> None:
        if is_answer(apdu):
            self._absorb(self._link.answered())
            if not self.busy:
                return
            self._at += 1
        else:
            place = self._place_of(apdu.control)
            if place is None:
                self._say(NOT_SUPPORTED)
                return
            self._at = place + 1
        self._say_until_the_till_speaks()

    def _place_of(self, control: int) -> int | None:
        places = [
            place
            for place, (speaker, apdu) in enumerate(self._turns)
            if speaker is Speaker.ECR and apdu.control == control
        ]
        return next((place for place in places if place >= self._at), places[0] if places else None)

    def _say_until_the_till_speaks(self) -> None:
        while self._at < len(self._turns) and self._turns[self._at][0] is Speaker.PT:
            self._say(self._turns[self._at][1])
            self._at += 1

    def _say(self, apdu: Apdu) -> None:
        self._absorb(self._link.send(apdu))

    def _new_link(self) -> Link:
        serial = self.machine.settings.wire is Wire.SERIAL
        return SerialLink(self.machine.faults) if serial else TcpLink()
