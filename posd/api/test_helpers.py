"""`/v1/test_helpers/terminal/readers`: what a test does in place of a customer."""

from posd.api.calls import Call, Reply
from posd.api.params import PresentPaymentMethod
from posd.api.readers import shown


async def present_payment_method(call: Call[PresentPaymentMethod]) -> Reply:
    """Hold a card to a simulated reader; answers once its terminal has said its last word."""
    reader = await call.services.presenting.present(call.ids["reader"], call.params.card_present)
    return Reply(call.objects.reader(reader), tells=shown(call, reader))
