"""What roles are made of: what reads the log, works the ledger, publishes the outbox."""

from collections.abc import Callable, Sequence

from consumers.worker import Handler, Patience, Worker
from habeas.bootstrap import Habeas
from habeas.eventlog import runner
from habeas.eventlog.publisher import Publisher
from habeas.eventlog.runner import Runner
from habeas.loops import Loop
from habeas.storage import ledger, outbox

POLL_S = 0.5
PACKAGES_MAX = 16
"""At once: small packages lie in memory until their batch is committed."""


def once_in_a_while(step: Callable[[], int]) -> Callable[[], int]:
    """However much there was to do, the next look is after the loop's pause."""

    def look() -> int:
        step()
        return 0

    return look


def consumer(habeas: Habeas, group: str, topics: Sequence[str], handler: runner.Handler) -> Loop:
    """Reads topics as one of a group, handing what comes to the handler."""
    reading = Runner(
        group,
        topics,
        handler,
        lane=group,
        event_log=habeas.event_log,
        database=habeas.database,
        clock=habeas.clock,
    )
    # poll waits by itself, so the loop need not
    return Loop(f"{group}.consumer", lambda: reading.step(timeout_s=POLL_S), wake=group, close=reading.close, idle_s=0)


def worker(habeas: Habeas, system: str, handler: Handler, *, lane: str, tasks_max: int | None = None) -> Loop:
    """Works the ledger's line of that name, at most `tasks_max` tasks at once."""
    work = habeas.settings.work
    working = Worker(
        system,
        handler,
        lane=lane,
        database=habeas.database,
        clock=habeas.clock,
        patience=Patience(attempts_max=work.attempts_max, pause_s_min=work.pause_s_min, pause_s_max=work.pause_s_max),
        batch_tasks_max=min(work.batch_tasks_max, tasks_max or work.batch_tasks_max),
        lease_s=work.lease_s,
    )
    return Loop(f"{system}.worker", working.step, wake=ledger.waiting_for(system))


def publisher(habeas: Habeas, lanes: Sequence[str]) -> Loop:
    """Publishes what lies in these lanes of the outbox."""
    publishing = Publisher(
        lanes,
        log=habeas.event_log,
        database=habeas.database,
        clock=habeas.clock,
        lease_s=habeas.settings.work.lease_s,
    )
    return Loop("publisher", publishing.step, wake=outbox.WAKE, close=publishing.release)
