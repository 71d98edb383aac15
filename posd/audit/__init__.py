"""The books beside one another, and charges that are one too many. Imported late: no sale needs it.

Read periods, at_stripe, at_tills, audits; then drafts and sentinel. Only composition and the API
import it.
"""
