"""What a handler gets and gives: one authenticated, validated call, and the answer to it."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Generic, TypeAlias, TypeVar

from msgspec import Struct, field

from posd.api.auth import Access, Caller
from posd.api.event_stream import Following
from posd.api.objects import Objects
from posd.api.params import Params
from posd.api.services import Services
from posd.journal.command import Claim
from posd.model.payment_intent import PaymentIntent
from posd.render import Json

P = TypeVar("P", bound=Params)


class Call(Struct, Generic[P], frozen=True):
    """One call that may be carried out.

    Attributes:
        path: The path as it was asked for, without query; lists carry it.
        ids: The ids in the path, by their names in the route.
        claim: The idempotency key of a POST, or None.
        left: Returns once the client has gone; for a GET, which has no body to read.
        last_event_id: The event that the client has seen last, if it says so.
    """

    services: Services
    objects: Objects
    caller: Caller
    params: P
    path: str
    ids: Mapping[str, str]
    claim: Claim | None
    left: Callable[[], Coroutine[Any, Any, None]]
    last_event_id: str | None


class Reply(Struct, frozen=True):
    """What a handler answers.

    Attributes:
        replayed: The claim had been made before (M14).
        tells: The PaymentIntents whose state the answer tells (M15).
    """

    body: Json
    status: int = 200
    replayed: bool = False
    tells: tuple[PaymentIntent, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


class Document(Struct, frozen=True):
    """An answer that is read or printed, not parsed."""

    text: str
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Download(Struct, frozen=True):
    """An answer that is kept as a file of that name."""

    octets: bytes
    content_type: str
    name: str

    def headers(self) -> dict[str, str]:
        """Its type, and what it is saved as (RFC 6266)."""
        kept = f'attachment; filename="{self.name}"'
        return {"Content-Type": self.content_type, "Content-Disposition": kept}


class Stream(Struct, frozen=True):
    """An answer that goes on until the client leaves or posd stops."""

    parts: Following


Handler: TypeAlias = Callable[[Call[P]], Awaitable[Reply | Document | Download | Stream]]


class Route(Struct, Generic[P], frozen=True):
    """One row of the table: what can be asked, by whom, with which parameters.

    Attributes:
        path: Starlette's notation, `{id}` for one segment.
        params: Every parameter that is known; any other is refused.
        handler: Raises posd.errors.PosdError or stripe_wire.errors.Rejected.
        answers: `object` of the answer, or of its items if `listed`; what `expand[]` starts from.
        repeatable: Whether a call with the same idempotency key gets the first one's answer.
    """

    method: str
    path: str
    access: Access
    params: type[P]
    handler: Handler[P]
    answers: str | None = None
    listed: bool = False
    repeatable: bool = True


AnyRoute: TypeAlias = Route[Any]
