"""The one search that posd answers: the payments of an order, in Stripe's query language."""

import re
from typing import Final

from posd.stripe_wire.errors import invalid_request

CLAUSE: Final = re.compile(
    r"""\s* metadata \[ (?P<q>['"]) (?P<key>[^'"]+) (?P=q) \] \s* : \s*
        (?P<p>['"]) (?P<value> (?: \\. | (?!(?P=p)) [^\\] )+ ) (?P=p) \s*""",
    re.VERBOSE,
)
"""`metadata['KEY']:'VALUE'`, either kind of quotes; a backslash takes the next one literally."""
ESCAPED: Final = re.compile(r"\\(.)")


def searched_order(query: str, order_key: str) -> str:
    """The order that the query asks for. Raises Rejected for any other question."""
    clause = CLAUSE.fullmatch(query)
    if clause is None or clause["key"] != order_key:
        raise invalid_request(
            f"posd searches for one order only: metadata['{order_key}']:'ORDER'.", param="query"
        )
    return ESCAPED.sub(r"\1", clause["value"])
