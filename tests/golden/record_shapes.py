"""Write what a release reads of facts and records: `shapes.json`, by its own code.

In a checkout of the release::

    PYTHONPATH=.:drivers:simulator python …/tests/golden/record_shapes.py FOLDER
"""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from posd.model.access_key import AccessKey
from posd.model.attempt import Attempt
from posd.model.facts import KINDS
from posd.model.hardware import HardwareOrder, ReceivedReader
from posd.model.mirrored import Mirrored
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import Reader
from posd.model.refund import Refund

RECORDS = (
    PaymentIntent,
    Attempt,
    Refund,
    Reader,
    AccessKey,
    Mirrored,
    HardwareOrder,
    ReceivedReader,
)


def shapes() -> dict[str, Any]:
    """JSON schemas by name: of each kind of fact, of each record, and of what they are made of."""
    types = [*KINDS.values(), *RECORDS]
    _, components = msgspec.json.schema_components(types, ref_template="{name}")
    return {
        "facts": sorted(KINDS),
        "records": sorted(record.__name__ for record in RECORDS),
        "shapes": {name: _plain(shape) for name, shape in sorted(components.items())},
    }


def _plain(shape: dict[str, Any]) -> dict[str, Any]:
    """Without its words."""
    return {key: value for key, value in shape.items() if key not in ("description", "title")}


if __name__ == "__main__":
    (Path(sys.argv[1]) / "shapes.json").write_text(json.dumps(shapes(), indent=1) + "\n")
