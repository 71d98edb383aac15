"""A time zone in which it is not midnight while a test runs.

Around midnight posd takes a terminal that goes away for one that restarts by itself.
"""

from datetime import time
from typing import Final
from zoneinfo import ZoneInfo

from posd.clock import SystemClock, utc

AT_NIGHT: Final = "Europe/Athens"
"""An hour ahead of Paris and Berlin, all year."""
NIGHT_FROM: Final = time(23, 30)
NIGHT_UNTIL: Final = time(0, 10)


def wakeful(zone: str) -> str:
    """That zone, which is Paris' or Berlin's time, or another at its midnight."""
    local = utc(SystemClock().wall_ms()).astimezone(ZoneInfo(zone)).time()
    return zone if NIGHT_UNTIL <= local < NIGHT_FROM else AT_NIGHT
