"""A network that loses answers: it stands between a till and posd and forgets one now and then."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import httpx2
from typing_extensions import override

HOP_BY_HOP: Final = frozenset({"connection", "content-length", "host", "transfer-encoding"})
ANSWER_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that posd has answered."""

    path: str
    key: str | None


class Forgetful(ThreadingHTTPServer):
    """Passes requests on; posd's answers to the next `losing` of them never arrive.

    Args:
        upstream: Where posd answers.
        caller: The address of this machine from which posd is called, as it counts callers.

    Attributes:
        seen: The requests that were passed on, lost answers or not.
    """

    daemon_threads = True

    def __init__(self, upstream: str, caller: str = "127.0.0.1") -> None:
        super().__init__(("127.0.0.1", 0), _Passage)
        self.losing = 0
        self.seen: list[Seen] = []
        way = httpx2.HTTPTransport(local_address=caller, verify=False)
        self.upstream = httpx2.Client(base_url=upstream, timeout=ANSWER_S, transport=way)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def base_url(self) -> str:
        """What a till is told in place of posd's address."""
        return f"http://127.0.0.1:{self.server_port}"

    def close(self) -> None:
        """End it."""
        self.shutdown()
        self._thread.join()
        self.server_close()
        self.upstream.close()


class _Passage(BaseHTTPRequestHandler):
    server: Forgetful
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """As with POST."""
        self._pass_on()

    def do_POST(self) -> None:
        """Pass it on; lose the answer, or bring it back."""
        self._pass_on()

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"] or 0))
        sent = {name: value for name, value in self.headers.items() if _is_passed_on(name)}
        answer = self.server.upstream.request(self.command, self.path, content=body, headers=sent)
        self.server.seen.append(Seen(self.path, self.headers["idempotency-key"]))
        if self.server.losing:
            self.server.losing -= 1
            self.close_connection = True
            return
        self.send_response_only(answer.status_code)
        for name, value in answer.headers.items():
            if _is_passed_on(name):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _is_passed_on(name: str) -> bool:
    return name.lower() not in HOP_BY_HOP
