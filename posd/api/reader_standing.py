"""`/posd/v1/readers/{reader}`: how a reader stands, and the till waits until that changes."""

from collections.abc import Mapping
from hashlib import blake2s
from typing import Final

import msgspec
from msgspec import Struct

from posd.api.calls import Call, Reply
from posd.api.params import WaitForPayment
from posd.api.standing import STEPS, TROUBLES, VERSION_OCTETS
from posd.live import Live
from posd.model.attempt import Attempt
from posd.model.reader import Reader
from posd.render import Json
from posd.snapshot.readers import reader_status
from posd.snapshot.views import ReaderStatus
from posd.stripe_wire.errors import resource_missing
from posd.texts.language import cashier_text, of_locale
from posd.texts.sayings import Saying
from posd_drivers.ability import Need
from posd_drivers.card_reader import Step

STATUSES: Final[Mapping[ReaderStatus, Saying]] = {
    ReaderStatus.ONLINE: Saying.READER_READY,
    ReaderStatus.BUSY: Saying.READER_BUSY,
    ReaderStatus.RESOLVING: Saying.READER_RESOLVING,
    ReaderStatus.OFFLINE: Saying.READER_ABSENT,
    ReaderStatus.AWAY: Saying.READER_ABSENT,
    ReaderStatus.NEEDS_A_PERSON: Saying.NEEDS_A_PERSON,
    ReaderStatus.QUARANTINED: Saying.READER_QUARANTINED,
    ReaderStatus.NOT_READY: Saying.READER_SERVICE,
}
"""What a cashier is told of it, unless more is known."""
NEEDS: Final[Mapping[Need, Saying]] = {
    Need.WAIT: Saying.READER_BUSY,
    Need.END_OF_DAY: Saying.READER_END_OF_DAY,
    Need.INITIALISATION: Saying.READER_INITIALISATION,
    Need.DIAGNOSIS: Saying.READER_DIAGNOSIS,
    Need.CLOCK: Saying.READER_CLOCK,
    Need.UPDATE: Saying.READER_UPDATE,
    Need.CARD_REMOVED: Saying.READER_CARD_INSIDE,
    Need.TECHNICIAN: Saying.READER_SERVICE,
}


class ReaderStanding(Struct, frozen=True):
    """How a reader stands.

    Attributes:
        payment_intent: The payment that it has in hand, or None.
        step: What its terminal waits for now, or None if nothing runs or that is not known.
        saying: What to tell the cashier.
    """

    reader: str
    status: ReaderStatus
    payment_intent: str | None
    step: Step | None
    saying: Saying

    def version(self) -> str:
        """Changes with anything above; says nothing else."""
        return blake2s(msgspec.json.encode(self), digest_size=VERSION_OCTETS).hexdigest()


async def wait(call: Call[WaitForPayment]) -> Reply:
    """How the reader stands: at once unless that is `known`, else as soon as it changes."""
    stands = _look(call)

    def is_news() -> bool:
        nonlocal stands
        stands = _look(call)
        return stands.version() != call.params.known

    await call.services.watch.until(is_news, call.params.wait, call.left)
    return Reply(_told(stands, call))


def reader_standing(reader: Reader, attempt: Attempt | None, live: Live) -> ReaderStanding:
    """How the reader stands; `attempt` is its latest, `live` what is known of it right now."""
    taken = attempt if attempt is not None and attempt.unended else None
    status = reader_status(reader, taken, live)
    step = live.step if taken is not None and status is ReaderStatus.BUSY else None
    return ReaderStanding(
        reader=reader.id,
        status=status,
        payment_intent=(taken.payment_intent or None) if taken is not None else None,
        step=step,
        saying=_saying(status, step, live),
    )


def _saying(status: ReaderStatus, step: Step | None, live: Live) -> Saying:
    """What is most to the point."""
    match status:
        case ReaderStatus.BUSY if step is not None:
            return STEPS[step]
        case ReaderStatus.OFFLINE | ReaderStatus.AWAY if live.trouble is not None:
            return TROUBLES[live.trouble]
        case ReaderStatus.NOT_READY if live.need is not None:
            return NEEDS[live.need]
        case _:
            return STATUSES[status]


def _look(call: Call[WaitForPayment]) -> ReaderStanding:
    """Raises Rejected where posd holds no such reader."""
    services, id_ = call.services, call.ids["reader"]
    with services.queries.at_one_moment():
        reader = services.queries.reader(id_)
        if reader is None or reader.deleted:
            raise resource_missing("terminal.reader", id_, "reader")
        attempt = None if reader.attempt is None else services.queries.attempt(reader.attempt)
    return reader_standing(reader, attempt, services.fleet.live(id_))


def _told(stands: ReaderStanding, call: Call[WaitForPayment]) -> Json:
    language = call.params.language or of_locale(call.services.place.locale)
    return {
        "object": "posd.reader",
        "reader": stands.reader,
        "status": stands.status.value,
        "takes_payments": stands.status is ReaderStatus.ONLINE,
        "payment_intent": stands.payment_intent,
        "step": None if stands.step is None else stands.step.value,
        "cashier_text": cashier_text((stands.saying,), language),
        "language": language.value,
        "version": stands.version(),
    }
