"""`/posd/v1/readers/{reader}/capabilities`, `test`, `diagnose` and `restart`: how a terminal is."""

from posd.api.calls import Call, Reply
from posd.api.decision_params import RestartReader
from posd.api.params import NoParams
from posd.render.capabilities import capabilities, reader_test
from posd.stripe_wire.errors import resource_missing
from posd.texts.language import cashier_text, of_locale
from posd.texts.results import TERMINAL_STATUS
from posd.texts.sayings import Saying
from posd_drivers.ability import Readiness


async def show(call: Call[NoParams]) -> Reply:
    """What the reader can do, as far as posd knows, and how it proves an unknown outcome."""
    reader = call.services.queries.reader(call.ids["reader"])
    if reader is None or reader.deleted:
        raise resource_missing("terminal.reader", call.ids["reader"], "reader")
    return Reply(capabilities(reader))


async def test(call: Call[NoParams]) -> Reply:
    """Ask the terminal whether it would take a payment now, without taking one."""
    return _told(call, await call.services.checkups.test(call.ids["reader"]))


async def diagnose(call: Call[NoParams]) -> Reply:
    """Have the terminal check its line to its host, and try anew what it once refused to do."""
    told = await call.services.checkups.diagnose(call.ids["reader"], actor=call.caller.id)
    return _told(call, told)


async def restart(call: Call[RestartReader]) -> Reply:
    """Have the terminal restart as soon as it stands idle, within a minute."""
    id_ = call.ids["reader"]
    await call.services.restarts.ask_for(id_, call.params.reason, actor=call.caller.id)
    known = call.services.queries.reader(id_)
    assert known is not None, id_
    return Reply(call.objects.reader(known))


def _told(call: Call[NoParams], told: Readiness) -> Reply:
    otherwise = Saying.READER_READY if told.ready else Saying.READER_SERVICE
    saying = otherwise if told.status is None else TERMINAL_STATUS.get(told.status, otherwise)
    text = cashier_text((saying,), of_locale(call.services.place.locale))
    livemode = call.services.livemode
    return Reply(reader_test(call.ids["reader"], told, text, livemode=livemode))
