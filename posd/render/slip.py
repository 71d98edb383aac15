"""The receipts of attempts: as the terminal printed them, else composed from what it said.

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
from posd.model.facts import AttemptKind, Proof
from posd.texts.sayings import Label
from posd_drivers.card_reader import CardDetails, Transaction

COLUMNS: Final = 32
"""What paper of 58 mm takes; paper of 80 mm takes it too."""
MERCHANT: Final = "merchant"
CUSTOMER: Final = "customer"
ADMINISTRATION: Final = "administration"
PROVEN: Final = frozenset({AttemptState.APPROVED, AttemptState.DECLINED, AttemptState.ABORTED})
"""The states that have a receipt: proven by the terminal, not only by posd."""
TITLES: Final[Mapping[AttemptKind, Label]] = {
    AttemptKind.SALE: Label.PAYMENT,
    AttemptKind.PREAUTHORISATION: Label.PREAUTHORISATION,
    AttemptKind.CAPTURE: Label.CAPTURE,
    AttemptKind.RELEASE: Label.RELEASE,
    AttemptKind.REVERSAL: Label.REVERSAL,
    AttemptKind.REFUND: Label.REFUND,
    AttemptKind.END_OF_DAY: Label.END_OF_DAY,
}
CAME_TO_NOTHING: Final[Mapping[AttemptKind, Label]] = {
    AttemptKind.SALE: Label.NOT_CHARGED,
    AttemptKind.PREAUTHORISATION: Label.NOT_RESERVED,
    AttemptKind.CAPTURE: Label.NOT_CHARGED,
    AttemptKind.RELEASE: Label.STILL_RESERVED,
    AttemptKind.REVERSAL: Label.NOT_PAID_BACK,
    AttemptKind.REFUND: Label.NOT_PAID_BACK,
    AttemptKind.END_OF_DAY: Label.NOT_CLOSED,
}
"""What a no means for the money, by what was asked for."""
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
    """One receipt of one attempt.

    Attributes:
        audience: merchant, customer, or administration for what concerns neither payment.
        printed: Whether the lines are the terminal's own words.
        signature_required: Whether the cardholder has to sign this one.
    """

    attempt: Attempt
    audience: str
    lines: tuple[Line, ...]
    printed: bool
    signature_required: bool


def slips(attempts: Sequence[Attempt], audience: str | None, wording: Wording) -> tuple[Slip, ...]:
    """The receipts of those attempts that have one, in their order; None is for everybody.

    An end of day has one receipt, whoever asks.
    """
    return tuple(
        _slip(attempt, whose, wording)
        for attempt in attempts
        if attempt.state in PROVEN
        for whose in _audiences(attempt, audience)
    )


def text_lines(slip: Slip) -> list[str]:
    """Lines of at most COLUMNS characters, where the terminal did not print longer ones."""
    return list(_set(slip))


def as_text(found: Sequence[Slip]) -> str:
    """One receipt after the other, an empty line between them; the lines of `text_lines`."""
    return "\n\n".join("\n".join(_set(slip)) for slip in found) + "\n"


def as_html(found: Sequence[Slip], language: str) -> str:
    """A page that prints one receipt after the other, on paper of 58 or 80 mm."""
    body = "".join(
        f'<section class="slip" id="{escape(slip.attempt.id)}">'
        + "".join(_paragraph(line) for line in slip.lines)
        + "</section>"
        for slip in found
    )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>posd</title>'
        f"<style>{STYLE}</style></head><body>{body}</body></html>"
    )


def _audiences(attempt: Attempt, audience: str | None) -> Iterator[str]:
    if attempt.kind is AttemptKind.END_OF_DAY:
        yield ADMINISTRATION
    elif audience is not None:
        yield audience
    else:
        yield from (MERCHANT, CUSTOMER)
        if any(receipt.audience == ADMINISTRATION for receipt in attempt.receipts):
            yield ADMINISTRATION


def _slip(attempt: Attempt, audience: str, wording: Wording) -> Slip:
    closes = attempt.kind is AttemptKind.END_OF_DAY
    printed = [one for one in attempt.receipts if closes or one.audience == audience]
    signed = audience == MERCHANT and (
        any(receipt.signature_required for receipt in printed) or _is_signed(attempt)
    )
    lines = [Line(wording.labels[Label.TEST_MODE], loud=True)] if not wording.livemode else []
    if signed:
        lines.append(Line(wording.labels[Label.SIGNATURE_REQUIRED], loud=True))
    if printed:
        lines += [Line(text) for receipt in printed for text in receipt.lines]
    elif closes:
        lines += _composed_closing(attempt, wording)
    else:
        lines += _composed(attempt, audience, wording)
    return Slip(attempt, audience, tuple(lines), printed=bool(printed), signature_required=signed)


def _composed(attempt: Attempt, audience: str, wording: Wording) -> Iterator[Line]:
    labels = wording.labels
    said = attempt.last or attempt.reported
    copy = Label.MERCHANT_COPY if audience == MERCHANT else Label.CUSTOMER_COPY
    yield Line(wording.store, loud=True)
    yield Line(labels[copy], loud=True)
    yield Line(labels[TITLES[attempt.kind]], loud=True)
    yield from (Line(labels[label], loud=True) for label in _verdict(attempt))
    yield from _told(_rows(attempt, said, wording), labels)
    if said is not None and said.text:
        yield Line(said.text)
    if attempt.proof not in (Proof.DIALOGUE, None):
        yield Line(labels[Label.PROVEN_LATER])
    if copy is Label.MERCHANT_COPY and _is_signed(attempt):
        yield Line(labels[Label.SIGNATURE])
        yield Line("_" * COLUMNS)


def _composed_closing(attempt: Attempt, wording: Wording) -> Iterator[Line]:
    """An end of day: the terminal's totals, card by card, if it told any."""
    labels, writer = wording.labels, wording.writer
    said = attempt.last or attempt.reported
    yield Line(wording.store, loud=True)
    yield Line(labels[Label.END_OF_DAY], loud=True)
    yield from (Line(labels[label], loud=True) for label in _verdict(attempt))
    totals = said.totals if said else None
    if totals is not None:
        for brand in totals.brands:
            yield Line(
                f"{brand.count} x {brand.brand}", writer.money(brand.amount, attempt.currency)
            )
        yield Line(labels[Label.TOTAL], writer.money(totals.amount, attempt.currency))
    yield from _told(_closing_rows(attempt, said, wording), labels)
    if attempt.proof not in (Proof.DIALOGUE, None):
        yield Line(labels[Label.PROVEN_LATER])


