"""`/v1/terminal/connection_tokens`: what opens the readers to a Terminal SDK."""

from dataclasses import replace

from posd_simulator.cloud.call import Call, Done, Execute
from posd_simulator.cloud.objects.terminal import connection_token_object
from posd_simulator.cloud.resources.locations import located
from posd_simulator.cloud.rules.connection_tokens import ConnectionToken, redeemed


def create(call: Call) -> Execute:
    """POST /v1/terminal/connection_tokens."""
    call.reads("terminal.connection_token", "location")
    location = call.params.optional_text("location")

    def execute() -> Done:
        if location is not None:
            located(call, location)
        mode = "pst" if call.account.livemode else "pst_test"
        token = ConnectionToken(call.new_id(mode), location, call.now)
        return connection_token_object(token), replace(call.changed(), connection_token=token)

    return execute


def activate(call: Call) -> Execute:
    """POST /v1/terminal/connection_tokens/activate, as the Terminal SDKs call it.

    The token itself is the credential. Undocumented: what the SDKs tell of themselves is taken and
    not looked at, and the answer is as much of it as is known, the session.
    """

    def execute() -> Done:
        token = call.account.connection_tokens[call.asked.credential]
        mode = "pss" if call.account.livemode else "pss_test"
        used = redeemed(token, call.new_id(mode), call.now)
        return {"session": used.session}, replace(call.changed(), connection_token=used)

    return execute
