"""The daemon's life: configuration, state directory, journal, readers, API, READY, and the end.

Nothing else reads the configuration and nothing else opens the root task group.
"""

import asyncio
import gc
import logging
import os
import platform
import resource
import sys
from collections.abc import MutableMapping
from contextlib import ExitStack, closing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace
from typing_extensions import override

from posd.alarm.post import AlarmPost
from posd.api.app import Api
from posd.api.handed import Asked, Doors, doors
from posd.api.lan import Lan
from posd.api.listener import Listener
from posd.bus.follower import Follower
from posd.clock import SystemClock
from posd.composition import SOFTWARE, Posd
from posd.config import Config, load
from posd.config.declared import lan_hosts
from posd.driver_settings import DriverSettings, driver_settings
from posd.errors import AlreadyRunning, ConfigError, JournalDamaged, JournalFailed, PosdError
from posd.failpoints import Failpoint, Reach, disarmed, kill_at
from posd.ids import RandomIds, chance
from posd.journal.epochs import Identity
from posd.journal.executor import ThreadExecutor
from posd.journal.high_water import HighWaterFile
from posd.journal.lock import StateDirectory
from posd.journal.store import Journal
from posd.model.reader import Reader
from posd.page.routes import routes
from posd.reload import Reload
from posd.render import event
from posd.service import logs
from posd.service.clock_jumps import ClockJumps
from posd.service.credentials import (
    Secret,
    check_stripe_key,
    credential_path,
    read_credential,
)
from posd.service.handed_sockets import handed_sockets
from posd.service.machine import machine
from posd.service.sd_notify import ServiceNotifier, watchdog_interval_s
from posd.service.stop_orders import StopOrders
from posd.service.watchdog import Watch
from posd.simulator_control import HttpControlPort
from posd.status_line import StatusLine
from posd.supervise import Kind, supervise
from posd.tls.shown import ShownCertificate
from posd.upstream.client import StripeClient
from posd.whereabouts import Devices
from posd.world import World
from posd_drivers import catalogue, discovery
from posd_drivers.card_reader import CardReader

if TYPE_CHECKING:
    from usb.backend import IBackend

    from posd.bus.bus import Bus
    from posd.bus.port import Publisher

log = logging.getLogger(__name__)

JOURNAL_FILE: Final = "journal.db"
HIGH_WATER_FILE: Final = "journal.high-water"


def run(config_path: Path, armed: Failpoint | None = None, usb: "IBackend | None" = None) -> int:
    """Run posd until it is told to stop. Returns the exit status (sysexits.h).

    `armed` is where it dies, `usb` PyUSB's way to the bus: None is libusb.

    0 when told to stop by a signal; 64 the configuration cannot be used; 69 port in use; 70 the
    journal failed or a bug in it (M17); 75 another posd holds the state directory.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # memory has keys and, freed, whole cards
    logs.configure(sys.stderr, os.environ)
    try:
        config = load(config_path)
        logs.configure(sys.stderr, os.environ, config.log.format, config.log.level)
        return asyncio.run(_serve(config_path, config, kill_at(armed) if armed else disarmed, usb))
    except PosdError as error:
        return _ended(error)
    except BaseExceptionGroup as group:
        known = group.subgroup(PosdError)
        if known is None:
            log.critical("ended by a bug", exc_info=group)
            return os.EX_SOFTWARE
        return _ended(_first(known))


def _ended(error: PosdError) -> int:
    for line in str(error).splitlines():
        log.critical("%s", line)
    match error:
        case ConfigError():
            return os.EX_USAGE
        case AlreadyRunning():
            return os.EX_TEMPFAIL
        case JournalFailed() | JournalDamaged():
            return os.EX_SOFTWARE
        case _:
            return os.EX_UNAVAILABLE


def _first(group: BaseExceptionGroup[PosdError]) -> PosdError:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


class _Stop(Exception):
    """Ends the root task group in good order."""


async def _serve(path: Path, config: Config, reach: Reach, usb: "IBackend | None") -> int:
    with (
        closing(ServiceNotifier(os.environ)) as notifier,
        closing(_held(config)) as held,
        StateDirectory(config.store.state_dir),
        closing(ThreadExecutor()) as executor,
    ):
        drivers = dict(driver_settings(config, os.environ))
        world = _machine(config, drivers, executor, reach, usb)
        with closing(open_journal(config, executor)) as journal:
            around = _Around(path, drivers, notifier, _watch(notifier, executor), held)
            await _live(config, world, journal, around)
            # It may lag behind: what it tells is on disk in the journal.
            with suppress(OSError):
                journal.note_high_water()
    return os.EX_OK


class _Around(Struct, frozen=True):
    """What a service has around it: its file, its drivers' settings, systemd."""

    path: Path
    drivers: MutableMapping[str, catalogue.ReaderSettings]
    notifier: ServiceNotifier
    watch: Watch | None
    held: Doors


