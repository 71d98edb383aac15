"""Whose request it is: API keys, connected accounts, and the one call that a token authorizes."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping

from posd.stripe_wire.errors import Rejected, invalid_request
from posd_simulator.cloud.ledger import Account, Ledger, account_id_of

_API_KEY = re.compile(r"(?:sk|rk)_(test|live)_\w+", re.ASCII)
_ACCOUNT_ID = re.compile(r"acct_\w+", re.ASCII)


def credential_of(headers: Mapping[str, str]) -> str:
    """What is given as bearer token, or as the user of basic authentication; '' if nothing is."""
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            return credential.strip()
        case "basic":
            try:
                return b64decode(credential, validate=True).decode().partition(":")[0]
            except (Base64Error, UnicodeDecodeError):
                return "?"
        case _:
            return ""


def account_of_key(ledger: Ledger, key: str, connected: str | None) -> Account:
    """The account that an API key opens, or the connected one. Raises Rejected: 401 or 403."""
    found = _API_KEY.fullmatch(key)
    if found is None:
        raise _unknown(key)
    account_id = connected or account_id_of(key)
    if not _ACCOUNT_ID.fullmatch(account_id):
        raise invalid_request(
            f"The provided key does not have access to account '{account_id}'.",
            code="account_invalid",
            status=403,
        )
    return ledger.account(account_id, livemode=found[1] == "live")


def account_of_token(ledger: Ledger, secret: str) -> Account:
    """The account that issued a connection token. Raises Rejected: 401."""
    account = ledger.account_of_token(secret)
    if account is None:
        raise _unknown(secret)
    return account


def masked(key: str) -> str:
    """A key as Stripe's refusals show it."""
    prefix = "_".join(key.split("_")[:2])
    return f"{prefix}_{'*' * 8}{key[-4:]}"


def _unknown(credential: str) -> Rejected:
    return invalid_request(
        "Invalid API Key provided." if credential else "You did not provide an API key.",
        status=401,
    )
