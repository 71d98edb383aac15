"""A payment's receipts: as the terminal printed them, else composed from what it said.

What the terminal printed keeps its wording, hence the schemes' duties. A composed receipt has the
rows of docs/zvt.md 8.5 as far as the terminal told them, and no card number beyond its last four
digits: there is none in any record.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final, Protocol

from msgspec import Struct

from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import Proof
from posd.texts.sayings import Label
from posd_drivers.card_reader import CardDetails, Transaction

COLUMNS: Final = 32
"""What paper of 58 mm takes; paper of 80 mm takes it too."""
MERCHANT: Final = "merchant"
CUSTOMER: Final = "customer"
VERDICTS: Final[Mapping[AttemptState, tuple[Label, ...]]] = {
    AttemptState.APPROVED: (Label.APPROVED,),
    AttemptState.DECLINED: (Label.DECLINED, Label.NOT_CHARGED),
    AttemptState.ABORTED: (Label.CANCELLED, Label.NOT_CHARGED),
}
"""The states that have a receipt: proven by the terminal, not only by posd."""
STYLE: Final = (
    "body{margin:0}.slip{width:72mm;max-width:100%;margin:0 auto 8mm;padding:2mm;"
    "box-sizing:border-box;font:11px/1.35 ui-monospace,monospace;break-after:page}"
    ".slip p{margin:0;display:flex;justify-content:space-between;flex-wrap:wrap;gap:0 2ch;"
    "white-space:pre-wrap;overflow-wrap:anywhere}.slip b{margin:auto;text-align:center}"
    "@page{margin:0}"
)


class WritesMoney(Protocol):
    """posd.render.locale.Writer, as far as a receipt needs it."""

    def money(self, amount: int, currency: str, /) -> str:
        """An amount in minor units."""
        ...

    def terminal_moment(self, date: str | None, time: str | None, near_ms: int, /) -> str:
        """The terminal's date and time."""
        ...


class Wording(Struct, frozen=True):
    """How receipts are written: whose, in which words, and whether money is meant."""

    store: str
    labels: Mapping[Label, str]
    writer: WritesMoney
    livemode: bool


class Line(Struct, frozen=True):
    """One line: text on the left, and perhaps on the right; a loud one stands alone, centred."""

    left: str
    right: str = ""
    loud: bool = False


class Slip(Struct, frozen=True):
    """One receipt of one attempt."""

    attempt: str
    lines: tuple[Line, ...]


def slips(attempts: Sequence[Attempt], audience: str, wording: Wording) -> tuple[Slip, ...]:
    """The receipts for `audience` of those attempts that have one, in their order."""
    return tuple(
        Slip(attempt.id, tuple(_lines(attempt, audience, wording)))
        for attempt in attempts
        if attempt.state in VERDICTS
    )


def as_text(found: Sequence[Slip]) -> str:
    """Lines of at most COLUMNS characters, where the terminal did not print longer ones."""
    return "\n\n".join("\n".join(_set(slip)) for slip in found) + "\n"


def as_html(found: Sequence[Slip], language: str) -> str:
    """A page that prints one receipt after the other, on paper of 58 or 80 mm."""
    body = "".join(
        f'<section class="slip" id="{escape(slip.attempt)}">'
        + "".join(_paragraph(line) for line in slip.lines)
        + "</section>"
        for slip in found
    )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>posd</title>'
        f"<style>{STYLE}</style></head><body>{body}</body></html>"
    )


def _lines(attempt: Attempt, audience: str, wording: Wording) -> Iterator[Line]:
    printed = [receipt for receipt in attempt.receipts if receipt.audience == audience]
    if not wording.livemode:
        yield Line(wording.labels[Label.TEST_MODE], loud=True)
    if printed:
        yield from (Line(text) for receipt in printed for text in receipt.lines)
    else:
        yield from _composed(attempt, audience, wording)


def _composed(attempt: Attempt, audience: str, wording: Wording) -> Iterator[Line]:
    labels = wording.labels
    said = attempt.last or attempt.reported
    copy = Label.MERCHANT_COPY if audience == MERCHANT else Label.CUSTOMER_COPY
    yield Line(wording.store, loud=True)
    yield Line(labels[copy], loud=True)
    yield Line(labels[Label.PAYMENT], loud=True)
    yield from (Line(labels[label], loud=True) for label in VERDICTS[attempt.state])
    for label, value in _rows(attempt, said, wording):
        if value:
            yield Line(labels[label], value)
    if said is not None and said.text:
        yield Line(said.text)
    if attempt.proof not in (Proof.DIALOGUE, None):
        yield Line(labels[Label.PROVEN_LATER])
    if copy is Label.MERCHANT_COPY and _is_signed(attempt, said):
        yield Line(labels[Label.SIGNATURE])
        yield Line("_" * COLUMNS)


def _rows(
    attempt: Attempt, said: Transaction | None, wording: Wording
) -> Iterator[tuple[Label, str | None]]:
    """The rows of docs/zvt.md 8.5 in the order of a receipt; what was not told is None."""
    writer = wording.writer
    amount = attempt.amount if attempt.approved_amount is None else attempt.approved_amount
    card = said.card if said else CardDetails()
    yield Label.AMOUNT, writer.money(amount, attempt.currency)
    if said and said.tip:
        yield Label.TIP, writer.money(said.tip, attempt.currency)
    yield Label.CARD, _card(card)
    yield Label.TERMINAL, said.terminal_id if said else attempt.baseline.terminal_id
    date, time = (said.date, said.time) if said else (None, None)
    yield Label.DATE, writer.terminal_moment(date, time, attempt.changed_ms)
    yield Label.TRACE, _number(said.trace if said else None)
    yield Label.RECEIPT, _number(said.receipt if said else None)
    yield Label.AUTHORISATION, card.authorization_code
    yield Label.AID, card.dedicated_file_name
    yield Label.CONTRACT, card.acquirer_contract
    if attempt.state is not AttemptState.APPROVED and attempt.code is not None:
        yield Label.RESULT, f"{attempt.code:02X}"


def _card(card: CardDetails) -> str | None:
    name = card.application_preferred_name or card.brand_product
    if name is None and card.brand != "unknown":
        name = card.brand
    digits = f"**** {card.last4}" if card.last4 else None
    return " ".join(part for part in (name, digits) if part) or None


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


def _is_signed(attempt: Attempt, said: Transaction | None) -> bool:
    verified = said.card.cardholder_verification_method if said else None
    return attempt.state is AttemptState.APPROVED and "signature" in (verified or "")


def _set(slip: Slip) -> Iterator[str]:
    for line in slip.lines:
        if line.loud:
            yield from (part.center(COLUMNS).rstrip() for part in _wrapped(line.left))
        elif not line.right:
            yield line.left
        elif len(line.left) + 1 + len(line.right) <= COLUMNS:
            yield line.left + line.right.rjust(COLUMNS - len(line.left))
        else:
            yield line.left
            yield from (part.rjust(COLUMNS) for part in _wrapped(line.right))


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, COLUMNS) or [""]


def _paragraph(line: Line) -> str:
    if line.loud:
        return f"<p><b>{escape(line.left)}</b></p>"
    right = f"<span>{escape(line.right)}</span>" if line.right else ""
    return f"<p><span>{escape(line.left) or '&nbsp;'}</span>{right}</p>"
