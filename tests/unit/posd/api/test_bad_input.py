"""Every parameter of every route, wrong in every way its type knows: named, and nothing written."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from posd.api.calls import AnyRoute
from posd.api.params import WAIT_S_MAX
from posd.api.routes import ROUTES
from posd.stripe_wire.expand import LEVELS_MAX, PATHS_MAX
from posd.stripe_wire.form import BODY_BYTES_MAX, PAIRS_MAX
from tests.unit.posd.api.bad_values import Fault, fault, faults
from tests.unit.posd.api.whole import Told, Whole, whole
from tests.unit.posd.virtual import virtual

GOOD: Final[Mapping[str, str]] = {
    "amount": "1250",
    "country": "DE",
    "currency": "eur",
    "decision": "charged",
    "export_sha256": "ab" * 32,
    "name": "till 2",
    "order": "4711",
    "outcome": "closed",
    "payment_intent": "pi_posd_unknown",
    "payment_type": "monthly_invoice",
    "query": "metadata['order_id']:'4711'",
    "reason": "asked the issuer",
    "registration_code": "zvt+tcp://10.0.0.10:20007?simulated=true",
    "role": "till",
    "shipping_method": "thsm_1",
}
"""A value for each parameter that some route requires, so that one other fault stands alone."""
GOOD_FORMS: Final[Mapping[str, bytes]] = {
    "hardware_order_items": (
        b"hardware_order_items[][terminal_hardware_sku]=thsku_1&hardware_order_items[][quantity]=2"
    ),
    "shipping": (
        b"shipping[address][country]=DE&shipping[address][line1]=Hauptstr.+1"
        b"&shipping[address][postal_code]=10115&shipping[email]=till@example.com"
        b"&shipping[name]=Corner+shop&shipping[phone]=%2B49301234"
    ),
}
"""The same for those that have parts."""
PATH_IDS: Final = {
    "charge": "ch_posd_1",
    "configuration": "tmc_1",
    "draft": "draft_posd_1",
    "effect": "att_posd_1-report",
    "event": "evt_posd_1",
    "location": "tml_1",
    "order": "thor_1",
    "period": "2026-11-23",
    "refund": "re_posd_1",
    "ware": "thsku_1",
}

INTEGER, MISSING = "parameter_invalid_integer", "resource_missing"
CURSORS = [
    ("GET /v1/payment_intents", "tmr_posd_lane-1"),
    ("GET /v1/events", "pi_posd_1"),
    ("GET /v1/refunds", "pi_posd_1"),
    ("GET /v1/terminal/readers", "pi_posd_1"),
    ("GET /v1/terminal/configurations", "tml_1"),
]
INTENTS = "POST /v1/payment_intents"
READERS = "POST /v1/terminal/readers"
PROCESS = "POST /v1/terminal/readers/{reader}/process_payment_intent"
REFUND = "POST /v1/terminal/readers/{reader}/refund_payment"
VALUES = [
    # route, parameter, code, status: what is wrong with the value and not with its shape
    (INTENTS, "amount=0", INTEGER, 400),
    (INTENTS, "amount=100000000", "amount_too_large", 400),
    (INTENTS, "currency=xxx", "currency_not_supported", 400),
    (INTENTS, "currency=bhd", "currency_not_supported", 400),
    (INTENTS, "currency=euro", "parameter_invalid", 400),
    (INTENTS, "currency=%E2%82%AC", "parameter_invalid", 400),
    ("POST /v1/payment_intents/{intent}", "amount=0", INTEGER, 400),
    ("POST /v1/payment_intents/{intent}", "amount=100000000", "amount_too_large", 400),
    ("GET /v1/payment_intents/search", "page=tmr_posd_lane-1", MISSING, 404),
    ("GET /v1/payment_intents/search", "query=amount>1", "parameter_invalid", 400),
    ("GET /v1/payment_intents/search", "limit=101", INTEGER, 400),
    ("GET /posd/v1/payments", "business_day=23.11.2026", "parameter_invalid", 400),
    ("GET /posd/v1/payment_intents/{intent}", f"wait={WAIT_S_MAX + 1}", INTEGER, 400),
    ("GET /v1/events", "type=a%20b", "parameter_invalid", 400),
    *[
        (route, f"{param}={id_}", MISSING, 404)
        for route, param in ((PROCESS, "payment_intent"), (REFUND, "payment_intent"))
        for id_ in ("tmr_posd_lane-1", "%00", "é")
    ],
    (REFUND, "charge=ch_posd_1", "parameters_exclusive", 400),
    (REFUND, "amount=0", INTEGER, 400),
    (REFUND, "amount=100000000", "amount_too_large", 400),
    ("POST /v1/refunds", "reason=expired_uncaptured_charge", "parameter_invalid", 400),
    ("POST /v1/refunds", "reverse_transfer=true", "parameter_invalid", 400),
    ("POST /posd/v1/keys", "refund_max=-1", INTEGER, 400),
    *[
        (f"POST /posd/v1/readers/{{reader}}/{verb}", "payment_intent=tmr_posd_lane-1", MISSING, 404)
        for verb in ("resolve", "set_aside")
    ],
    *[
        (READERS, f"registration_code={code}", "parameter_invalid", 400)
        for code in (
            "simulated-wpe",
            "zvt",
            "http://127.0.0.1",
            "zvt%2Btcp://",
            "zvt%2Btcp://10.0.0.7:99999",
            "zvt%2Btcp://[::1",
            "zvt%2Btcp://10.0.0.7%00:20007",
            "zvt%2Btcp://" + "a" * 64 + ".example",
            "zvt%2Bserial:///dev/tty%00",
            "zvt%2Bserial:///dev/tty%0A1",
            "zvt%2Bserial:///dev/%F0%9F%8D%B0%1B",
        )
    ],
    (READERS, "registration_code=zvt%2Btcp://10.0.0.7:20007", "testmode_charges_only", 400),
    *[
        (route, f"{cursor}={id_}", MISSING, 404)
        for route, id_ in CURSORS
        for cursor in ("starting_after", "ending_before")
    ],
    *[
        (route, f"limit={limit}", INTEGER, 400)
        for route, _ in CURSORS
        for limit in ("0", "101", "-1", "1.5")
    ],
]


UNKNOWN_NAME: Final = "parameter_unknown"
UNKNOWN: Final = (
    *[
        fault(f"{quote(name)}=1", name, UNKNOWN_NAME)
        for name in ("amont", "confirm", "Amount", "\0", "__class__", "model_config", "a b")
    ],
    fault("amont[0][b]=1", "amont", UNKNOWN_NAME),
    fault("%FF=1", "%FF"),
    fault("=1", ""),
    fault("[a]=1", "[a]"),
)
EXPANSIONS: Final = (
    fault("expand[]=nonsense", "expand[0]"),
    fault("expand[]=" + ".".join("a" * (LEVELS_MAX + 1)), "expand[0]"),
    fault("&".join(["expand[]=a"] * (PATHS_MAX + 1)), "expand"),
    fault("expand[0]=", "expand[0]", "parameter_invalid_empty"),
    fault("expand[]=data", "expand[0]"),
    fault("expand[]=..", "expand[0]"),
    fault("expand[][a]=1", "expand[0]"),
    fault("expand[]=%F0%9F%8D%B0%00", "expand[0]"),
    fault("expand=latest_charge", "expand"),
    fault("expand[a]=latest_charge", "expand"),
)


def name_of(route: AnyRoute) -> str:
    return f"{route.method} {route.path}"


BY_NAME: Final = {name_of(route): route for route in ROUTES}


ONE_OF: Final = {
    "POST /v1/refunds": "payment_intent",
    "POST /v1/terminal/readers/{reader}/refund_payment": "payment_intent",
}
"""What stands for the parameters of which a route requires one."""


def required(route: AnyRoute) -> list[str]:
    return [name for name, one in route.params.named().items() if one.is_required()]


def with_good_ones(route: AnyRoute, name: str, form: bytes) -> bytes:
    """The form, and a good value for everything else that the route requires."""
    names = [
        one for one in (*required(route), ONE_OF.get(name_of(route))) if one not in (name, None)
    ]
    good = [GOOD_FORMS.get(one) or f"{one}={quote(GOOD[one])}".encode() for one in names]
    return b"&".join(filter(None, (*good, form)))


def of_every_kind(route: AnyRoute) -> Iterator[tuple[str, Fault]]:
    """What the route must refuse, with the parameter whose good value it stands for, or ""."""
    for name in route.params.named():
        for one in faults(route.params, name):
            yield name, one
    for name in required(route):
        yield name, fault("", name, "parameter_missing")
    for one in UNKNOWN:
        yield "", one
    for one in EXPANSIONS if route.answers else (fault("expand[]=a", "expand", UNKNOWN_NAME),):
        yield "", one


async def ask(posd: Whole, route: AnyRoute, form: bytes) -> Told:
    """The route with ids that exist, where there can be one."""
    target = route.path.format(intent=posd.intent, reader=posd.reader, **PATH_IDS).encode()
    if route.method == "POST":
        return await posd.ask(route.method, target, form, access=route.access)
    return await posd.ask(route.method, target + b"?" + form, access=route.access)


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
@virtual
async def test_whatever_is_wrong_with_a_parameter_is_named(tmp_path: Path, route: AnyRoute) -> None:
    async with whole(tmp_path) as posd:
        before = posd.written()
        wrong = []
        for name, one in of_every_kind(route):
            told = await ask(posd, route, with_good_ones(route, name, one.form))
            seen = told.status, told.error.get("code"), told.error.get("param")
            if seen[0] != 400 or seen[1] not in one.codes or seen[2] != one.param:
                wrong.append(f"{one.form[:80]!r}: {seen}, not {set(one.codes)} of {one.param}")
        assert not wrong
        assert posd.written() == before


@virtual
async def test_a_value_that_cannot_be_is_named(tmp_path: Path) -> None:
    async with whole(tmp_path) as posd:
        before = posd.written()
        wrong = []
        for name, form, code, status in VALUES:
            route, param = BY_NAME[name], form.partition("=")[0]
            told = await ask(posd, route, with_good_ones(route, param, form.encode()))
            seen = told.status, told.error["code"], told.error["param"]
            if seen != (status, code, param):
                wrong.append(f"{name} {form}: {seen}")
        assert not wrong
        assert posd.written() == before


@virtual
async def test_no_request_holds_more_than_it_may(tmp_path: Path) -> None:
    async with whole(tmp_path) as posd:
        before = posd.written()
        for route in ROUTES:
            many = await ask(posd, route, b"&".join(b"a%d=1" % one for one in range(PAIRS_MAX + 1)))
            long = await ask(posd, route, b"a=" + b"x" * BODY_BYTES_MAX)
            assert (many.status, many.error["type"]) == (400, "invalid_request_error")
            assert (long.status, long.error["type"]) == (413, "invalid_request_error")
        assert posd.written() == before
