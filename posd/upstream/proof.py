"""Whether what answered was Stripe. Captive portals, proxies and wrong hosts answer 200 as well.

An answer counts if it is JSON of the kind that this path gives: an object of the right type whose
id has the right prefix and is the one asked for, a list, or Stripe's error envelope.
"""

import json
import re
from typing import Any, Final

from msgspec import Struct

from posd.errors import UpstreamUnavailable

JSON_TYPE: Final = "application/json"


class _Resource(Struct, frozen=True):
    """What a path gives. A group `id` in the path names the object that must come back.

    `methods` are those of which that is true; None stands for all.
    """

    path: re.Pattern[str]
    object: str
    id_prefix: str | None = None
    methods: frozenset[str] | None = None


_GET: Final = frozenset({"GET"})
_HARDWARE: Final = "/v1/terminal/hardware_"


def _collection(path: str, object_: str, id_prefix: str) -> tuple[_Resource, ...]:
    """A list to read and to add to, and each object in it to read, change and delete."""
    one = re.compile(rf"{path}/(?P<id>{id_prefix}\w+)")
    return (
        _Resource(re.compile(path), "list", methods=_GET),
        _Resource(re.compile(path), object_, id_prefix),
        _Resource(one, object_, id_prefix),
    )


_RESOURCES: Final = (
    _Resource(re.compile(r"/v1/account"), "account", "acct_"),
    _Resource(re.compile(r"/v1/terminal/connection_tokens"), "terminal.connection_token"),
    _Resource(re.compile(r"/v1/payment_records"), "list"),
    _Resource(re.compile(r"/v1/payment_records/report_payment"), "payment_record", "pr_"),
    _Resource(
        re.compile(r"/v1/payment_records/(?P<id>pr_\w+)(?:/report_\w+)?"), "payment_record", "pr_"
    ),
    _Resource(re.compile(r"/v1/payment_attempt_records"), "list"),
    *_collection("/v1/terminal/locations", "terminal.location", "tml_"),
    *_collection("/v1/terminal/readers", "terminal.reader", "tmr_"),
    *_collection("/v1/terminal/configurations", "terminal.configuration", "tmc_"),
    _Resource(re.compile(f"{_HARDWARE}orders/preview"), "terminal.hardware_order"),
    *_collection(f"{_HARDWARE}orders", "terminal.hardware_order", "thor_"),
    _Resource(
        re.compile(rf"{_HARDWARE}orders/(?P<id>thor_\w+)/cancel"),
        "terminal.hardware_order",
        "thor_",
    ),
    _Resource(
        re.compile(r"/v1/test_helpers/terminal/hardware_orders/(?P<id>thor_\w+)/\w+"),
        "terminal.hardware_order",
        "thor_",
    ),
    *_collection(f"{_HARDWARE}skus", "terminal.hardware_sku", "thsku_"),
    *_collection(f"{_HARDWARE}products", "terminal.hardware_product", "thpr_"),
    *_collection(f"{_HARDWARE}shipping_methods", "terminal.hardware_shipping_method", "thsm_"),
)


def proven(asked: tuple[str, str], status: int, content_type: str, raw: bytes) -> dict[str, Any]:
    """The answer's JSON object. Raises UpstreamUnavailable if it is not provably Stripe's.

    Args:
        asked: Method and path of what was asked for, without query; one that this daemon uses.
        status: The HTTP status.
        content_type: The header, '' if there was none.
        raw: The whole body.
    """
    if content_type.partition(";")[0].strip().lower() != JSON_TYPE:
        raise _not_stripe(status, f"content type '{content_type[:40]}'")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _not_stripe(status, "a body that is not JSON") from error
    if not isinstance(body, dict):
        raise _not_stripe(status, "no JSON object")
    if status == 200:
        _prove_object(asked, body)
    elif not 400 <= status <= 599 or not _is_error(body):
        raise _not_stripe(status, "no error envelope")
    return body


def _prove_object(asked: tuple[str, str], body: dict[str, Any]) -> None:
    resource, asked_id = _resource(*asked)
    if body.get("object") != resource.object:
        raise _not_stripe(200, f"no {resource.object}")
    if resource.object == "list" and not _is_list(body):
        raise _not_stripe(200, "a list without objects")
    identifier = body.get("id")
    if resource.id_prefix is not None and not (
        isinstance(identifier, str) and identifier.startswith(resource.id_prefix)
    ):
        raise _not_stripe(200, f"an id without {resource.id_prefix}")
    if asked_id is not None and identifier != asked_id:
        raise _not_stripe(200, "another object than the one asked for")


def _resource(method: str, path: str) -> tuple[_Resource, str | None]:
    for resource in _RESOURCES:
        fits = resource.methods is None or method in resource.methods
        if fits and (found := resource.path.fullmatch(path)):
            return resource, found.groupdict().get("id")
    raise AssertionError((method, path))


def _is_list(body: dict[str, Any]) -> bool:
    objects = body.get("data")
    return (
        isinstance(body.get("has_more"), bool)
        and isinstance(objects, list)
        and all(isinstance(each, dict) and isinstance(each.get("id"), str) for each in objects)
    )


def _is_error(body: dict[str, Any]) -> bool:
    error = body.get("error")
    return isinstance(error, dict) and isinstance(error.get("type"), str)


def _not_stripe(status: int, what: str) -> UpstreamUnavailable:
    return UpstreamUnavailable(f"what answered is not Stripe: HTTP {status} with {what}")
