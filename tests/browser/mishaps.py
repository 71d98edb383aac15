"""What goes wrong in a store until a person has to decide."""

import shutil
import signal
from contextlib import suppress
from functools import partial
from typing import Final

import httpx2

from posd.live import Trouble
from posd.model.attempt import AttemptState
from tests.browser.shop import Shop

LATE_S: Final = 11 * 60
"""More than a report may wait, and more than a payment may stay unproven."""
REBOOT_S: Final = 0.2
"""Or it would wait half a minute for a till that is gone."""
COMMAND, PRINTING = 1, 9
"""Messages of a payment, counted from its command. What is printed was approved before."""
END_OF_DAY, CLOSED = "0650", 3
"""The command, and the message counted from it with which its terminal begins to tell."""


def doubted(shop: Shop, till: str, amount: int, order: str) -> str:
    """Have a payment of a shop become one for a person; its id. The terminal stays unplugged."""
    shop.terminal_at(till).meets(fault="cut", message=PRINTING, moment="before")
    intent = shop.hand_over(till, amount, order)
    shop.waits_for(lambda: shop.attempt_state(intent) is AttemptState.UNKNOWN)
    shop.terminal_at(till).meets(fault="reboot", for_s=REBOOT_S)
    shop.stop()
    shop.start(ahead_s=LATE_S)
    shop.waits_for(lambda: shop.attempt_state(intent) is AttemptState.PERSON)
    for other in shop.tills:
        if other != till:
            shop.waits_for(partial(shop.is_online, other))
    return intent


def day_doubted(shop: Shop, till: str) -> None:
    """Have an end of day become one for a person. The terminal stays unplugged."""
    shop.terminal_at(till).meets(fault="cut", command=END_OF_DAY, message=CLOSED, moment="before")
    shop.begin_to_close_day(till)
    shop.waits_for(lambda: shop.day_status(till) == "unproven")
    shop.stop()
    shop.start(ahead_s=LATE_S)
    shop.waits_for(lambda: shop.day_status(till) == "needs_a_person")


def quarantined(shop: Shop, till: str, amount: int) -> None:
    """Have posd die twice in a payment at the same reader, and start again."""
    for order in ("first death", "second death"):
        shop.waits_for(partial(shop.is_free, till))
        assert shop.posd is not None
        shop.terminal_at(till).meets(
            fault="kill", message=COMMAND, moment="before", pid=shop.posd.pid
        )
        with suppress(httpx2.TransportError):
            shop.hand_over(till, amount, order)
        assert shop.posd.ended() == -signal.SIGKILL
        shop.terminal_at(till).meets(fault="reboot", for_s=REBOOT_S)
        shop.start()
    shop.waits_for(lambda: shop.trouble_of(till) == Trouble.QUARANTINED.value)


def exchanged(shop: Shop, till: str) -> None:
    """Have another terminal put in the place of a lane's."""
    terminal = shop.terminal_at(till)
    terminal.unplug()
    terminal.meets(fault="identity", terminal_id="52600001")
    terminal.plug()
    shop.waits_for(lambda: shop.trouble_of(till) == Trouble.OTHER_TERMINAL.value)


def lost_a_payment(shop: Shop, till: str, amount: int) -> None:
    """Have the journal put back to where it stood before a payment."""
    shop.stop()
    kept = shop.journal.with_suffix(".kept")
    shutil.copyfile(shop.journal, kept)
    shop.open()
    shop.pay(till, amount, "lost")
    shop.stop()
    kept.replace(shop.journal)
    shop.start()
    shop.waits_for(partial(shop.is_online, till))
