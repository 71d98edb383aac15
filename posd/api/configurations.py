"""`/v1/terminal/configurations`, read from the mirror and written at Stripe; and what they come to.

No answer has a secret in it: posd keeps none.
"""

from typing import Final

from posd.api import written_through
from posd.api.calls import Call, Reply
from posd.api.configuration_params import ListConfigurations, WriteConfiguration
from posd.api.paging import cut_whole
from posd.api.params import NoParams
from posd.model.upstream_facts import MirrorKind
from posd.render.configuration import reader_configuration
from posd.stripe_wire import lists
from posd.stripe_wire.errors import resource_missing

KIND: Final = MirrorKind.CONFIGURATION


async def create(call: Call[WriteConfiguration]) -> Reply:
    """Make a configuration at Stripe."""
    return await written_through.write(call, KIND, None, call.params.sent())


async def retrieve(call: Call[NoParams]) -> Reply:
    """One configuration, as posd last heard of it."""
    return Reply(call.objects.configuration_named(call.ids["configuration"], "configuration"))


async def update(call: Call[WriteConfiguration]) -> Reply:
    """Change a configuration at Stripe, which passes it on to its readers."""
    call.objects.configuration_named(call.ids["configuration"], "configuration")
    return await written_through.write(call, KIND, call.ids["configuration"], call.params.sent())


async def delete(call: Call[NoParams]) -> Reply:
    """Delete a configuration at Stripe; its readers fall back to the account's default."""
    call.objects.configuration_named(call.ids["configuration"], "configuration")
    return await written_through.delete(call, KIND, call.ids["configuration"])


async def listing(call: Call[ListConfigurations]) -> Reply:
    """Configurations, newest first."""
    wanted = call.params.is_account_default
    known = [
        call.objects.mirrored(one)
        for one in call.services.mirror.objects(KIND)
        if wanted is None or bool(one.body.get("is_account_default")) is wanted
    ]
    shown, has_more = cut_whole(known, call.params.page(), KIND.value)
    return Reply(lists.envelope(call.path, shown, has_more=has_more))


async def of_reader(call: Call[NoParams]) -> Reply:
    """What is in force at a reader: every value, where it comes from, and how it stands there."""
    known = call.services.configurations.of(call.ids["reader"])
    if known is None:
        raise resource_missing("terminal.reader", call.ids["reader"], "reader")
    return Reply(reader_configuration(known))
