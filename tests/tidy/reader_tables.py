"""The tables of `docs/readers.md` that are made: what a cashier reads, and what to do about it.

    python -m tests.tidy.reader_tables

writes them anew. What is said, and which codes say it, is posd's; what to do stands here.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from posd.api.standing import TROUBLES
from posd.texts.en import SAYINGS
from posd.texts.results import RESULTS, TERMINAL_STATUS
from posd.texts.sayings import Saying
from tests.tidy.tree import ROOT

PAGE: Final = ROOT / "docs" / "readers.md"
NOTHING: Final = "Nothing: the cashier does."
TRIED: Final = "posd has tried it once. If it stays: "
HOTLINE: Final = "Call the terminal's network operator, with the code."
TO_DO: Final[Mapping[Saying, str]] = {
    Saying.READER_ABSENT: "Power, cable, address; the URL in the configuration.",
    Saying.READER_CABLE: "Plug the cable in again. posd opens the reader by itself.",
    Saying.READER_POWER: "Switch it on; look at the network cable or the Wi-Fi of the terminal.",
    Saying.READER_RESTARTING: "Wait: up to some minutes.",
    Saying.READER_UPDATING: "Wait, do not switch it off: up to half an hour.",
    Saying.READER_HELD_ELSEWHERE: (
        "End the other program, or an older till that still speaks to the terminal."
    ),
    Saying.READER_NO_PERMISSION: (
        "Install posd's udev rule, `70-posd.rules`, and plug the terminal in again."
    ),
    Saying.READER_AMBIGUOUS: (
        "Take the URL of the right one from posd's log: it names each by its socket."
    ),
    Saying.READER_OTHER_CURRENCY: (
        "Set `currency` of the reader to what the terminal takes, or have the terminal set up anew."
    ),
    Saying.READER_OTHER_TERMINAL: (
        "Connect the old one again; or `posd readers accept READER --as replacement`, or `--as new`"
        " for a reader of its own."
    ),
    Saying.READER_OTHER_DEVICE: (
        "Plug the terminal in again, or `posd readers accept READER --as replacement`."
    ),
    Saying.READER_SAME_TERMINAL: (
        "One terminal is registered twice: delete one reader. If there are two terminals, have one"
        " of them set up anew: a terminal id is given once."
    ),
    Saying.READER_NO_ANSWER: (
        "Switch the terminal off and on. If it stays: baud rate, stop bits, ZVT switched off in its"
        " menu or by an update."
    ),
    Saying.READER_REFUSES: "The password, or the till's access in the terminal's menu.",
    Saying.READER_RESOLVING: "Wait: it becomes free, or a payment needs a person.",
    Saying.READER_QUARANTINED: "`posd readers accept`, once somebody has looked at the terminal.",
    Saying.READER_READY: "Nothing.",
    Saying.READER_BUSY: "Wait, or look at its display.",
    Saying.READER_END_OF_DAY: "`posd readers end-of-day READER`.",
    Saying.READER_INITIALISATION: TRIED + "start the initialisation in the terminal's menu.",
    Saying.READER_DIAGNOSIS: TRIED + "start a diagnosis in the terminal's menu.",
    Saying.READER_CLOCK: TRIED + "start a diagnosis in its menu: the host sets the clock.",
    Saying.READER_UPDATE: "Start the update in the terminal's menu, after the shop has closed.",
    Saying.READER_CARD_INSIDE: NOTHING,
    Saying.READER_PRINTER: "New paper; close the lid.",
    Saying.READER_SERVICE: HOTLINE,
    Saying.RESULT_UNREADABLE: NOTHING,
    Saying.RESULT_OTHER: "Once: nothing. Again and again: " + HOTLINE[0].lower() + HOTLINE[1:],
    Saying.RESULT_CARD_TYPE: "The kinds of cards are in the contract with the acquirer.",
    Saying.RESULT_END_OF_DAY: "`posd readers end-of-day READER`; and set `end_of_day`.",
    Saying.RESULT_SERVICE: HOTLINE,
    Saying.RESULT_STOPPED: NOTHING,
    Saying.RESULT_BLOCKED: NOTHING,
    Saying.RESULT_CURRENCY: "Set `currency` of the reader to what the terminal takes.",
    Saying.RESULT_AMOUNT_TOO_LARGE: NOTHING,
    Saying.RESULT_NOT_CLOSED: "Look at the terminal's display; try again when its line is back.",
    Saying.RESULT_EXPIRED: NOTHING,
    Saying.RESULT_NOT_YET_VALID: NOTHING,
    Saying.RESULT_CHIP_REQUIRED: NOTHING,
    Saying.RESULT_NO_LINE: "The terminal's own line to its acquirer: it is not posd's.",
    Saying.RESULT_UNSUPPORTED: (
        "`GET /posd/v1/readers/{reader}/capabilities` lists what the terminal cannot do."
    ),
    Saying.RESULT_READER_BUSY: "Look at its display, if it stays.",
    Saying.RESULT_ALREADY_REVERSED: "Look at the terminal's journal: somebody did it by hand.",
    Saying.RESULT_NOT_REVERSIBLE: "Refund it with the card (`refund_payment`).",
    Saying.RESULT_RESERVATION_AMOUNT: "Capture no more than was reserved.",
    Saying.RESULT_RESERVATION: "Look at the terminal's list of open reservations.",
    Saying.RESULT_AMOUNT_TOO_SMALL: "The smallest amount is in the contract with the acquirer.",
    Saying.RESULT_PRINTER: "New paper; close the lid.",
    Saying.RESULT_CARD_INSIDE: NOTHING,
}
"""What whoever looks after the store does about it."""


def troubles() -> str:
    """Why posd cannot reach a terminal, or may not use it."""
    rows = [(SAYINGS[saying], trouble.value, saying) for trouble, saying in TROUBLES.items()]
    return _table("reason", rows)


def statuses() -> str:
    """What an idle terminal says of itself."""
    return _table("status", _by_saying(TERMINAL_STATUS))


def results() -> str:
    """Why a payment came to nothing."""
    return _table("result", _by_saying(RESULTS))


def fresh(page: str) -> str:
    """The page with its tables as they should be."""
    for name, table in (
        ("troubles", troubles()),
        ("statuses", statuses()),
        ("results", results()),
    ):
        begins, ends = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, found, rest = page.partition(begins)
        _, closed, after = rest.partition(ends)
        assert found, f"the page has no {begins}"
        assert closed, f"the page has no {ends}"
        page = f"{before}{begins}{table}{ends}{after}"
    return page


def _by_saying(codes: Mapping[int, Saying]) -> list[tuple[str, str, Saying]]:
    return [
        (
            SAYINGS[saying],
            " ".join(f"{code:02X}" for code in codes if codes[code] is saying),
            saying,
        )
        for saying in dict.fromkeys(codes.values())
    ]


def _table(what: str, rows: Iterable[tuple[str, str, Saying]]) -> str:
    lines = [f"| the cashier reads | {what} | what to do |", "|---|---|---|"]
    lines += [f"| {text} | {codes} | {TO_DO[saying]} |" for text, codes, saying in rows]
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(fresh(PAGE.read_text()))
