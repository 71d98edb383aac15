"""What can happen to an attached reader, beside its attempts."""

from collections.abc import Mapping

from msgspec import Struct, field

from posd_drivers.card_reader import OutcomeProof


class ReaderRegistered(Struct, frozen=True):
    """A reader is known under this id. `declared` readers come from the config file.

    `control` is where a simulated reader's terminal takes its cards from tests, or None.
    """

    reader: str
    address: str
    label: str
    location: str | None
    currency: str
    declared: bool
    simulated: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    control: str | None = None


class ReaderDeleted(Struct, frozen=True):
    """The reader takes no payment from here on; its address is free, its id never used again."""

    reader: str


class ReaderIdentified(Struct, frozen=True):
    """The terminal at the reader's address said who it is and what it can prove."""

    reader: str
    terminal_id: str | None
    outcome_proof: OutcomeProof
