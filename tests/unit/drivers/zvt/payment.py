"""A payment on the bench, or another command that moves money: what is said in it."""

from posd_drivers.zvt.charset import Charset
from posd_drivers.zvt.messages import Authorisation
from posd_drivers.zvt.money import MoneyDialogue
from posd_drivers.zvt.moves import MoneyCommand
from posd_drivers.zvt.outcome import Doubt, Unknown
from posd_drivers.zvt.receipts import Receipts
from posd_drivers.zvt.turn import Timing
from tests.unit.drivers.zvt.bench import Bench

# Typed from zvt.md 14.2 to 14.5.
SALE = "06 01 0a 04 00 00 00 00 12 50 49 09 78"
GOOD = "80 00 00"
INSERT_CARD = "04 ff 01 0a"
INSERT_CARD_ONE_MINUTE = "04 ff 02 0a 01"
POSITIVE = "04 0f 0c 27 00 04 00 00 00 00 12 50 87 00 12"
WRONG_PIN = "04 0f 02 27 37"
STOPPED = "04 0f 02 27 6c"
WITHOUT_RESULT = "04 0f 03 87 00 12"
COMPLETION = "06 0f 00"
LINE = "06 d1 02 00 41"
LAST_LINE = "06 d1 02 81 42"
ABORT = "06 b0 00"
TOO_LATE = "84 83 00"
NEGATIVE = "84 66 00"
NOT_PRINTED = "84 cc 00"
NOT_UNDERSTOOD = "84 9a 00"


def aborted(code: int) -> str:
    return f"06 1e 01 {code:02x}"


def begun(command: MoneyCommand | None = None, octets: str = SALE) -> Bench:
    """A command that was sent; a payment of 12.50 where none is named."""
    command = command or Authorisation(1250, "eur")
    bench = Bench(MoneyDialogue(command, Timing(), Receipts(Charset.CP437)))
    bench.begin()
    assert bench.take() == octets
    return bench


def doubt(bench: Bench) -> Doubt:
    assert isinstance(bench.outcome, Unknown), bench.outcome
    return bench.outcome.doubt
