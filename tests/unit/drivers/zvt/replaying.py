"""Replays a transcript into the till's session, on either wire."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from typing_extensions import override

from posd_drivers.card_reader import AbortCause
from posd_drivers.session import Session
from posd_drivers.zvt.charset import Charset
from posd_drivers.zvt.ecr import Denied, Question, QuestionDialogue, Told
from posd_drivers.zvt.framing import encode_frame
from posd_drivers.zvt.link import LinkTiming, SerialLink, StreamLink
from posd_drivers.zvt.messages import (
    Authorisation,
    BookTotal,
    Diagnosis,
    EndOfDay,
    Initialisation,
    Preauthorisation,
    PreauthorisationEnquiry,
    PreauthorisationReversal,
    Refund,
    RepeatReceipt,
    Reset,
    Reversal,
    SendOfflineTransactions,
    SendTurnoverTotals,
    SetDateAndTime,
    StatusEnquiry,
)
from posd_drivers.zvt.money import MoneyDialogue
from posd_drivers.zvt.moves import MoneyCommand
from posd_drivers.zvt.outcome import Approval, Decline, Printed, Stopped, Unknown
from posd_drivers.zvt.receipts import Receipts
from posd_drivers.zvt.settings import registration
from posd_drivers.zvt.turn import Timing
from tests.transcripts.script import Speaker, Transcript
from tests.unit.drivers.zvt.bench import Bench

ACK = b"\x06"
Facts: TypeAlias = Mapping[str, str]

QUESTIONS: dict[str, Callable[[Facts], Question]] = {
    "diagnosis": lambda _: Diagnosis(),
    "initialisation": lambda facts: Initialisation(facts["password"]),
    "preauthorisation_enquiry": lambda _: PreauthorisationEnquiry(),
    "repeat_receipt": lambda facts: RepeatReceipt(facts["password"], 3),
    "reprint": lambda facts: RepeatReceipt(facts["password"]),
    "reset": lambda _: Reset(),
    "send_offline": lambda facts: SendOfflineTransactions(facts["password"]),
    "set_clock": lambda facts: SetDateAndTime(facts["password"], facts["day"], facts["time"]),
    "status_enquiry": lambda facts: StatusEnquiry(facts["password"]),
    "totals": lambda facts: SendTurnoverTotals(facts["password"]),
}
MONEY: dict[str, Callable[[Facts], MoneyCommand]] = {
    "authorisation": lambda facts: Authorisation(int(facts["amount"]), facts["currency"]),
    "book_total": lambda facts: BookTotal(
        int(facts["receipt"]), int(facts["amount"]), facts["currency"]
    ),
    "end_of_day": lambda facts: EndOfDay(facts["password"]),
    "preauthorisation": lambda facts: Preauthorisation(int(facts["amount"]), facts["currency"]),
    "preauthorisation_reversal": lambda facts: PreauthorisationReversal(*named(facts)),
    "refund": lambda facts: Refund(facts["password"], int(facts["amount"]), facts["currency"]),
    "reversal": lambda facts: Reversal(facts["password"], *named(facts)),
}


def named(facts: Facts) -> tuple[int, int | None, str | None]:
    """Receipt, and what may be left out: amount and currency."""
    amount = facts.get("amount")
    return int(facts["receipt"]), None if amount is None else int(amount), facts.get("currency")


def dialogue(transcript: Transcript) -> Session:
    facts, receipts = transcript.facts, Receipts(Charset.CP437)
    name = facts["dialogue"]
    if name in MONEY:
        return MoneyDialogue(MONEY[name](facts), Timing(), receipts)
    if name in QUESTIONS:
        return QuestionDialogue(QUESTIONS[name](facts), Timing(), receipts)
    assert name == "registration", name
    config = int(facts["config"], 16)
    question = registration(facts["password"], config, facts["currency"])
    fallback = registration(facts["password"], config, facts["currency"], objects=None)
    return QuestionDialogue(question, Timing(), receipts, fallback)


def described(outcome: object) -> str:
    """The outcome in the words of the transcripts."""
    words = repr(outcome)
    match outcome:
        case Told():
            words = "completed"
        case Denied(code):
            words = f"refused {code:02X}"
        case Approval(status):
            words = f"approved receipt={status.fields.receipt}"
        case Decline(code):
            words = f"declined {code:02X}"
        case Stopped(code, AbortCause() as cause):
            words = f"aborted {code:02X} {cause.value}"
        case Unknown(doubt):
            words = f"unknown {doubt.value}"
        case _:
            pass
    return words


@dataclass(slots=True)
class Till:
    """The till's session on one wire; what it said is kept as bare APDUs."""

    bench: Bench
    accepts: bool
    said: list[bytes] = field(default_factory=list)
    lines: int = 0

    def hears(self, apdu: bytes, size: int) -> None:
        """The terminal speaks, in pieces of `size` octets; decisions are made at once."""
        octets = self.on_the_wire(apdu)
        for start in range(0, len(octets), size):
            self.bench.hear(octets[start : start + size])
        self.acknowledges()
        while self.bench.asked:
            match self.bench.decide(accepted=self.accepts):
                case Printed(receipts) | Approval(receipts=receipts):
                    self.lines += sum(len(receipt.lines) for receipt in receipts)
                case _:
                    pass

    def says(self, expected: bytes) -> None:
        """The till's turn. What it said in other octets than expected is kept as it was."""
        if self.bench.said:
            spoken = self.bench.said.pop(0)
            self.said.append(expected if spoken == self.on_the_wire(expected) else spoken)
            self.is_acknowledged()

    def on_the_wire(self, apdu: bytes) -> bytes:
        return apdu

    def acknowledges(self) -> None:
        """TCP has no acknowledgements."""

    def is_acknowledged(self) -> None:
        """TCP has no acknowledgements."""


class SerialTill(Till):
    @override
    def on_the_wire(self, apdu: bytes) -> bytes:
        return encode_frame(apdu)

    @override
    def acknowledges(self) -> None:
        assert self.bench.said.pop(0) == ACK

    @override
    def is_acknowledged(self) -> None:
        self.bench.hear(ACK)


def till_on(wire: str, transcript: Transcript) -> Till:
    """A till that has said nothing yet; its journal refuses where the transcript says so."""
    accepts = transcript.facts.get("journal") != "refuses"
    session = dialogue(transcript)
    if wire == "serial":
        return SerialTill(Bench(SerialLink(session, LinkTiming())), accepts)
    return Till(Bench(StreamLink(session)), accepts)


def replay(transcript: Transcript, till: Till, size: int) -> list[bytes]:
    """Everything the till said."""
    till.bench.begin()
    for line in transcript.lines:
        match line.speaker:
            case Speaker.ECR:
                till.says(line.octets)
            case Speaker.PT:
                till.hears(line.octets, size)
            case Speaker.TILL:
                till.bench.abort()
            case Speaker.CARDHOLDER:
                pass
    return till.said + till.bench.said
