"""What a manager has done at the page: each form is a call of the API, made in the manager's name.

Its fields are the call's parameters. The API's own route reads and judges them, and the use case
behind it decides and journals, so that nothing is done twice here or otherwise than for a till's
key. This module knows only which form is which call, and what is told afterwards.
"""

import asyncio
from functools import partial
from typing import Any, Final

from msgspec import Struct
from starlette.responses import Response

from posd.api import idempotency, params
from posd.api.auth import Access as ApiAccess
from posd.api.auth import Caller
from posd.api.calls import AnyRoute, Call, Reply
from posd.api.objects import Objects
from posd.api.routes import ROUTES
from posd.model.store_facts import ManagerActed
from posd.page.csrf import FIELD
from posd.page.sessions import Done
from posd.page.visit import Access, Page, Visit, elsewhere, own_path

API: Final = "/posd/v1"
BACK: Final = "back"
ONCE: Final = "once"
"""Drawn for each form: its idempotency key, so that a form which is sent twice is done once (M14).
Else a ruling that is sent again would end the alarm about what contradicts it since (M6)."""
OF_THE_FORM: Final = frozenset({FIELD, BACK, ONCE})
"""Fields that are the page's own business."""
SAID: Final = "cashier_text"
"""What of an answer is told as it is, in the store's language: how a terminal says it is."""


class Deed(Struct, frozen=True):
    """One thing that a manager may have done.

    Attributes:
        name: Of its texts: `actions.NAME` is its button, `actions.done.NAME` what is told then.
        path: Of its form, and below API of its call.
        noted: Whether posd journals here that it was asked for, as nothing else does.
    """

    name: str
    path: str
    noted: bool = False


DEEDS: Final = (
    Deed("test", "/readers/{reader}/test", noted=True),
    Deed("diagnose", "/readers/{reader}/diagnose", noted=True),
    Deed("restart", "/readers/{reader}/restart"),
    Deed("accept", "/readers/{reader}/accept"),
    Deed("end_of_day", "/readers/{reader}/end_of_day"),
    Deed("rule_day", "/readers/{reader}/end_of_day/resolve"),
    Deed("set_aside", "/readers/{reader}/set_aside"),
    Deed("resolve", "/readers/{reader}/resolve"),
    Deed("retry", "/queue/{effect}/retry"),
    Deed("park", "/queue/{effect}/park"),
    Deed("write_off", "/queue/{effect}/write_off"),
    Deed("approve", "/refund_drafts/{draft}/approve"),
    Deed("dismiss", "/refund_drafts/{draft}/dismiss"),
    Deed("accept_audit", "/audit/{period}/accept"),
    Deed("accept_gap", "/reconcile/accept"),
    Deed("let_sell", "/reconcile/sales"),
)
_CALLS: Final[dict[str, AnyRoute]] = {
    route.path.removeprefix(API): route for route in ROUTES if route.method == "POST"
}


def pages() -> tuple[Page, ...]:
    """A row for each."""
    return tuple(
        Page("POST", deed.path, Access.MANAGER, partial(carry_out, deed)) for deed in DEEDS
    )


async def carry_out(deed: Deed, visit: Visit) -> Response:
    """Have it done, and lead to a page that says so: a browser that loads it anew does no more.

    Raises what the call does, told as a page.
    """
    assert visit.session is not None
    assert visit.token is not None
    route = _CALLS[deed.path]
    call = _call(route, visit, visit.session.actor)
    if deed.noted:
        note = ManagerActed(deed.name, next(iter(visit.ids.values()), ""))
        await visit.parts.entrance.note(note, actor=visit.session.actor)
    reply = await route.handler(call)
    said = str(reply.body.get(SAID, "")) if isinstance(reply, Reply) else ""
    done = Done(deed.name, said, own_path(visit.fields.get(BACK, "")))
    visit.parts.sessions.keep(visit.token, done)
    return elsewhere("/done")


async def _stays() -> None:
    """A browser waits for its answer."""
    await asyncio.Event().wait()


def _call(route: AnyRoute, visit: Visit, actor: str) -> Call[Any]:
    """The form as the API's call. Raises Rejected for what is no parameter of it."""
    services = visit.parts.services
    keys = [visit.fields[ONCE]] if ONCE in visit.fields else []
    asked = {
        name: value
        for name, value in visit.fields.items()
        if name not in OF_THE_FORM and value.strip()
    }
    claim = idempotency.claim(actor, f"POST {visit.path}", keys, asked)
    return Call(
        services=services,
        objects=Objects(services.queries, services.fleet, services.mirror),
        caller=Caller(actor, ApiAccess.MANAGER),
        params=params.read(route.params, asked),
        path=visit.path,
        ids=visit.ids,
        claim=claim if route.repeatable else None,
        left=_stays,
        last_event_id=None,
    )
