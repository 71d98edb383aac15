"""Random requests against a whole posd: no answer is a 5xx, and only a 2xx writes anything."""

import os
from hashlib import shake_128
from pathlib import Path
from typing import Final

from posd.api.routes import ROUTES
from tests.unit.posd.api.test_bad_input import with_good_ones
from tests.unit.posd.api.test_bad_input_paths import with_ids
from tests.unit.posd.api.whole import whole
from tests.unit.posd.virtual import virtual

REQUESTS: Final = 1_000
SEED: Final = os.environ.get("POSD_FUZZ_SEED", "posd").encode()
PIECES_MAX: Final = 12
METHODS: Final = ("GET", "POST", "POST", "DELETE", "PUT")
TELLING: Final = (
    *(b"&", b"=", b"[", b"]", b"[]", b"[0]", b"[a]", b"%", b"%00", b"%FF", b"%2F", b"+", b"."),
    *(b"1", b"-1", b"1250", b"1.5", b"1e9", b"9" * 19, b"null", b"true", b"", b"x" * 600),
    *(b"\xf0\x9f\x8d\xb0", b"\xff", b"\0", b"\r\n", b"'", b'"', b"\\", b"{}", b"__proto__"),
    *(b"expand", b"expand[]", b"data.latest_charge", b"metadata", b"metadata[order_id]"),
    *(b"eur", b"card_present", b"zvt%2Btcp://10.0.0.7", b"?simulated=true", b"charged"),
    *{name.encode() for route in ROUTES for name in route.params.named()},
)


def pieces(drawn: bytes) -> bytes:
    """Up to PIECES_MAX pieces of what means something in a form."""
    return b"".join(TELLING[octet % len(TELLING)] for octet in drawn[: drawn[-1] % PIECES_MAX])


@virtual
async def test_random_requests_are_refused_or_carried_out(tmp_path: Path) -> None:
    async with whole(tmp_path) as posd:
        refused = 0
        for number in range(REQUESTS):
            kind, which, how, *rest = shake_128(SEED + number.to_bytes(4, "big")).digest(40)
            route = ROUTES[which % len(ROUTES)]
            noise = pieces(bytes(rest))
            target = with_ids(posd, route)
            if kind % 4 == 0:
                target += b"/" + b"".join(b"%%%02X" % octet for octet in noise[:20])
            form = with_good_ones(route, "", noise) if kind % 2 else noise
            method = METHODS[how % len(METHODS)] if kind % 8 == 1 else route.method
            before = posd.written()
            if method == "POST":
                told = await posd.ask(method, target, form, access=route.access)
            else:
                told = await posd.ask(method, target + b"?" + form, access=route.access)
            assert told.status < 500, (method, target, form)
            if told.status >= 400:
                assert told.error["type"] == "invalid_request_error", (method, target, form)
                assert posd.written() == before, (method, target, form)
                refused += 1
        assert REQUESTS // 2 < refused < REQUESTS
