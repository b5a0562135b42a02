"""How commands print: tables for people, JSON for programs."""

import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table

_SHORT = {"request", "id", "right", "answer", "at", "part", "topic", "left", "due", "state"}
"""Columns whose words are not broken in a narrow terminal: the others give way."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
"""The option of every command that prints data."""

STATE_STYLES = {
    "received": "cyan",
    "in progress": "cyan",
    "ready": "cyan",
    "answered": "green",
    "delivered": "bold green",
    "needs attention": "bold yellow",
    "pending": "cyan",
    "completed": "green",
    "failed": "bold red",
    "silent": "yellow",
    "given up": "bold yellow",
    "undoing": "cyan",
    "undo failed": "bold red",
    "partly undone": "bold yellow",
    "undone": "bold cyan",
    "waiting": "cyan",
    "refused": "bold",
    "withdrawn": "bold",
    "dropped": "dim",
}


def console() -> Console:
    """Standard output as it is now; wide enough not to cut when it goes to a file."""
    return Console(soft_wrap=not sys.stdout.isatty(), highlight=False)


def print_json(data: Any) -> None:
    """Indented, dates in ISO 8601."""
    sys.stdout.write(orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode() + "\n")


def table(title: str | None, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A plain table."""
    built = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        numeric = column in {"records", "attempts", "lag", "partitions", "waiting"}
        built.add_column(column, justify="right" if numeric else "left", overflow="fold", no_wrap=column in _SHORT)
    for row in rows:
        built.add_row(*row)
    return built


def styled(state: str) -> str:
    """A state in its colour."""
    style = STATE_STYLES.get(state)
    return f"[{style}]{state}[/]" if style else state
