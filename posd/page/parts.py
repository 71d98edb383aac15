"""What the pages stand on; made by the composition root before READY, so nothing slow is loaded."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from posd.api.services import Services
from posd.page.sessions import Sessions
from posd.snapshot.views import Snapshot


class PageParts(Struct, frozen=True):
    """The use cases that the API has too, the snapshot, and who is signed in.

    Attributes:
        snapshot: What is true right now; called on the loop.
    """

    services: Services
    snapshot: Callable[[], Awaitable[Snapshot]]
    sessions: Sessions
