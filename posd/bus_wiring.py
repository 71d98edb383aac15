"""What is told over MQTT, as configuration and world have it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from posd.broker import topics_of
from posd.bus.bus import Bus, Sources, Wishes
from posd.bus.position import PositionFile, Positions
from posd.bus.pulse import Pulse, take_pulse
from posd.composition import SOFTWARE, Posd
from posd.config import Config
from posd.durations import Durations
from posd.world import World

POSITION_FILE: Final = "mqtt.position"


def bus(config: Config, world: World, posd: Posd, positions: Positions | None = None) -> Bus | None:
    """What tells the broker; None where there is none. `positions` are the daemon's by default."""
    if config.mqtt is None or world.broker is None:
        return None
    state_dir = config.store.state_dir
    sources = Sources(
        posd.journal,
        posd.overview.looks.now,
        posd.overview.stirred,
        _pulse(state_dir, world.loop_lag),
    )
    wishes = Wishes(topics_of(config.mqtt), SOFTWARE, config.mqtt.period_s, config.mqtt.amounts)
    kept = positions or PositionFile(state_dir / POSITION_FILE)
    return Bus(sources, world.broker, kept, wishes, clock=world.clock, chance=world.chance)


def _pulse(state_dir: Path, loop_lag: Durations) -> Callable[[], Awaitable[Pulse]]:
    """The pulse, with how late the loop was in the mean since it was taken last."""
    last = loop_lag.buckets()

    async def take() -> Pulse:
        nonlocal last
        now = loop_lag.buckets()
        looks, late_s = now.count - last.count, now.sum_s - last.sum_s
        last = now
        late_ms = round(late_s / looks * 1000) if looks else None
        return replace(await take_pulse(state_dir), loop_late_ms=late_ms)

    return take
