"""`/posd/v1/audit/{period}` and `/posd/v1/refund_drafts`: the books compared, and what follows."""

from posd.api.audit_params import (
    AcceptAudit,
    ApproveRefundDraft,
    Audit,
    DismissRefundDraft,
    PostTillList,
)
from posd.api.calls import Call, Document, Reply
from posd.api.params import NoParams

CSV_TYPE = "text/csv; charset=utf-8; header=present"


async def audit(call: Call[Audit]) -> Document | Reply:
    """Audit business days: journal, terminals, Stripe and tills beside one another."""
    from posd.render import audit as rendered

    export = await call.services.audits().books.audited(call.ids["period"])
    if call.params.format == "csv":
        return Document(export.csv, CSV_TYPE, {"Posd-Export-Sha256": export.sha256})
    return Reply(rendered.audit(export.period, export.days, export.sha256))


async def accept(call: Call[AcceptAudit]) -> Reply:
    """Accept what was exported, with a reason where not everything is equal."""
    from posd.render.audit import day_audit

    asked = call.params
    accepted = await call.services.audits().books.accept(
        call.ids["period"],
        asked.export_sha256,
        asked.reason,
        actor=call.caller.id,
        claim=call.claim,
    )
    return Reply({"object": "list", "data": [day_audit(one) for one in accepted]})


async def till_list(call: Call[PostTillList]) -> Reply:
    """Keep what the calling till has of a business day, for its audit."""
    from posd.render import audit as rendered

    posted = await call.services.audits().books.post_till_list(
        call.ids["period"],
        call.params.entries(),
        call.params.part,
        actor=call.caller.id,
        claim=call.claim,
    )
    return Reply(rendered.till_list(posted))


async def refund_drafts(call: Call[NoParams]) -> Reply:
    """Charges that seem to be one too many, and nobody has decided about yet; oldest first."""
    from posd.render.refund_draft import refund_draft

    found = call.services.audits().drafts.open()
    return Reply({"object": "list", "data": [refund_draft(one) for one in found]})


async def approve_refund_draft(call: Call[ApproveRefundDraft]) -> Reply:
    """Have the money go back; answers once the terminal took the command."""
    from posd.render.refund_draft import refund_draft

    draft = await call.services.audits().drafts.approve(
        call.ids["draft"], call.params.reason, call.params.reader, actor=call.caller.id
    )
    return Reply(refund_draft(draft))


async def dismiss_refund_draft(call: Call[DismissRefundDraft]) -> Reply:
    """Say that the money need not go back, and why."""
    from posd.render.refund_draft import refund_draft

    draft = await call.services.audits().drafts.dismiss(
        call.ids["draft"], call.params.reason, actor=call.caller.id, claim=call.claim
    )
    return Reply(refund_draft(draft))
