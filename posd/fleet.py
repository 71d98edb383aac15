"""The readers: registered by the config file or the API, each held by an attachment."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from typing import Final, TypeAlias, assert_never

from msgspec import Struct, field

from posd.attachments import Attachment
from posd.errors import Refused
from posd.ids import Ids
from posd.intents import merged_metadata, no_such
from posd.journal.command import Answered, Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.live import Live
from posd.model.projection import Circumstance
from posd.model.reader import CONTROL_URL, AcceptAs, Reader
from posd.model.reader_facts import ManualCapture, ReaderDeleted, ReaderRegistered
from posd.quarantine import AcceptReader
from posd.replacement import AcceptAsNew, AcceptReplacement
from posd_drivers import catalogue
from posd_drivers.card_reader import CardReader
from posd_drivers.errors import Unsupported

log = logging.getLogger(__name__)

SIMULATED_SUFFIX: Final = "?simulated=true"
SIMULATED: Final = re.compile(
    rf"(?P<address>.*){re.escape(SIMULATED_SUFFIX)}(&control=(?P<control>{CONTROL_URL.pattern}))?"
)
"""A simulated terminal's address, and where it takes cards from tests."""
LABEL_CHARACTERS_MAX: Final = 200
LET_GO_S: Final = 10.0
"""How long a device may take to be closed before it is opened anew."""


class NewReader(Struct, frozen=True):
    """What a manager registers. `registration_code` is the URL of an attached reader."""

    registration_code: str
    label: str | None = None
    location: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


class DeclaredReader(Struct, frozen=True):
    """A reader of the config file: known under `tmr_posd_NAME` for as long as the name stays."""

    name: str
    address: str
    currency: str
    simulated: bool
    label: str | None = None
    location: str | None = None
    control: str | None = None
    manual_capture: ManualCapture = ManualCapture.REFUSE
    tips: bool = False

    @property
    def id(self) -> str:
        """Its id in the API."""
        return f"tmr_posd_{self.name}"


class RegisterReader(Struct, frozen=True):
    """The command behind `POST /v1/terminal/readers`, for one address once."""

    fact: ReaderRegistered
    actor: str
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """ReaderRegistered; or nothing, if the same reader stands at that address already."""
        known = ledger.reader_at(self.fact.address)
        if known is not None and known != self.fact.reader and not self._takes_over(ledger, known):
            raise Refused(
                "parameter_invalid",
                f"Reader '{known}' is registered at that address.",
                param="registration_code",
            )
        before = ledger.reader(self.fact.reader)
        if before is not None and _same(before, self.fact):
            return Decision(facts=(), answer=before.id)
        return Decision(facts=(self.fact,), answer=self.fact.reader)

    def _takes_over(self, ledger: Ledger, known: str) -> bool:
        """Each address stands in the file once, so another declared reader has left this one."""
        before = ledger.reader(known)
        return self.fact.declared and before is not None and before.declared


class UpdateReader(Struct, frozen=True):
    """The command behind `POST /v1/terminal/readers/{reader}`: another label or other metadata.

    `label` "" takes it away, None keeps it; `metadata` as in posd.intents.Change.
    """

    reader: str
    label: str | None
    metadata: Mapping[str, str] | None
    actor: str
    claim: Claim | None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """ReaderRegistered once more, with what is new; or nothing."""
        known = _registered(ledger, self.reader)
        fact = ReaderRegistered(
            reader=known.id,
            address=known.address,
            label=known.label if self.label is None else self.label,
            location=known.location,
            currency=known.currency,
            declared=False,
            simulated=known.simulated,
            metadata=merged_metadata(known.metadata, self.metadata),
            control=known.control,
            manual_capture=known.manual_capture,
            tips=known.tips,
        )
        return Decision(facts=() if _same(known, fact) else (fact,), answer=known.id)


