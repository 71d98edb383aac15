"""What the terminal adds up since the last end of day (BMP 60, zvt.md 8.1)."""

from dataclasses import dataclass

from posd_drivers.zvt.bmp import encode_bcd
from posd_simulator.terminal.cards import CARDS
from posd_simulator.terminal.ledger import REFUND, Transaction

GROUPS = ({5}, {14}, {6, 46}, {8}, {10, 11}, {12})
"""Card types (8A): girocard, JCB, Mastercard, American Express, Visa, Diners; then all others."""
COUNT_MODULUS = 256
"""A count is one octet and overflows."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of one period.

    Attributes:
        first: Its first receipt number, 0 if it is empty.
        last: Its last one.
        groups: Count and sum in minor units, in the order of BMP 60: girocard, JCB, Mastercard,
            American Express, Visa, Diners, the rest. What was taken back does not count; refunds
            are taken off.
    """

    first: int
    last: int
    groups: tuple[tuple[int, int], ...]

    @property
    def sum(self) -> int:
        """All of them, in minor units; BCD has no sign, so a loss is 0."""
        return max(0, sum(amount for _, amount in self.groups))

    def encode(self) -> bytes:
        """The value of BMP 60: 53 octets."""
        octets = encode_bcd(self.first, 2) + encode_bcd(self.last, 2)
        for count, amount in self.groups:
            octets += bytes([count % COUNT_MODULUS]) + encode_bcd(max(0, amount), 6)
        return octets


def add_up(period: tuple[Transaction, ...], standing: tuple[Transaction, ...]) -> Totals:
    """The sums of a period; `standing` is what of it moves money and was not taken back."""
    numbers = [it.receipt for it in period]
    return Totals(
        first=numbers[0] if numbers else 0,
        last=numbers[-1] if numbers else 0,
        groups=tuple(_group(standing, number) for number in range(len(GROUPS) + 1)),
    )


def _group(standing: tuple[Transaction, ...], number: int) -> tuple[int, int]:
    amounts = [_signed(it) for it in standing if _group_of(it) == number]
    return len(amounts), sum(amounts)


def _signed(transaction: Transaction) -> int:
    return -transaction.amount if transaction.kind == REFUND else transaction.amount


def _group_of(transaction: Transaction) -> int:
    card_type = CARDS[transaction.card].card_type
    return next((at for at, types in enumerate(GROUPS) if card_type in types), len(GROUPS))
