"""What is wired to what: every part of posd, in production and in simulation alike.

What differs between the two is the `World` that is handed in.
"""

import asyncio
import secrets
from collections.abc import Awaitable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from posd import __version__, old_events
from posd.access import SECRET_BYTES, Keys
from posd.alarm.keeper import Alarm, Post
from posd.api.event_stream import EventStreams
from posd.api.hardware_ports import HardwareServices
from posd.api.late_audits import LateAudits
from posd.api.services import Services
from posd.api.watch import Watch
from posd.attachments import Attachment
from posd.attempts import AttemptParts
from posd.captures import Captures
from posd.checkups import Checkups
from posd.closing import Closings
from posd.closing_schedule import ClosingSchedule
from posd.config import Config
from posd.config.closing_times import closing_times
from posd.config.declared import (
    declared_keys,
    declared_lanes,
    declared_limits,
    declared_readers,
)
from posd.config.own_settings import own_settings, unnamed_settings
from posd.config.shown_settings import shown_settings
from posd.configurations import Configurations
from posd.decisions import Decisions
from posd.discoveries import Discoveries
from posd.fleet import Fleet
from posd.gateway import Gateway
from posd.hardware.catalogue import Catalogue
from posd.hearing import Hearing
from posd.journal.store import Journal
from posd.metrics_wiring import LateScrapes
from posd.mirror import Mirror
from posd.model.backlog import NO_LIMITS
from posd.model.business_day import BusinessDay
from posd.model.closing_time import ClosingTime
from posd.model.reader import Reader
from posd.naming import Names
from posd.offline_limits import BacklogWatch
from posd.outcome import IN_DIALOGUE, NO_REPORTS, Reports
from posd.page.alarm_words import advice
from posd.page.entrance import Entrance
from posd.page.first_code import FirstCode
from posd.page.parts import PageParts
from posd.page.pin import Pin
from posd.page.sessions import Sessions
from posd.payments import Payments
from posd.plugging import Plugging
from posd.presenting import Presenting
from posd.quarantine import note_interrupted
from posd.queue import Queue
from posd.reception import Reception
from posd.refunds import Refunds
from posd.render import Json
from posd.reprints import Reprints
from posd.resolver import PersonDeadline, Resolver
from posd.restarts import Restarts
from posd.restores import Restores
from posd.snapshot.build import AtStripe
from posd.snapshot.overview import Overview, Present
from posd.snapshot.views import Lane, Place, Snapshot, Upstream, UpstreamState
from posd.stripe_wiring import hardware_orders, payment_reports, stripe_side
from posd.supervise import Kind, supervise
from posd.support.bundle import Bundles
from posd.support.sources import Sources
from posd.sync.gaps import Gaps
from posd.sync.older_refunds import OlderRefunds
from posd.tokens import Tokens
from posd.upstream.uplink import Uplink
from posd.whereabouts import Sightings, Whereabouts
from posd.world import World
from posd_drivers.card_reader import CardReader

if TYPE_CHECKING:
    from posd.upstream.record_list import Ask

SOFTWARE: Final = __version__
PIN_FILE: Final = "manager.pin"
DRAIN_S: Final = 240.0
"""How long a restart waits for the payments at the readers."""


