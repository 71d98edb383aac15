"""Locations: read from the mirror whatever the line does, written at Stripe or not at all."""

import pytest

from posd.model.upstream_facts import MirrorKind
from tests.unit.posd.api.fakes import MANAGER, OBSERVER, Bench

LOCATIONS = "/v1/terminal/locations"
LOCATION = MirrorKind.LOCATION
SHOP = {
    "display_name": "Corner shop",
    "address[country]": "DE",
    "address[city]": "Bremen",
    "metadata[branch]": "17",
}


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    for number in (1, 2, 3):
        bench.mirror.tell(LOCATION, f"tml_{number}", display_name=f"Shop {number}")
    return bench


async def test_the_list_is_the_mirrors_newest_first_page_by_page(bench: Bench) -> None:
    bench.gateway.away = True
    async with bench.client(OBSERVER) as screen:
        first = (await screen.get(LOCATIONS, params={"limit": 2})).json()
        rest = (await screen.get(LOCATIONS, params={"starting_after": "tml_2"})).json()
        back = await screen.get(LOCATIONS, params={"ending_before": "tml_1", "limit": 1})
        lost = await screen.get(LOCATIONS, params={"starting_after": "tml_9"})
    assert [one["id"] for one in first["data"]] == ["tml_3", "tml_2"]
    assert (first["url"], first["has_more"]) == (LOCATIONS, True)
    assert ([one["id"] for one in rest["data"]], rest["has_more"]) == (["tml_1"], False)
    assert [one["id"] for one in back.json()["data"]] == ["tml_2"]
    assert lost.json()["error"]["param"] == "starting_after"


async def test_one_is_told_as_stripe_told_it(bench: Bench) -> None:
    async with bench.client(OBSERVER) as screen:
        told = (await screen.get(f"{LOCATIONS}/tml_1")).json()
        missing = await screen.get(f"{LOCATIONS}/tml_9")
    assert told == {"id": "tml_1", "object": "terminal.location", "display_name": "Shop 1"}
    assert missing.status_code == 404
    assert missing.json()["error"]["param"] == "location"


async def test_what_is_written_goes_on_as_it_came(bench: Bench) -> None:
    async with bench.client(MANAGER) as office:
        made = await office.post(LOCATIONS, data=SHOP)
        renamed = await office.post(f"{LOCATIONS}/tml_1", data={"display_name": "Old", "phone": ""})
        gone = await office.delete(f"{LOCATIONS}/tml_2")
        after = await office.get(f"{LOCATIONS}/tml_2")
    assert made.json()["display_name"] == "Corner shop"
    assert bench.gateway.written == [
        (
            LOCATION,
            None,
            {
                "display_name": "Corner shop",
                "address": {"country": "DE", "city": "Bremen"},
                "metadata": {"branch": "17"},
            },
        ),
        (LOCATION, "tml_1", {"display_name": "Old", "phone": ""}),
    ]
    assert renamed.json()["display_name"] == "Old"
    assert gone.json() == {"id": "tml_2", "object": "terminal.location", "deleted": True}
    assert after.json() == gone.json()


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_without_a_line_nothing_is_half_done(bench: Bench, method: str) -> None:
    bench.gateway.away = True
    async with bench.client(MANAGER) as office:
        answer = await office.request(method, f"{LOCATIONS}/tml_1")
        told = await office.get(f"{LOCATIONS}/tml_1")
    assert (answer.status_code, answer.json()["error"]["type"]) == (503, "api_error")
    assert told.json()["display_name"] == "Shop 1"


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ({"address[street]": "Main"}, "address[street]"),
        ({"address[city][]": "Bremen"}, "address[city]"),
        ({"display_name": "x" * 1001}, "display_name"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_shape_is_refused_before_stripe_is_asked(
    bench: Bench, form: dict[str, str], param: str
) -> None:
    async with bench.client(MANAGER) as office:
        answer = await office.post(LOCATIONS, data=form)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert bench.gateway.written == []
