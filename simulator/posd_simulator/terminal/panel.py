"""The terminal's page and its control port, on loopback.

| request | does | answers |
|---|---|---|
| `GET /` | | the page: display, buttons, ledger, paper, messages; refreshes itself |
| `GET /state` | | JSON: everything the page shows |
| `POST /script` | `behaviour` (`tap`, `decline`, `wrong_pin`, `insert`, `cancel`, `walk_away`): \
at once if a cardholder is being asked, else for the next sale | the state |
| `POST /present` | `number` (without it, Stripe's default card): holds that card to the reader as \
soon as it asks for one | the state; 422: no such card; 409: it asks for none |
| `POST /cable` | `plugged` (`true`, `false`), `for_s`: plugs in; pulls, for so many seconds | the \
state |
| `POST /fault` | `fault` and its fields, see `ordering` | the state |
| `POST /calm` | forgets the faults that have not happened | the state |

POST takes JSON and answers JSON; a form of the page is answered by a redirect to the page. A
request that is not understood is answered 400 with `error`; no error repeats a card number.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, Template
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from posd_simulator.terminal.cardholder import Behaviour
from posd_simulator.terminal.cards import CARDS, CARDS_BY_NUMBER, DEFAULT_CARD
from posd_simulator.terminal.ledger import Book
from posd_simulator.terminal.ordering import Fields, ordered
from posd_simulator.terminal.terminal import Terminal

BODY_BYTES_MAX = 4096
LEDGER_ROWS_SHOWN = 20

BUTTONS = (
    (Behaviour.TAP.value, "Tap"),
    (Behaviour.INSERT.value, "Insert, PIN"),
    (Behaviour.DECLINE.value, "Decline"),
    (Behaviour.WRONG_PIN.value, "Wrong PIN"),
    (Behaviour.CANCEL.value, "Cancel"),
    (Behaviour.WALK_AWAY.value, "Walk away"),
)


@cache
def page() -> Template:
    """The page of a terminal, compiled once."""
    templates = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(loader=templates, autoescape=True).get_template("panel.html")


class _Refused(Exception):
    """The terminal does not do that now. `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Panel:
    """The page of one terminal. `device` says where a till finds it."""

    def __init__(self, terminal: Terminal, device: Callable[[], str]) -> None:
        self._terminal = terminal
        self._device = device
        self._page = page()

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/", self._show, methods=["GET"]),
                Route("/state", self._tell, methods=["GET"]),
                Route("/script", self._changing(self._script), methods=["POST"]),
                Route("/present", self._changing(self._present), methods=["POST"]),
                Route("/cable", self._changing(self._cable), methods=["POST"]),
                Route("/fault", self._changing(self._fault), methods=["POST"]),
                Route("/calm", self._changing(self._calm), methods=["POST"]),
            ]
        )

    def state(self) -> dict[str, Any]:
        """Everything there is to see."""
        terminal = self._terminal
        return {
            "terminal_id": terminal.settings.terminal_id,
            "device": self._device(),
            "storage_rule": terminal.settings.storage_rule.value,
            "display": terminal.display,
            "prompt": terminal.prompt.value if terminal.prompt else None,
            "busy": terminal.busy,
            "plugged": terminal.cable.plugged,
            "connected": terminal.connected,
            "scripted": [behaviour.value for behaviour in terminal.cardholder.scripted],
            "status": f"{terminal.status:02X}",
            "clock": terminal.clock.isoformat(timespec="seconds"),
            "ledger": _rows(terminal.ledger.book),
            "receipts": [list(receipt) for receipt in terminal.receipts],
            "messages": [asdict(message) for message in terminal.messages],
        }

    async def _show(self, request: Request) -> Response:  # noqa: ARG002 (Starlette's signature)
        return HTMLResponse(self._page.render(self.state() | {"buttons": BUTTONS}))

    async def _tell(self, request: Request) -> Response:  # noqa: ARG002 (Starlette's signature)
        return JSONResponse(self.state())

    def _changing(
        self, change: Callable[[Fields], Awaitable[None]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """A handler that reads the fields, makes the change and shows what became of it."""

        async def handle(request: Request) -> Response:
            if not _from_here(request):
                return JSONResponse({"error": "foreign origin"}, status_code=403)
            is_form = False
            try:
                body = await _body(request)
                is_form = _is_form(request, body)
                await change(_fields(body, is_form=is_form))
            except _Refused as error:
                return JSONResponse({"error": str(error)}, status_code=error.status)
            except KeyError as error:
                return JSONResponse({"error": f"{error.args[0]}: missing"}, status_code=400)
            except (ValueError, TypeError) as error:
                return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)
            if is_form:
                return RedirectResponse("/", status_code=303)
            return JSONResponse(self.state())

        return handle

    async def _script(self, fields: Fields) -> None:
        await self._terminal.tell_cardholder(Behaviour(fields["behaviour"]))

    async def _present(self, fields: Fields) -> None:
        number = fields.get("number")
        card = CARDS[DEFAULT_CARD] if number is None else CARDS_BY_NUMBER.get(number)
        if card is None:
            raise _Refused(422, "no simulated card has this number")
        if not await self._terminal.present(card):
            raise _Refused(409, "the terminal asks for no card")

    async def _cable(self, fields: Fields) -> None:
        if fields["plugged"] in (True, "true"):
            self._terminal.cable.plug()
        else:
            await self._terminal.pull_cable(_seconds(fields))

    async def _fault(self, fields: Fields) -> None:
        await self._terminal.arm(ordered(fields))

    async def _calm(self, fields: Fields) -> None:  # noqa: ARG002 (nothing to say)
        self._terminal.faults.disarm()


def _seconds(fields: Fields) -> float | None:
    for_s = fields.get("for_s")
    return None if for_s is None else float(for_s)


def _rows(book: Book) -> list[dict[str, Any]]:
    """The book's last transactions, newest first, each with what became of it."""
    rows = [
        *({**asdict(kept), "what": "stored"} for kept in book.stored[-LEDGER_ROWS_SHOWN:]),
        *({**asdict(closed), "what": "stored"} for closed in book.closings),
        *({**asdict(line.transaction), "what": line.reason} for line in book.reversed),
        *({**asdict(refused), "what": refused.text} for refused in book.declined),
    ]
    return sorted(rows, key=lambda row: row["at"], reverse=True)[:LEDGER_ROWS_SHOWN]


def _from_here(request: Request) -> bool:
    """No page of another origin may press a button here."""
    origin = request.headers.get("origin")
    return origin is None or origin == f"http://{request.headers.get('host')}"


async def _body(request: Request) -> bytes:
    octets = b""
    async for some in request.stream():
        octets += some
        if len(octets) > BODY_BYTES_MAX:
            raise ValueError("the body is too long")
    return octets


def _is_form(request: Request, body: bytes) -> bool:
    """A page's form. What `curl -d '{…}'` sends is JSON, whatever curl says of it."""
    kind = request.headers.get("content-type", "")
    return kind.startswith("application/x-www-form") and not body.lstrip().startswith(b"{")


def _fields(body: bytes, *, is_form: bool) -> Fields:
    if is_form:
        return dict(parse_qsl(body.decode()))
    fields = json.loads(body or b"{}")
    if not isinstance(fields, dict):
        raise TypeError("the body is no JSON object")
    return fields
