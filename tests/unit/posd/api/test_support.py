"""`/posd/v1/support-bundle`: a zip for managers, and what would be in it."""

from posd.model.store_facts import ManagerActed
from tests.unit.posd.api.fakes import MANAGER, TILL, Bench
from tests.unit.posd.api.support_fakes import FILES, ZIPPED

PATH = "/posd/v1/support-bundle"


async def test_a_manager_gets_it_as_a_file() -> None:
    bench = Bench()
    async with bench.client(MANAGER) as client:
        answer = await client.get(PATH)
    assert bench.entrance.noted == [(ManagerActed("support_bundle"), "key_manager")]
    assert answer.content == ZIPPED.octets
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="posd-support.zip"'
    assert answer.headers["cache-control"] == "no-store"


async def test_what_is_in_it_is_told_before_it_is_sent() -> None:
    bench = Bench()
    async with bench.client(MANAGER) as client:
        told = (await client.get(PATH, params={"list": "true"})).json()
    assert [(one["name"], one["bytes"]) for one in told["data"]] == [
        (file.name, len(file.octets)) for file in FILES
    ]
    assert (bench.support.taken, bench.entrance.noted) == (0, [])


async def test_a_till_gets_nothing_of_it() -> None:
    bench = Bench()
    async with bench.client(TILL) as client:
        answers = [await client.get(PATH), await client.get(PATH, params={"list": "true"})]
    assert {answer.status_code for answer in answers} == {403}
    assert bench.support.taken == 0
