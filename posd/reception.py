"""A reader out of a parcel: registered, bound to a lane, tested, and the old one retired.

Every step is a fact with who did it and when. A step that cannot be done now stays open and is
tried again with the next call; what is done is never done twice.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias, assert_never

from msgspec import Struct

from posd.errors import CredentialRefused, Refused, UpstreamRefused, UpstreamUnavailable
from posd.fleet import Fleet, NewReader
from posd.gateway import Gateway
from posd.hardware.orders import Orders
from posd.ids import Ids
from posd.intents import no_such
from posd.journal.command import Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.mirror import Mirror
from posd.model.hardware import RECEIVABLE, ReceivedReader, lane_reader, pieces, status
from posd.model.hardware_facts import (
    OldReaderRetired,
    ReaderReceived,
    ReceivedReaderBound,
    ReceivedReaderTested,
)
from posd.model.mirrored import Mirrored
from posd.model.projection import Circumstance
from posd.model.store_facts import NamedLane
from posd.model.upstream_facts import MirrorKind

LOOK_S: Final = 0.1
LOOKS_MAX: Final = 50
"""A reader that was just plugged in may take five seconds to be heard."""
READER: Final = MirrorKind.READER

StepFact: TypeAlias = ReceivedReaderBound | ReceivedReaderTested | OldReaderRetired


class Unpacked(Struct, frozen=True):
    """What to do with one reader; what is None is left for later.

    Attributes:
        registration_code: Its pairing code, or the URL of an attached reader.
        reader: Its id, if it is registered already; exactly one of the two is given.
        location: Where it is registered; the store's location where none is named.
        lane: The lane it is to serve.
        replaces: Id of the reader to retire once this one is on the line.
    """

    registration_code: str | None = None
    reader: str | None = None
    label: str | None = None
    location: str | None = None
    lane: str | None = None
    replaces: str | None = None


class Checked(Struct, frozen=True):
    """How far the reader is, and what stood in the way of the next step, if anything did."""

    received: ReceivedReader
    problem: str | None = None


class ReceiveReader(Struct, frozen=True):
    """The command that puts a registered reader on its order's checklist, once."""

    fact: ReaderReceived
    actor: str
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """ReaderReceived; or nothing, if it is there."""
        known = ledger.received_as(self.fact.reader)
        if known is None:
            return Decision(facts=(self.fact,), answer=self.fact.received)
        if known.order != self.fact.order:
            raise Refused(
                "parameter_invalid",
                f"Reader '{known.reader}' came with order '{known.order}'.",
                param="reader",
            )
        return Decision(facts=(), answer=known.id)


class CheckOff(Struct, frozen=True):
    """The command that notes a step which was done."""

    fact: StepFact
    actor: str
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """The fact; or nothing, if the step was done before."""
        known = ledger.received_reader(self.fact.received)
        assert known is not None, self.fact
        match self.fact:
            case ReceivedReaderBound(_, lane, over):
                done = (known.lane, known.over) == (lane, over)
            case ReceivedReaderTested():
                done = known.tested is not None
            case OldReaderRetired():
                done = known.replaced is not None
            case _:
                assert_never(self.fact)
        return Decision(facts=() if done else (self.fact,))


