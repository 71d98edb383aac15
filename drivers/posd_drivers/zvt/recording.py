"""What went over the line, as dialogues that can be kept, shown, and replayed.

    # source: captured on 2026-11-23
    # dialogue: authorisation
    # amount: 1250
    # currency: eur
    # outcome: approved receipt=17
    ECR  06 01 0A 04 00 00 00 00 12 50 49 09 78
    PT   80 00 00                                   # Acknowledged

A dialogue is a command and everything up to the next one. Card data and the like are rewritten
(`capture`) when it is written down, by what the whole recording has told of cards and terminal.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from typing_extensions import override

from posd_drivers.errors import CodecError, Malformed
from posd_drivers.transport.tap import Direction
from posd_drivers.zvt.apdu import ApduStream, decode_apdu
from posd_drivers.zvt.bmp import parse_currency
from posd_drivers.zvt.capture import Identities, Speaker, Spoken, identities_of, rewritten
from posd_drivers.zvt.framing import Frame, FrameDecoder
from posd_drivers.zvt.link import MONEY_COMMANDS
from posd_drivers.zvt.messages import decode
from posd_drivers.zvt.parts import parts_of
from posd_drivers.zvt.remarks import remark
from posd_drivers.zvt.settings import Framing

APDUS_MAX = 10_000
"""Of one recording; what comes later is not kept."""
DIALOGUES: dict[int, str] = {
    0x0501: "status_enquiry",
    0x0600: "registration",
    0x0601: "authorisation",
    0x0610: "totals",
    0x0618: "reset",
    0x0622: "preauthorisation",
    0x0623: "preauthorisation_enquiry",
    0x0624: "book_total",
    0x0625: "preauthorisation_reversal",
    0x0630: "reversal",
    0x0631: "refund",
    0x0650: "end_of_day",
    0x0651: "send_offline",
    0x0670: "diagnosis",
    0x0691: "set_clock",
    0x0693: "initialisation",
}
"""What a dialogue is called, by the control field of its command."""

_REGISTRATION = 0x0600
_REPEAT_RECEIPT = 0x0620
_ABORT = 0x06B0
_ABORT_MESSAGE = 0x061E
_ANSWERS = frozenset({0x80, 0x84})
_NOT_ACKNOWLEDGED = 0x84
_NOT_UNDERSTOOD = b"\x84\x9a"
_OCTETS_COLUMNS = 48
_STAND_IN = "000000"
"""What stands in for every password (`capture`)."""
_SPEAKERS = {Direction.TO_TERMINAL: Speaker.ECR, Direction.FROM_TERMINAL: Speaker.PT}


@dataclass(slots=True)
class _Dialogue:
    """A command and what followed; `outcome` is in the port's words, where money may have moved."""

    control: int
    spoken: list[Spoken] = field(default_factory=list)
    outcome: str | None = None
    lines: int = 0


