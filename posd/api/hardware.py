"""`/v1/terminal/hardware_…`: what Stripe sells, and orders of it, from preview to the lane."""

from typing import Any

from posd.api.calls import Call, Handler, Reply
from posd.api.hardware_params import HardwareOrder, ListOrders, ListWares, Receive
from posd.api.paging import cut_whole
from posd.api.params import NoParams
from posd.hardware.catalogue import Shelf
from posd.journal.command import Answered
from posd.model.hardware import status
from posd.model.mirrored import Mirrored
from posd.reception import Unpacked
from posd.render import Json
from posd.render.hardware import followed
from posd.stripe_wire import lists
from posd.upstream.hardware import Advance, Ware


def listing_of(kind: Ware) -> Handler[Any]:
    """The handler that lists what Stripe offers of the kind, in Stripe's order."""

    async def listing(call: Call[ListWares]) -> Reply:
        """What Stripe offers, in Stripe's order, as it was told today."""
        shelf = await call.services.hardware.catalogue.listing(kind, call.params.filters())
        wares = [dict(ware) for ware in shelf.wares]
        page, has_more = cut_whole(wares, call.params.page(), f"terminal.{kind.value[:-1]}")
        return Reply(lists.envelope(call.path, page, has_more=has_more), headers=_age(shelf))

    return listing


def retrieval_of(kind: Ware) -> Handler[Any]:
    """The handler that shows one thing of the kind."""

    async def retrieve(call: Call[NoParams]) -> Reply:
        """One thing that Stripe offers, as it was told today."""
        shelf = await call.services.hardware.catalogue.one(kind, call.ids["ware"])
        return Reply(dict(shelf.wares[0]), headers=_age(shelf))

    return retrieve


async def preview(call: Call[HardwareOrder]) -> Reply:
    """What an order would be, with today's prices and taxes; orders nothing."""
    return Reply(dict(await call.services.hardware.orders.preview(call.params.sent())))


async def create(call: Call[HardwareOrder]) -> Reply:
    """Place an order, never twice; answers once Stripe has, and says so where it has not."""
    orders = call.services.hardware.orders
    answered = await orders.create(call.params.sent(), actor=call.caller.id, claim=call.claim)
    return _reply(answered)


async def retrieve(call: Call[NoParams]) -> Reply:
    """One order as Stripe last told it, by Stripe's id or posd's own."""
    return Reply(dict(call.services.hardware.orders.order(call.ids["order"]).body))


async def listing(call: Call[ListOrders]) -> Reply:
    """Orders as Stripe last told them, newest first."""
    wanted = call.params.status
    known = call.services.hardware.orders.orders()
    fitting = [dict(one.body) for one in known if wanted in (None, status(one.body))]
    page, has_more = cut_whole(fitting, call.params.page(), "terminal.hardware_order")
    return Reply(lists.envelope(call.path, page, has_more=has_more))


async def cancel(call: Call[NoParams]) -> Reply:
    """Cancel an order that is pending."""
    orders = call.services.hardware.orders
    return _reply(await orders.cancel(call.ids["order"], actor=call.caller.id, claim=call.claim))


def advance_to(to: Advance) -> Handler[Any]:
    """The handler of the test helper that has an order go on."""

    async def advance(call: Call[NoParams]) -> Reply:
        """Have a test order go on as warehouse and carrier would."""
        orders = call.services.hardware.orders
        return _reply(
            await orders.advance(call.ids["order"], to, actor=call.caller.id, claim=call.claim)
        )

    return advance


async def follow(call: Call[NoParams]) -> Reply:
    """Where an order is, what to do next, and the checklist of its readers."""
    return Reply(_followed(call, call.ids["order"]))


async def receive(call: Call[Receive]) -> Reply:
    """Take a reader out of the parcel: register, bind, test, and retire the old one."""
    asked = call.params
    unpacked = Unpacked(
        registration_code=asked.registration_code,
        reader=asked.reader,
        label=asked.label,
        location=asked.location,
        lane=asked.lane,
        replaces=asked.replaces,
    )
    order = call.ids["order"]
    checked = await call.services.hardware.reception.receive(
        order, unpacked, actor=call.caller.id, claim=call.claim
    )
    return Reply({**_followed(call, order), "problem": checked.problem})


def _followed(call: Call[Any], id_: str) -> Json:
    hardware = call.services.hardware
    own = hardware.orders.own(id_)
    if own is not None and own.upstream is None:
        return followed(None, own, ())
    known = hardware.orders.order(id_)
    return followed(known, own, hardware.reception.received(known.id))


def _reply(answered: Answered[Mirrored]) -> Reply:
    return Reply(dict(answered.record.body), replayed=answered.replayed)


def _age(shelf: Shelf) -> dict[str, str]:
    """How old a remembered answer is (RFC 9111, 5.1)."""
    return {"Age": str(shelf.age_s)}
