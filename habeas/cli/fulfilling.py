"""Fulfils some requests in this process while somebody watches."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.live import Live

from habeas.cli.output import console
from habeas.cli.progress import Progress
from habeas.cli.session import actor
from habeas.domain.cases import Case
from habeas.errors import RetriableError

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas
    from producers.intake import Submission

LOOK_AGAIN_S = 0.05
Stopped = Callable[[float], bool]


def fulfil(habeas: "Habeas", submissions: "Sequence[Submission]", *, within_s: float) -> list[Case]:
    """Submit them, show each system's progress, and return the cases once all answers are delivered.

    Raises RetriableError if that takes longer than `within_s`.
    """
    from habeas.loops import Loops  # noqa: PLC0415 - keeps `habeas --help` quick
    from habeas.roles import all_loops  # noqa: PLC0415 - as above
    from schemas.topics import TOPICS  # noqa: PLC0415 - as above

    habeas.event_log.ensure_topics(TOPICS)
    loops = Loops(all_loops(habeas), wakeups=habeas.database.wakeups)
    loops.start()
    try:
        ids = [receipt.request_id for receipt in habeas.intake.submit(submissions, actor=actor())]
        _watch(habeas, loops.wait, ids, within_s=within_s)
    finally:
        loops.stop()
    return _cases(habeas, ids)


def _watch(habeas: "Habeas", stopped: Stopped, ids: Sequence[str], *, within_s: float) -> None:
    progress = Progress(habeas, ids)
    give_up_at = time.monotonic() + within_s
    with Live(progress.table(), console=console(), refresh_per_second=20) as live:
        while not progress.finished:
            if stopped(LOOK_AGAIN_S) or time.monotonic() > give_up_at:
                raise RetriableError("the requests were not fulfilled in time; 'habeas doctor' may show why")
            live.update(progress.table())
    console().print()


def _cases(habeas: "Habeas", ids: Sequence[str]) -> list[Case]:
    from habeas.storage import cases  # noqa: PLC0415 - keeps `habeas --help` quick

    with habeas.database.reading() as connection:
        found = cases.fetch_many(connection, ids)
    return [found[id_] for id_ in ids]
