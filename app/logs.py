"""The format of the log: one JSON object per line, on standard error.

The application logs with structlog; servers and libraries log with `logging`. Both get one format.
Within a request every line has its `request_id` and the client's `address`.
"""

import logging
import sys
import threading
from contextlib import suppress
from typing import Any

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

FIRST_FIELDS = ("timestamp", "level", "event")

_write_lock = threading.Lock()


def _sort_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {**{name: event[name] for name in FIRST_FIELDS}, **event}


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    # This traceback has no values of variables, which may be passwords and keys.
    structlog.processors.format_exc_info,
    _sort_fields,
]
# Characters beyond ASCII and control characters are escaped: no value can start a line or control a terminal.
_RENDER = structlog.processors.JSONRenderer(ensure_ascii=True)


def configure() -> None:
    """Configure structlog and `logging`. May be called more than once."""
    structlog.configure(processors=[*_SHARED, _RENDER], logger_factory=_StructlogLogger)
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _JsonHandler)]:
        root.removeHandler(handler)
    root.addHandler(_JsonHandler())
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)  # logs starts and stops
    logging.captureWarnings(True)


def write_line(line: str) -> None:
    """Write one line to standard error. A failure, such as a full disk, is ignored: the server goes on."""
    # One call writes text and newline, so lines of several threads and processes do not mix.
    with _write_lock, suppress(OSError):
        # sys.stderr is read for each line, because it may be redirected.
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


class _StructlogLogger:
    """Writes the finished lines of structlog."""

    def __init__(self, *_names: Any) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = write_line


class _JsonHandler(logging.Handler):
    """Formats records of `logging` as JSON and writes them."""

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