async def _live(config: Config, world: World, journal: Journal, around: _Around) -> None:
    orders, notifier = StopOrders(), around.notifier
    try:
        async with asyncio.TaskGroup() as root:
            posd = Posd(config, world, journal, root)
            await posd.start()
            listener = await _listen(config, posd, world, around.held)
            supervise(root, listener.serve, name="listener", kind=Kind.JOURNAL)
            if world.shown is not None:
                supervise(root, world.shown.watch, name="certificate", kind=Kind.TAIL)
            if around.watch is not None:
                supervise(root, around.watch.keep, name="watchdog", kind=Kind.TAIL)
            _serve_operations(posd, root, around)
            _collect_from_now()
            notifier.ready(f"listening on port {listener.port}")
            log.info("ready port=%d mode=%s", listener.port, config.mode)
            if config.lan is not None:
                log.info("on the network address=%s port=%s", config.lan.address, listener.lan_port)
            posd.watch_plugs()
            telling = _tell(config, world, posd, root)
            await posd.entrance.announce()
            await orders.stop.wait()
            notifier.stopping()
            if telling is not None:
                telling.drain()
            await orders.allow(posd.drain())
            posd.release()
            await listener.stop()
            raise _Stop  # noqa: TRY301 (the group cancels what still runs)
    except* _Stop:
        log.info("stopped")


def _tell(config: Config, world: World, posd: Posd, root: asyncio.TaskGroup) -> "Bus | None":
    """What tells the broker from here on; None where there is none."""
    if world.follower is not None:
        supervise(root, world.follower.run, name="store-view", kind=Kind.TAIL)
    if world.broker is None:
        return None
    from posd.bus_wiring import bus

    telling = bus(config, world, posd)
    if telling is not None:
        supervise(root, telling.run, name="mqtt", kind=Kind.TAIL)
    return telling


def _serve_operations(posd: Posd, root: asyncio.TaskGroup, around: _Around) -> None:
    """Tell what is true from now on, read the file again when systemd asks, watch the clock."""
    line = StatusLine(posd.overview.looks.now, posd.overview.stirred, around.notifier.status)
    reload = Reload(around.path, posd, around.drivers, around.notifier, line.refuse)
    supervise(root, line.run, name="status-line", kind=Kind.TAIL)
    supervise(root, reload.run, name="reload", kind=Kind.TAIL)
    supervise(root, ClockJumps(SystemClock()).run, name="clock-jumps", kind=Kind.TAIL)


def _collect_from_now() -> None:
    """Python's collector begins, and never looks at what a start has loaded for good."""
    gc.freeze()
    gc.enable()


def _machine(
    config: Config,
    drivers: DriverSettings,
    executor: ThreadExecutor,
    reach: Reach,
    usb: "IBackend | None",
) -> World:
    """The real world: this machine's clock and entropy, its devices, and Stripe."""

    async def open_reader(reader: Reader) -> CardReader:
        settings = drivers.get(reader.id, catalogue.ReaderSettings(reader.currency))
        return await catalogue.open(catalogue.parse_url(reader.address), settings, usb=usb)

    return World(
        clock=SystemClock(),
        ids=RandomIds(),
        chance=chance(),
        executor=executor,
        open_reader=open_reader,
        stripe=_stripe(config),
        fresh_key=partial(_fresh_key, config),
        reach=reach,
        control=HttpControlPort(),
        devices=PluggedDevices(),
        watch_plugs=discovery.watch,
        survey=discovery.survey,
        shown=_shown(config),
        alarm=_alarm(config),
        broker=_broker(config),
        follower=_follower(config),
        node=platform.node(),
        loop_lag=executor.loop_lag,
    )


