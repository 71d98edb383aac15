"""Every answer on a stage held to Stripe's own description, where the machine has one."""

import json
import re

import httpx2

from tests.stripe_shapes import shapes

UNDESCRIBED = "/v1/terminal/connection_tokens/activate"
"""Only the Terminal SDKs know it."""
PREVIEW_EVENT = re.compile(r"event\.type is 'terminal_hardware_order\.\w+'")
"""Types of events that the description leaves out, as its orders are a preview."""


def faults(method: str, path: str, status: int, body: object) -> list[str]:
    """What is wrong with an answer but for what is left out; nothing if nothing is described."""
    described = shapes()
    if described is None or path == UNDESCRIBED:
        return []
    found = described.answer_faults(method, path, status, body)
    return [fault for fault in found if not PREVIEW_EVENT.fullmatch(fault)]


async def hold_to_it(answer: httpx2.Response) -> None:
    """A hook for a client: every answer of Stripe's that is whole is as described."""
    path = answer.request.url.path
    is_json = answer.headers.get("content-type") == "application/json"
    if shapes() is None or not is_json or not path.startswith("/v1/"):
        return
    body = json.loads(await answer.aread())
    assert faults(answer.request.method, path, answer.status_code, body) == []
