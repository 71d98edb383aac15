"""A reader as posd knows it: where it is, what it takes, what its terminal said it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from posd_drivers.card_reader import OutcomeProof


@dataclass(frozen=True, slots=True)
class Reader:
    """One attached reader.

    Attributes:
        address: Its URL, e.g. `zvt+serial:///dev/posd/reader-1?baud=9600`. Never a secret.
        declared: Whether the config file says so; then the API cannot change it.
        currency: The one currency it takes, lower-case ISO 4217 (M10).
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
    terminal_id: str | None = None
    outcome_proof: OutcomeProof = OutcomeProof.NONE
    attempt: str | None = None
    deleted: bool = False
