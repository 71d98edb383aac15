"""The six situations that a manager may find the store in, each made as it comes about.

What takes minutes (a person is asked for after five, a report is late after ten) passes while posd
is off: it starts again by a clock that is so far ahead.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct

from tests.browser.mishaps import LATE_S, doubted
from tests.browser.shop import NOBODY, TILLS, Shop
from tests.crash.child import Nursery

NEW: Final = ("Card reader 1", "Card reader 2")


class Yard(Struct, frozen=True):
    """What a situation is made of: a place for it, and where processes come from.

    `stripe` is where Stripe's stand-in answers.
    """

    folder: Path
    nursery: Nursery
    stripe: str
    locale: str = "en-GB"


def all_well(yard: Yard) -> Shop:
    """Every lane sells, Stripe knows everything."""
    shop = _opened(yard, yard.stripe)
    _morning(shop)
    shop.waits_for(shop.is_told_everything)
    return shop


def reader_lost(yard: Yard) -> Shop:
    """Somebody has pulled the cable of one terminal, a while ago."""
    shop = _opened(yard, yard.stripe)
    _morning(shop)
    shop.waits_for(shop.is_told_everything)
    shop.terminal_at("Till 2").unplug()
    shop.stop()
    shop.start(ahead_s=LATE_S)
    for till in ("Till 1", "Bistro"):
        shop.waits_for(partial(shop.is_online, till))
    return shop


def unproven_payment(yard: Yard) -> Shop:
    """A cable came out after the tap, and nobody has plugged it in again."""
    shop = _opened(yard, yard.stripe)
    _morning(shop)
    doubted(shop, "Till 2", 8950, "4715")
    return shop


def offline_with_queue(yard: Yard) -> Shop:
    """The store's line is down; it goes on selling."""
    shop = _opened(yard, NOBODY, offline=_LIMITS)
    _morning(shop)
    shop.stop()
    shop.open(ahead_s=LATE_S)
    shop.pay("Till 1", 2590, "4716")
    return shop


def day_closed(yard: Yard) -> Shop:
    """The tills are counted, each terminal has closed its day."""
    shop = _opened(yard, yard.stripe)
    _morning(shop)
    for till in shop.tills:
        shop.close_day(till)
        shop.waits_for(partial(shop.is_online, till))
    shop.waits_for(shop.is_told_everything)
    return shop


def first_start(yard: Yard) -> Shop:
    """posd has just been installed; two terminals are connected, and nothing has a name."""
    shop = Shop(yard.folder, yard.nursery, tills=NEW, locale=yard.locale, stripe=None, named=False)
    shop.open()
    return shop


SITUATIONS: Final[Mapping[str, Callable[[Yard], Shop]]] = {
    "all-well": all_well,
    "reader-lost": reader_lost,
    "unproven-payment": unproven_payment,
    "offline-with-queue": offline_with_queue,
    "day-closed": day_closed,
    "first-start": first_start,
}
_LIMITS: Final = "[offline]\namount_max = 40000\n"


def _opened(yard: Yard, stripe: str, *, offline: str = "") -> Shop:
    shop = Shop(
        yard.folder,
        yard.nursery,
        tills=TILLS,
        locale=yard.locale,
        stripe=stripe,
        offline=offline,
    )
    shop.open()
    return shop


def _morning(shop: Shop) -> None:
    """A few sales, one of which is declined."""
    shop.pay("Till 1", 1250, "4711")
    shop.pay("Till 2", 4680, "4712")
    shop.decline("Bistro", 990, "4713")
    shop.pay("Bistro", 990, "4714")
