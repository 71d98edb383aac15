"""What an operator types where the page has a button: the command line says it after the words."""

from typing import Final

from posd.live import Trouble
from posd.page.reader_words import STRANGERS
from posd.snapshot.day_views import DayStatus, DayView
from posd.snapshot.views import OrderView, ReaderView
from posd_drivers.ability import Need

_CLOSE: Final = "posd readers end-of-day"
_ACCEPT: Final = "posd readers accept"


def for_reader(reader: ReaderView) -> str | None:
    """What helps a reader that takes no card, if a command does."""
    if reader.need == Need.END_OF_DAY.value:
        return f"{_CLOSE} {reader.id}"
    if reader.trouble == Trouble.QUARANTINED.value:
        return f"{_ACCEPT} {reader.id} --reason …"
    if reader.stranger is not None and reader.trouble in STRANGERS:
        return f"{_ACCEPT} {reader.id} --as replacement --reason …"
    return None


def for_day(day: DayView) -> str | None:
    """What a manager runs about a day, if there is something to do."""
    match day.status:
        case DayStatus.NEEDS_A_PERSON:
            return f"{_CLOSE} {day.reader} --outcome closed (or not_closed) --reason …"
        case DayStatus.CONTRADICTED:
            return f"{_CLOSE} {day.reader} --outcome … --reason …"
        case DayStatus.REFUSED:
            return f"{_CLOSE} {day.reader}"
        case DayStatus.OPEN | DayStatus.CLOSING | DayStatus.UNPROVEN:
            return f"{_CLOSE} {day.reader}" if day.overdue else None


def for_order(order: OrderView) -> str | None:
    """What to run once ordered hardware is there."""
    return f"posd orders receive {order.id}" if order.status == "delivered" else None
