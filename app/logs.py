"""The format of the log: one JSON object per line, on standard error.

The application logs with structlog; servers and libraries log with `logging`. Both get one format.
Within a request every line has its `request_id` and the client's `address`.
"""

import logging
import sys
import threading
from contextlib import suppress
from typing import TextIO, cast

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

FIRST_FIELDS = ("timestamp", "level", "event")


class _StandardError:
    """`sys.stderr` as it is at each write, because it may be redirected.

    A failed write, such as to a full disk, is ignored: the server goes on.
    """

    _lock = threading.Lock()

    def write(self, line: str) -> None:
        # One call writes text and newline, so lines of several threads and processes do not mix.
        with self._lock, suppress(OSError):
            sys.stderr.write(line)
            sys.stderr.flush()

    def flush(self) -> None:
        pass  # each write is flushed


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

_standard_error = cast("TextIO", _StandardError())
_handler = logging.StreamHandler(_standard_error)
_handler.setFormatter(
    structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *_SHARED],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _RENDER],
    )
)


def configure() -> None:
    """Configure structlog and `logging`. May be called more than once."""
    structlog.configure(
        processors=[*_SHARED, _RENDER], logger_factory=structlog.WriteLoggerFactory(_standard_error)
    )
    logging.getLogger().addHandler(_handler)
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)  # logs starts and stops
    logging.captureWarnings(True)
