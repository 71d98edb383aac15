"""What is written now is read by the releases before: they are installed again after an upgrade."""

import json
from typing import Any, Final

from posd.journal.commit import STORE
from posd.model.belonging import object_of
from posd.model.facts import KINDS, Fact
from tests.golden.record_shapes import shapes
from tests.golden.test_releases import GOLDEN, releases
from tests.unit.posd.model.test_stored_form import STORED

NOW: Final = json.loads(json.dumps(shapes()))


def known(release: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((GOLDEN / release / "shapes.json").read_text())
    return told


@releases
def test_the_release_reads_every_old_kind_of_fact_and_record_as_it_is_written_now(
    release: str,
) -> None:
    then = known(release)
    assert set(then["facts"]) <= set(NOW["facts"])
    for name, shape in then["shapes"].items():
        now = NOW["shapes"][name]
        if "properties" in shape:
            kept = {field: now["properties"].get(field) for field in shape["properties"]}
            assert kept == shape["properties"], name
            assert set(now.get("required", ())) == set(shape.get("required", ())), name
        else:
            assert now == shape, f"{name}: a value that the release cannot read parks its object"


@releases
def test_a_new_kind_of_fact_parks_nothing_that_the_release_sells_with(release: str) -> None:
    """A fact that it cannot read parks its object there, and commands on that are refused."""
    told: dict[str, Fact] = {type(fact).__name__: fact for fact, _ in STORED}
    old = {name: told[name] for name in known(release)["facts"]}
    parkable = {object_of(fact) for fact in old.values()} - {STORE}
    new = told.keys() - old.keys()
    assert new == KINDS.keys() - old.keys()
    assert not {name: object_of(told[name]) for name in new if object_of(told[name]) in parkable}
