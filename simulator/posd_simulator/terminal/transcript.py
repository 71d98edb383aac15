"""Dialogues and days as text: what was recorded at a terminal, or is to happen at this one.

A line is a speaker, octets in hex or words, and a remark behind `#`:

    # source: recorded at a VALINA, firmware 81
    ECR   06 01 07 04 00 00 00 00 12 50
    PT    80 00 00
    CARDHOLDER  taps
    TERMINAL    cut message=3 moment=inside byte=7 for_s=30
    TIME        +60

Comment lines of the form `# key: value` in front of the first speaker are the file's facts. A file
in which a PT speaks is a recording; any other one is a day (`day`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

FILE_BYTES_MAX = 16 * 1024 * 1024


class Speaker(Enum):
    """Who speaks, or acts, or that time passes."""

    ECR = "ECR"
    PT = "PT"
    TILL = "TILL"
    CARDHOLDER = "CARDHOLDER"
    TERMINAL = "TERMINAL"
    TIME = "TIME"


@dataclass(frozen=True, slots=True)
class Line:
    """One APDU, bare, or one act.

    Attributes:
        speaker: Who.
        octets: The whole APDU of ECR or PT; empty for an act.
        words: What is done, or when; empty for an APDU.
        number: Of the line in its file.
    """

    speaker: Speaker
    octets: bytes
    words: str
    number: int


@dataclass(frozen=True, slots=True)
class Transcript:
    """One file."""

    facts: Mapping[str, str]
    lines: tuple[Line, ...]

    @property
    def is_recording(self) -> bool:
        """Whether a terminal speaks in it, whose part can be played."""
        return any(line.speaker is Speaker.PT for line in self.lines)


def load(path: Path) -> Transcript:
    """The transcript in this file. Raises OSError; ValueError, with the number of the line."""
    if path.stat().st_size > FILE_BYTES_MAX:
        raise ValueError(f"{path} is longer than {FILE_BYTES_MAX} bytes")
    return parse(path.read_text(encoding="utf-8"))


def parse(text: str) -> Transcript:
    """Raises ValueError, with the number of the line that is wrong."""
    facts: dict[str, str] = {}
    lines: list[Line] = []
    for number, written in enumerate(text.splitlines(), 1):
        if written.startswith("#"):
            key, colon, fact = written.lstrip("# ").partition(": ")
            if colon and not lines and " " not in key:
                facts[key] = fact.strip()
        elif written.strip():
            lines.append(_line(written, number))
    return Transcript(facts, tuple(lines))


def _line(written: str, number: int) -> Line:
    spoken = written.partition("#")[0].strip()
    word, _, rest = spoken.partition(" ")
    try:
        speaker = Speaker(word)
        if speaker in (Speaker.ECR, Speaker.PT):
            return Line(speaker, bytes.fromhex(rest), "", number)
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from error
    return Line(speaker, b"", rest.strip(), number)
