"""Every line of `matrix.txt`, through every door of a real posd; and what is wrong in two ways."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product
from typing import Final

import pytest

from posd.page.table import PAGES
from posd.page.visit import Access
from tests.conformance.surface.cells import Cell, cells
from tests.conformance.surface.doors import CANARIES, HOST, SUM, Door, Surface, status_of
from tests.crash.store import READER

CELLS_MIN: Final = 60
GOOD: Final = {
    method: next(one for one in cells() if (one.method, one.target) == (method, "intents"))
    for method in ("GET", "POST")
}
WRONG: Final = {
    "host": {"evil.example": 421, "0.0.0.0": 421, "two": 400, "missing": 400},  # noqa: S104
    "origin": {"http://evil.example": 403, "null": 403, "file://": 403, "empty": 403},
    "site": {"cross-site": 403, "same-site": 403},
    "target": {"nowhere": 404, "escaped": 404},
    "key": {"wrong": 401, "live": 401, "two": 401},
    "content": {"json": 400, "text": 400, "multipart": 400, "untyped": 400},
}
"""What is wrong by itself, and its status; in the order in which posd judges."""


def faults_of(cell: Cell, door: Door, surface: Surface) -> Iterator[str]:
    """What is wrong with the answer that this cell gets."""
    before = surface.written()
    answer = surface.ask(door, cell.request(door))
    wrote = surface.written() != before
    status = status_of(answer)
    head, _, body = answer.partition(b"\r\n\r\n")
    if status != cell.statuses[door]:
        yield f"found {status}"
    if b"access-control-" in head.lower():
        yield "opens itself to foreign pages"
    for promised in (b"cache-control: no-store", b"x-content-type-options: nosniff"):
        if promised not in head.lower():
            yield f"has no {promised.decode()}"
    is_effect = cell.method == "POST" and status < 400
    if wrote is not is_effect:
        yield "wrote" if wrote else "wrote nothing"
    if status >= 400 and any(canary in answer for canary in CANARIES):
        yield "tells of a payment"
    if cell.method == "HEAD" and body:
        yield "has a body"


def doubly_wrong() -> Iterator[Cell]:
    """Every two of what is wrong at once: the status is that of what is judged first."""
    for method, (first, second) in product(GOOD, combinations(WRONG, 2)):
        for one, other in product(WRONG[first], WRONG[second]):
            if method == "GET" and second == "content":
                continue  # nobody reads the body of a GET
            status = WRONG[first][one]
            words = {first: one, second: other}
            yield replace(GOOD[method], **words, statuses=dict.fromkeys(Door, status))


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize("asked", [cells(), list(doubly_wrong())], ids=["each line", "two wrongs"])
def test_every_cell(surface: Surface, door: Door, asked: list[Cell]) -> None:
    assert len(asked) >= CELLS_MIN
    faults = [
        f"{cell.method} {cell.target} {fault}, expected {cell.statuses[door]}: {cell}"
        for cell in asked
        for fault in faults_of(cell, door, surface)
    ]
    assert not faults, "\n" + "\n".join(faults)


def test_pages_tell_sums_at_the_machine_and_none_over_the_network(surface: Surface) -> None:
    ids = {"intent": surface.intent, "reader": READER, "name": "posd.css"}
    looks = [page.path for page in PAGES if (page.method, page.access) == ("GET", Access.LOOK)]
    paths = [path.format(**ids) for path in looks if path != "/live"]
    telling = {
        door: {path for path in paths if SUM.search(surface.ask(door, _page(path, door)))}
        for door in Door
    }
    assert {"/", "/payments", f"/payments/{surface.intent}"} <= telling[Door.LOOPBACK]
    assert telling[Door.SOCKET] == telling[Door.LOOPBACK]
    assert telling[Door.LAN] == set()


def _page(path: str, door: Door) -> bytes:
    head = f"GET {path} HTTP/1.1\r\nHost: {HOST[door]}\r\nConnection: close\r\n\r\n"
    return head.encode()
