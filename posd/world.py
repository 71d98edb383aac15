"""What posd is handed: time, ids, chance, the disk, its devices and Stripe, or what plays them."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import Struct, field

from posd.alarm.keeper import Post
from posd.bus.follower import Follower
from posd.bus.port import Publisher
from posd.clock import Clock
from posd.discoveries import TakeLook, TakeSurvey, nothing_plugged
from posd.durations import Durations
from posd.failpoints import Reach, disarmed
from posd.ids import Chance, Ids
from posd.journal.executor import LAG_BOUNDS_S, BatchExecutor
from posd.model.reader import Reader
from posd.plugging import WatchPlugs
from posd.simulator_control import ControlPort, NoControlPort
from posd.tls.shown import ShownCertificate
from posd.upstream.account import FreshKey
from posd.upstream.client import StripeClient
from posd.whereabouts import Devices, NoDevices
from posd_drivers.card_reader import CardReader
from posd_drivers.look import look

OpenReader: TypeAlias = Callable[[Reader], Awaitable[CardReader]]


class World(Struct, frozen=True):
    """What a simulation replaces: time, ids, chance, the disk's executor, devices, Stripe.

    `control` is how a test's card gets to a simulated terminal; `devices` tells what is plugged in
    where, `watch_plugs` that something was plugged in or out, None where nothing can be; `survey`
    and `look` what could be registered; `shown` is the certificate for other machines, if they may
    call; `alarm` how one address is told that somebody must come, if there is one; `broker` the way
    to the MQTT broker, if there is one; `follower` who listens there to the store's other lanes, if
    anybody does; `loop_lag` how late the loop has been.
    """

    clock: Clock
    ids: Ids
    chance: Chance
    executor: BatchExecutor
    open_reader: OpenReader
    stripe: StripeClient | None
    fresh_key: FreshKey | None = None
    reach: Reach = disarmed
    control: ControlPort = field(default_factory=NoControlPort)
    devices: Devices = field(default_factory=NoDevices)
    watch_plugs: WatchPlugs | None = None
    survey: TakeSurvey = nothing_plugged
    look: TakeLook = look
    node: str = ""
    shown: ShownCertificate | None = None
    alarm: Post | None = None
    broker: Publisher | None = None
    follower: Follower | None = None
    loop_lag: Durations = field(default_factory=lambda: Durations(LAG_BOUNDS_S))
