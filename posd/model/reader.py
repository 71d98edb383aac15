"""A reader as posd knows it: where it is, what it takes, what its terminal said it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from posd_drivers.card_reader import OutcomeProof

_PORT: Final = (
    "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
)
CONTROL_URL: Final = re.compile(rf"http://(?:127\.0\.0\.1|\[::1\]|localhost):{_PORT}", re.ASCII)
"""Simulated terminals are controlled from their own machine only."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One attached reader.

    Attributes:
        address: Its URL, e.g. `zvt+serial:///dev/posd/reader-1?baud=9600`. Never a secret.
        declared: Whether the config file says so; then the API cannot change it.
        currency: The one currency it takes, lower-case ISO 4217 (M10).
        control: The control port of its simulated terminal, e.g. `http://127.0.0.1:4711`, or None.
        terminal_id: What its terminal calls itself, or None before the first contact.
        attempt: Id of the latest attempt at it, or None.
    """

    id: str
    address: str
    label: str
    location: str | None
    currency: str
    declared: bool
    livemode: bool
    registered_ms: int
    simulated: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    control: str | None = None
    terminal_id: str | None = None
    outcome_proof: OutcomeProof = OutcomeProof.NONE
    attempt: str | None = None
    deleted: bool = False
