"""Log lines: one constant event name each, in the past tense, and never anything about a person."""

import logging
import sys
from typing import TextIO

import structlog


def configure(*, level: str = "info", as_json: bool = False, stream: TextIO | None = None) -> None:
    """Set structlog up for this process; `request_id` and `system` are bound by context variables."""
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_exception_text,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("kafka").setLevel(logging.ERROR)  # its warnings quote records


def _without_exception_text(
    _logger: object, _name: str, line: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """An exception is told by its class alone: its text may quote what a system answered."""
    error = line.pop("exc_info", None)
    if isinstance(error, BaseException):
        line["error_class"] = type(error).__name__
    return line


def where(error: BaseException) -> str:
    """File and line of an unexpected exception: enough to find the fault, nothing of the data."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "unknown" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
