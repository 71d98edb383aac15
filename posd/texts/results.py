"""What a ZVT result code means at the till, where it tells the cashier more than "declined".

Codes of A, table of error codes, in its order (docs/zvt.md, section 12). The network's own results
(01 to 63) are not here: what they say about a customer's account is the terminal's to show.
"""

from collections.abc import Mapping
from typing import Final

from posd.texts.sayings import Saying

RESULTS: Final[Mapping[int, Saying]] = {
    0x64: Saying.RESULT_UNREADABLE,
    0x65: Saying.RESULT_UNREADABLE,
    0x67: Saying.RESULT_CARD_TYPE,
    0x68: Saying.RESULT_CARD_TYPE,
    0x6A: Saying.RESULT_END_OF_DAY,
    0x6B: Saying.RESULT_SERVICE,
    0x6C: Saying.RESULT_STOPPED,
    0x6E: Saying.RESULT_BLOCKED,
    0x6F: Saying.RESULT_CURRENCY,
    0x71: Saying.RESULT_AMOUNT_TOO_LARGE,
    0x72: Saying.RESULT_UNREADABLE,
    0x73: Saying.RESULT_UNREADABLE,
    0x76: Saying.RESULT_CARD_TYPE,
    0x78: Saying.RESULT_EXPIRED,
    0x79: Saying.RESULT_NOT_YET_VALID,
    0x7A: Saying.RESULT_CARD_TYPE,
    0x7D: Saying.RESULT_NO_LINE,
    0x85: Saying.RESULT_SERVICE,
    0x89: Saying.RESULT_SERVICE,
    0x9B: Saying.RESULT_NO_LINE,
    0x9C: Saying.RESULT_READER_BUSY,
    0xA0: Saying.RESULT_READER_BUSY,
    0xA1: Saying.RESULT_NO_LINE,
    0xA3: Saying.RESULT_NO_LINE,
    0xB1: Saying.RESULT_END_OF_DAY,
    0xB2: Saying.RESULT_END_OF_DAY,
    0xBF: Saying.RESULT_SERVICE,
    0xC0: Saying.RESULT_SERVICE,
    0xC1: Saying.RESULT_SERVICE,
    0xC2: Saying.RESULT_SERVICE,
    0xC3: Saying.RESULT_AMOUNT_TOO_LARGE,
    0xC5: Saying.RESULT_CARD_TYPE,
    0xC6: Saying.RESULT_CURRENCY,
    0xC8: Saying.RESULT_AMOUNT_TOO_SMALL,
    0xCB: Saying.RESULT_CURRENCY,
    0xCC: Saying.RESULT_PRINTER,
    0xD2: Saying.RESULT_CARD_TYPE,
    0xDC: Saying.RESULT_CARD_INSIDE,
    0xDD: Saying.RESULT_SERVICE,
    0xDE: Saying.RESULT_SERVICE,
    0xE0: Saying.RESULT_SERVICE,
    0xE2: Saying.RESULT_SERVICE,
    0xE3: Saying.RESULT_SERVICE,
    0xE4: Saying.RESULT_SERVICE,
    0xEA: Saying.RESULT_CARD_TYPE,
    0xED: Saying.RESULT_SERVICE,
    0xF0: Saying.RESULT_END_OF_DAY,
    0xFC: Saying.RESULT_SERVICE,
}
