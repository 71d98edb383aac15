"""How the end of a reader's day is told, and what to do about it."""

from typing import Final

from posd.model.closing import Agreement
from posd.page.words import Words
from posd.snapshot.views import ClosedView, DayStatus, DayView, TakenView

CLOSE: Final = "posd readers end-of-day"


def about(day: DayView, words: Words) -> list[str]:
    """What there is to say of a day, sentence by sentence, the most urgent first."""
    told = [_standing(day, words), _overdue(day, words), _open(day, words), _at_risk(day, words)]
    if day.closed is not None:
        told.append(_closed(day.closed, day.currency, words))
    return [sentence for sentence in told if sentence]


def _standing(day: DayView, words: Words) -> str:
    since = "" if day.since_ms is None else f" since {words.at(day.since_ms)}"
    match day.status:
        case DayStatus.OPEN:
            return ""
        case DayStatus.CLOSING:
            return f"It closes its day{since}."
        case DayStatus.UNPROVEN:
            return f"Its end of day is not proven{since}: posd asks the terminal for its totals."
        case DayStatus.NEEDS_A_PERSON:
            return (
                "Nothing proves whether its day is closed. Look at the terminal's last receipt, "
                f"then run: {CLOSE} {day.reader} --outcome closed (or not_closed) --reason …"
            )
        case DayStatus.CONTRADICTED:
            return (
                "The terminal's totals prove the opposite of what a person decided of its end of "
                "day. Look at its receipts, then give the same outcome again, with a reason: "
                f"{CLOSE} {day.reader} --outcome … --reason …"
            )
        case DayStatus.REFUSED:
            code = "" if day.code is None else f" (result code {day.code:02X})"
            return (
                f"The terminal refused its end of day{code}. Look at its display and receipt, "
                f"then run: {CLOSE} {day.reader}"
            )


def _overdue(day: DayView, words: Words) -> str:
    if day.due_ms is None or not day.overdue:
        return ""
    return (
        f"Its day should have been closed at {words.at(day.due_ms)}. Look at the reader, then run: "
        f"{CLOSE} {day.reader}"
    )


def _open(day: DayView, words: Words) -> str:
    return f"Since its last end of day: {_sum(day.taken, day.currency, words)}."


def _at_risk(day: DayView, words: Words) -> str:
    taken = day.taken
    if not taken.at_risk_count:
        return ""
    amount = words.money(taken.at_risk_amount, day.currency)
    return f"Paid, may still come back unpaid: {taken.at_risk_count} of them, {amount}."


def _closed(closed: ClosedView, currency: str, words: Words) -> str:
    ours = _sum(closed.taken, currency, words)
    theirs = "" if closed.amount is None else f", {words.money(closed.amount, currency)}"
    told = f"Closed at {words.at(closed.at_ms)}{theirs}"
    match closed.agreement:
        case Agreement.EQUAL:
            return f"{told}: equal to posd's journal."
        case Agreement.DIFFERS:
            return f"{told}: differs from posd's journal, which has {ours}. Compare the receipts."
        case Agreement.NOT_CHECKED:
            return f"{told}: not checked against posd's journal, which has {ours}."


def _sum(taken: TakenView, currency: str, words: Words) -> str:
    payments = "1 payment" if taken.count == 1 else f"{taken.count} payments"
    return f"{payments}, {words.money(taken.amount, currency)}"
