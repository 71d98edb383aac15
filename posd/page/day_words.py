"""How the end of a reader's day is told, and what to do about it."""

from posd.model.closing import Agreement
from posd.page.words import Words
from posd.snapshot.day_views import ClosedView, DayStatus, DayView, TakenView


def about(day: DayView, words: Words) -> list[str]:
    """What there is to say of a day, sentence by sentence, the most urgent first."""
    told = [_standing(day, words), _overdue(day, words), _open(day, words), _at_risk(day, words)]
    if day.closed is not None:
        told.append(_closed(day.closed, day.currency, words))
    return [sentence for sentence in told if sentence]


def _standing(day: DayView, words: Words) -> str:
    match day.status:
        case DayStatus.OPEN:
            return ""
        case DayStatus.CLOSING | DayStatus.UNPROVEN:
            return words.since(f"day.{day.status.value}", day.since_ms)
        case DayStatus.NEEDS_A_PERSON | DayStatus.CONTRADICTED:
            return words.text(f"day.{day.status.value}")
        case DayStatus.REFUSED:
            if day.code is None:
                return words.text("day.refused")
            result = f"{day.code:02X}"
            return words.text("day.refused_code", code=result)


def _overdue(day: DayView, words: Words) -> str:
    if day.due_ms is None or not day.overdue:
        return ""
    return words.text("day.overdue", at=words.at(day.due_ms))


def _open(day: DayView, words: Words) -> str:
    return words.text("day.open", sum=_sum(day.taken, day.currency, words))


def _at_risk(day: DayView, words: Words) -> str:
    taken = day.taken
    if not taken.at_risk_count:
        return ""
    amount = words.money(taken.at_risk_amount, day.currency)
    return words.text("day.at_risk", n=taken.at_risk_count, amount=amount)


def _closed(closed: ClosedView, currency: str, words: Words) -> str:
    at = words.at(closed.at_ms)
    if closed.amount is None:
        told = words.text("day.closed", at=at)
    else:
        told = words.text("day.closed_amount", at=at, amount=words.money(closed.amount, currency))
    if closed.agreement is Agreement.EQUAL:
        return words.text("day.equal", closed=told)
    ours = _sum(closed.taken, currency, words)
    return words.text(f"day.{closed.agreement.value}", closed=told, sum=ours)


def _sum(taken: TakenView, currency: str, words: Words) -> str:
    return words.text("day.sum", count=taken.count, amount=words.money(taken.amount, currency))
