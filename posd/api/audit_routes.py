"""The books compared, and charges that are one too many: no route of Stripe's."""

from typing import Final

from posd.api import audit_params, audits, params
from posd.api.auth import Access
from posd.api.calls import AnyRoute, Route

AUDIT_ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        "GET",
        "/posd/v1/audit/{period}",
        Access.MANAGER,
        audit_params.Audit,
        audits.audit,
    ),
    Route(
        "POST",
        "/posd/v1/audit/{period}/accept",
        Access.MANAGER,
        audit_params.AcceptAudit,
        audits.accept,
    ),
    Route(
        "POST",
        "/posd/v1/audit/{period}/till_list",
        Access.TILL,
        audit_params.PostTillList,
        audits.till_list,
    ),
    Route(
        "GET",
        "/posd/v1/refund_drafts",
        Access.MANAGER,
        params.NoParams,
        audits.refund_drafts,
    ),
    Route(
        "POST",
        "/posd/v1/refund_drafts/{draft}/approve",
        Access.MANAGER,
        audit_params.ApproveRefundDraft,
        audits.approve_refund_draft,
        repeatable=False,
    ),
    Route(
        "POST",
        "/posd/v1/refund_drafts/{draft}/dismiss",
        Access.MANAGER,
        audit_params.DismissRefundDraft,
        audits.dismiss_refund_draft,
    ),
)
