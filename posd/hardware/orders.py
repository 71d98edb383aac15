"""Hardware orders: nothing is ever ordered twice, and nobody has to guess what was (M13).

What is ordered is on disk before Stripe is asked, with posd's own id in its metadata. Where no
answer comes, posd looks for that id among Stripe's orders before it asks again, and asks only in
the same octets under the same key. Until that is settled there is no second order.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from posd.clock import Clock
from posd.errors import (
    CredentialRefused,
    OrderUndecided,
    Refused,
    UpstreamRefused,
    UpstreamUnavailable,
)
from posd.failpoints import Failpoint, Reach
from posd.hardware.catalogue import NO_STRIPE
from posd.hardware.commands import RequestOrder, SettleOrder
from posd.ids import Chance, Ids
from posd.intents import no_such
from posd.journal.command import Answered, Claim
from posd.journal.store import Journal
from posd.mirror import Mirror
from posd.model.hardware import HardwareOrder
from posd.model.hardware_facts import HardwareOrderRefused, HardwareOrderRequested
from posd.model.mirrored import Mirrored
from posd.model.upstream_facts import MirrorKind
from posd.upstream import hardware, terminal
from posd.upstream.hardware import POSD_ORDER, Advance
from posd.upstream.uplink import Uplink, UpstreamCall

log = logging.getLogger(__name__)

REPEATED_MS_MAX: Final = 22 * 3600 * 1000
"""How long an order is asked for again. Stripe keeps a key for 24 hours and then runs it anew."""
GIVEN_UP_MS: Final = 23 * 3600 * 1000
"""From then on an order that Stripe does not list is none, and will be none."""
QUIET_MS: Final = 3600 * 1000
"""So long must the last request be gone by then: a wall clock that jumps proves nothing."""
SAYS_NOTHING: Final = frozenset({401, 403, 429})
"""Refused before Stripe looks at the key: it says nothing of a request that went before."""
PAGES_MAX: Final = 100
"""A list that goes on beyond this is taken for a fault of whoever answers."""
ASK_AGAIN_MIN_S: Final = 2.0
ASK_AGAIN_MAX_S: Final = 300.0
ORDER: Final = MirrorKind.HARDWARE_ORDER
NEVER_THERE: Final = "Stripe never had this order. Nothing was ordered; order again."


class Orders:
    """The use cases of hardware orders.

    Everything that asks Stripe raises Refused where the store has no Stripe account,
    UpstreamUnavailable at once while the line counts as down, and UpstreamRefused with what
    Stripe says; nothing is written then.

    Args:
        uplink: The line to Stripe; None where the store has no Stripe account.
        livemode: Whether orders cost money; then no test helper works.
    """

    def __init__(  # noqa: PLR0913 (composition: each part is one seam)
        self,
        journal: Journal,
        uplink: Uplink | None,
        mirror: Mirror,
        *,
        ids: Ids,
        clock: Clock,
        chance: Chance,
        reach: Reach,
        livemode: bool,
    ) -> None:
        self._journal = journal
        self._uplink = uplink
        self._mirror = mirror
        self._ids = ids
        self._clock = clock
        self._chance = chance
        self._reach = reach
        self._livemode = livemode
        self._placing = asyncio.Lock()
        self._in_doubt = asyncio.Event()
        self._asked_ms: int | None = None

    async def preview(self, params: terminal.Params) -> Mapping[str, Any]:
        """The order that `create` would place, with today's prices and taxes; orders nothing."""
        return await self._line().call(hardware.preview(params))

    async def create(
        self, params: terminal.Params, *, actor: str, claim: Claim | None
    ) -> Answered[Mirrored]:
        """Place an order; Stripe's object of it is on disk when this returns.

        Stripe previews it first: what it would refuse, or a line that is down, leaves no trace.

        Raises:
            OrderUndecided: Stripe was asked and did not answer. `run` finds out; repeating the call
                under the same claim is safe.
            Refused: Another order is undecided.
        """
        line = self._line()
        _check_metadata(params)
        if claim is not None and (earlier := self._journal.queries.claimed(claim)) is not None:
            return Answered(self._outcome(earlier), replayed=True)
        async with self._placing:
            await self._check_with_stripe(line, params)
            order = await self._request(params, actor, claim)
            try:
                await self._place(line, order, asked_before=False)
            except (UpstreamUnavailable, CredentialRefused) as error:
                self._in_doubt.set()
                raise OrderUndecided(order.id) from error
        return Answered(self._outcome(order.id), replayed=False)

    async def cancel(self, id_: str, *, actor: str, claim: Claim | None) -> Answered[Mirrored]:
        """Cancel an order that is `pending`; Stripe refuses any other. Repeating it is harmless."""
        known = self.order(id_)
        if known.body.get("status") == "canceled":
            return Answered(known, replayed=True)
        call = hardware.cancellation(known.id, claim)
        return Answered(await self._changed(call, actor), replayed=False)

    async def advance(
        self, id_: str, to: Advance, *, actor: str, claim: Claim | None
    ) -> Answered[Mirrored]:
        """Have a test order go on. Raises Refused in live mode."""
        if self._livemode:
            raise Refused(
                "livemode_mismatch", "Test helpers work in test mode only; this posd is live."
            )
        call = hardware.advance(self.order(id_).id, to, claim)
        return Answered(await self._changed(call, actor), replayed=False)

    def order(self, id_: str) -> Mirrored:
        """Stripe's object of the order with that id, Stripe's or posd's own.

        Raises Refused if there is none, OrderUndecided if that is not known.
        """
        own = self._journal.queries.hardware_order(id_)
        if own is not None and own.undecided:
            raise OrderUndecided(own.id)
        known = self._mirror.object(ORDER, own.upstream if own and own.upstream else id_)
        if known is None:
            raise no_such("hardware order", id_, "order")
        return known

    def orders(self) -> Sequence[Mirrored]:
        """Every order that is known, newest first."""
        return self._mirror.objects(ORDER)

    def own(self, id_: str) -> HardwareOrder | None:
        """What posd knows of the order with that id of either kind, if it was made here."""
        queries = self._journal.queries
        return queries.hardware_order(id_) or queries.hardware_order_of(id_)

    async def run(self) -> None:
        """For ever: find out what became of an order that Stripe did not answer about."""
        line, pause_s = self._line(), ASK_AGAIN_MIN_S
        while True:
            if self._journal.queries.undecided_hardware_order() is None:
                self._in_doubt.clear()
                await self._in_doubt.wait()
                pause_s = ASK_AGAIN_MIN_S
            try:
                async with self._placing:
                    await self._find_out(line)
            except (UpstreamUnavailable, UpstreamRefused, CredentialRefused) as error:
                log.debug("hardware order still undecided reason=%s", error)
                await asyncio.sleep(self._chance.uniform(pause_s / 2, pause_s))
                pause_s = min(pause_s * 2, ASK_AGAIN_MAX_S)

    async def _find_out(self, line: Uplink) -> None:
        """Look for the undecided order at Stripe; where it is not, place it or give it up."""
        order = self._journal.queries.undecided_hardware_order()
        if order is None:
            return
        async with self._mirror.asking:
            told = await _found(line, order.id)
            if told is not None:
                await self._settle(SettleOrder(order, told))
                return
        age_ms = self._clock.wall_ms() - order.requested_ms
        if age_ms < REPEATED_MS_MAX:
            await self._place(line, order, asked_before=True)
        elif age_ms >= GIVEN_UP_MS and self._is_quiet():
            never = HardwareOrderRefused(order.id, 0, "order_not_placed", NEVER_THERE)
            await self._settle(SettleOrder(order, None, never))
        else:
            raise UpstreamUnavailable("not listed yet, and too old to be asked for again")

    async def _check_with_stripe(self, line: Uplink, params: terminal.Params) -> None:
        """Raises what Stripe refuses; UpstreamUnavailable says that nothing was ordered."""
        try:
            await line.call(hardware.preview(params))
        except UpstreamUnavailable as error:
            since_ms = error.down_since_ms or self._clock.wall_ms()
            raise UpstreamUnavailable(str(error), down_since_ms=since_ms) from error

    async def _request(
        self, params: terminal.Params, actor: str, claim: Claim | None
    ) -> HardwareOrder:
        id_ = self._ids.new("thor_posd")
        fact = HardwareOrderRequested(
            order=id_,
            body=hardware.order_form(params, id_),
            key=f"posd-{id_}",
            api_version=terminal.HARDWARE_VERSION,
        )
        await self._journal.commit(RequestOrder(fact, actor, claim))
        order = self._journal.queries.hardware_order(id_)
        assert order is not None, id_
        return order

    def _is_quiet(self) -> bool:
        now_ms = self._clock.monotonic_ms()
        return self._asked_ms is None or now_ms - self._asked_ms >= QUIET_MS

    async def _place(self, line: Uplink, order: HardwareOrder, *, asked_before: bool) -> None:
        """Ask for it; Stripe's answer is on disk when this returns or raises UpstreamRefused.

        Raises UpstreamUnavailable where there is none, or none for certain, and CredentialRefused.
        """
        async with self._mirror.asking:
            self._reach(Failpoint.BEFORE_UPSTREAM_SEND)
            self._asked_ms = self._clock.monotonic_ms()
            try:
                told = await line.call(hardware.placement(order))
            except UpstreamRefused as refused:
                if not _is_final(refused) or (asked_before and refused.status in SAYS_NOTHING):
                    raise UpstreamUnavailable(str(refused)) from refused
                await self._settle(SettleOrder(order, None, _refusal(order, refused)))
                raise
            self._reach(Failpoint.AFTER_UPSTREAM_ANSWER)
            await self._settle(SettleOrder(order, told))

    async def _settle(self, command: SettleOrder) -> None:
        await self._journal.commit(command)
        upstream = None if command.told is None else command.told["id"]
        log.info("hardware order settled order=%s upstream=%s", command.order.id, upstream)

    async def _changed(self, call: UpstreamCall, actor: str) -> Mirrored:
        line = self._line()
        async with self._mirror.asking:
            return await self._mirror.take(ORDER, await line.call(call), actor=actor)

    def _outcome(self, id_: str) -> Mirrored:
        """What a call that made this order is answered with, however late it asks."""
        order = self._journal.queries.hardware_order(id_)
        assert order is not None, id_
        if order.refusal is None:
            return self.order(id_)
        refusal = order.refusal
        if refusal.status == 0:
            raise Refused("order_not_placed", refusal.message, status=409)
        raise UpstreamRefused(
            refusal.status,
            {
                "type": "invalid_request_error",
                "message": refusal.message,
                "code": refusal.code or None,
            },
        )

    def _line(self) -> Uplink:
        if self._uplink is None:
            raise Refused("resource_missing", NO_STRIPE)
        return self._uplink


