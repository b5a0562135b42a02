"""Waits for an answer that another process gives, and shows meanwhile how far it is."""

import sys
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

from rich.live import Live

from habeas.cli.output import console
from habeas.cli.progress import Progress
from habeas.errors import RetriableError
from habeas.storage import cases

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas

LOOK_AGAIN_S = 0.2


def wait(habeas: "Habeas", request_id: str, *, timeout_s: float) -> None:
    """Until it is delivered; in a terminal with the table of its systems. Raises RetriableError when the time is up."""
    progress = Progress(habeas, [request_id])
    give_up_at = time.monotonic() + timeout_s
    table = progress.table()
    with Live(table, console=console(), transient=True) if sys.stdout.isatty() else nullcontext() as live:
        while not progress.finished:
            if time.monotonic() > give_up_at:
                raise RetriableError(_no_answer(habeas, request_id, timeout_s))
            time.sleep(LOOK_AGAIN_S)  # another process does the work: there is nothing to wait on
            table = progress.table()
            if live is not None:
                live.update(table)
    console().print("Answered and delivered.")


def _no_answer(habeas: "Habeas", request_id: str, timeout_s: float) -> str:
    with habeas.database.reading() as connection:
        case = cases.fetch(connection, request_id)
    state = case.state if case else "not opened"
    return f"no answer yet after {timeout_s:g} s (state: {state}); is 'habeas up' running?"
