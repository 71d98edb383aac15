"""What stands behind the API of what only Stripe can do."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from posd.errors import UpstreamUnavailable
from posd.journal.command import Answered, Claim
from posd.model.configuration import ReaderConfiguration
from posd.model.mirrored import Mirrored, kept
from posd.model.upstream_facts import MirrorKind
from posd.stripe_wire.form import Node
from posd.tokens import ConnectionToken

HEARD_MS = 1_793_491_200_000


class TokensFake:
    """A new token for every call, unless it is told to fail."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.asked: list[tuple[str | None, str]] = []

    async def issue(self, location: str | None, *, actor: str) -> ConnectionToken:
        self.asked.append((location, actor))
        if self.failure is not None:
            raise self.failure
        return ConnectionToken(f"pst_test_{len(self.asked)}", location)


class MirrorFake:
    """Objects of Stripe's in memory, newest first."""

    def __init__(self) -> None:
        self.known: dict[str, Mirrored] = {}
        self.passes: dict[str, Mapping[str, Any]] = {}

    def tell(self, kind: MirrorKind, id_: str, **more: Any) -> Mirrored:
        """Stripe told it."""
        body = kept(kind, {"id": id_, "object": kind.value, **more})
        self.known[id_] = Mirrored(id_, kind, body, HEARD_MS, HEARD_MS)
        return self.known[id_]

    def object(self, kind: MirrorKind, id_: str) -> Mirrored | None:
        known = self.known.get(id_)
        return None if known is None or known.kind is not kind or known.gone else known

    def objects(self, kind: MirrorKind) -> list[Mirrored]:
        newest_first = reversed(self.known.values())
        return [one for one in newest_first if one.kind is kind and not one.gone]

    def passing(self, id_: str) -> Mapping[str, Any]:
        return self.passes.get(id_, {})


class ConfigurationsFake:
    """What a test says is in force at a reader."""

    def __init__(self) -> None:
        self.known: dict[str, ReaderConfiguration] = {}

    def of(self, reader: str) -> ReaderConfiguration | None:
        return self.known.get(reader)


class GatewayFake:
    """Writes at once, unless it is told that Stripe is away."""

    def __init__(self, mirror: MirrorFake) -> None:
        self.away = False
        self.reaches_stripe = True
        self.written: list[tuple[MirrorKind, str | None, Mapping[str, Node]]] = []
        self._mirror = mirror

    async def write(
        self,
        kind: MirrorKind,
        id_: str | None,
        params: Mapping[str, Node],
        *,
        actor: str,  # noqa: ARG002 (the port's name for it)
        claim: Claim | None,  # noqa: ARG002
    ) -> Answered[Mirrored]:
        if self.away:
            raise UpstreamUnavailable("the line to Stripe is down")
        self.written.append((kind, id_, params))
        told = self._mirror.tell(kind, id_ or f"made_{len(self.written)}", **params)
        return Answered(told, replayed=False)

    async def delete(self, kind: MirrorKind, id_: str, *, actor: str) -> Mapping[str, object]:  # noqa: ARG002
        if self.away:
            raise UpstreamUnavailable("the line to Stripe is down")
        self._mirror.known[id_] = replace(self._mirror.known[id_], gone=True)
        return {"id": id_, "object": kind.value, "deleted": True}
