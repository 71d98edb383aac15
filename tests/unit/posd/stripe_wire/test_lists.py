from collections.abc import Callable

import pytest

from posd.stripe_wire import lists
from posd.stripe_wire.errors import Rejected, StripeError
from posd.stripe_wire.form import Node, parse
from posd.stripe_wire.lists import Page, TimeRange
from tests.unit.posd.stripe_wire import sdk


def refusal_of(act: Callable[[], object]) -> StripeError:
    with pytest.raises(Rejected) as refusal:
        act()
    return refusal.value.error


@pytest.mark.parametrize(
    ("query", "page"),
    [
        (b"", Page(10)),
        (b"limit=1", Page(1)),
        (b"limit=100&starting_after=ch_1", Page(100, starting_after="ch_1")),
        (b"ending_before=ch_1", Page(10, ending_before="ch_1")),
    ],
)
def test_a_page_is_read(query: bytes, page: Page) -> None:
    assert lists.page(parse(query)) == page


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        (b"limit=0", "parameter_invalid_integer", "limit"),
        (b"limit=101", "parameter_invalid_integer", "limit"),
        (b"limit=ten", "parameter_invalid_integer", "limit"),
        (b"starting_after=", "parameter_invalid_empty", "starting_after"),
        (b"starting_after=a&ending_before=b", "parameters_exclusive", "starting_after"),
    ],
)
def test_a_page_that_is_none_is_refused(query: bytes, code: str, param: str) -> None:
    error = refusal_of(lambda: lists.page(parse(query)))
    assert (error.code, error.param) == (code, param)


# Stripe API reference, list parameters: gt, gte, lt and lte are seconds; a number is that second.
@pytest.mark.parametrize(
    ("query", "inside", "outside"),
    [
        (b"created=100", [100], [99, 101]),
        (b"created[gt]=100", [101], [100]),
        (b"created[gte]=100", [100], [99]),
        (b"created[lt]=100", [99], [100]),
        (b"created[lte]=100", [100], [101]),
        (b"created[gt]=100&created[lt]=102", [101], [100, 102]),
        (
            b"created[gte]=100&created[gt]=100&created[lte]=105&created[lt]=103",
            [101, 102],
            [100, 103],
        ),
    ],
)
def test_the_created_filter_has_four_bounds(
    query: bytes, inside: list[int], outside: list[int]
) -> None:
    wanted = lists.created(parse(query)["created"])
    assert all(wanted.holds(second) for second in inside)
    assert not any(wanted.holds(second) for second in outside)


def test_no_bound_holds_everything() -> None:
    assert TimeRange().holds(0)


@pytest.mark.parametrize(
    ("sent", "param"),
    [
        ({"before": "1"}, "created[before]"),
        ({"gt": "x"}, "created[gt]"),
        (["1"], "created"),
        ("-1", "created"),
    ],
)
def test_a_created_filter_that_is_none_is_refused(sent: Node, param: str) -> None:
    assert refusal_of(lambda: lists.created(sent)).param == param


CHARGES: list[dict[str, object]] = [{"id": f"ch_{n}", "object": "charge"} for n in range(7)]
"""Newest first, as Stripe lists."""


def serve_charges(path: str, query: str) -> tuple[int, dict[str, object]]:
    page = lists.page(parse(query.encode()))
    ids = [charge["id"] for charge in CHARGES]
    if page.ending_before is not None:
        end = ids.index(page.ending_before)
        start = max(0, end - page.limit)
        more = start > 0
    else:
        start = 0 if page.starting_after is None else ids.index(page.starting_after) + 1
        end = start + page.limit
        more = end < len(ids)
    return 200, lists.envelope(path, CHARGES[start:end], has_more=more)


def test_the_sdk_pages_through_the_envelope_forwards() -> None:
    first = sdk.client(serve_charges).v1.charges.list({"limit": 3})
    assert first.url == "/v1/charges"
    assert first.has_more
    assert [charge.id for charge in first.auto_paging_iter()] == [f"ch_{n}" for n in range(7)]


def test_the_sdk_pages_through_the_envelope_backwards() -> None:
    first = sdk.client(serve_charges).v1.charges.list({"limit": 2, "ending_before": "ch_5"})
    seen = [charge.id for charge in first.auto_paging_iter()]
    assert seen == ["ch_4", "ch_3", "ch_2", "ch_1", "ch_0"]
