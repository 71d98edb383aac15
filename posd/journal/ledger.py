"""The records inside the writer's transaction, for commands that decide what is legal (M7)."""

import json
from collections.abc import Sequence

from posd.journal.command import Guard
from posd.journal.outbox_rows import found
from posd.journal.records import ATTEMPTS, PAYMENT_INTENTS, StoredRecords
from posd.model.attempt import Attempt
from posd.model.business_day import GuardedDays
from posd.model.effect import EffectState
from posd.model.facts import AttemptKind
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import Reader, made


class StoredLedger(StoredRecords):
    """Answers from the writer's connection: it sees what this batch has written so far."""

    def unended_at(self, reader: str) -> Attempt | None:
        """The attempt that takes this reader, or None."""
        return self._one(
            ATTEMPTS, "SELECT body FROM attempt WHERE reader = ? AND unended = 1", reader
        )

    def unproven_of(self, payment_intent: str) -> Attempt | None:
        """The attempt of this PaymentIntent whose outcome is not proven, or None."""
        return self._one(
            ATTEMPTS,
            "SELECT body FROM attempt WHERE payment_intent = ? AND unproven = 1"
            " ORDER BY created_seq DESC LIMIT 1",
            payment_intent,
        )

    def unproven_at(self, reader: str) -> Sequence[Attempt]:
        """Attempts at this reader that are not proven, set aside ones too, oldest first."""
        return self._all(
            ATTEMPTS,
            "SELECT body FROM attempt WHERE unproven = 1 AND reader = +? ORDER BY created_seq",
            reader,
        )

    def unproven_with(self, reader: Reader) -> Sequence[Attempt]:
        """Attempts of this reader's terminal that are not proven, at other readers too."""
        unproven = self._all(
            ATTEMPTS, "SELECT body FROM attempt WHERE unproven = 1 ORDER BY created_seq"
        )
        return [attempt for attempt in unproven if made(reader, attempt)]

    def reserved_with(self, reader: Reader) -> Sequence[PaymentIntent]:
        """PaymentIntents that a pre-authorisation of this reader's terminal holds, oldest first.

        Not what facts have captured that were lost since.
        """
        held = self._all(
            PAYMENT_INTENTS,
            "SELECT body FROM payment_intent WHERE state = 'capturable' ORDER BY created_seq",
        )
        return [intent for intent in held if self._is_reserved_with(reader, intent)]

    def _is_reserved_with(self, reader: Reader, intent: PaymentIntent) -> bool:
        attempt = None if intent.attempt is None else self.attempt(intent.attempt)
        assert attempt is not None, intent
        if attempt.kind is not AttemptKind.PREAUTHORISATION or not made(reader, attempt):
            return False
        return self.imported_of(intent.id) is None

    def guarded_order(self, order: str, days: GuardedDays) -> Sequence[Guard]:
        """PaymentIntents of that order and days that may have taken money.

        In hand, unproven, held or approved, and not given back in full since; or decided by a
        person whom proof contradicts; or taken by facts that were lost and imported from Stripe.
        """
        intents = self._all(
            PAYMENT_INTENTS,
            "SELECT body FROM payment_intent WHERE order_id = +?"
            " AND (business_day >= ? OR business_day IN (SELECT value FROM json_each(?)))"
            " AND (state IN ('in_hand', 'unproven', 'capturable', 'approved')"
            " OR id IN (SELECT payment_intent FROM attempt WHERE contradicted = 1))"
            " ORDER BY created_seq",
            order,
            days.since,
            json.dumps(days.also),
        )
        guards = [
            Guard(
                payment_intent=intent.id,
                order_part=intent.order_part,
                amount=intent.amount,
                currency=intent.currency,
                created_ms=intent.created_ms,
            )
            for intent in intents
            if not intent.given_back or self.contradicted(intent.id)
        ]
        return guards + self._guarded_by_imports(order, days)

    def _guarded_by_imports(self, order: str, days: GuardedDays) -> list[Guard]:
        """Payments of the order by facts that the journal has no more, as Stripe tells them."""
        return [
            Guard(
                payment_intent=taken.payment_intent,
                order_part=taken.order_part,
                amount=taken.amount,
                currency=taken.currency,
                created_ms=taken.created_ms,
            )
            for taken in self.imported_for(order)
            if taken.guards and (not taken.business_day or taken.business_day in days)
        ]

    def contradicted(self, payment_intent: str) -> bool:
        """Whether proof stands against what a person decided on this PaymentIntent (M6)."""
        sql = "SELECT EXISTS (SELECT 1 FROM attempt WHERE payment_intent = ? AND contradicted = 1)"
        return bool(self._db.execute(sql, (payment_intent,)).get)

    def effect_sent(self, effect_id: str) -> bool:
        """Whether this effect was sent at least once, as far as these facts know."""
        owed = found(self._db, effect_id)
        return owed is not None and owed.first_sent_ms is not None

    def effect_state(self, effect_id: str) -> EffectState | None:
        """What became of this effect so far, or None if there is none of that id."""
        owed = found(self._db, effect_id)
        return None if owed is None else owed.state

    def reader_at(self, address: str) -> str | None:
        """Id of the reader registered at this address, the latest if there are several."""
        id_: str | None = self._db.execute(
            "SELECT id FROM reader WHERE address = +? AND deleted = 0"
            " ORDER BY created_seq DESC LIMIT 1",
            (address,),
        ).get
        return id_
