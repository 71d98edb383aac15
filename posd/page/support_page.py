"""`/support`: what somebody at the telephone asks for first, and the file they ask for next."""

import platform
from typing import Final

import apsw
from starlette.responses import Response

from posd.api.calls import Download
from posd.api.support import TAKEN, ZIP
from posd.model.store_facts import ManagerActed
from posd.page.told import told
from posd.page.visit import HEADERS, Visit

PARTS: Final = (("Python", platform.python_version()), ("SQLite", apsw.sqlite_lib_version()))


async def show(visit: Visit) -> Response:
    """Versions, how posd stands with Stripe, and what Stripe does not tell."""
    return await told(visit, "support.html", here="/support", parts=PARTS)


async def show_file(visit: Visit) -> Response:
    """`/support/file`: what would be in the support file now, before anything leaves the store."""
    files = await visit.parts.services.support.files()
    return await told(visit, "support_file.html", here="/support", files=files)


async def send_file(visit: Visit) -> Response:
    """Give the support file out; who did is journaled first. Raises JournalFailed."""
    assert visit.session is not None
    await visit.parts.entrance.note(ManagerActed(TAKEN), actor=visit.session.actor)
    made = await visit.parts.services.support.zipped()
    kept = Download(made.octets, ZIP, made.name)
    return Response(kept.octets, headers={**HEADERS, **kept.headers()})
