"""What is logged, and how: one JSON object per line, on standard error.

What the application says and what servers and libraries say through `logging` leave by the same door.
Within a request every line carries its `request_id` and the client's `address` (see `web/observing.py`).
"""

import logging
import sys
import threading
from contextlib import suppress
from typing import Any

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

FIRST = ("timestamp", "level", "event")  # what people look for at a line's beginning

_writing = threading.Lock()


def _head_first(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {**{name: event[name] for name in FIRST}, **event}


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    # The plain kind of traceback: no values of variables, which may be passwords and keys.
    structlog.processors.format_exc_info,
    _head_first,
]
# Bytes beyond ASCII and control characters leave escaped, so that no name can begin a line or paint a terminal.
_RENDER = structlog.processors.JSONRenderer(ensure_ascii=True)


def configure() -> None:
    """Make every line JSON: a newline in a name cannot begin a line of its own.

    Tracebacks are logged without the values of variables: those may be passwords and keys. May be called again.
    """
    structlog.configure(processors=[*_SHARED, _RENDER], logger_factory=_Lines)
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(handler)
    root.addHandler(_Handler())
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)  # starts and stops
    logging.captureWarnings(True)


def write_line(line: str) -> None:
    """Write one line, whole, whoever else writes. Where the log takes no more (a full disk), work goes on without."""
    # One call for line and end: lines of several threads and processes do not run into each other.
    with _writing, suppress(OSError):
        # Looked up for each line: whoever redirects the stream gets the lines that follow.
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


class _Lines:
    """What structlog hands finished lines to."""

    def __init__(self, *_names: Any) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = write_line


class _Handler(logging.Handler):
    """The same for those who use `logging`."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=[_add_logger, *_SHARED],
                processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _RENDER],
            )
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record as one line."""
        try:
            write_line(self.format(record))
        except Exception:
            self.handleError(record)


def _add_logger(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event["logger"] = event["_record"].name
    return event
