"""What is logged, and how: one JSON object per line, on standard error."""

import sys
from typing import Any

import structlog


def _to_standard_error(*_names: Any) -> structlog.PrintLogger:
    # Looked up for each line: whoever redirects the stream gets the lines that follow.
    return structlog.PrintLogger(sys.stderr)


def configure() -> None:
    """Make every line JSON: a newline in a name cannot begin a line of its own.

    Tracebacks are logged without the values of variables: those may be passwords and keys.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        logger_factory=_to_standard_error,
    )
