"""Faults F11 to F18 on what only Stripe can do: tokens, locations, readers.

A whole posd, asked through its API, with the simulated Stripe at the other end of a bad line.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from posd.model.attempt import AttemptState
from posd.model.upstream_facts import ConnectionTokenIssued
from posd.sync.downlink import ALL_EVERY_S, EVERY_S
from posd.tokens import TOKEN_EVERY_S, TOKENS_BURST_MAX
from posd.upstream.uplink import CALL_S, PROBE_MAX_S
from posd_simulator.cloud.cloud import PORTAL_PAGE
from posd_simulator.cloud.faults import Fault, FaultKind
from tests.simulation.asgi import Link
from tests.unit.posd.branch import HERE, LOCATIONS, READERS, SHOP, TOKENS, Branch, Meddle, branch
from tests.unit.posd.house import LANE_1, attempt_of, paid
from tests.unit.posd.virtual import virtual

ENTRANCE = {"registration_code": "simulated-wpe", "label": "Entrance", "location": HERE}
WRITES = pytest.mark.parametrize(
    ("path", "form"), [(LOCATIONS, SHOP), (READERS, ENTRANCE)], ids=["location", "reader"]
)
DAYS_MS = 3 * 86_400_000


def fault(kind: FaultKind, path: str, method: str = "POST", **more: Any) -> Fault:
    return Fault(kind, method=method, path=path, **more)


def made(store: Branch) -> int:
    """Locations and readers that Stripe has, but for the one location that was always there."""
    (account,) = store.cloud.ledger.accounts.values()
    return len(account.locations) - 1 + len(account.readers)


async def known(store: Branch) -> list[str]:
    """What posd lists, but for what was always there."""
    listed = [*await store.ids(LOCATIONS), *await store.ids(READERS)]
    return [id_ for id_ in listed if id_ not in (HERE, LANE_1)]


def issued(store: Branch) -> int:
    entries = store.posd.journal.queries.entries("store")
    return sum(isinstance(entry.fact, ConnectionTokenIssued) for entry in entries)


def error_of(answer: httpx2.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    return answer.status_code, error.get("code") or error["type"]


@virtual
@WRITES
async def test_f11_what_stripe_made_and_could_not_tell_is_made_once(
    tmp_path: Path, path: str, form: dict[str, str]
) -> None:
    async with branch(tmp_path) as store:
        store.cloud.faults.add(fault(FaultKind.LOST, path))
        lost = await store.ask("POST", path, key="K", **form)
        assert error_of(lost) == (503, "api_error")
        assert "may have done" in lost.json()["error"]["message"]
        assert "Stripe-Should-Retry" not in lost.headers
        assert await known(store) == []
        again = await store.ask("POST", path, key="K", **form)
        assert await known(store) == [again.json()["id"]]
        first, second = store.arrived(path)
        assert first.idempotency_key is not None
        assert (first.idempotency_key, first.body) == (second.idempotency_key, second.body)
        assert second.replayed
        assert made(store) == 1


@virtual
async def test_f11_a_token_whose_answer_was_lost_is_given_to_nobody(tmp_path: Path) -> None:
    async with branch(tmp_path) as store:
        store.cloud.faults.add(fault(FaultKind.LOST, TOKENS))
        assert error_of(await store.token(key="K")) == (503, "api_error")
        assert issued(store) == 0
        token = await store.token(key="K")
        assert issued(store) == 1
        assert [one.idempotency_key for one in store.arrived(TOKENS)] == [None, None]
        (account,) = store.cloud.ledger.accounts.values()
        lost, given = account.connection_tokens
        assert token.json()["secret"] == given != lost


@virtual
@WRITES
async def test_f12_a_repetition_waits_for_the_first_and_finds_what_it_made(
    tmp_path: Path, path: str, form: dict[str, str]
) -> None:
    async with branch(tmp_path) as store:
        store.cloud.faults.add(fault(FaultKind.SLOW, path, delay_s=CALL_S + 5))
        began = asyncio.get_running_loop().time()
        assert error_of(await store.ask("POST", path, key="K", **form)) == (503, "api_error")
        assert asyncio.get_running_loop().time() - began == pytest.approx(CALL_S, abs=0.1)
        running = await store.ask("POST", path, key="K", **form)
        assert error_of(running) == (409, "idempotency_key_in_use")
        assert "Stripe-Should-Retry" not in running.headers
        await asyncio.sleep(5)
        again = await store.ask("POST", path, key="K", **form)
        assert await known(store) == [again.json()["id"]]
        assert made(store) == 1


@virtual
async def test_f13_a_429_is_told_with_its_pause_and_is_no_line_that_is_down(tmp_path: Path) -> None:
    def slower(_request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        headers = {"content-type": "application/json", "retry-after": "7"}
        return httpx2.Response(answer.status_code, headers=headers, content=answer.content)

    async with branch(tmp_path) as store:
        store.cloud.faults.add(fault(FaultKind.REFUSE, LOCATIONS, times=3))
        store.meddled.meddle = slower
        for _call in range(3):
            told = await store.create("K")
            assert error_of(told) == (429, "rate_limit")
            assert told.headers["Retry-After"] == "7"
        assert (await store.create("K")).status_code == 200
        assert made(store) == 1


@virtual
async def test_f13_a_storm_of_429_leaves_the_mirror_as_it_was(tmp_path: Path) -> None:
    async with branch(tmp_path) as store:
        heard_ms = store.posd.mirror.heard_ms()
        store.cloud.faults.add(fault(FaultKind.REFUSE, LOCATIONS, "GET", times=3))
        await asyncio.sleep(ALL_EVERY_S + 2 * EVERY_S)
        assert store.posd.mirror.heard_ms() == heard_ms
        assert await store.ids(LOCATIONS) == [HERE]
        assert (await store.ask("GET", "/posd/v1/status")).json()["mirror"]["refused"] == {}
        await asyncio.sleep(3 * EVERY_S)
        assert store.posd.mirror.heard_ms() != heard_ms


@virtual
@WRITES
async def test_f14_behind_a_stored_500_may_stand_what_was_asked_for(
    tmp_path: Path, path: str, form: dict[str, str]
) -> None:
    async with branch(tmp_path) as store:
        store.cloud.faults.add(fault(FaultKind.ERROR_AFTER_COMMIT, path))
        for _call in range(3):
            told = await store.ask("POST", path, key="K", **form)
            assert error_of(told) == (502, "api_error")
            assert "may have done" in told.json()["error"]["message"]
        assert await known(store) == []
        assert len({one.idempotency_key for one in store.arrived(path)}) == 1
        await asyncio.sleep(ALL_EVERY_S + 2 * EVERY_S)
        assert len(await known(store)) == made(store) == 1


@virtual
@WRITES
async def test_f14_a_stored_500_is_no_reason_for_a_new_key(
    tmp_path: Path, path: str, form: dict[str, str]
) -> None:
    async with branch(tmp_path) as store:
        store.cloud.faults.add(fault(FaultKind.ERROR_BEFORE_COMMIT, path))
        for _call in range(3):
            assert error_of(await store.ask("POST", path, key="K", **form)) == (502, "api_error")
        assert len({one.idempotency_key for one in store.arrived(path)}) == 1
        assert made(store) == 0
        assert (await store.ask("POST", path, key="L", **form)).status_code == 200
        assert made(store) == 1


@virtual
@pytest.mark.parametrize("status", [401, 403])
async def test_f15_a_refused_credential_stops_nothing_else_and_needs_no_restart(
    tmp_path: Path, status: int
) -> None:
    async with branch(tmp_path) as store:
        for path in (LOCATIONS, READERS, TOKENS):
            store.cloud.faults.add(fault(FaultKind.REFUSE, path, status=status, code=None))
        refused = (424, "upstream_credential_refused")
        assert error_of(await store.create("K")) == refused
        assert error_of(await store.ask("POST", READERS, key="K", **ENTRANCE)) == refused
        assert error_of(await store.token()) == refused
        assert issued(store) == 0
        assert attempt_of(store.posd, await paid(store.posd)).state is AttemptState.APPROVED
        assert (await store.create("K")).status_code == 200
        assert (await store.ask("POST", READERS, key="K", **ENTRANCE)).status_code == 200
        assert (await store.token()).status_code == 200
        assert len(await known(store)) == made(store) == 2


@virtual
async def test_f15_a_missing_permission_is_shown_until_it_is_given(tmp_path: Path) -> None:
    async with branch(tmp_path) as store:
        refusal = fault(FaultKind.REFUSE, READERS, "GET", status=403, code=None)
        store.cloud.faults.add(refusal)
        await asyncio.sleep(ALL_EVERY_S + EVERY_S)
        told = (await store.ask("GET", "/posd/v1/status")).json()["mirror"]["refused"]
        assert list(told) == ["terminal.reader"]
        assert "Refused by the script" in told["terminal.reader"]
        assert "Stripe does not tell its readers" in store.page("readers.html")
        await asyncio.sleep(ALL_EVERY_S + EVERY_S)
        assert "Stripe does not tell" not in store.page("readers.html")


@virtual
@pytest.mark.parametrize("status", [400, 402])
@WRITES
async def test_f16_a_refusal_is_the_callers_and_blocks_no_other(
    tmp_path: Path, status: int, path: str, form: dict[str, str]
) -> None:
    async with branch(tmp_path) as store:
        refusal = fault(FaultKind.REFUSE, path, status=status, code="country_unsupported")
        store.cloud.faults.add(refusal)
        told = await store.ask("POST", path, key="K", **form)
        assert error_of(told) == (status, "country_unsupported")
        assert told.headers["Stripe-Should-Retry"] == "false"
        assert (await store.token()).status_code == 200
        assert await known(store) == []
        assert (await store.ask("POST", path, key="K", **form)).status_code == 200
        assert len(await known(store)) == made(store) == 1


def told(content: bytes, status: int = 200, content_type: str = "application/json") -> Meddle:
    """Whatever Stripe said, this is what arrives."""
    headers = {"content-type": content_type}
    return lambda _request, _answer: httpx2.Response(status, headers=headers, content=content)


def half(_request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
    """Stripe's answer, cut where it hurts."""
    headers = {"content-type": "application/json"}
    return httpx2.Response(200, headers=headers, content=answer.content[:-9])


