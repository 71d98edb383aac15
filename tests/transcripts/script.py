"""Reads the transcripts beside it.

A line is a speaker, octets in hex, and a remark behind `#`:

    # source: zvt.md 14.4; the last two messages were recorded at a VALINA
    # dialogue: authorisation
    # outcome: aborted 6C customer
    ECR   06 01 07 04 00 00 00 00 12 50
    PT    80 00 00
    TILL  aborts                            # no octets: what somebody does at this moment

Comment lines of the form `# key: value` in front of the first speaker are the facts of the
transcript; `source` and `dialogue` are always there. All other comment lines are for people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

FOLDER = Path(__file__).parent


class Speaker(Enum):
    """Who speaks, or acts."""

    ECR = "ECR"
    PT = "PT"
    TILL = "TILL"
    CARDHOLDER = "CARDHOLDER"


@dataclass(frozen=True, slots=True)
class Line:
    """One APDU, bare, or one act.

    Attributes:
        speaker: Who.
        octets: The whole APDU of ECR or PT; empty for an act.
        act: What the till or the cardholder does, as words; empty for an APDU.
        remark: What stands behind `#`.
    """

    speaker: Speaker
    octets: bytes
    act: str
    remark: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """One dialogue."""

    name: str
    facts: Mapping[str, str]
    lines: tuple[Line, ...]


def load_all() -> list[Transcript]:
    """Every transcript, by name."""
    return [load(path) for path in sorted(FOLDER.glob("*.txt"))]


def load(path: Path) -> Transcript:
    """The transcript in this file."""
    facts: dict[str, str] = {}
    lines: list[Line] = []
    for text in path.read_text(encoding="utf-8").splitlines():
        if text.startswith("#"):
            key, colon, fact = text.lstrip("# ").partition(": ")
            if colon and not lines and " " not in key:
                facts[key] = fact.strip()
        elif text.strip():
            lines.append(_line(text))
    assert {"source", "dialogue"} <= facts.keys(), f"{path.name} must name source and dialogue"
    return Transcript(path.stem, facts, tuple(lines))


def _line(text: str) -> Line:
    spoken, _, remark = text.partition("#")
    word, _, rest = spoken.strip().partition(" ")
    speaker = Speaker(word)
    if speaker in (Speaker.ECR, Speaker.PT):
        return Line(speaker, bytes.fromhex(rest), "", remark.strip())
    return Line(speaker, b"", rest.strip(), remark.strip())
