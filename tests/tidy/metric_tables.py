"""The tables of `docs/metrics.md`, which are made and not written: metrics, and their labels.

    python -m tests.tidy.metric_tables

writes them anew.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

from posd.metrics.families import FAMILIES
from posd.metrics.tally import DONE, ENDS, PARKED, READERS_MAX
from posd.model.facts import AttemptKind
from posd.snapshot.views import Level, ReaderStatus, UpstreamState
from posd.upstream.contact import Met
from tests.tidy.tree import ROOT

PAGE: Final = ROOT / "docs" / "metrics.md"
PAID: Final = [kind for kind in AttemptKind if kind is not AttemptKind.END_OF_DAY]


def _named(*kinds: Enum) -> str:
    return ", ".join(f"`{kind.value}`" for kind in kinds)


LABELS: Final[Mapping[str, str]] = {
    "currency": "ISO 4217, lower case",
    "installed": "what lies on the disk, by the package or by `pip`, and runs after the next start",
    "kind": _named(*PAID),
    "label": "what the shop calls the reader",
    "lane": "the lane's name; of `posd_reader_info` the one that the reader serves, or empty",
    "leg": "`card` from the order to the terminal to its yes or no, `finish` from then to its last "
    "word, `till` from then until the till was told, `stripe` until Stripe had the report",
    "level": _named(*Level),
    "mode": "`live`, `test`",
    "outcome": _named(*ENDS),
    "reader": f"its id; counted are {READERS_MAX} readers, and all others together as `other`",
    "result": f"of reports `{DONE}`, `{PARKED}`; of requests {_named(*Met)}",
    "running": "the version that answers",
    "schema": "newest step of the journal's schema that it knows",
    "status": f"of a reader {_named(*ReaderStatus)}; of Stripe {_named(*UpstreamState)}",
    "store": "the store's name",
}


def metrics() -> str:
    """Every metric in the order in which a scrape has it."""
    rows = [
        (
            f"`{one.name}`",
            one.kind.value,
            ", ".join(f"`{label}`" for label in one.labels),
            one.help,
        )
        for one in FAMILIES
    ]
    return _table(("name", "type", "labels", "what it says"), rows)


def labels() -> str:
    """Every label and what it may be."""
    used = sorted({label for one in FAMILIES for label in one.labels})
    return _table(("label", "values"), [(f"`{label}`", LABELS[label]) for label in used])


def fresh(page: str) -> str:
    """The page with both tables as they should be."""
    for name, table in (("metrics", metrics()), ("labels", labels())):
        begins, ends = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, found, rest = page.partition(begins)
        _, closed, after = rest.partition(ends)
        assert found, f"the page has no {begins}"
        assert closed, f"the page has no {ends}"
        page = f"{before}{begins}{table}{ends}{after}"
    return page


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heading, ("---",) * len(heading), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(fresh(PAGE.read_text()))