class PluggedDevices(Devices):
    """The devices of this machine, as its kernel shows them."""

    @override
    async def identity_of(self, address: str, known: str | None = None) -> str | None:
        return await discovery.identity_of(catalogue.parse_url(address), known=known)

    @override
    async def moved(self, address: str, identity: str) -> str | None:
        place = await discovery.moved(catalogue.parse_url(address), identity)
        return None if place is None else catalogue.url_of(place)


def _alarm(config: Config) -> AlarmPost | None:
    """How the address for alarms is told, if the file names one. Raises ConfigError."""
    asked = config.alarm
    if asked is None:
        return None
    if asked.credential is None and asked.credential_file is None:
        return AlarmPost(asked.url, None)
    name = asked.credential or "alarm.token"
    return AlarmPost(asked.url, read_credential(name, asked.credential_file, os.environ))


def _broker(config: Config) -> "Publisher | None":
    """The way to the MQTT broker, if the file names one. Raises ConfigError."""
    if config.mqtt is None:
        return None
    from posd.broker import way_to

    return way_to(config, os.environ)


def _follower(config: Config) -> Follower | None:
    """Who listens to the other lanes of the store, if the file wishes it. Raises ConfigError."""
    if config.mqtt is None or not config.mqtt.store_view:
        return None
    from posd.broker import way_to

    subscriber = way_to(config, os.environ, "posd-view")
    assert subscriber is not None, "the file names a broker"
    return Follower(config.mqtt.store, subscriber, chance())


def _stripe(config: Config) -> StripeClient | None:
    upstream = config.upstream
    if upstream.kind == "none":
        return None
    key = _stripe_key(config)
    return StripeClient(upstream.base_url, key.reveal(), connections=upstream.connections)


async def _fresh_key(config: Config) -> str:
    """The key as it stands in its file or in systemd's directory now. Raises ConfigError."""
    return (await asyncio.to_thread(_stripe_key, config)).reveal()


def _stripe_key(config: Config) -> Secret:
    upstream = config.upstream
    key = read_credential(upstream.credential, upstream.credential_file, os.environ)
    livemode = config.mode == "live"
    check_stripe_key(key, livemode=livemode, allow_test_upstream=upstream.allow_test_upstream)
    return key


def open_journal(config: Config, executor: ThreadExecutor) -> Journal:
    """The store's journal on this machine, for whoever holds its state directory.

    As posd.journal.store.Journal.open.
    """
    folder = config.store.state_dir
    return Journal.open(
        folder / JOURNAL_FILE,
        executor=executor,
        clock=SystemClock(),
        node=platform.node(),
        livemode=config.mode == "live",
        software=SOFTWARE,
        render_events=event.events,
        identity=Identity(machine(), RandomIds(), HighWaterFile(folder / HIGH_WATER_FILE)),
    )


async def _listen(config: Config, posd: Posd, world: World, held: Doors) -> Listener:
    page = posd.page()
    if world.follower is not None:
        page = replace(page, far=world.follower.view)
    app = Api(
        page.services,
        ids=world.ids,
        hosts=config.listen.hosts,
        lan_hosts=lan_hosts(config),
        pages=routes(page),
    )
    lan = None
    if config.lan is not None and world.shown is not None:
        lan = Lan(config.lan.address, config.lan.port, world.shown.context)
    listen = config.listen
    return await Listener.open(app, port=listen.port, socket=listen.socket, lan=lan, held=held)


def _held(config: Config) -> Doors:
    """What systemd has opened for posd already. Raises ConfigError where that is elsewhere."""
    handed = handed_sockets(os.environ, os.getpid())
    lan = None if config.lan is None else (config.lan.address, config.lan.port)
    with ExitStack() as taken:
        for one in handed:
            taken.callback(one.close)
        found = doors(handed, Asked(config.listen.port, config.listen.socket, lan))
        taken.pop_all()
    return found


def _shown(config: Config) -> ShownCertificate | None:
    """What is shown to other machines, if they may call. Raises ConfigError."""
    lan = config.lan
    if lan is None:
        return None
    find_key = partial(credential_path, lan.key_credential, lan.key_file, os.environ)
    return ShownCertificate(lan.certificate, find_key, SystemClock())


def _watch(notifier: ServiceNotifier, executor: ThreadExecutor) -> Watch | None:
    """Signs of life for systemd's watchdog, if it asks for them."""
    interval_s = watchdog_interval_s(os.environ, os.getpid())
    return None if interval_s is None else Watch(interval_s, notifier.alive, executor.answer)