class Reception:
    """The use cases of what an order delivers.

    Args:
        lanes: The store's lanes, each with the reader that it is named with.
        location: The store's own at Stripe, or None.
    """

    def __init__(  # noqa: PLR0913 (composition: each part is one seam)
        self,
        journal: Journal,
        orders: Orders,
        fleet: Fleet,
        gateway: Gateway,
        mirror: Mirror,
        *,
        lanes: Callable[[], Sequence[NamedLane]],
        location: str | None,
        ids: Ids,
    ) -> None:
        self._journal = journal
        self._orders = orders
        self._fleet = fleet
        self._gateway = gateway
        self._mirror = mirror
        self._named = lanes
        self._location = location
        self._ids = ids

    async def receive(
        self, order: str, asked: Unpacked, *, actor: str, claim: Claim | None
    ) -> Checked:
        """Do what is asked with a reader of that order, as far as it can be done now.

        Raises Refused before anything is done: for an order that is not on its way or all received,
        and for a reader or lane that is not there; and what registering a reader raises.
        """
        parcel = self._parcel(order)
        self._check(parcel, asked)
        reader = asked.reader or await self._registered(asked, actor, claim)
        fact = ReaderReceived(self._ids.new("rcv_posd"), parcel.id, reader)
        received = (await self._journal.commit(ReceiveReader(fact, actor))).answer
        if asked.lane is not None:
            bound = ReceivedReaderBound(received, asked.lane, self._lanes[asked.lane])
            await self._journal.commit(CheckOff(bound, actor))
        if await self._is_on_the_line(reader):
            await self._journal.commit(CheckOff(ReceivedReaderTested(received), actor))
        return await self._retired(received, asked.replaces, actor)

    def received(self, order: str) -> Sequence[ReceivedReader]:
        """The checklist of Stripe's order of that id."""
        return self._journal.queries.received_readers(order)

    def serving(self) -> Mapping[str, str]:
        """Id of the reader that serves each lane, by the lane."""
        bound = [
            one
            for one in self._journal.queries.received_readers()
            if one.bound is not None and self._is_there(one.reader)
        ]
        return {lane: lane_reader(lane, named, bound) for lane, named in self._lanes.items()}

    @property
    def _lanes(self) -> Mapping[str, str]:
        """The id of the reader that each lane is named with."""
        return {lane.name: lane.reader for lane in self._named()}

    def _parcel(self, order: str) -> Mirrored:
        known = self._orders.order(order)
        if (told := status(known.body)) not in RECEIVABLE:
            raise Refused(
                "order_unexpected_state",
                f"Order '{known.id}' is {told}: nothing of it can be on the counter.",
                param="order",
            )
        return known

    def _check(self, parcel: Mirrored, asked: Unpacked) -> None:
        if (asked.registration_code is None) is (asked.reader is None):
            raise Refused(
                "parameter_missing" if asked.reader is None else "parameters_exclusive",
                "Name the reader by 'registration_code' or, if it is registered, by 'reader'.",
                param="registration_code",
            )
        if asked.lane is not None and asked.lane not in self._lanes:
            raise Refused("parameter_invalid", f"No lane '{asked.lane}'.", param="lane")
        for id_, param in ((asked.reader, "reader"), (asked.replaces, "replaces")):
            if id_ is not None and not self._is_known(id_):
                raise no_such("reader", id_, param)
        if asked.replaces is not None and asked.replaces == asked.reader:
            raise Refused("parameter_invalid", "No reader replaces itself.", param="replaces")
        received = self.received(parcel.id)
        if asked.reader is not None and asked.reader in {one.reader for one in received}:
            return
        ordered = pieces(parcel.body)
        if ordered and len(received) >= ordered:
            raise Refused(
                "order_unexpected_state",
                f"All {ordered} pieces of order '{parcel.id}' are received.",
                param="order",
            )

    def _is_known(self, id_: str) -> bool:
        known = self._journal.queries.reader(id_) or self._journal.queries.mirrored(id_)
        return known is not None

    def _is_there(self, id_: str) -> bool:
        known = self._journal.queries.reader(id_)
        if known is None:
            return self._mirror.object(READER, id_) is not None
        return not known.deleted

    async def _registered(self, asked: Unpacked, actor: str, claim: Claim | None) -> str:
        """Register it where it belongs: posd's by its URL, Stripe's by its pairing code."""
        assert asked.registration_code is not None, asked
        location = asked.location or self._location
        if "://" in asked.registration_code:
            new = NewReader(asked.registration_code, asked.label, location)
            return (await self._fleet.register(new, actor=actor, claim=claim)).record.id
        params = {
            "registration_code": asked.registration_code,
            "label": asked.label,
            "location": location,
        }
        given = {name: text for name, text in params.items() if text is not None}
        written = await self._gateway.write(READER, None, given, actor=actor, claim=claim)
        return written.record.id

    async def _is_on_the_line(self, reader: str) -> bool:
        """Whether posd holds its terminal, or Stripe last said that it is online."""
        if self._mirror.object(READER, reader) is not None:
            return self._mirror.passing(reader).get("status") == "online"
        for _look in range(LOOKS_MAX):
            if self._fleet.live(reader).online:
                return True
            await asyncio.sleep(LOOK_S)
        return False

    async def _retired(self, id_: str, old: str | None, actor: str) -> Checked:
        """Retire the old reader, unless the new one could not take its place yet."""
        received = self._received(id_)
        if old is None or received.replaced is not None:
            return Checked(received)
        if received.tested is None:
            return Checked(received, "The new reader is not on the line yet.")
        try:
            await self._delete(old, actor)
        except (Refused, UpstreamRefused, UpstreamUnavailable, CredentialRefused) as error:
            return Checked(received, str(error))
        await self._journal.commit(CheckOff(OldReaderRetired(id_, old), actor))
        return Checked(self._received(id_))

    async def _delete(self, old: str, actor: str) -> None:
        if self._mirror.object(READER, old) is not None:
            await self._gateway.delete(READER, old, actor=actor)
            return
        known = self._journal.queries.reader(old)
        gone = known is None or known.deleted
        left_the_file = known is not None and known.declared and old not in self._fleet.attachments
        if not gone and not left_the_file:
            await self._fleet.delete(old, actor=actor)

    def _received(self, id_: str) -> ReceivedReader:
        received = self._journal.queries.received_reader(id_)
        assert received is not None, id_
        return received
