"""`posd store`: all lanes of the store, from what the broker retains of each posd.

It listens by itself, so that it works in a back office too, where no posd runs: what it needs is a
file with `[mqtt]`.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import msgspec
import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from posd import config
from posd.broker import way_to
from posd.bus.follower import Follower
from posd.bus.port import Subscriber
from posd.bus.store_view import GONE, FarLane, FarNode, LaneStanding, StoreView
from posd.cli_client import text
from posd.clock import utc
from posd.config import DEFAULT_PATH
from posd.errors import ConfigError, PosdError
from posd.ids import chance

WHOLE_S: Final = 1.0
"""So long the broker is given to tell all that it retains."""
CONNECT_S: Final = 10.0
REDRAW_S: Final = 0.25
Show: TypeAlias = Callable[[StoreView], None]
Shown: TypeAlias = Callable[[], AbstractContextManager[Show]]
_STYLES: Final = {
    LaneStanding.OK: "green",
    LaneStanding.RESTING: "cyan",
    LaneStanding.ATTENTION: "yellow",
    LaneStanding.STOP: "bold red",
    LaneStanding.LOST: "bold red",
}


class StoreNotHeard(PosdError):
    """The broker cannot be reached, or lets nobody listen."""


def store(
    *,
    file: Annotated[
        Path, typer.Option("--config", help="The configuration file that names the broker.")
    ] = DEFAULT_PATH,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Go on, until Ctrl-C.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="For programs: a line, and another for each change.")
    ] = False,
) -> None:
    """All lanes of the store: which of them take cards, as each posd tells the broker."""
    loaded = config.load(file)
    subscriber = way_to(loaded, os.environ, f"posd-store-{os.getpid()}")
    if loaded.mqtt is None or subscriber is None:
        raise ConfigError(f"{file}: mqtt: found nothing, expected the broker of the store")
    shown = _show_json if as_json else _show_table
    with suppress(KeyboardInterrupt):
        asyncio.run(_followed(loaded.mqtt.store, subscriber, shown, watch=watch))


async def _followed(store_name: str, subscriber: Subscriber, shown: Shown, *, watch: bool) -> None:
    """Raises StoreNotHeard where the broker says nothing at first."""
    follower = Follower(store_name, subscriber, chance())
    async with asyncio.TaskGroup() as group:
        following = group.create_task(follower.run(), name="follower")
        if heard := await _is_heard(follower):
            with shown() as show:
                await _show(follower, show, watch=watch)
        following.cancel()
    if not heard:
        problem = follower.view().problem or "no answer"
        raise StoreNotHeard(f"the broker is not heard: {problem}")


async def _show(follower: Follower, show: Show, *, watch: bool) -> None:
    show(follower.view())
    while watch:
        await follower.changed.wait()
        follower.changed.clear()
        show(follower.view())
        await asyncio.sleep(REDRAW_S)


async def _is_heard(follower: Follower) -> bool:
    """Whether the broker is there; it has told then what it retains."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CONNECT_S):
            await follower.changed.wait()
    if not follower.view().connected:
        return False
    await asyncio.sleep(WHOLE_S)
    follower.changed.clear()
    return True


@contextmanager
def _show_table() -> Iterator[Show]:
    console = Console()
    if not console.is_terminal:
        yield lambda view: console.print(_drawn(view))
        return
    with Live(console=console, auto_refresh=False) as live:
        yield lambda view: live.update(_drawn(view), refresh=True)


@contextmanager
def _show_json() -> Iterator[Show]:
    yield lambda view: typer.echo(msgspec.json.encode(view).decode())


def _drawn(view: StoreView) -> RenderableType:
    table = Table("Node", "Lane", "", "Reader", "", "Alarms", title_justify="left")
    table.title = view.store
    for node in view.nodes:
        for lane in node.lanes or (None,):
            standing = None if lane is None else lane.standing
            table.add_row(
                text(node.name),
                text("" if lane is None else lane.name),
                "" if standing is None else Text(standing.value, style=_STYLES[standing]),
                text("" if lane is None else lane.reader or ""),
                text(_about(node, lane)),
                str(node.alarms or ""),
            )
    if view.connected:
        return table
    lost = text(f"The broker is not heard, this may be old: {view.problem}")
    return Group(table, lost)


def _about(node: FarNode, lane: FarLane | None) -> str:
    if node.state in GONE:
        since = "" if node.since_ms is None else f" since {_at(node.since_ms)}"
        return f"posd is {node.state.value}{since}"
    if lane is None or lane.status is None:
        return node.state.value
    return lane.status.value.replace("_", " ")


def _at(wall_ms: int) -> str:
    """In this machine's zone."""
    return utc(wall_ms).astimezone().isoformat(sep=" ", timespec="seconds")
