"""The same octets over the network, behind TLS: no other answers, and nothing written."""

import ssl

from posd.api.lan import Lan
from tests.unit.posd.api.fakes import Bench
from tests.unit.posd.api.test_bad_input_wire import HOSTILE, SOCKET_BYTES, last_word, says_why
from tests.unit.posd.api.test_lan import OPEN, answered, over_tls
from tests.unit.posd.api.wire import served, wire


async def test_hostile_requests_over_tls_end_in_the_envelope(
    lan: Lan, trusted: ssl.SSLContext
) -> None:
    bench = Bench(lan_hosts=OPEN)
    wrong: list[str] = []
    async with served(bench, lan=lan) as listener, wire(listener) as other:
        for what, sent, status in HOSTILE:
            async with over_tls(listener, trusted) as client:
                told = await last_word(client, sent)
                is_reset = told is None and len(sent) > SOCKET_BYTES
                if not is_reset and (told != status or not says_why(client)):
                    wrong.append(f"{what}: found {told}, expected {status}")
        assert await answered(other)
    assert not wrong, "\n".join(wrong)
    assert bench.store.commits == 0
