"""Log lines: one event, one line, whatever a device or a till sent."""

import io
import json
import logging
import os
import re
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd.service.logs import (
    LINE_CHARACTERS_MAX,
    TRAFFIC,
    JournalFormatter,
    JsonFormatter,
    LogLevel,
    TerminalFormatter,
    configure,
    escape,
)


@pytest.fixture
def root_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers = list(root.handlers)
    loggers = [root, *map(logging.getLogger, ("posd", "posd_drivers"))]
    levels = [logger.level for logger in loggers]
    yield
    root.handlers[:] = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def record(level: int, message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("posd.attempts", level, __file__, 1, message, args, None)


@pytest.mark.parametrize(
    ("level", "priority"),
    [
        (logging.CRITICAL, 2),
        (logging.ERROR, 3),
        (logging.WARNING, 4),
        (logging.INFO, 6),
        (logging.DEBUG, 7),
        (TRAFFIC, 7),
    ],
)
def test_the_journal_reads_the_priority(level: int, priority: int) -> None:
    line = JournalFormatter().format(record(level, "attempt finished attempt=%s", "att_1"))
    assert line == f"<{priority}>posd.attempts: attempt finished attempt=att_1"


def test_a_terminal_gets_time_and_level() -> None:
    told = record(logging.INFO, "ready")
    told.created = 1_753_000_000.25
    line = TerminalFormatter().format(told)
    assert line == "2025-07-20T08:26:40.250+00:00 INFO     posd.attempts: ready"


@given(st.text())
def test_a_value_cannot_forge_a_line_or_move_a_cursor(value: str) -> None:
    line = JournalFormatter().format(record(logging.INFO, "order=%s", value))
    assert line.isprintable()
    assert len(line.splitlines()) == 1


@given(st.text(st.characters(categories=None) | st.sampled_from("\n\r\x1b\x85\u2028\x00\ud800")))
def test_an_event_is_one_json_object_whatever_it_holds(value: str) -> None:
    line = JsonFormatter(journal=False).format(record(logging.WARNING, "order=%s", value))
    assert len(line.splitlines()) == 1
    told = json.loads(line.encode("ascii"))
    assert list(told) == ["time", "level", "logger", "message"]
    assert (told["level"], told["logger"]) == ("WARNING", "posd.attempts")
    assert told["message"] == f"order={escape(value)}"
    assert told["message"].isprintable()


@given(st.binary())
def test_octets_that_are_no_text_are_json_too(octets: bytes) -> None:
    value = octets.decode("utf-8", "surrogateescape")
    line = JsonFormatter(journal=True).format(record(logging.ERROR, "said=%s", value))
    priority, brace, rest = line.partition("{")
    assert priority == "<3>"
    assert json.loads(brace + rest)["message"] == f"said={escape(value)}"


@pytest.mark.usefixtures("root_restored")
def test_the_log_is_json_where_that_is_asked_for() -> None:
    stream = io.StringIO()
    configure(stream, {}, style="json")
    logging.getLogger("posd.x").info("one")
    assert json.loads(stream.getvalue())["message"] == "one"


def test_letters_of_every_script_stay_readable() -> None:
    assert escape("Käse 5 € 寿司\r\n\x1b[31m\u2028") == "Käse 5 € 寿司\\r\\n\\x1b[31m\\u2028"


def test_a_traceback_is_one_line() -> None:
    told = record(logging.ERROR, "attachment ended")
    error = ValueError("one\ntwo")
    told.exc_info = (type(error), error, None)
    line = JournalFormatter().format(told)
    assert "\n" not in line
    assert line.endswith("ValueError: one\\ntwo")


def test_a_line_has_a_limit() -> None:
    line = JournalFormatter().format(record(logging.INFO, "%s", "x" * 100_000))
    assert len(line) < LINE_CHARACTERS_MAX + 60
    assert line.endswith("... (100000 characters)")


@pytest.mark.usefixtures("root_restored")
def test_to_a_terminal_or_file_each_record_is_written_once() -> None:
    stream = io.StringIO()
    configure(stream, {})
    configure(stream, {})
    logging.getLogger("posd.x").info("one")
    logging.getLogger("posd.x").debug("unseen")
    assert re.fullmatch(r"\S+ INFO     posd\.x: one\n", stream.getvalue())


@pytest.mark.usefixtures("root_restored")
def test_libraries_speak_up_only_when_something_is_wrong() -> None:
    stream = io.StringIO()
    configure(stream, {})
    logging.getLogger("httpx2").info("HTTP Request: GET /v1/account")
    assert stream.getvalue() == ""


@pytest.mark.usefixtures("root_restored")
@pytest.mark.parametrize(
    ("level", "said"), [("debug", "own one two"), ("info", "one two"), ("error", "two")]
)
def test_posd_says_as_much_as_is_asked_for_and_no_library_more(level: LogLevel, said: str) -> None:
    stream = io.StringIO()
    configure(stream, {}, level=level)
    logging.getLogger("posd_drivers.x").debug("own")
    logging.getLogger("aiomqtt").debug("what it was given")
    logging.getLogger("posd.x").info("one")
    logging.getLogger("posd.x").error("two")
    assert re.findall(r": (.*)", stream.getvalue()) == said.split()


@pytest.mark.usefixtures("root_restored")
def test_the_journals_socket_is_recognised() -> None:
    ours, journal = socket.socketpair()
    with ours, journal, ours.makefile("w") as stream:
        status = os.fstat(ours.fileno())
        configure(stream, {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
        logging.getLogger("posd.x").warning("disk is filling")
        logging.getLogger().handlers.clear()
        assert journal.recv(100) == b"<4>posd.x: disk is filling\n"
