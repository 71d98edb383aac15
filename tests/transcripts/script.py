"""Reads the transcripts beside it.

A line is a speaker, octets in hex, and a remark behind `#`:

    # source: zvt.md 14.4; the last two messages were recorded at a VALINA
    # dialogue: authorisation
    # outcome: aborted 6C customer
    ECR   06 01 07 04 00 00 00 00 12 50
    PT    80 00 00
    TILL  aborts                            # no octets: what somebody does at this moment

Comment lines of the form `# key: value` in front of the first speaker are the facts of the
transcript; `source` and `dialogue` are always there. All other comment lines are for people. A
capture (`posd readers capture`) has several dialogues in one file, each with facts of its own: a
line `# source:` behind what was spoken begins the next one.
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
    """Every transcript, by name; those of a capture are numbered."""
    return [one for path in sorted(FOLDER.glob("*.txt")) for one in load(path)]


def load(path: Path) -> list[Transcript]:
    """The dialogues in this file, in their order."""
    parts: list[list[str]] = [[]]
    for text in path.read_text(encoding="utf-8").splitlines():
        if text.startswith("# source: ") and any(map(_is_spoken, parts[-1])):
            parts.append([])
        parts[-1].append(text)
    if len(parts) == 1:
        return [_transcript(path.stem, parts[0])]
    return [_transcript(f"{path.stem}_{at}", part) for at, part in enumerate(parts, start=1)]


def _transcript(name: str, texts: list[str]) -> Transcript:
    facts: dict[str, str] = {}
    lines: list[Line] = []
    for text in texts:
        if _is_spoken(text):
            lines.append(_line(text))
        elif not lines:
            key, colon, fact = text.lstrip("# ").partition(": ")
            if colon and " " not in key:
                facts[key] = fact.strip()
    assert {"source", "dialogue"} <= facts.keys(), f"{name} must name source and dialogue"
    return Transcript(name, facts, tuple(lines))


def _is_spoken(text: str) -> bool:
    return bool(text.strip()) and not text.startswith("#")


def _line(text: str) -> Line:
    spoken, _, remark = text.partition("#")
    word, _, rest = spoken.strip().partition(" ")
    speaker = Speaker(word)
    if speaker in (Speaker.ECR, Speaker.PT):
        return Line(speaker, bytes.fromhex(rest), "", remark.strip())
    return Line(speaker, b"", rest.strip(), remark.strip())
