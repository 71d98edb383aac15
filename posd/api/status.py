"""`/posd/v1/live`, `ready` and `status`: how posd itself is."""

from posd.api.calls import Call, Reply
from posd.api.params import NoParams


async def live(_call: Call[NoParams]) -> Reply:
    """The process answers. Says nothing of readers or Stripe."""
    return Reply({"object": "posd.live", "live": True})


async def ready(call: Call[NoParams]) -> Reply:
    """Whether payments are taken; 503 while not, for supervisors that read only the status."""
    is_ready = call.services.ready()
    return Reply({"object": "posd.ready", "ready": is_ready}, status=200 if is_ready else 503)


async def status(call: Call[NoParams]) -> Reply:
    """The snapshot that the status page is made of."""
    return Reply(await call.services.snapshot())
