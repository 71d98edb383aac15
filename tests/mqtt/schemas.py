"""docs/mqtt/*.json, and whether what is published is as they say."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

FOLDER: Final = Path(__file__).parent.parent.parent / "docs" / "mqtt"
KINDS: Final = ("state", "info", "health", "lane", "reader", "queue", "alarm", "evt")


@cache
def schema_of(kind: str) -> jsonschema_rs.Draft202012Validator:
    """The schema of one kind of topic, by its first level behind the node."""
    assert kind in KINDS, kind
    return jsonschema_rs.Draft202012Validator(json.loads((FOLDER / f"{kind}.json").read_text()))


def check(topic: str, body: Mapping[str, Any]) -> None:
    """Raise where a message is not what is documented."""
    schema_of(topic.split("/")[4]).validate(body)
