"""What goes to a control port, and what its answers mean."""

import json
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from typing_extensions import override

from posd import simulator_control
from posd.simulator_control import CardNumber, HttpControlPort, Presented

VISA = CardNumber("4242424242424242")


class Port(ThreadingHTTPServer):
    """Answers with a status, or goes away; remembers what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.status: int | None = 200
        self.asked: list[tuple[str, object]] = []
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def close(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Answering(BaseHTTPRequestHandler):
    server: Port

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append((self.path, json.loads(body)))
        if self.server.status is not None:
            self.send_response_only(self.server.status)
            self.end_headers()

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[Port]:
    with closing(Port()) as port:
        yield port


@pytest.mark.parametrize(
    ("status", "presented"),
    [
        (200, Presented.TAKEN),
        (422, Presented.NO_SUCH_CARD),
        (409, Presented.NOT_ASKED_FOR),
        (404, Presented.NO_ANSWER),
        (500, Presented.NO_ANSWER),
        (None, Presented.NO_ANSWER),
    ],
)
async def test_the_status_says_what_came_of_the_card(
    port: Port, status: int | None, presented: Presented
) -> None:
    port.status = status
    assert await HttpControlPort().present(port.url, VISA) is presented
    assert port.asked == [("/present", {"number": "4242424242424242"})]


async def test_the_default_card_is_the_terminals_to_choose(port: Port) -> None:
    await HttpControlPort().present(port.url, None)
    assert port.asked == [("/present", {})]


async def test_where_nobody_listens_there_is_no_answer() -> None:
    assert await HttpControlPort().present("http://127.0.0.1:1", VISA) is Presented.NO_ANSWER


async def test_a_port_that_never_answers_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, port: Port
) -> None:
    monkeypatch.setattr(simulator_control, "ANSWER_S", 0.0)
    assert await HttpControlPort().present(port.url, VISA) is Presented.NO_ANSWER


def test_a_card_number_is_not_printed() -> None:
    assert "4242" not in f"{VISA} {VISA!r}"
