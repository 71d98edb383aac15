"""`/v1/terminal/readers` as managers and tills ask them."""

import pytest

from tests.unit.posd.api.fakes import MANAGER, Bench

READERS = "/v1/terminal/readers"


async def test_register_and_retrieve() -> None:
    bench = Bench()
    async with bench.client(MANAGER) as manager:
        asked = {
            "registration_code": "zvt+serial:///dev/posd/reader-1?baud=9600",
            "label": "Till 1",
            "location": "tml_1",
            "metadata[floor]": "2",
        }
        made = (await manager.post(READERS, data=asked)).json()
        found = (await manager.get(f"{READERS}/{made['id']}")).json()
    assert made == found
    assert (made["object"], made["label"], made["location"]) == (
        "terminal.reader",
        "Till 1",
        "tml_1",
    )
    assert (made["metadata"], made["status"], made["action"]) == ({"floor": "2"}, "online", None)
    stored = bench.store.known_readers[made["id"]]
    assert stored.address == "zvt+serial:///dev/posd/reader-1?baud=9600"


async def test_after_the_tills_own_cancel_there_is_no_action() -> None:
    bench = Bench()
    reader = await bench.reader()
    async with bench.client() as till:
        asked = {"amount": "1250", "currency": "eur"}
        intent = (await till.post("/v1/payment_intents", data=asked)).json()["id"]
        await till.post(
            f"{READERS}/{reader}/process_payment_intent", data={"payment_intent": intent}
        )
        told = (await till.post(f"{READERS}/{reader}/cancel_action")).json()
        paid = (await till.get(f"/v1/payment_intents/{intent}")).json()
    assert (told["object"], told["id"], told["action"]) == ("terminal.reader", reader, None)
    assert (paid["status"], paid["last_payment_error"]) == ("requires_payment_method", None)


@pytest.mark.parametrize(
    ("query", "shown", "has_more"),
    [
        ("", [3, 2, 1, 0], False),
        ("limit=3", [3, 2, 1], True),
        ("limit=2&starting_after={3}", [2, 1], True),
        ("limit=2&starting_after={2}", [1, 0], False),
        ("limit=2&ending_before={0}", [2, 1], True),
        ("limit=2&ending_before={1}", [3, 2], False),
        ("limit=2&ending_before={3}", [], False),
        ("status=online&limit=1", [3], True),
        ("status=offline", [], False),
        ("device_type=posd_zvt", [3, 2, 1, 0], False),
        ("device_type=stripe_s700", [], False),
        ("serial_number=52523535", [3, 2, 1, 0], False),
        ("location=tml_9", [], False),
    ],
)
async def test_lists(query: str, shown: list[int], has_more: bool) -> None:  # noqa: FBT001 (a table)
    bench = Bench()
    ids = [await bench.reader() for _ in range(4)]
    async with bench.client() as till:
        told = (await till.get(f"{READERS}?{query.format(*ids)}")).json()
    assert [one["id"] for one in told["data"]] == [ids[index] for index in shown]
    assert (told["object"], told["url"], told["has_more"]) == ("list", READERS, has_more)


async def test_rename_and_delete() -> None:
    bench = Bench()
    reader = f"{READERS}/{await bench.reader()}"
    async with bench.client(MANAGER) as manager:
        named = (await manager.post(reader, data={"label": "Bar", "metadata[floor]": "2"})).json()
        bare = (await manager.post(reader, data={"label": "", "metadata": ""})).json()
        moved = await manager.post(reader, data={"location": "tml_2"})
        gone = (await manager.delete(reader)).json()
        stub = (await manager.get(reader)).json()
        missing = await manager.delete(f"{READERS}/tmr_no")
    assert (named["label"], named["metadata"]) == ("Bar", {"floor": "2"})
    assert (bare["label"], bare["metadata"]) == ("", {})
    assert moved.json()["error"]["code"] == "parameter_unknown"
    assert gone == stub
    assert gone == {
        "id": reader.rpartition("/")[2],
        "object": "terminal.reader",
        "deleted": True,
        "device_type": "posd_zvt",
        "serial_number": "52523535",
    }
    assert missing.status_code == 404