async def _found(line: Uplink, order: str) -> Mapping[str, Any] | None:
    """Stripe's order that has posd's id in its metadata, or None: it is certainly not listed."""
    after = None
    for _page in range(PAGES_MAX):
        answer = await line.call(terminal.page(ORDER, after))
        for told in answer["data"]:
            if hardware.posd_order(told) == order:
                found: Mapping[str, Any] = told
                return found
        if not answer["has_more"]:
            return None
        if not answer["data"]:
            break
        after = answer["data"][-1]["id"]
    raise UpstreamUnavailable("a list of orders without an end")


def _is_final(refused: UpstreamRefused) -> bool:
    """Whether nothing was ordered, certainly: a 409 may tell of the same call, still running."""
    return refused.status < 500 and refused.status != 409


def _refusal(order: HardwareOrder, refused: UpstreamRefused) -> HardwareOrderRefused:
    code, message = refused.error.get("code"), refused.error.get("message")
    return HardwareOrderRefused(order.id, refused.status, str(code or ""), str(message or refused))


def _check_metadata(params: terminal.Params) -> None:
    given = params.get("metadata")
    if isinstance(given, Mapping) and POSD_ORDER in given:
        raise Refused(
            "parameter_invalid",
            f"'{POSD_ORDER}' is posd's own: it finds the order by it.",
            param=f"metadata[{POSD_ORDER}]",
        )
