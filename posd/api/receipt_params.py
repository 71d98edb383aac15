"""What may be asked of receipts."""

from functools import partial
from typing import Annotated, Final

from posd.api.params import OptionalText, Params, sent_on
from posd.stripe_wire import fields, lists
from posd.texts.language import Language

FORMATS: Final = ("text", "html", "json")
AUDIENCES: Final = ("merchant", "customer")

Format = Annotated[str, sent_on(partial(fields.choice, allowed=FORMATS))]
LanguageCode = Annotated[
    str | None, sent_on(partial(fields.choice, allowed=[language.value for language in Language]))
]


class ShowReceipts(Params):
    """`GET /posd/v1/payment_intents/{intent}/receipts`."""

    format: Format = "text"
    audience: Annotated[str | None, sent_on(partial(fields.choice, allowed=AUDIENCES))] = None
    attempt: OptionalText = None
    language: LanguageCode = None


class ShowClosings(Params):
    """`GET /posd/v1/readers/{reader}/receipts`."""

    format: Format = "text"
    limit: Annotated[
        str, sent_on(partial(fields.integer, minimum=1, maximum=lists.PAGE_OBJECTS_MAX))
    ] = str(lists.PAGE_OBJECTS_DEFAULT)
    language: LanguageCode = None
