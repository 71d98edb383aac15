"""`/v1/terminal/readers` and their actions: attached readers are posd's, all others Stripe's."""

from collections.abc import Mapping
from typing import Any, Final

from posd.api import written_through
from posd.api.calls import Call, Reply
from posd.api.paging import cut_whole
from posd.api.params import (
    ListReaders,
    NoParams,
    ProcessPaymentIntent,
    RegisterReader,
    UpdateReader,
)
from posd.fleet import NewReader
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import Reader
from posd.model.upstream_facts import MirrorKind
from posd.outcome import CHARGES
from posd.render.reader import deleted_reader
from posd.stripe_wire import lists
from posd.stripe_wire.form import Node

KIND: Final = MirrorKind.READER


async def register(call: Call[RegisterReader]) -> Reply:
    """Make an attached reader known, by its URL; any other registration code is Stripe's."""
    asked = call.params
    if "://" not in asked.registration_code and call.services.gateway.reaches_stripe:
        return await written_through.write(call, KIND, None, _sent_on(asked))
    if asked.location is not None and call.services.mirror.objects(MirrorKind.LOCATION):
        call.objects.check_location(asked.location, "location")
    new = NewReader(
        registration_code=asked.registration_code,
        label=asked.label,
        location=asked.location,
        metadata=asked.metadata,
    )
    answered = await call.services.fleet.register(new, actor=call.caller.id, claim=call.claim)
    return Reply(call.objects.reader(answered.record), replayed=answered.replayed)


async def retrieve(call: Call[NoParams]) -> Reply:
    """One reader and its action: what a till polls while a payment runs."""
    tells = shown(call, call.services.queries.reader(call.ids["reader"]))
    return Reply(call.objects.reader_named(call.ids["reader"], "reader"), tells=tells)


async def update(call: Call[UpdateReader]) -> Reply:
    """Change the label or the metadata of a reader that the API registered."""
    if call.objects.is_at_stripe(call.ids["reader"]):
        return await written_through.write(call, KIND, call.ids["reader"], _sent_on(call.params))
    answered = await call.services.fleet.update(
        call.ids["reader"],
        call.params.label,
        call.params.metadata,
        actor=call.caller.id,
        claim=call.claim,
    )
    return Reply(call.objects.reader(answered.record), replayed=answered.replayed)


async def delete(call: Call[NoParams]) -> Reply:
    """Forget a reader that the API registered, and let go of its device."""
    if call.objects.is_at_stripe(call.ids["reader"]):
        return await written_through.delete(call, KIND, call.ids["reader"])
    return Reply(
        deleted_reader(await call.services.fleet.delete(call.ids["reader"], actor=call.caller.id))
    )


async def listing(call: Call[ListReaders]) -> Reply:
    """Attached readers, then Stripe's own; each newest first.

    A store has few, so that they are sorted and filtered here.
    """
    known = sorted(
        call.services.queries.readers(),
        key=lambda reader: (reader.registered_ms, reader.id),
        reverse=True,
    )
    rendered = [call.objects.reader(reader) for reader in known]
    rendered += [call.objects.mirrored(one) for one in call.services.mirror.objects(KIND)]
    asked = {
        name: getattr(call.params, name)
        for name in ("device_type", "location", "serial_number", "status")
    }
    wanted = {name: value for name, value in asked.items() if value is not None}
    fitting = [one for one in rendered if all(one.get(name) == wanted[name] for name in wanted)]
    page, has_more = cut_whole(fitting, call.params.page(), "terminal.reader")
    return Reply(lists.envelope(call.path, page, has_more=has_more))


async def process_payment_intent(call: Call[ProcessPaymentIntent]) -> Reply:
    """Have the reader take a payment; answers once its terminal took the command."""
    answered = await call.services.payments.process(
        call.ids["reader"], call.params.payment_intent, actor=call.caller.id, claim=call.claim
    )
    tells = shown(call, answered.record)
    return Reply(call.objects.reader(answered.record), replayed=answered.replayed, tells=tells)


async def cancel_action(call: Call[NoParams]) -> Reply:
    """Ask the terminal to stop; answers once it has said its last word (M9)."""
    answered = await call.services.payments.cancel_action(
        call.ids["reader"], actor=call.caller.id, claim=call.claim
    )
    return Reply(call.objects.reader(answered.record), replayed=answered.replayed)


def _sent_on(asked: RegisterReader | UpdateReader) -> Mapping[str, Node]:
    """What was given, as Stripe takes it: metadata that is taken away whole is ''."""
    given = {name: getattr(asked, name) for name in asked.model_fields_set}
    return {name: "" if value is None else value for name, value in given.items()}


def shown(call: Call[Any], reader: Reader | None) -> tuple[PaymentIntent, ...]:
    """The payment that the reader's action tells of, read before the reader is rendered."""
    queries = call.services.queries
    attempt = queries.attempt(reader.attempt) if reader and reader.attempt else None
    if attempt is None or attempt.kind not in CHARGES:
        return ()  # what is done to a payment later does not tell a till that it had come
    intent = queries.payment_intent(attempt.payment_intent)
    return () if intent is None else (intent,)
