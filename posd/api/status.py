"""`/posd/v1/live`, `ready`, `status`, and `/metrics`: how posd itself is."""

from typing import Final

from posd.api.calls import Call, Document, Reply
from posd.api.params import NoParams

EXPOSITION: Final = "text/plain; version=0.0.4; charset=utf-8"
"""prometheus.io/docs/instrumenting/exposition_formats, "text format details"."""


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


async def metrics(call: Call[NoParams]) -> Document:
    """The same in numbers, and what was counted since posd started, for Prometheus."""
    return Document(await call.services.metrics(), EXPOSITION)
