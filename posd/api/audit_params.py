"""What may be asked of audits and drafted refunds."""

import re
from functools import partial
from typing import Annotated, Final

from posd.api.decision_params import OptionalReason, Reason
from posd.api.params import OptionalText, Params, read_by
from posd.model.audit_facts import TillEntry
from posd.stripe_wire import fields
from posd.stripe_wire.errors import invalid_request
from posd.stripe_wire.form import Node

FORMATS: Final = ("json", "csv")
ENTRIES_MAX: Final = 1_000
"""Of one part of a till's list."""
PARTS_MAX: Final = 20
LIST_CHARACTERS_MAX: Final = 60_000
LINE_SHOWN_CHARACTERS: Final = 80
PAYMENT_INTENT_PREFIX: Final = "pi_"
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def _sha256(node: Node, param: str) -> str:
    digest = fields.text(node, param)
    if not _SHA256.fullmatch(digest):
        raise invalid_request("Invalid hash: SHA-256 in 64 hex digits.", param=param)
    return digest


def _list(node: Node, param: str) -> str | None:
    """Lines that can all be read; '' if nothing was sold."""
    if node == "":
        return None
    written = fields.text(node, param, LIST_CHARACTERS_MAX)
    _entries(written, param)
    return written


def _entries(written: str, param: str) -> tuple[TillEntry, ...]:
    """Lines of `id or order,amount,currency`."""
    lines = [line for line in written.splitlines() if line.strip()]
    if len(lines) > ENTRIES_MAX:
        raise invalid_request(f"A part of a list has at most {ENTRIES_MAX} lines.", param=param)
    return tuple(_entry(line, param) for line in lines)


def _entry(line: str, param: str) -> TillEntry:
    name, *rest = line.rsplit(",", 2)
    if len(rest) != 2 or not name.strip():
        raise invalid_request(
            f"Not 'payment_intent or order,amount,currency': {line[:LINE_SHOWN_CHARACTERS]}",
            param=param,
        )
    most = fields.AMOUNT_MAX
    amount = fields.integer(rest[0].strip(), param, minimum=-most, maximum=most)
    currency = fields.currency(rest[1].strip(), param)
    if name.startswith(PAYMENT_INTENT_PREFIX):
        return TillEntry(amount, currency, payment_intent=name.strip())
    return TillEntry(amount, currency, order=name.strip())


class Audit(Params):
    """`GET /posd/v1/audit/{period}`."""

    format: Annotated[str, read_by(partial(fields.choice, allowed=FORMATS))] = "json"


class AcceptAudit(Params):
    """`POST /posd/v1/audit/{period}/accept`."""

    export_sha256: Annotated[str, read_by(_sha256)]
    reason: OptionalReason = None


class PostTillList(Params):
    """`POST /posd/v1/audit/{period}/till_list`."""

    payments: Annotated[str | None, read_by(_list)] = None
    part: Annotated[int, read_by(partial(fields.integer, minimum=1, maximum=PARTS_MAX))] = 1

    def entries(self) -> tuple[TillEntry, ...]:
        """What the till has, line by line; nothing if it sold nothing."""
        return _entries(self.payments or "", "payments")


class ApproveRefundDraft(Params):
    """`POST /posd/v1/refund_drafts/{draft}/approve`."""

    reason: Reason
    reader: OptionalText = None


class DismissRefundDraft(Params):
    """`POST /posd/v1/refund_drafts/{draft}/dismiss`."""

    reason: Reason
