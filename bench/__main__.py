"""`python -m bench [FIGURE…]`: the figures of docs/figures.md, each beside its goal.

Figures of one run may be compared with one another; those of different machines may not.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.decisions import decided_per_second
from bench.installation import make_distributed, make_embedded, running
from bench.large_files import large_table, many_files
from bench.memory import peaks_mb
from bench.raw_log import bare_loop_per_second
from bench.requests import Bench, Burst
from bench.searching import speeds
from bench.sql_erasure import rates
from bench.start import start_to_answer_s
from bench.ten_thousand_files import copied_and_erased
from habeas.testing.services import running_kafka, running_postgres
from schemas.topics import TOPICS

CUSTOMERS = 10_000  # with some 50,000 invoices
BURSTS = (1, 100, 1_000)
SUSTAINED = 1_000


def distributed(folder: Path) -> dict[str, Any]:
    """Kafka and PostgreSQL, one process a role."""
    with running_kafka() as kafka, running_postgres() as postgres:
        installation = make_distributed(folder, kafka=kafka, postgres=postgres, people=CUSTOMERS)
        with running(installation) as processes, installation.opened() as habeas:
            bench = Bench(installation, habeas)
            bench.burst(20)  # warm
            events_before = _events(habeas.event_log)
            bursts = [bench.burst(size) for size in BURSTS]
            events = _events(habeas.event_log) - events_before
            resident = {name: round(process.memory_info().rss / 1e6) for name, process in processes.items()}
            cpu = {name: round(sum(process.cpu_times()[:2]), 1) for name, process in processes.items()}
        raw = bare_loop_per_second(kafka)
    answered = sum(burst.requests for burst in bursts)
    per_second = events / answered * bursts[-1].per_second
    return {
        **_told(bursts),
        "events per request": round(events / answered, 1),
        "pipeline events/s": round(per_second),
        "bare loop records/s": round(raw),
        "share of the raw limit": round(per_second / raw, 3),
        "resident MB by role (goal: 150)": resident,
        "CPU seconds by role": cpu,
    }


def embedded(folder: Path) -> dict[str, Any]:
    """One process, SQLite."""
    installation = make_embedded(folder, people=CUSTOMERS)
    with running(installation, (("up",),)), installation.opened() as habeas:
        bench = Bench(installation, habeas)
        bench.burst(20)  # warm
        return _told([bench.burst(size) for size in BURSTS])


def start(folder: Path) -> dict[str, Any]:
    """Start to first fulfilled request."""
    return {"seconds (goal: 3)": round(start_to_answer_s(folder), 2)}


def memory(folder: Path) -> dict[str, Any]:
    """A package with a million rows."""
    peaks = peaks_mb(folder)
    return {"peak resident MB by role (goal: 150)": {name: round(peak) for name, peak in peaks.items()}}


def sql(folder: Path) -> dict[str, Any]:
    """A thousand people erased from a database of a million rows, against plain SQL by hand."""
    return rates(folder)


def files(folder: Path) -> dict[str, Any]:
    """Searching client files."""
    return speeds(folder)


def decisions(_folder: Path) -> dict[str, Any]:
    """Records decided on one core."""
    return {"records/s (goal: 100,000)": decided_per_second()}


def large(folder: Path) -> dict[str, Any]:
    """A table of two gigabytes."""
    return large_table(folder)


def many(folder: Path) -> dict[str, Any]:
    """Ten thousand files that hold one person."""
    return many_files(folder)


def pipeline(folder: Path) -> dict[str, Any]:
    """Ten thousand files that hold one person, copied and erased by all roles."""
    return copied_and_erased(folder)


FIGURES: dict[str, Callable[[Path], dict[str, Any]]] = {
    "distributed": distributed,
    "embedded": embedded,
    "start": start,
    "memory": memory,
    "files": files,
    "decisions": decisions,
    "sql": sql,
    "large": large,
    "many": many,
    "ten-thousand": pipeline,
}


def _told(bursts: list[Burst]) -> dict[str, Any]:
    return {
        f"burst of {burst.requests}": {
            "requests/s": round(burst.per_second, 1),
            "p50 s": round(burst.p50_s, 2),
            "p95 s": round(burst.p95_s, 2),
        }
        for burst in bursts
    }


def _events(event_log: Any) -> int:
    return sum(event_log.end_offsets([topic.name for topic in TOPICS]).values())


def main(wanted: list[str]) -> int:
    """Print each figure as JSON, as soon as it is known."""
    if unknown := [name for name in wanted if name not in FIGURES]:
        sys.stderr.write(f"no such figure: {unknown[0]}; there are: {', '.join(FIGURES)}\n")
        return 2
    os.environ.setdefault("HABEAS_LOGGING__LEVEL", "warning")
    for name in wanted or FIGURES:
        with TemporaryDirectory(prefix="habeas-bench-") as folder:
            figures = FIGURES[name](Path(folder))
        print(json.dumps({name: figures}, indent=2), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
