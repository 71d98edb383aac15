"""What a terminal printed, as the journal keeps it."""

from msgspec.structs import replace

from posd_drivers.card_numbers import masked
from posd_drivers.card_reader import Receipt


def masked_receipt(receipt: Receipt) -> Receipt:
    """The same receipt, with every card number in its lines masked.

    The net under the drivers' own masking: a driver masks what it knows as card data before it
    hands anything on, but a terminal can print a number in a shape that its driver did not expect,
    and the journal must not keep it for ever.
    """
    return replace(receipt, lines=tuple(map(masked, receipt.lines)))
