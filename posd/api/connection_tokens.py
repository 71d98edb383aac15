"""`/v1/terminal/connection_tokens`: the endpoint for any Terminal SDK's token provider."""

from posd.api.calls import Call, Reply
from posd.api.params import CreateConnectionToken


async def create(call: Call[CreateConnectionToken]) -> Reply:
    """A fresh token for this caller alone: never kept, never given again."""
    token = await call.services.tokens.issue(call.params.location, actor=call.caller.id)
    scope = {} if token.location is None else {"location": token.location}
    return Reply({"object": "terminal.connection_token", **scope, "secret": token.secret})
