"""`/posd/v1/support-bundle`: what support asks for, as one file."""

from collections.abc import Sequence
from typing import Final

from posd.api.calls import Call, Download, Reply
from posd.api.params import Flag, Params
from posd.api.support_port import SupportFile
from posd.model.store_facts import ManagerActed
from posd.render import Json
from posd.stripe_wire import lists

ZIP: Final = "application/zip"
TAKEN: Final = "support_bundle"
"""What is journaled of whoever takes it."""


class GetSupportBundle(Params):
    """`GET /posd/v1/support-bundle`."""

    list: Flag = None


async def bundle(call: Call[GetSupportBundle]) -> Reply | Download:
    """The support file, a zip; with `list` what would be in it, and how large that is.

    Who takes it is journaled before it is made.
    """
    support = call.services.support
    if call.params.list:
        return Reply(lists.envelope(call.path, _listed(await support.files()), has_more=False))
    await call.services.entrance.note(ManagerActed(TAKEN), actor=call.caller.id)
    made = await support.zipped()
    return Download(made.octets, ZIP, made.name)


def _listed(files: Sequence[SupportFile]) -> list[Json]:
    return [
        {
            "object": "posd.support_file",
            "name": file.name,
            "means": file.means,
            "bytes": len(file.octets),
        }
        for file in files
    ]