def _verdict(attempt: Attempt) -> tuple[Label, ...]:
    match attempt.state:
        case AttemptState.APPROVED if attempt.kind is AttemptKind.END_OF_DAY:
            return (Label.CLOSED,)
        case AttemptState.APPROVED:
            return (Label.APPROVED,)
        case AttemptState.DECLINED:
            return (Label.DECLINED, CAME_TO_NOTHING[attempt.kind])
        case _:
            return (Label.CANCELLED, CAME_TO_NOTHING[attempt.kind])


def _told(rows: Iterator[tuple[Label, str | None]], labels: Mapping[Label, str]) -> Iterator[Line]:
    """The rows that have something to say."""
    return (Line(labels[label], value) for label, value in rows if value)


def _rows(
    attempt: Attempt, said: Transaction | None, wording: Wording
) -> Iterator[tuple[Label, str | None]]:
    """The rows of docs/zvt.md 8.5 in the order of a receipt; what was not told is None."""
    amount = attempt.amount if attempt.approved_amount is None else attempt.approved_amount
    card = said.card if said else CardDetails()
    yield Label.AMOUNT, wording.writer.money(amount, attempt.currency)
    if said and said.tip:
        yield Label.TIP, wording.writer.money(said.tip, attempt.currency)
    yield Label.CARD, _card(card)
    yield from _where_and_when(attempt, said, wording)
    yield Label.TRACE, _number(said.trace if said else None)
    yield Label.ORIGINAL_TRACE, _number(said.original_trace if said else None)
    yield Label.RECEIPT, _number(said.receipt if said else None)
    yield Label.AUTHORISATION, card.authorization_code
    yield Label.AID, card.dedicated_file_name
    yield Label.CONTRACT, card.acquirer_contract
    yield from _result(attempt)


def _closing_rows(
    attempt: Attempt, said: Transaction | None, wording: Wording
) -> Iterator[tuple[Label, str | None]]:
    totals = said.totals if said else None
    yield from _where_and_when(attempt, said, wording)
    yield Label.TRACE, _number(said.trace if said else None)
    if totals is not None and None not in (totals.first_receipt, totals.last_receipt):
        yield Label.RECEIPTS, f"{totals.first_receipt} - {totals.last_receipt}"
    yield from _result(attempt)


def _where_and_when(
    attempt: Attempt, said: Transaction | None, wording: Wording
) -> Iterator[tuple[Label, str | None]]:
    yield Label.TERMINAL, said.terminal_id if said else attempt.baseline.terminal_id
    date, time = (said.date, said.time) if said else (None, None)
    yield Label.DATE, wording.writer.terminal_moment(date, time, attempt.changed_ms)


def _result(attempt: Attempt) -> Iterator[tuple[Label, str | None]]:
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


def _is_signed(attempt: Attempt) -> bool:
    """Whether the cardholder was verified by signature, as far as the terminal told."""
    said = attempt.last or attempt.reported
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
