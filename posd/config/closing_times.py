"""When the file has each reader's day closed."""

from collections.abc import Mapping
from datetime import time
from zoneinfo import ZoneInfo

from msgspec import Struct

from posd.config.sections import Config
from posd.model.closing_time import ClosingTime


class ClosingTimes(Struct, frozen=True):
    """By the id of each reader of the file; `others` is for what the API registered."""

    declared: Mapping[str, ClosingTime | None]
    others: ClosingTime | None

    def of(self, reader: str) -> ClosingTime | None:
        """When its day is closed; None: only by a person."""
        return self.declared.get(reader, self.others)


def closing_times(config: Config) -> ClosingTimes:
    """What the file says, in the store's zone."""
    zone = ZoneInfo(config.store.time_zone)
    declared = {f"tmr_posd_{one.name}": _time(one.end_of_day, zone) for one in config.reader}
    return ClosingTimes(declared, _time(config.store.end_of_day, zone))


def _time(text: str, zone: ZoneInfo) -> ClosingTime | None:
    return None if text == "off" else ClosingTime(time.fromisoformat(text), zone)
