"""Ids of another kind, methods and paths that are not served: the envelope, and no trace."""

from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from posd.api.calls import AnyRoute
from posd.api.routes import ROUTES
from tests.unit.posd.api.test_bad_input import GOOD, name_of, with_good_ones
from tests.unit.posd.api.whole import Told, Whole, whole
from tests.unit.posd.house import LANE_1
from tests.unit.posd.virtual import virtual

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
PARAM: Final = {"event": "id"}
"""Where Stripe names a path's id otherwise than posd's table does."""

OVERLAPS: Final = {"/v1/payment_intents/{intent}": ("/v1/payment_intents/search",)}
"""Where a fixed path is also what another takes for an id."""

WRONG_IDS: Final = (
    "pi_posd_none",
    "tmr_posd_none",
    "ch_posd_none",
    "evt_posd_none",
    "att_posd_none",
    "0",
    "-1",
    "null",
    "..",
    "%20",
    "%F0%9F%8D%B0",
    "%FF%FE",
    "%25",
    "%3Fa=1",
    "%23",
    "%27%20OR%201=1--",
    "a" * 10_000,
)
NO_PATHS: Final = (
    b"/",
    b"//",
    b"/v1",
    b"/v1/",
    b"/v2/terminal/readers",
    b"/v1/customers",
    b"/v1/payment_intents/",
    b"//v1/payment_intents",
    b"/v1/payment_intents/a/b",
    b"/v1/payment_intents/../events",
    b"/V1/payment_intents",
    b"/v1/payment_intents%0A",
    b"/v1/payment_intents%00",
    b"/v1/payment_intents%20",
    b"/v1%2Fpayment_intents",
    b"/%FF",
    b"/" + b"a" * 10_000,
)


def with_ids(posd: Whole, route: AnyRoute, **other: str) -> bytes:
    ids = {
        "intent": posd.intent,
        "reader": posd.reader,
        "charge": "ch_1",
        "configuration": "tmc_1",
        "draft": "draft_1",
        "effect": "att_1-report",
        "event": "evt_1",
        "location": "tml_1",
        "order": "thor_1",
        "period": "2026-11-23",
        "refund": "re_1",
        "ware": "thsku_1",
    }
    return route.path.format(**{**ids, **other}).encode()


async def ask(posd: Whole, route: AnyRoute, target: bytes) -> Told:
    form = with_good_ones(route, "", b"").replace(
        GOOD["payment_intent"].encode(), posd.intent.encode()
    )
    if route.method == "POST":
        return await posd.ask("POST", target, form, access=route.access)
    return await posd.ask(route.method, target + b"?" + form, access=route.access)


def ids_in(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


WITH_IDS = [route for route in ROUTES if set(ids_in(route.path)) - {"period"}]
"""Days are named, not made: a period that is none is an invalid parameter."""


@pytest.mark.parametrize("route", WITH_IDS, ids=name_of)
@virtual
async def test_an_id_that_names_nothing_is_missing(tmp_path: Path, route: AnyRoute) -> None:
    async with whole(tmp_path) as posd:
        before = posd.written()
        wrong = []
        for name in ids_in(route.path):
            others = {"intent": posd.reader, "reader": posd.intent}
            for id_ in (*WRONG_IDS, others.get(name, LANE_1)):
                told = await ask(posd, route, with_ids(posd, route, **{name: id_}))
                seen = told.status, told.error.get("code"), told.error.get("param")
                expected = (404, "resource_missing", PARAM.get(name, name))
                if seen != expected:
                    wrong.append(f"{id_[:40]}: {seen}")
        assert not wrong
        assert posd.written() == before


@pytest.mark.parametrize("escape", ["%2F", "%2f", "%00", "%0A", "%7F", "%1B"])
@virtual
async def test_a_path_is_what_it_looks_like(tmp_path: Path, escape: str) -> None:
    async with whole(tmp_path) as posd:
        before = posd.written()
        for route in ROUTES:
            target = with_ids(posd, route)
            split, join = target.rpartition(b"/")[::2]
            for odd in (target + escape.encode(), escape.encode().join((split, join))):
                told = await ask(posd, route, odd)
                assert (told.status, told.error["type"]) == (404, "invalid_request_error"), odd
        assert posd.written() == before


@virtual
async def test_what_is_not_served_is_not_found(tmp_path: Path) -> None:
    async with whole(tmp_path) as posd:
        before = posd.written()
        for path in NO_PATHS:
            for method in METHODS:
                told = await posd.ask(method, path, b"amount=1250&currency=eur")
                assert (told.status, told.error["type"]) == (404, "invalid_request_error"), path
                assert told.headers["stripe-should-retry"] == "false"
        assert posd.written() == before


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
@virtual
async def test_a_method_that_a_path_has_not(tmp_path: Path, path: str) -> None:
    served = {one.method for one in ROUTES if path in (one.path, *OVERLAPS.get(one.path, ()))}
    served |= {"HEAD"} if "GET" in served else set()
    async with whole(tmp_path) as posd:
        before = posd.written()
        target = with_ids(posd, next(route for route in ROUTES if route.path == path))
        for method in sorted(set(METHODS) - served):
            told = await posd.ask(method, target, b"amount=1250&currency=eur")
            assert (told.status, told.error["type"]) == (405, "invalid_request_error"), method
            assert set(told.headers["allow"].split(", ")) <= served
        assert posd.written() == before


@pytest.mark.parametrize(
    "text", ["%00", "%1B", "🍰", "%0A", "\u202e", "<script>", "%25s", "' OR 1=1"]
)
@virtual
async def test_text_that_may_be_meant_never_breaks_anything(tmp_path: Path, text: str) -> None:
    """Free text is the till's: it is kept or refused as it came, and told back as valid JSON."""
    value = text if text.startswith("%") else quote(text)
    async with whole(tmp_path) as posd:
        for route in ROUTES:
            for name in route.params.named():
                form = with_good_ones(route, name, f"{name}={value}".encode())
                before = posd.written()
                target = with_ids(posd, route)
                if route.method == "POST":
                    told = await posd.ask("POST", target, form, access=route.access)
                else:
                    query = target + b"?" + form
                    told = await posd.ask(route.method, query, access=route.access)
                assert told.status < 500, (route, name)
                if told.status >= 400:
                    assert told.error["type"] == "invalid_request_error"
                    assert posd.written() == before
