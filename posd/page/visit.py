"""What a page is asked and who may ask it: one visit, one row of the table, one answer."""

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Final, TypeAlias

from msgspec import Struct
from starlette.responses import HTMLResponse, RedirectResponse, Response

from posd.page.catalogue import Catalogue
from posd.page.parts import PageParts
from posd.page.sessions import Session

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Under `no-referrer` a browser names the origin of a form as `null`, as a foreign page's.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Of every answer that a browser gets from the pages."""


NUMBER_DIGITS_MAX: Final = 18


class Access(Enum):
    """Who may ask: anybody who reaches the listener, or a manager who is signed in."""

    LOOK = "look"
    MANAGER = "manager"


class Visit(Struct, frozen=True):
    """One request that may be answered.

    Attributes:
        parts: The use cases, the snapshot, the sessions.
        session: Whose visit it is; None for somebody who only looks.
        catalogue: The texts in the store's language.
        amounts: Whether sums may be shown: to managers, and to those at the machine.
        secure: Whether the request came over TLS.
        path: The path as it was asked for, without query.
        ids: The ids in the path, by their names in the row.
        fields: The query's fields and, of a POST, the form's.
        token: What its cookie says, whether or not that opens a session.
        caller: From which address of the network it came; None from this machine.
    """

    parts: PageParts
    session: Session | None
    catalogue: Catalogue
    amounts: bool
    secure: bool
    path: str
    ids: Mapping[str, str]
    fields: Mapping[str, str]
    token: str | None
    caller: str | None


Handler: TypeAlias = Callable[[Visit], Awaitable[Response]]


class Page(Struct, frozen=True):
    """One row of the table: what can be asked, by whom.

    Attributes:
        path: Starlette's notation, `{id}` for one segment.
        handler: Raises posd.errors.PosdError or stripe_wire.errors.Rejected, told as a page.
    """

    method: str
    path: str
    access: Access
    handler: Handler


def own_path(wanted: str) -> str:
    """The path if it is one of ours and nothing that a browser takes for more; else the first's."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if plain and wanted.isascii() and wanted.isprintable() else "/"


def number(visit: Visit, field: str, otherwise: int) -> int:
    """The number in that field; `otherwise` where there is none that a page of ours has written."""
    written = visit.fields.get(field, "")
    plain = written.isascii() and written.isdecimal() and len(written) <= NUMBER_DIGITS_MAX
    return int(written) if plain else otherwise


def shown(html: str, status: int = 200) -> Response:
    """A page."""
    return HTMLResponse(html, status, headers=HEADERS)


def elsewhere(path: str) -> Response:
    """What was asked for is at that path now; a browser gets it without sending a form again."""
    return RedirectResponse(path, 303, headers=HEADERS)