class DeleteReader(Struct, frozen=True):
    """The command behind `DELETE /v1/terminal/readers/{reader}`."""

    reader: str
    actor: str
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """ReaderDeleted, unless its terminal is to be asked yet: for proof or for what it holds."""
        known = _registered(ledger, self.reader)
        latest = ledger.attempt(known.attempt) if known.attempt is not None else None
        if latest is not None and latest.unproven:
            raise Refused(
                "terminal_reader_busy",
                f"The reader has '{latest.payment_intent or latest.id}' in hand, or its outcome "
                "is not proven.",
                payment_intent=latest.payment_intent or None,
            )
        for held in ledger.reserved_with(known):
            raise Refused(
                "terminal_reader_busy",
                f"The reader holds '{held.id}': capture it or cancel it first.",
                payment_intent=held.id,
            )
        return Decision(facts=(ReaderDeleted(known.id),), answer=known.id)


Attach: TypeAlias = Callable[[Reader], Attachment]
"""Starts holding a reader; injected, since tasks belong to the root."""
OpenAt: TypeAlias = Callable[[Reader], Awaitable[CardReader]]


class Fleet:
    """The use cases of readers."""

    def __init__(
        self,
        journal: Journal,
        attach: Attach,
        *,
        ids: Ids,
        currency: str,
        livemode: bool,
    ) -> None:
        self.attachments: dict[str, Attachment] = {}
        self._journal = journal
        self._attach = attach
        self._ids = ids
        self._currency = currency
        self._livemode = livemode

    async def declare(self, readers: tuple[DeclaredReader, ...]) -> None:
        """Make the config file's readers known, and hold every reader that is known.

        A declared reader that the file no longer names stays in the journal and is not held.
        """
        for declared in readers:
            fact = ReaderRegistered(
                reader=declared.id,
                address=declared.address,
                label=declared.label or declared.name,
                location=declared.location,
                currency=declared.currency,
                declared=True,
                simulated=declared.simulated,
                control=declared.control,
                manual_capture=declared.manual_capture,
                tips=declared.tips,
            )
            await self._journal.commit(RegisterReader(fact, actor="config"))
        named = {declared.id for declared in readers}
        for reader in self._journal.queries.readers():
            if reader.id in named or not reader.declared:
                self._hold(reader)

    def has_in_hand(self, reader: str) -> bool:
        """Whether an attempt there has no proven end."""
        return any(one.reader == reader for one in self._journal.queries.unended_attempts())

    async def redeclare(
        self, readers: tuple[DeclaredReader, ...], changed: Collection[str]
    ) -> None:
        """Hold the `changed` ones anew as they are declared now, or no more. None has an attempt.

        A sale that is begun in the same moment is answered with nothing sent.
        """
        released = [held for id_ in changed if (held := self.attachments.pop(id_, None))]
        for attachment in released:
            attachment.release()
        for attachment in released:
            with suppress(TimeoutError):
                async with asyncio.timeout(LET_GO_S):
                    await attachment.let_go.wait()
        await self.declare(readers)  # commits behind every sale that was begun before the release
        for attachment in released:
            await attachment.turn_away()

    async def register(
        self, new: NewReader, *, actor: str, claim: Claim | None
    ) -> Answered[Reader]:
        """Make an attached reader known and start to hold it.

        Returns before the terminal was reached: its `status` tells. Raises Refused for an address
        that no driver serves, and for a real reader in test mode or a simulated one in live mode.
        """
        address, simulated, control = _place(new.registration_code)
        if simulated is self._livemode:
            kind = "only readers whose address ends in" if not self._livemode else "no reader with"
            raise Refused(
                "testmode_charges_only" if not self._livemode else "livemode_mismatch",
                f"This posd takes {kind} '{SIMULATED_SUFFIX}'.",
                param="registration_code",
            )
        fact = ReaderRegistered(
            reader=self._ids.new("tmr_posd"),
            address=address,
            label=new.label or "",
            location=new.location,
            currency=self._currency,
            declared=False,
            simulated=simulated,
            metadata=new.metadata,
            control=control,
        )
        committed = await self._journal.commit(RegisterReader(fact, actor, claim))
        reader = self._journal.queries.reader(committed.answer)
        assert reader is not None, committed
        if not reader.deleted:
            self._hold(reader)
        return Answered(reader, committed.replayed)

    async def update(
        self,
        reader: str,
        label: str | None,
        metadata: Mapping[str, str] | None,
        *,
        actor: str,
        claim: Claim | None,
    ) -> Answered[Reader]:
        """Change what people see of a reader. Raises Refused for one that the file declares."""
        committed = await self._journal.commit(UpdateReader(reader, label, metadata, actor, claim))
        record = self._journal.queries.reader(committed.answer)
        assert record is not None, committed
        return Answered(record, committed.replayed)

    async def delete(self, reader: str, *, actor: str) -> Reader:
        """Forget a reader and let go of its device.

        Raises Refused for one that the file declares, and while its latest payment is unproven or
        its terminal holds one.
        """
        await self._journal.commit(DeleteReader(reader, actor))
        attachment = self.attachments.pop(reader, None)
        if attachment is not None:
            attachment.release()
        record = self._journal.queries.reader(reader)
        assert record is not None, reader
        return record

    async def accept(
        self,
        reader: str,
        reason: str,
        stranger: AcceptAs | None = None,
        *,
        actor: str,
        claim: Claim | None,
        seen: str | None = None,
    ) -> Answered[Reader]:
        """Take back a quarantined reader (M18); or the stranger that was found there, as what.

        Its device is opened again at once. Raises Refused where there is nothing to accept.
        """
        said = (reason, actor, claim, seen)
        command = self._acceptance(reader, stranger, said)
        committed = await self._journal.commit(command)
        record = self._journal.queries.reader(committed.answer)
        assert record is not None, committed
        attachment = self.attachments.get(reader)
        if attachment is not None:
            attachment.accepted()
        if not record.deleted and record.id != reader:
            self._hold(record)
        return Answered(record, committed.replayed)

    def _acceptance(
        self,
        reader: str,
        stranger: AcceptAs | None,
        said: tuple[str, str, Claim | None, str | None],
    ) -> AcceptReader | AcceptReplacement | AcceptAsNew:
        match stranger:
            case None:
                return AcceptReader(reader, *said)
            case AcceptAs.REPLACEMENT:
                return AcceptReplacement(reader, *said)
            case AcceptAs.NEW:
                return AcceptAsNew(reader, self._ids.new("tmr_posd"), *said)
            case _:
                assert_never(stranger)

    def live(self, reader: str) -> Live:
        """What is known of a reader right now; a reader that is not held is absent."""
        attachment = self.attachments.get(reader)
        return attachment.live if attachment is not None else Live(online=False)

    def _hold(self, reader: Reader) -> None:
        if reader.id not in self.attachments:
            self.attachments[reader.id] = self._attach(reader)


