"""Stripe's locations, readers, configurations and orders as posd last heard of them.

What changes is a fact; what passes (a reader's status and action, and when Stripe was last asked)
is not. The mirror is what posd answers from, so that a day without internet changes nothing but
its age.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from posd.clock import Clock
from posd.journal.command import Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.model.mirrored import FLEETING, Mirrored, kept
from posd.model.projection import Circumstance
from posd.model.upstream_facts import MirrorKind, ObjectGone, ObjectMirrored

HEARD: Final = "mirror"
"""The mark of the last time that Stripe told everything."""


class TakeObjects(Struct, frozen=True):
    """The command that makes the mirror agree with what Stripe told.

    Attributes:
        told: Objects as Stripe wrote them, newest first as Stripe lists them.
        before: Ids that were mirrored before Stripe was asked for all of the kind: those that it
            did not tell are gone. Empty where it was asked for single ones.
        answer: Id of the object that a repetition of the claim answers with.
    """

    kind: MirrorKind
    told: Sequence[Mapping[str, Any]]
    before: tuple[str, ...] = ()
    answer: str = ""
    actor: str = "mirror"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """ObjectMirrored for what is new or other than known, ObjectGone for what is missing."""
        facts: list[ObjectMirrored | ObjectGone] = []
        for body in reversed(self.told):
            id_, wanted = body["id"], kept(self.kind, body)
            known = ledger.mirrored(id_)
            if known is None or known.gone or known.body != wanted:
                facts.append(ObjectMirrored(id_, self.kind, wanted))
        there = {body["id"] for body in self.told}
        for id_ in self.before:
            known = ledger.mirrored(id_)
            if id_ not in there and known is not None and not known.gone:
                facts.append(ObjectGone(id_, self.kind))
        return Decision(facts=tuple(facts), answer=self.answer)


class DropObject(Struct, frozen=True):
    """The command behind a deletion that Stripe has confirmed."""

    kind: MirrorKind
    id: str
    actor: str
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """ObjectGone; or nothing, if it was not mirrored or is gone already."""
        known = ledger.mirrored(self.id)
        if known is None or known.gone:
            return Decision(facts=())
        return Decision(facts=(ObjectGone(self.id, self.kind),))


class Mirror:
    """The copy of Stripe's fleet.

    Attributes:
        asking: Held by whoever asks Stripe and then takes what it told, so that an older answer
            never overwrites a newer one.
    """

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self.asking = asyncio.Lock()
        self._journal = journal
        self._clock = clock
        self._passing: dict[str, Mapping[str, Any]] = {}

    def object(self, kind: MirrorKind, id_: str) -> Mirrored | None:
        """Stripe's object of that kind and id, unless it is unknown or gone."""
        known = self._journal.queries.mirrored(id_)
        return None if known is None or known.kind is not kind or known.gone else known

    def objects(self, kind: MirrorKind) -> list[Mirrored]:
        """Every object of the kind that is not gone, newest first."""
        return self._journal.queries.mirrored_of(kind)

    def passing(self, id_: str) -> Mapping[str, Any]:
        """A reader's status, action and `last_seen_at` as last told since the start, or empty."""
        return self._passing.get(id_, {})

    def heard_ms(self) -> int | None:
        """Wall time in milliseconds when Stripe last told everything, or None if it never did."""
        return self._journal.marks.at(HEARD)

    async def take(
        self,
        kind: MirrorKind,
        body: Mapping[str, Any],
        *,
        actor: str,
        claim: Claim | None = None,
    ) -> Mirrored:
        """Keep one object as Stripe just told it; durable when this returns."""
        id_: str = body["id"]
        await self._commit(TakeObjects(kind, (body,), answer=id_, actor=actor, claim=claim))
        known = self._journal.queries.mirrored(id_)
        assert known is not None, id_
        return known

    async def take_all(self, kind: MirrorKind, told: Sequence[Mapping[str, Any]]) -> None:
        """Keep all objects of the kind, newest first; what is mirrored and not told is gone.

        The caller has held `asking` since before it asked.
        """
        before = tuple(known.id for known in self.objects(kind))
        await self._commit(TakeObjects(kind, told, before))

    async def drop(self, kind: MirrorKind, id_: str, *, actor: str) -> None:
        """Forget an object that Stripe just said is deleted; durable when this returns."""
        await self._journal.commit(DropObject(kind, id_, actor))

    async def told_everything(self) -> None:
        """Mark that Stripe has just told every kind."""
        await self._journal.marks.set(HEARD, self._clock.wall_ms())

    async def _commit(self, command: TakeObjects) -> None:
        await self._journal.commit(command)
        for body in command.told:
            passing = {name: body[name] for name in FLEETING if name in body}
            if command.kind is MirrorKind.READER and passing:
                self._passing[body["id"]] = passing