IMPOSTORS = pytest.mark.parametrize(
    "impostor",
    [
        told(PORTAL_PAGE, content_type="text/html"),
        told(PORTAL_PAGE),
        half,
        told(b""),
        told(b"{}"),
        told(b'{"object": "customer", "id": "tml_1", "secret": "pst_1"}'),
        told(b'{"object": "terminal.location", "id": "cus_1"}'),
        told(b'{"object": "list", "data": [], "has_more": false}', status=201),
        told(b'{"object": "list", "data": [7], "has_more": false}'),
        told(b'{"object": "terminal.connection_token", "secret": 7}'),
        told(b'{"error": "Bad Gateway"}', status=502),
        told(b"", status=302),
    ],
    ids=[
        *("portal", "portal-as-json", "truncated", "empty", "no-object", "wrong-object"),
        *("wrong-id", "wrong-status", "wrong-list", "wrong-secret", "proxy", "redirect"),
    ],
)


def only(path: str, method: str, impostor: Meddle) -> Meddle:
    def meddle(request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        meant = request.url.path == path and request.method == method
        return impostor(request, answer) if meant else answer

    return meddle


@virtual
@IMPOSTORS
async def test_f17_what_is_not_provably_stripes_answer_is_no_answer(
    tmp_path: Path, impostor: Meddle
) -> None:
    async with branch(tmp_path) as store:
        head = store.posd.journal.head
        for ask, path in (
            (store.create("K"), LOCATIONS),
            (store.ask("POST", READERS, key="K", **ENTRANCE), READERS),
            (store.token(), TOKENS),
        ):
            store.meddled.meddle = only(path, "POST", impostor)
            assert error_of(await ask) == (503, "api_error")
            store.meddled.meddle = None
            assert (await store.token("till")).status_code == 200
        assert store.posd.journal.head == head + 3  # the three tokens in between
        assert await known(store) == []
        await store.create("K")
        await store.ask("POST", READERS, key="K", **ENTRANCE)
        assert len(await known(store)) == made(store) == 2


@virtual
@IMPOSTORS
@pytest.mark.parametrize("path", [LOCATIONS, READERS])
async def test_f17_a_list_that_is_not_stripes_changes_nothing(
    tmp_path: Path, path: str, impostor: Meddle
) -> None:
    async with branch(tmp_path) as store:
        await store.ask("POST", READERS, **ENTRANCE)
        before = await known(store)
        heard_ms = store.posd.mirror.heard_ms()
        store.meddled.meddle = only(path, "GET", impostor)
        await asyncio.sleep(ALL_EVERY_S + 2 * EVERY_S)
        assert await known(store) == before
        assert await store.ids(LOCATIONS) == [HERE]
        assert store.posd.mirror.heard_ms() == heard_ms


@virtual
@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_f17_an_answer_about_another_object_is_no_answer(tmp_path: Path, method: str) -> None:
    async with branch(tmp_path) as store:
        reader = (await store.ask("POST", READERS, **ENTRANCE)).json()["id"]
        one = f"{READERS}/{reader}"
        other = b'{"object": "terminal.reader", "id": "tmr_other", "label": "X", "deleted": true}'
        store.meddled.meddle = only(one, method, told(other))
        form = {"label": "Exit"} if method == "POST" else {}
        assert error_of(await store.ask(method, one, **form)) == (503, "api_error")
        assert await known(store) == [reader]
        assert (await store.ask("GET", one)).json()["label"] == "Entrance"


JUMPS: dict[str, Callable[[int], int]] = {
    "three days on": lambda now_ms: now_ms + DAYS_MS,
    "three days back": lambda now_ms: now_ms - DAYS_MS,
    "to 1970": lambda _now_ms: 0,
}


@virtual
@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
async def test_f18_no_wait_is_longer_or_shorter_when_the_clock_jumps(
    tmp_path: Path, jump: Callable[[int], int]
) -> None:
    async with branch(tmp_path) as store:
        clock = store.house.clock
        for _call in range(TOKENS_BURST_MAX):
            assert (await store.token()).status_code == 200
        clock.now_ms = jump(clock.now_ms)
        assert error_of(await store.token()) == (429, "rate_limit")
        await asyncio.sleep(TOKEN_EVERY_S)
        assert (await store.token()).status_code == 200
        store.line.link = Link.DOWN
        await asyncio.sleep(ALL_EVERY_S + 3 * EVERY_S)
        assert error_of(await store.create("K")) == (503, "api_error")
        clock.now_ms = jump(clock.now_ms)
        store.line.link = Link.UP
        await asyncio.sleep(PROBE_MAX_S + 1.1 * EVERY_S)
        assert (await store.create("K")).status_code == 200
        assert made(store) == 1


@virtual
@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
async def test_f18_the_mirror_is_renewed_and_its_age_is_told_whatever_the_clock_says(
    tmp_path: Path, jump: Callable[[int], int]
) -> None:
    async with branch(tmp_path) as store:
        clock = store.house.clock
        clock.now_ms = jump(clock.now_ms)
        jumped_ms = clock.wall_ms()
        assert "are as Stripe told them at" in store.page("readers.html")
        assert await store.ids(LOCATIONS) == [HERE]
        await asyncio.sleep(ALL_EVERY_S + 2 * EVERY_S)
        heard_ms = store.posd.mirror.heard_ms()
        assert heard_ms is not None
        assert jumped_ms < heard_ms < clock.wall_ms()
