"""What a route is given and what it gives back.

A handler raises Rejected while it reads the parameters: such a request never began, and its
idempotency key stays free. What the step that it returns raises has executed, and is kept.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from posd.stripe_wire import expand
from posd_simulator.cloud.expansion import EXPANDABLE, resolver
from posd_simulator.cloud.ledger import Account, Changed
from posd_simulator.cloud.objects import Json
from posd_simulator.cloud.params import Params
from posd_simulator.cloud.rules.readers import Device


@dataclass(frozen=True, slots=True)
class Asked:
    """What the headers of a request said, and the id that it was given.

    Attributes:
        credential: What the request was authorized with.
        version: The `Stripe-Version` that holds for it.
    """

    request: str
    credential: str
    version: str
    idempotency_key: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """One authorized request.

    Attributes:
        path: The path, without query.
        ids: The ids in the path, by name.
        now_ms: Wall time in milliseconds since 1970 UTC.
        new_id: Makes an id with a prefix.
        devices: The readers of this world, registered or not, by serial number.
        asked: What the headers said.
    """

    account: Account
    path: str
    ids: Mapping[str, str]
    params: Params
    now_ms: int
    new_id: Callable[[str], str]
    devices: Mapping[str, Device]
    asked: Asked

    @property
    def now(self) -> int:
        """Wall time in whole seconds since 1970 UTC."""
        return self.now_ms // 1000

    def reads(self, kind: str, *known: str, in_list: bool = False) -> tuple[expand.Path, ...]:
        """The paths to expand, if nothing but the known parameters is given. Raises Rejected.

        Args:
            kind: The `object` of what is answered, or of its items if `in_list`.
            known: The parameters of this call; `expand` is known to every call.
            in_list: The answer is a list.
        """
        self.params.only(*known, "expand")
        return expand.paths(self.params.nodes, kind, EXPANDABLE, in_list=in_list)

    def expanded(self, answer: Json, asked: tuple[expand.Path, ...]) -> Json:
        """The answer with the objects asked for in the place of their ids."""
        resolve = resolver(self.account, self.now)
        return expand.expand(answer, asked, EXPANDABLE, resolve)

    def changed(self) -> Changed:
        """A change of this call's account, nothing in it yet."""
        return Changed(self.account.id, self.account.livemode)


Done: TypeAlias = tuple[Json, Changed | None]
"""The object to answer with, and what is to be written down."""

Execute: TypeAlias = Callable[[], Done]
Handler: TypeAlias = Callable[[Call], Execute]
