"""The payments as a list: the latest, those before them, and those of one order."""

from msgspec.structs import replace

from posd.snapshot.payments import PAYMENTS_MAX, payment_views
from tests.unit.posd import records
from tests.unit.posd.page.desk import Desk
from tests.unit.posd.page.outline import Outline
from tests.unit.posd.snapshots import Shop

SOLD = 2 * PAYMENTS_MAX + 3


def store(sold: int = SOLD) -> Desk:
    """A store that has sold so often; every other time for the order `a&b`."""
    desk = Desk(lambda: snapshot)
    known = desk.bench.store
    for number in range(sold):
        one = replace(
            records.payment_intent(), id=f"pi_{number:03}", order="a&b" if number % 2 else "c"
        )
        known.intents[one.id] = one
    shop = Shop(intents=list(reversed(known.intents.values())))
    snapshot = shop.snapshot()
    assert snapshot.payments == payment_views(shop, {}, snapshot.upstream)
    return desk


async def seen(desk: Desk, path: str) -> tuple[list[str], str | None]:
    """The payments of a page, and where the earlier ones are."""
    async with desk.browser() as browser:
        links = [str(link["href"]) for link in Outline((await browser.get(path)).text).all("a")]
    older = [link for link in links if "after=" in link]
    assert len(older) <= 1
    ids = [link.removeprefix("/payments/") for link in links if link.startswith("/payments/pi_")]
    return ids, older[0] if older else None


async def walked(desk: Desk, path: str) -> list[str]:
    """The payments of all pages, from that one on."""
    found: list[str] = []
    at: str | None = path
    while at is not None:
        ids, at = await seen(desk, at)
        assert len(ids) <= PAYMENTS_MAX
        found += ids
    return found


async def test_every_payment_is_found_by_going_back_from_the_latest() -> None:
    assert await walked(store(), "/payments") == [f"pi_{n:03}" for n in reversed(range(SOLD))]


async def test_a_list_that_is_just_full_leads_to_no_empty_page_in_the_middle() -> None:
    desk = store(2 * PAYMENTS_MAX)
    last = f"/payments?after=pi_{PAYMENTS_MAX:03}"
    assert await seen(desk, last) == ([f"pi_{n:03}" for n in reversed(range(PAYMENTS_MAX))], None)


async def test_the_payments_of_one_order_are_found_by_its_name() -> None:
    odd = [f"pi_{n:03}" for n in reversed(range(SOLD)) if n % 2]
    assert await walked(store(), "/payments?order=a%26b") == odd
    assert await walked(store(), "/payments?order=none") == []