class Posd:
    """Every part of the daemon, wired, under one root task group."""

    def __init__(
        self, config: Config, world: World, journal: Journal, root: asyncio.TaskGroup
    ) -> None:
        self.config = config
        self._world = world
        self._root = root
        self._livemode = config.mode == "live"
        self.journal = journal
        self.reports = payment_reports(config, world)
        reports: Reports = self.reports or NO_REPORTS
        self.limits = declared_limits(config) if self.reports else NO_LIMITS
        self.mirror = Mirror(journal, world.clock)
        self.stripe = stripe_side(config, world, journal, self.mirror)
        zone = ZoneInfo(config.store.time_zone)
        self._parts = AttemptParts(journal, reports, world.clock, world.reach, zone)
        self._resolver = Resolver(journal, reports)
        self._sightings = Sightings()
        self._watch = Watch(journal.heads)
        self.fleet = Fleet(
            journal,
            self._attach,
            ids=world.ids,
            currency=config.store.currency,
            livemode=self._livemode,
        )
        uplink = None if self.stripe is None else self.stripe.uplink
        self.configurations = self._in_force(uplink)
        self.restarts = Restarts(journal, world.clock, zone, self.configurations.reboot_window_of)
        day = BusinessDay(zone, config.store.day_ends_at)
        self.overview = Overview(journal, day, world.clock, self._present, self._watch.next_stir)
        self._alarm = None if world.alarm is None else self._alarm_at(world.alarm)
        self.payments = self._payments(day)
        self.captures = Captures(
            journal, self.fleet.attachments, reports, ids=world.ids, reach=world.reach
        )
        self.refunds = self._refunds(uplink)
        self._audits = LateAudits(journal, self.refunds, day, world.clock, self._ask())
        self.closings = Closings(journal, self.fleet.attachments, world.ids)
        self.closing_times = closing_times(config)
        self.decisions = Decisions(journal, reports)
        self._hearing = Hearing(journal)
        self._tokens = Tokens(journal, uplink, config.store.location)
        self._gateway = Gateway(journal, uplink, self.mirror)
        self._orders = hardware_orders(journal, uplink, self.mirror, world, livemode=self._livemode)
        self.names = Names(journal, journal.queries, config.store.name, declared_lanes(config))
        self._reception = self._goods_in()
        self._catalogue = Catalogue(uplink, world.clock)
        self._presenting = Presenting(journal, world.control, livemode=self._livemode)
        self.keys = self._keys()
        self._sessions = Sessions(world.clock)
        self.entrance = self._entrance()

    async def start(self) -> None:
        """Hold every reader, watch every deadline, pay what is owed. Returns when that is begun."""
        await note_interrupted(self.journal)
        await self.fleet.declare(declared_readers(self.config))
        deadline = PersonDeadline(self.journal, self._world.clock)
        supervise(self._root, deadline.run, name="person-deadline", kind=Kind.JOURNAL)
        supervise(self._root, self._hearing.run, name="hearing", kind=Kind.JOURNAL)
        supervise(self._root, self.journal.verify_rest, name="verify-journal", kind=Kind.JOURNAL)
        supervise(self._root, self._watch.run, name="watch", kind=Kind.TAIL)
        schedule = ClosingSchedule(self.journal, self.closings, self._world.clock, self._closes_at)
        supervise(self._root, schedule.run, name="end-of-day", kind=Kind.TAIL)
        forget = partial(old_events.forget, self.journal, self._world.clock)
        supervise(self._root, forget, name="old-events", kind=Kind.TAIL)
        gaps = Gaps(self.journal, self.stripe, self.fleet.attachments, self._world.chance)
        supervise(self._root, gaps.run, name="reconcile", kind=Kind.TAIL)
        supervise(self._root, self.journal.keep_high_water, name="high-water", kind=Kind.TAIL)
        supervise(self._root, self._audits.watch, name="sentinel", kind=Kind.TAIL)
        backlog = BacklogWatch(self.journal, lambda: self.limits, self._world.clock)
        supervise(self._root, backlog.run, name="backlog", kind=Kind.TAIL)
        if self.stripe is not None:
            supervise(self._root, self._orders.run, name="hardware-orders", kind=Kind.TAIL)
        if self._alarm is not None:
            supervise(self._root, self._alarm.run, name="alarm", kind=Kind.TAIL)
        tasks = {} if self.stripe is None else self.stripe.tasks()
        for name, run in {**self.overview.tasks(), **tasks}.items():
            supervise(self._root, run, name=name, kind=Kind.TAIL)

    def watch_plugs(self) -> None:
        """Look out for readers that are plugged in: no till waits for the first look."""
        if self._world.watch_plugs is not None:
            plugging = Plugging(self._world.watch_plugs, self.fleet.attachments)
            supervise(self._root, plugging.run, name="plugging", kind=Kind.TAIL)

    def services(self) -> Services:
        """What the API stands on."""
        return Services(
            payments=self.payments,
            captures=self.captures,
            refunds=self.refunds,
            fleet=self.fleet,
            decisions=self.decisions,
            closings=self.closings,
            hearing=self._hearing,
            presenting=self._presenting,
            reprints=Reprints(self.journal, self.fleet.attachments),
            checkups=Checkups(self.journal, self.fleet.attachments),
            restarts=self.restarts,
            discoveries=self._discoveries(),
            tokens=self._tokens,
            mirror=self.mirror,
            gateway=self._gateway,
            configurations=self.configurations,
            hardware=HardwareServices(self._catalogue, self._orders, self._reception),
            audits=self._audits,
            queue=Queue(self.journal, self._world.clock),
            keys=self.keys,
            entrance=self.entrance,
            store_name=self.names.store,
            queries=self.journal.queries,
            watch=self._watch,
            restores=Restores(self.journal),
            support=self._support(),
            streams=EventStreams(self.journal.feed, self._watch),
            place=self._place(),
            lanes=lambda: self._place().lanes,
            snapshot=self._status,
            metrics=LateScrapes(self.journal, self.overview, self._world).text,
            ready=lambda: True,
            livemode=self._livemode,
            order_key=self.config.store.order_key,
        )

    def page(self) -> PageParts:
        """What the pages stand on."""
        return PageParts(
            self.services(),
            self.overview.looks.now,
            self._sessions,
            self.entrance,
            self.names,
            self.journal.histories,
            lambda: shown_settings(self.config),
            self.config.store.texts,
        )

    def _support(self) -> Bundles:
        sources = Sources(
            snapshot=self.overview.looks.now,
            settings=lambda: shown_settings(self.config),
            live=self.fleet.live,
            journal=self.journal,
            state_dir=self.config.store.state_dir,
            clock=self._world.clock,
        )
        return Bundles(sources)

    def _goods_in(self) -> Reception:
        return Reception(
            self.journal,
            self._orders,
            self.fleet,
            self._gateway,
            self.mirror,
            lanes=self.names.lanes,
            location=self.config.store.location,
            ids=self._world.ids,
        )

    def _keys(self) -> Keys:
        return Keys(
            self.journal,
            declared_keys(self.config),
            ids=self._world.ids,
            livemode=self._livemode,
            draw=lambda: secrets.token_urlsafe(SECRET_BYTES),
        )

    def _entrance(self) -> Entrance:
        pin = Pin(self.config.store.state_dir / PIN_FILE, self._world.clock)
        return Entrance(self.journal, pin, self._sessions, FirstCode())

    def _discoveries(self) -> Discoveries:
        return Discoveries(self.journal.queries.readers, self._world.survey, self._world.look)

    def snapshot(self) -> Snapshot:
        """What is true right now; who asks often takes it from `overview.looks`."""
        return self.overview.looks.make()

    async def _status(self) -> Json:
        snapshot: Json = msgspec.to_builtins(await self.overview.looks.now())
        return snapshot

    def _present(self) -> Present:
        live = {id_: held.live for id_, held in self.fleet.attachments.items()}
        unheard_ms = None if self._alarm is None else self._alarm.unheard_since_ms
        return Present(self._place(), live, self._at_stripe(), unheard_ms)

    def _place(self) -> Place:
        store, serving = self.config.store, self._reception.serving()
        return Place(
            store=self.names.store(),
            time_zone=store.time_zone,
            locale=store.locale,
            livemode=self._livemode,
            version=SOFTWARE,
            lanes=tuple(
                Lane(lane.name, serving[lane.name], lane.fallback) for lane in self.names.lanes()
            ),
            location=store.location,
            closing_time=self._closes_at,
            limits=self.limits,
            certificate=None if self._world.shown is None else self._world.shown.view(),
        )

    def _closes_at(self, reader: str) -> ClosingTime | None:
        return self.closing_times.of(reader)

    async def drain(self) -> None:
        """Take no new sale; return when no reader has one in hand, or after DRAIN_S.

        It is marked then until when posd ran. Raises JournalFailed.
        """
        for begins in (self.payments, self.captures, self.closings, self.refunds):
            begins.close_doors()
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await self.journal.caught_up()  # a slow disk may hold a sale that was let in before
                facts = self.journal.tail(self.journal.head)
                while self._in_dialogue():
                    await anext(facts)
        await self.overview.leave()

    def release(self) -> None:
        """Answer everybody who waits for a payment to move, and let nobody wait any more."""
        self._watch.close()

    def _in_dialogue(self) -> bool:
        unended = self.journal.queries.unended_attempts()
        return any(attempt.state in IN_DIALOGUE for attempt in unended)

    def _attach(self, reader: Reader) -> Attachment:
        attachment = Attachment(
            reader,
            self._whereabouts(reader),
            self._parts,
            self._resolver,
            on_live=self._watch.stir,
            restart_due=self.restarts.due,
        )
        name = f"reader:{reader.id}"
        supervise(
            self._root, attachment.run, name=name, kind=Kind.READER, on_bug=attachment.note_bug
        )
        return attachment

    def _whereabouts(self, reader: Reader) -> Whereabouts:
        def open_at(address: str) -> Awaitable[CardReader]:
            return self._world.open_reader(replace(reader, address=address))

        return Whereabouts(reader.id, open_at, self._sightings, self._world.devices)

    def _payments(self, day: BusinessDay) -> Payments:
        return Payments(
            self.journal,
            self.fleet.attachments,
            ids=self._world.ids,
            clock=self._world.clock,
            day=day,
            order_key=self.config.store.order_key,
            offline_rule=self.configurations.offline_forbidden_by,
            reach=self._world.reach,
            limits=self.limits,
        )

    def _in_force(self, uplink: Uplink | None) -> Configurations:
        return Configurations(
            self.journal,
            self.mirror,
            uplink,
            clock=self._world.clock,
            own=own_settings(self.config),
            unnamed=unnamed_settings(self.config),
        )

    def _ask(self) -> "Ask | None":
        """How Stripe is asked what it holds of this store; None where it is told nothing."""
        return self.stripe.ask if self.stripe is not None and self.reports else None

    def _refunds(self, uplink: Uplink | None) -> Refunds:
        return Refunds(
            self.journal,
            self.fleet.attachments,
            ids=self._world.ids,
            reach=self._world.reach,
            learn_lost=None if uplink is None else OlderRefunds(self.journal, uplink).learn,
        )

    def _alarm_at(self, post: Post) -> Alarm:
        world, texts = self._world, self.config.store.texts
        look, advise = self.overview.looks.now, partial(advice, texts)
        return Alarm(look, post, advise, clock=world.clock, chance=world.chance)

    def _at_stripe(self) -> AtStripe:
        if self.stripe is None:
            return AtStripe(Upstream(UpstreamState.NONE), self.mirror)
        return self.stripe.standing()
