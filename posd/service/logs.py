"""One event per line, for the system journal or a terminal.

What comes from a device, a till or Stripe may hold line breaks and escape sequences; here they
become visible text, so that nobody can forge a line or drive the reader's terminal.
"""

import json
import logging
import os
from collections.abc import Mapping
from typing import Final, Literal, TextIO, TypeAlias

from typing_extensions import override

from posd.clock import utc

LogFormat: TypeAlias = Literal["text", "json"]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]

TRAFFIC: Final = 5
"""Below DEBUG: the masked, decoded messages of a reader's line."""
LINE_CHARACTERS_MAX: Final = 8192
_PRIORITIES: Final = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4))
_INFO_PRIORITY: Final = 6
_DEBUG_PRIORITY: Final = 7
_OWN: Final = ("posd", "posd_drivers")
_CHATTY: Final = ("httpx2", "httpcore2", "asyncio", "uvicorn")


class JournalFormatter(logging.Formatter):
    """`<priority>logger: message`, the prefix of sd-daemon(3); the journal adds time and pid."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        return f"<{_priority(record.levelno)}>{record.name}: {_line(self, record)}"


class TerminalFormatter(logging.Formatter):
    """`time LEVEL logger: message`, time in UTC."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        at = utc(int(record.created * 1000)).isoformat(timespec="milliseconds")
        return f"{at} {record.levelname:<8} {record.name}: {_line(self, record)}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line, ASCII only: `time` (RFC 3339, UTC), `level`, `logger`, `message`.

    In the system journal the priority stands before it, which the journal takes off. The message is
    escaped as in the other formats, so that nothing acts on whoever decodes and shows it.

    Args:
        journal: Whether the lines go to the system journal.
    """

    def __init__(self, *, journal: bool) -> None:
        super().__init__()
        self._journal = journal

    @override
    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": utc(int(record.created * 1000)).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _line(self, record),
        }
        priority = f"<{_priority(record.levelno)}>" if self._journal else ""
        return priority + json.dumps(told)


def configure(
    stream: TextIO,
    environ: Mapping[str, str],
    style: LogFormat = "text",
    level: LogLevel = "info",
) -> None:
    """Send every log record of the process to `stream`, once; replaces what was configured.

    Below `level` nothing is written, and of libraries nothing below INFO: at DEBUG they may tell
    what they were given.
    """
    least = logging.getLevelNamesMapping()[level.upper()]
    of_all = max(least, logging.INFO)
    logging.addLevelName(TRAFFIC, "TRAFFIC")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(style, journal=_is_journal(stream, environ)))
    logging.basicConfig(level=of_all, handlers=[handler], force=True)
    for name in _OWN:
        logging.getLogger(name).setLevel(least if least < of_all else logging.NOTSET)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(least, logging.WARNING))


def escape(text: str) -> str:
    """The text without anything that a terminal or a log reader would act on."""
    return "".join(
        letter
        if letter.isprintable()
        else letter.encode("unicode_escape", "backslashreplace").decode()
        for letter in text
    )


def _formatter(style: LogFormat, *, journal: bool) -> logging.Formatter:
    if style == "json":
        return JsonFormatter(journal=journal)
    return JournalFormatter() if journal else TerminalFormatter()


def _line(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    text = record.getMessage()
    if record.exc_info:
        text += "\n" + formatter.formatException(record.exc_info)
    escaped = escape(text)
    if len(escaped) <= LINE_CHARACTERS_MAX:
        return escaped
    return f"{escaped[:LINE_CHARACTERS_MAX]}... ({len(escaped)} characters)"


def _priority(level: int) -> int:
    """The syslog priority of a level, 2 (critical) to 7 (debug)."""
    for threshold, priority in _PRIORITIES:
        if level >= threshold:
            return priority
    return _INFO_PRIORITY if level >= logging.INFO else _DEBUG_PRIORITY


def _is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether `stream` is the journal's socket (systemd.exec(5), JOURNAL_STREAM)."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