def _place(registration_code: str) -> tuple[str, bool, str | None]:
    """The address, whether a simulated terminal stands there, and its control port, if named."""
    simulated = SIMULATED.fullmatch(registration_code)
    address = registration_code if simulated is None else simulated["address"]
    try:
        catalogue.parse_url(address)
    except (Unsupported, ValueError) as error:
        raise Refused("parameter_invalid", str(error), param="registration_code") from error
    return address, simulated is not None, simulated["control"] if simulated else None


def _registered(ledger: Ledger, id_: str) -> Reader:
    """A reader that the API made. Raises Refused for any other."""
    known = ledger.reader(id_)
    if known is None or known.deleted:
        raise no_such("reader", id_)
    if known.declared:
        raise Refused(
            "parameter_invalid",
            f"Reader '{id_}' stands in the configuration file; change it there.",
            param="reader",
        )
    return known


def _same(before: Reader, fact: ReaderRegistered) -> bool:
    return (
        before.address == fact.address
        and before.label == fact.label
        and before.location == fact.location
        and before.currency == fact.currency
        and before.declared == fact.declared
        and before.simulated == fact.simulated
        and before.metadata == fact.metadata
        and before.control == fact.control
        and before.manual_capture == fact.manual_capture
        and before.tips == fact.tips
    )
