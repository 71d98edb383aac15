"""Receipts as JSON, for tills that print them their own way. The shape is posd's own."""

from collections.abc import Sequence

from posd.model.printed import masked_receipt
from posd.render import Json
from posd.render.slip import Slip, text_lines
from posd_drivers.card_reader import Receipt


def receipts_of(found: Sequence[Slip], *, livemode: bool) -> Json:
    """`format=json` of both routes that show receipts."""
    return {
        "object": "posd.receipts",
        "livemode": livemode,
        "receipts": [_receipt(slip) for slip in found],
    }


def reprinted(reader: str, receipts: Sequence[Receipt], *, livemode: bool) -> Json:
    """`POST /posd/v1/readers/{reader}/reprint`: the terminal's own words, as it has them now."""
    return {
        "object": "posd.reprint",
        "reader": reader,
        "livemode": livemode,
        "receipts": [
            {
                "audience": receipt.audience,
                "lines": list(receipt.lines),
                "signature_required": receipt.signature_required,
            }
            for receipt in map(masked_receipt, receipts)
        ],
    }


def _receipt(slip: Slip) -> Json:
    attempt = slip.attempt
    return {
        "attempt": attempt.id,
        "kind": attempt.kind.value,
        "outcome": attempt.state.value,
        "at": attempt.changed_ms // 1000,
        "audience": slip.audience,
        "lines": text_lines(slip),
        "from_terminal": slip.printed,
        "signature_required": slip.signature_required,
    }
