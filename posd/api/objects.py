"""Records found and rendered: what an answer, an expansion or an error shows of an object."""

from posd import gap
from posd.api.services import FleetPort, MirrorPort, QueriesPort
from posd.journal.queries import ANY_TIME, RefundFilter
from posd.model.attempt import AttemptState
from posd.model.mirrored import Mirrored
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import Reader
from posd.model.refund import Refund
from posd.model.upstream_facts import MirrorKind
from posd.outcome import attempt_of_charge
from posd.render import Json, outcome
from posd.render.charge import charge as render_charge
from posd.render.mirrored import mirrored as render_mirrored
from posd.render.payment_intent import payment_intent as render_payment_intent
from posd.render.reader import Presence, deleted_reader
from posd.render.reader import reader as render_reader
from posd.render.refund import refund as render_refund
from posd.stripe_wire.errors import resource_missing
from posd.stripe_wire.expand import Expandable
from posd.stripe_wire.lists import PAGE_OBJECTS_DEFAULT, envelope

EXPANDABLE: Expandable = {
    ("payment_intent", "latest_charge"): "charge",
    ("charge", "payment_intent"): "payment_intent",
    ("charge", "refunds"): "refund[]",
    ("refund", "charge"): "charge",
    ("refund", "payment_intent"): "payment_intent",
    (
        "terminal.reader",
        "action.process_payment_intent.payment_intent",
    ): "payment_intent",
    ("terminal.reader", "action.refund_payment.charge"): "charge",
    ("terminal.reader", "action.refund_payment.payment_intent"): "payment_intent",
    ("terminal.reader", "action.refund_payment.refund"): "refund",
    ("terminal.reader", "location"): "terminal.location",
}


class Objects:
    """Renders what the journal knows, with what the reader's link knows right now."""

    def __init__(self, queries: QueriesPort, fleet: FleetPort, mirror: MirrorPort) -> None:
        self._queries = queries
        self._fleet = fleet
        self._mirror = mirror

    def payment_intent(self, intent: PaymentIntent) -> Json:
        """The PaymentIntent with its latest attempt and the step its terminal is at."""
        attempt = self._queries.attempt(intent.attempt) if intent.attempt else None
        running = attempt is not None and attempt.state is AttemptState.STARTED
        step = self._fleet.live(attempt.reader).step if attempt is not None and running else None
        return render_payment_intent(intent, attempt, step)

    def reader(self, reader: Reader) -> Json:
        """The reader with its action and its presence."""
        attempt = self._queries.attempt(reader.attempt) if reader.attempt else None
        refund = self._queries.refund(attempt.refund) if attempt and attempt.refund else None
        live = self._fleet.live(reader.id)
        return render_reader(reader, attempt, Presence(live.online, live.last_seen_ms), refund)

    def refund(self, refund: Refund) -> Json:
        """The refund as its attempt has left it."""
        assert refund.attempt is not None, refund
        attempt = self._queries.attempt(refund.attempt)
        assert attempt is not None, refund
        return render_refund(refund, attempt)

    def refund_named(self, id_: str, param: str) -> Json:
        """The refund of that id. Raises Rejected, blaming `param`."""
        refund = self._queries.refund(id_)
        if refund is None:
            raise resource_missing("refund", id_, param)
        return self.refund(refund)

    def refunds_of_charge(self, id_: str, _param: str) -> Json:
        """The latest refunds of a charge that is known, as a list."""
        of = RefundFilter(charge=id_)
        found = self._queries.refunds(PAGE_OBJECTS_DEFAULT + 1, None, None, ANY_TIME, of)
        shown = [self.refund(refund) for refund in found[:PAGE_OBJECTS_DEFAULT]]
        url = f"/v1/charges/{id_}/refunds"
        return envelope(url, shown, has_more=len(found) > len(shown))

    def found_intent(self, id_: str, param: str) -> PaymentIntent:
        """The PaymentIntent of that id. Raises Rejected, blaming `param`."""
        intent = self._queries.payment_intent(id_)
        if intent is None:
            # A till takes an id that is not there for a payment that was never made.
            gap.refuse(self._queries)
            gap.refuse_taken(id_, self._queries)
            raise resource_missing("payment_intent", id_, param)
        return intent

    def payment_intent_if_known(self, id_: str) -> Json | None:
        """The PaymentIntent of that id, rendered; None if it lies in what the journal has lost."""
        intent = self._queries.payment_intent(id_)
        return None if intent is None else self.payment_intent(intent)

    def payment_intent_named(self, id_: str, param: str) -> Json:
        """The same, rendered."""
        return self.payment_intent(self.found_intent(id_, param))

    def reader_named(self, id_: str, param: str) -> Json:
        """The reader of that id. Raises Rejected, blaming `param`."""
        reader = self._queries.reader(id_)
        if reader is not None:
            return deleted_reader(reader) if reader.deleted else self.reader(reader)
        return self._mirrored_named(MirrorKind.READER, id_, param)

    def location_named(self, id_: str, param: str) -> Json:
        """The location of that id, or its stub once deleted. Raises Rejected, blaming `param`."""
        return self._mirrored_named(MirrorKind.LOCATION, id_, param)

    def configuration_named(self, id_: str, param: str) -> Json:
        """The configuration of that id, or its stub. Raises Rejected, blaming `param`."""
        return self._mirrored_named(MirrorKind.CONFIGURATION, id_, param)

    def mirrored(self, known: Mirrored) -> Json:
        """An object of Stripe's with what passes, as posd last heard of it."""
        return render_mirrored(known, self._mirror.passing(known.id))

    def is_at_stripe(self, id_: str) -> bool:
        """Whether that id is, or was, one of Stripe's own readers."""
        known = self._queries.mirrored(id_)
        return known is not None and known.kind is MirrorKind.READER

    def check_location(self, id_: str, param: str) -> None:
        """Raises Rejected, blaming `param`, unless there is a location of that id."""
        if self._mirror.object(MirrorKind.LOCATION, id_) is None:
            raise resource_missing(MirrorKind.LOCATION.value, id_, param)

    def charge_named(self, id_: str, param: str) -> Json:
        """The charge of that id, paid or declined. Raises Rejected, blaming `param`."""
        attempt = self._queries.attempt(attempt_of_charge(id_))
        if attempt is None or outcome.charge_id(attempt) != id_:
            raise resource_missing("charge", id_, param)
        intent = self._queries.payment_intent(attempt.payment_intent)
        reader = self._queries.reader(attempt.reader)
        assert intent is not None, attempt
        assert reader is not None, attempt
        return render_charge(intent, attempt, reader)

    def resolve(self, kind: str, id_: str) -> Json:
        """The object that an answer names, for `expand[]`."""
        find = {
            "charge": self.charge_named,
            "payment_intent": self.payment_intent_named,
            "refund": self.refund_named,
            "refund[]": self.refunds_of_charge,
            "terminal.location": self.location_named,
        }
        return find[kind](id_, "expand")

    def _mirrored_named(self, kind: MirrorKind, id_: str, param: str) -> Json:
        known = self._queries.mirrored(id_)
        if known is None or known.kind is not kind:
            raise resource_missing(kind.value, id_, param)
        return self.mirrored(known)