class Recording:
    """Keeps what is heard on one link, in both directions, as long as the process lives."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._ears = _ears(framing)
        self._dialogues: list[_Dialogue] = []
        self._apdus = 0

    def broken(self) -> None:
        """The line is another one from here on: what was half heard is dropped."""
        self._ears = _ears(self._framing)

    def heard(self, direction: Direction, octets: bytes) -> None:
        """Octets went over the line, cut anywhere."""
        speaker = _SPEAKERS[direction]
        for apdu in self._ears[speaker].apdus(octets):
            if self._apdus < APDUS_MAX:
                self._apdus += 1
                self._keep(speaker, apdu)

    def ended(self, outcome: str, lines: int) -> None:
        """What the last command that moves money came to; `lines` it had printed at the till.

        Of one that never left there is no dialogue, and the one before it has its outcome.
        """
        for dialogue in reversed(self._dialogues):
            if dialogue.control in MONEY_COMMANDS:
                if dialogue.outcome is None:
                    dialogue.outcome, dialogue.lines = outcome, lines
                return

    def as_text(self, source: str) -> str:
        """Every dialogue, without what it gives away; `source` says whence it is."""
        known = identities_of(one for dialogue in self._dialogues for one in dialogue.spoken)
        written = (_written(dialogue, source, known) for dialogue in self._dialogues)
        return "\n".join("".join(f"{line}\n" for line in lines) for lines in written)

    def _keep(self, speaker: Speaker, apdu: bytes) -> None:
        if self._repeats(speaker, apdu):
            return
        control = int.from_bytes(apdu[:2], "big")
        if _is_command(speaker, apdu) and not self._asks_again(control):
            self._dialogues.append(_Dialogue(control))
        if self._dialogues:  # what comes before a command is of a till before this one
            running = self._dialogues[-1]
            running.spoken.append(Spoken(speaker, apdu, running.control))

    def _repeats(self, speaker: Speaker, apdu: bytes) -> bool:
        """Whether the link has repeated a frame: nobody says the same twice without an answer."""
        last = self._dialogues[-1].spoken[-1] if self._dialogues else None
        return last is not None and (last.speaker, last.apdu) == (speaker, apdu)

    def _asks_again(self, control: int) -> bool:
        """A registration that was not understood is followed by a shorter one (zvt.md 6.2)."""
        if control != _REGISTRATION or not self._dialogues:
            return False
        last = self._dialogues[-1]
        return last.control == control and last.spoken[-1].apdu.startswith(_NOT_UNDERSTOOD)


class _Ear(Protocol):
    """One direction of a link."""

    def apdus(self, octets: bytes) -> list[bytes]:
        """The APDUs that these octets complete. Never raises."""
        ...


class _Frames(_Ear):
    """Serial: what came in good frames."""

    def __init__(self) -> None:
        self._decoder = FrameDecoder()

    @override
    def apdus(self, octets: bytes) -> list[bytes]:
        events = self._decoder.feed(octets)
        return [event.apdu for event in events if isinstance(event, Frame)]


class _Stream(_Ear):
    """TCP: bare APDUs; nothing can be made of what follows a lost thread."""

    def __init__(self) -> None:
        self._stream = ApduStream()

    @override
    def apdus(self, octets: bytes) -> list[bytes]:
        try:
            return [apdu.encode() for apdu in self._stream.feed(octets)]
        except Malformed:
            return []


def _ears(framing: Framing) -> dict[Speaker, _Ear]:
    return {speaker: _Frames() if framing is Framing.SERIAL else _Stream() for speaker in Speaker}


def _is_command(speaker: Speaker, apdu: bytes) -> bool:
    """Whether a dialogue begins here; an abort is a part of the one that it wants to end."""
    control = int.from_bytes(apdu[:2], "big")
    return speaker is Speaker.ECR and apdu[0] not in _ANSWERS and control != _ABORT


def _written(dialogue: _Dialogue, source: str, known: Identities) -> Iterator[str]:
    yield f"# source: {source}"
    yield f"# dialogue: {_name(dialogue)}"
    yield from (f"# {key}: {value}" for key, value in _facts(dialogue.spoken[0]))
    yield f"# outcome: {dialogue.outcome or _outcome(dialogue.spoken)}"
    if dialogue.lines:
        yield f"# lines: {dialogue.lines}"
    for spoken in dialogue.spoken:
        if spoken.apdu[:2] == _ABORT.to_bytes(2, "big"):
            yield "TILL aborts"
        shown = rewritten(spoken, known)
        octets = shown.apdu.hex(" ").upper()
        lost = f"; {shown.lost} octets unreadable" if shown.lost else ""
        yield f"{spoken.speaker.value:<4} {octets:<{_OCTETS_COLUMNS}} # {_remark(spoken)}{lost}"


def _name(dialogue: _Dialogue) -> str:
    """Repeat receipt has two uses: with a service byte it tells, without one it prints."""
    if dialogue.control == _REPEAT_RECEIPT:
        command = dialogue.spoken[0]
        tells = any(part.name == "service" for part in parts_of(command.apdu, command.pending))
        return "repeat_receipt" if tells else "reprint"
    return DIALOGUES.get(dialogue.control, f"command_{dialogue.control:04X}")


def _facts(command: Spoken) -> Iterator[tuple[str, str]]:
    """What whoever replays the dialogue has to begin it with."""
    for part in parts_of(command.apdu, command.pending):
        value = command.apdu[part.start : part.end]
        match part.name:
            case "password":
                yield "password", _STAND_IN
            case "config":
                yield "config", value.hex().upper()
            case "currency":
                yield "currency", parse_currency(value)
            case "amount" | "receipt":
                yield part.name, str(int(value.hex()))
            case "day" | "time":
                yield part.name, value.hex()
            case _:
                pass


def _outcome(spoken: Iterable[Spoken]) -> str:
    """Of a question: how the terminal ended it."""
    last = b""
    for one in spoken:
        if one.speaker is Speaker.PT:
            last = one.apdu
    if last[:1] == bytes([_NOT_ACKNOWLEDGED]) and len(last) > 1:
        return f"refused {last[1]:02X}"
    if last[:2] == _ABORT_MESSAGE.to_bytes(2, "big"):
        return f"refused {last[3] if len(last) > 3 else 0xFF:02X}"
    return "completed" if last[:2] == b"\x06\x0f" else "no answer"


def _remark(spoken: Spoken) -> str:
    try:
        return remark(decode(decode_apdu(spoken.apdu), spoken.pending))
    except CodecError:
        return "not understood"
