"""All lanes of a store, from what the broker retains of each posd; pure.

What a lost or stopped posd said last of its lanes is not true any more: they are lost with it. What
others tell is judged field by field and never trusted: a message that is no such thing is left out.
"""

from enum import Enum
from typing import Final

import msgspec
from msgspec import Struct

from posd.bus.topics import Told, told_in
from posd.bus.truth import NodeState
from posd.snapshot.views import Level, ReaderStatus

NODES_MAX: Final = 1_000
LANES_MAX: Final = 200
ALARMS_MAX: Final = 200
"""Of each posd: who may tell a broker something must not fill another's memory."""
PAYLOAD_OCTETS_MAX: Final = 64 * 1024
GONE: Final = frozenset({NodeState.LOST, NodeState.DISCONNECTED})
"""Where nothing is behind what was said last."""


class LaneStanding(Enum):
    """Whether a lane takes cards, as the store sees it. LOST: nobody knows."""

    OK = "ok"
    RESTING = "resting"
    ATTENTION = "attention"
    STOP = "stop"
    LOST = "lost"


class FarLane(Struct, frozen=True):
    """One lane of the store; of one that is lost nothing else is known."""

    node: str
    name: str
    standing: LaneStanding
    reader: str | None = None
    status: ReaderStatus | None = None


class FarNode(Struct, frozen=True):
    """One posd of the store. `alarms` is how many there are, `since_ms` of its state or None."""

    name: str
    state: NodeState
    since_ms: int | None
    version: str
    lanes: tuple[FarLane, ...] = ()
    alarms: int = 0


class StoreView(Struct, frozen=True):
    """The store as the broker has it.

    Attributes:
        connected: Whether the broker is there; what it said before may not be true any more.
        problem: Why it is not, or None.
    """

    store: str
    connected: bool
    problem: str | None
    nodes: tuple[FarNode, ...] = ()


class _State(Struct, frozen=True):
    state: NodeState
    since: int | None
    version: str


class _Lane(Struct, frozen=True):
    name: str
    verdict: Level
    reader: str | None
    status: ReaderStatus | None


class _Node:
    """What one posd has said."""

    def __init__(self) -> None:
        self.state: _State | None = None
        self.lanes: dict[str, _Lane] = {}
        self.alarms: set[tuple[str, ...]] = set()


class StoreBook:
    """What was heard of a store until now."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._nodes: dict[str, _Node] = {}

    def hear(self, topic: str, payload: bytes) -> bool:
        """One message; whether it says anything here."""
        told = told_in(topic)
        if told is None or len(payload) > PAYLOAD_OCTETS_MAX:
            return False
        if told.node not in self._nodes and len(self._nodes) >= NODES_MAX:
            return False
        try:
            return self._note(told, payload)
        except msgspec.MsgspecError:
            return False

    def view(self, *, connected: bool, problem: str | None = None) -> StoreView:
        """The store as it is now, its posd by name."""
        nodes = tuple(
            _far(name, node, node.state)
            for name, node in sorted(self._nodes.items())
            if node.state is not None
        )
        return StoreView(self._store, connected, problem, nodes)

    def _note(self, told: Told, payload: bytes) -> bool:
        match told.path:
            case ("state",):
                state = msgspec.json.decode(payload, type=_State) if payload else None
                self._node(told).state = state
            case ("lane", lane, "state"):
                self._note_lane(self._node(told).lanes, lane, payload)
            case ("alarm", *about):
                self._note_alarm(self._node(told).alarms, tuple(about), payload)
            case _:
                return False
        return True

    def _node(self, told: Told) -> _Node:
        return self._nodes.setdefault(told.node, _Node())

    @staticmethod
    def _note_lane(lanes: dict[str, _Lane], lane: str, payload: bytes) -> None:
        if not payload:
            lanes.pop(lane, None)
        elif lane in lanes or len(lanes) < LANES_MAX:
            lanes[lane] = msgspec.json.decode(payload, type=_Lane)

    @staticmethod
    def _note_alarm(alarms: set[tuple[str, ...]], about: tuple[str, ...], payload: bytes) -> None:
        if not payload:
            alarms.discard(about)
        elif len(alarms) < ALARMS_MAX:
            alarms.add(about)


def _far(name: str, node: _Node, state: _State) -> FarNode:
    gone = state.state in GONE
    lanes = tuple(
        FarLane(name, lane.name, LaneStanding.LOST)
        if gone
        else FarLane(name, lane.name, LaneStanding(lane.verdict.value), lane.reader, lane.status)
        for _, lane in sorted(node.lanes.items())
    )
    return FarNode(name, state.state, state.since, state.version, lanes, len(node.alarms))
