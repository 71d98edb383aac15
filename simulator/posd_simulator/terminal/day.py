"""A day at the terminal from a file: who does what, and when (the format is `transcript`'s).

TIME        09:30              # until its clock says so
CARDHOLDER  declines           # what the next cardholder does
TERMINAL    reboot message=3 for_s=60
TIME        +90                # seconds later
TERMINAL    closing_by_hand
"""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from posd_simulator.terminal.cardholder import Behaviour
from posd_simulator.terminal.faults import Fault
from posd_simulator.terminal.ordering import ordered
from posd_simulator.terminal.terminal import Terminal
from posd_simulator.terminal.transcript import Line, Speaker, Transcript

ACTS = {
    "taps": Behaviour.TAP,
    "inserts": Behaviour.INSERT,
    "declines": Behaviour.DECLINE,
    "mistypes": Behaviour.WRONG_PIN,
    "stops": Behaviour.CANCEL,
    "walks away": Behaviour.WALK_AWAY,
}
"""What a cardholder does, in the words of a transcript."""

_LATER = re.compile(r"\+(\d+(?:\.\d+)?)")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")


@dataclass(frozen=True, slots=True)
class Later:
    """So many seconds pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Until:
    """Until it is so many seconds after midnight, today or tomorrow, by the terminal's clock."""

    second: int


Event: TypeAlias = Later | Until | Behaviour | Fault


def read_day(transcript: Transcript) -> list[Event]:
    """What happens, in order. Raises ValueError, with the number of the line that is wrong."""
    return [_event(line) for line in transcript.lines]


async def play(day: list[Event], terminal: Terminal) -> None:
    """Let it happen, once."""
    for event in day:
        match event:
            case Later(seconds):
                await asyncio.sleep(seconds)
            case Until(second):
                await asyncio.sleep(_seconds_until(second, terminal.clock))
            case Behaviour():
                await terminal.tell_cardholder(event)
            case _:
                await terminal.arm(event)


def _event(line: Line) -> Event:
    try:
        return _read(line)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"line {line.number}: {error}") from error


def _read(line: Line) -> Event:
    match line.speaker:
        case Speaker.TIME:
            return _moment(line.words)
        case Speaker.CARDHOLDER:
            return ACTS[line.words]
        case Speaker.TERMINAL:
            return _fault(line.words)
        case Speaker.ECR | Speaker.PT | Speaker.TILL:
            raise ValueError(f"a day has no {line.speaker.value}")


def _fault(words: str) -> Fault:
    name, *rest = words.split()
    return ordered({"fault": name, **dict(pair.split("=", 1) for pair in rest)})


def _moment(words: str) -> Later | Until:
    if later := _LATER.fullmatch(words):
        return Later(float(later[1]))
    if clock := _CLOCK.fullmatch(words):
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return Until((hours * 60 + minutes) * 60 + seconds)
    raise ValueError(f"{words!r} is neither +SECONDS nor HH:MM")


def _seconds_until(second: int, now: datetime) -> float:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    due = midnight + timedelta(seconds=second)
    return (due - now if due >= now else due + timedelta(days=1) - now).total_seconds()
