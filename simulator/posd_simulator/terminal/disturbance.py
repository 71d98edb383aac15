"""What becomes of octets at the terminal's end of the line, by the faults that are armed.

Pure: octets in, the octets that pass out, and the fate that is met behind them.
"""

from dataclasses import dataclass

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import Apdu, ApduStream
from posd_drivers.zvt.framing import FrameDecoder, encode_frame
from posd_simulator.terminal.chance import Chance
from posd_simulator.terminal.faults import At, Corrupt, Fate, Faults, Lose, Noise, Repeat, Stall
from posd_simulator.terminal.settings import Wire

HEAD_BYTES_SERIAL, HEAD_BYTES_TCP = 4, 2
"""DLE STX and the control field; the control field."""
NOISES = (Lose(), Repeat(), Corrupt())


@dataclass(frozen=True, slots=True)
class Passed:
    """Octets that pass, what is met behind them, and the octets that pass after that."""

    octets: bytes
    fate: Fate | None = None
    rest: bytes = b""


class Disturbance:
    """One end of one line."""

    def __init__(self, faults: Faults, wire: Wire) -> None:
        self._faults = faults
        self._wire = wire
        self._leaving: At | None = None
        self._noise = 0.0
        self._chance = Chance(0)
        self._begun = b""
        self._frames = FrameDecoder()
        self._apdus = ApduStream()

    def make_noise(self, noise: Noise) -> None:
        """From now on, until it is quiet."""
        self._noise, self._chance = noise.rate, Chance(noise.seed)

    def fall_quiet(self) -> None:
        """No more noise."""
        self._noise = 0.0

    def meet_inside(self, at: At | None) -> None:
        """The message that leaves next meets this inside."""
        self._leaving = at

    def leaving(self, octets: bytes) -> Passed:
        """What of the terminal's octets leaves it."""
        at, self._leaving = self._leaving, None
        passed = Passed(octets) if at is None else _inside(octets, at.byte, at.fate)
        return Passed(self._noisy(passed.octets), passed.fate, self._noisy(passed.rest))

    def arriving(self, octets: bytes) -> list[Passed]:
        """What of the till's octets arrives, in pieces that end where something is met."""
        octets = self._noisy(octets)
        if not self._faults.some_inside:
            self._begin()
            return [Passed(octets)]
        for place, octet in enumerate(octets):
            at = self._faults.inside_arriving(self._begun, self._head) if self._begun else None
            if at is not None:
                self._begin()
                met = _inside(octets[place:], 0, at.fate)
                return [Passed(octets[:place]), Passed(met.octets + met.rest, met.fate)]
            self._take(octet)
        return [Passed(octets)]

    def _take(self, octet: int) -> None:
        """Follow where the till's messages begin and end."""
        self._begun += bytes([octet])
        if self._wire is Wire.SERIAL:
            self._frames.feed(bytes([octet]))
            going_on = self._frames.in_frame
        else:
            try:
                self._apdus.feed(bytes([octet]))
            except Malformed:
                self._apdus = ApduStream()
            going_on = self._apdus.in_apdu
        if not going_on:
            self._begun = b""

    def _begin(self) -> None:
        self._begun = b""
        self._frames, self._apdus = FrameDecoder(), ApduStream()

    def _head(self, control: int) -> bytes:
        if self._wire is Wire.SERIAL:
            return encode_frame(Apdu(control).encode())[:HEAD_BYTES_SERIAL]
        return Apdu(control).encode()[:HEAD_BYTES_TCP]

    def _noisy(self, octets: bytes) -> bytes:
        if not self._noise:
            return octets
        spoiled = b""
        for octet in octets:
            one = bytes([octet])
            if self._chance.share() < self._noise:
                one = _inside(one, 0, NOISES[self._chance.number(len(NOISES))]).octets
            spoiled += one
        return spoiled


def _inside(octets: bytes, place: int, fate: Fate) -> Passed:
    """What passes if this is met behind `place` octets."""
    met = octets[place : place + 1]
    match fate:
        case Lose():
            return Passed(octets[:place] + octets[place + 1 :])
        case Repeat():
            return Passed(octets[:place] + met + octets[place:])
        case Corrupt():
            turned = bytes(octet ^ 0xFF for octet in met)
            return Passed(octets[:place] + turned + octets[place + 1 :])
        case Stall():
            return Passed(octets[:place], fate, octets[place:])
        case _:
            return Passed(octets[:place], fate)
