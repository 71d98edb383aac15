"""Records as Stripe objects. Pure: everything an answer says comes in as an argument.

Read `outcome` (what an attempt came to, in Stripe's words), then one module per object:
`payment_intent`, `charge`, `reader`, `event`; `slip` is a receipt on paper, `locale` writes its
money. What a till sees of a payment follows from its latest
attempt alone, by two tables: `payment_intent.status` and `reader.action`; nothing in them says
"failed" without proof (M4). Shapes: Stripe's OpenAPI description of `API_VERSION`. Imported by the
API, the page's snapshot and, as an argument, by the journal.
"""

from typing import Final, TypeAlias

API_VERSION: Final = "2026-10-28.endive"
"""The version whose shapes these are; what an SDK asks for is echoed, never obeyed."""

Json: TypeAlias = dict[str, object]
