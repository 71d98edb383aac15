"""A connection token is in no log, journal, page or answer but its own; nor is Stripe's key."""

import asyncio
import logging
from pathlib import Path

import httpx2
import pytest

from posd_simulator.cloud.faults import Fault, FaultKind
from tests.simulation.asgi import Link
from tests.unit.posd.branch import READERS, STRIPE_KEY, TOKENS, Branch, branch
from tests.unit.posd.virtual import virtual

LOOKS = (
    "/posd/v1/status",
    "/v1/events",
    "/v1/payment_intents",
    "/v1/terminal/configurations",
    "/v1/terminal/locations",
    READERS,
)


async def shown(store: Branch) -> str:
    """Everything that posd shows to whoever looks."""
    answers = [await store.ask("GET", path) for path in LOOKS]
    assert {answer.status_code for answer in answers} == {200}
    pages = [store.page(), store.page("readers.html")]
    return "\n".join([*pages, *(f"{answer.headers}{answer.text}" for answer in answers)])


def written_to(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


@virtual
async def test_no_two_callers_are_given_one_token(tmp_path: Path) -> None:
    async with branch(tmp_path) as store:
        calls = [store.token(who, "K") for who in ("till", "tablet") for _call in range(5)]
        answers = await asyncio.gather(*calls)
        later = [await store.token(who, "K") for who in ("till", "tablet")]
    secrets = [answer.json()["secret"] for answer in answers]
    assert len(set(secrets)) == 10
    assert all("Idempotent-Replayed" not in answer.headers for answer in answers)
    assert [answer.status_code for answer in later] == [429, 429]
    assert not any(secret in answer.text for secret in secrets for answer in later)


@virtual
async def test_a_token_is_found_nowhere_but_in_its_own_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.NOTSET + 1):
        async with branch(tmp_path) as store:
            secrets = [(await store.token(who)).json()["secret"] for who in ("till", "tablet")]
            secrets += await _lost_tokens(store)
            told = await shown(store)
    octets, logged = written_to(tmp_path), caplog.text
    assert "ConnectionTokenIssued" in octets.decode("utf-8", "replace")
    assert len(set(secrets)) == 6
    for secret in (*secrets, STRIPE_KEY):
        assert secret not in told
        assert secret not in logged
        assert secret.encode() not in octets


async def _lost_tokens(store: Branch) -> list[str]:
    """Tokens that Stripe made and nobody was given: each is somewhere on its way to an error."""
    store.cloud.faults.add(Fault(FaultKind.LOST, path=TOKENS))
    assert (await store.token("till")).status_code == 503
    assert (await store.token("till")).status_code == 200
    store.meddled.meddle = _elsewhere
    assert (await store.token("till")).status_code == 503
    store.meddled.meddle = None
    store.line.link = Link.LOSES_ANSWERS
    assert (await store.token("till")).status_code == 503
    store.line.link = Link.UP
    (account,) = store.cloud.ledger.accounts.values()
    return list(account.connection_tokens)[2:]


def _elsewhere(_request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
    """The token of another store's location."""
    told = answer.text.replace("tml_corner_shop", "tml_elsewhere")
    headers = {"content-type": "application/json"}
    return httpx2.Response(200, headers=headers, content=told.encode())
