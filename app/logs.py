"""The format of the log: one JSON object per line, on standard error.

The application logs with structlog; servers and libraries log with `logging`. Both get one format.
Within a request every line has its `request_id` and the client's `address`.
"""

import logging
import sys
from typing import TextIO

import structlog
from structlog.types import EventDict, Processor, WrappedLogger


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to `sys.stderr` as it is at each line, because it may be redirected."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def _sort_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {**{name: event[name] for name in ("timestamp", "level", "event")}, **event}


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

_handler = _StandardError()
_handler.setFormatter(
    structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *_SHARED],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _RENDER],
    )
)
_application = logging.getLogger("app")


def configure() -> None:
    """Configure structlog and `logging`. May be called more than once."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=lambda *_names: _application,
    )
    logging.getLogger().addHandler(_handler)
    _application.setLevel(logging.INFO)
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)  # logs starts and stops
    logging.raiseExceptions = False  # a failed write, such as to a full disk, is ignored
    logging.captureWarnings(True)
