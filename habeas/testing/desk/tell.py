"""Prints as JSON what became of every request, by the database, the log and the folder of answers.

It waits until all are answered, for as many seconds as it is told to.
"""

import hashlib
import json
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from habeas.bootstrap import Habeas
from habeas.domain.cases import Case, CaseState
from habeas.eventlog import cloudevents
from habeas.settings import load_settings
from habeas.storage import case_lists, cases
from schemas.events import ResponseAssembled, ResponseDelivered, TaskCompleted, TaskFailed

ROWS_MAX = 10_000
LOOK_EVERY_S = 0.5
TOLD = (TaskCompleted, TaskFailed, ResponseAssembled, ResponseDelivered)


def main(config: Path, wait_s: float) -> None:
    until = time.monotonic() + wait_s
    with Habeas(load_settings(config)) as habeas:
        while not (told := tell(habeas))["events"] and time.monotonic() < until:
            time.sleep(LOOK_EVERY_S)
    json.dump(told, sys.stdout)


def tell(habeas: Habeas) -> dict[str, Any]:
    """What is known of each case; the events of each once all are answered; each answer's digest."""
    with habeas.database.reading() as connection:
        rows = case_lists.listed(connection, limit=ROWS_MAX)
        found = cases.fetch_many(connection, [row.request_id for row in rows])
    done = all(case.state is CaseState.DELIVERED for case in found.values())
    answers = habeas.settings.path(habeas.settings.delivery.folder)
    return {
        "cases": {id_: _of(case) for id_, case in found.items()},
        "events": _events(habeas) if done else {},  # all of the log, so not at every look
        "answers": {
            str(path.relative_to(answers)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(answers.rglob("*"))
            if path.is_file()
        },
    }


def _of(case: Case) -> Mapping[str, object]:
    return {
        "right": case.right,
        "state": case.state,
        "left_over": sum(done.left_over for done in case.completions.values()),
        "records": sum(line.records for done in case.completions.values() for line in done.summary),
        "systems": {system: str(state) for system, state in case.systems.items()},
    }


def _events(habeas: Habeas) -> Mapping[str, Mapping[str, int]]:
    """For each request how many different records tell of each thing; the same record twice is one."""
    seen: dict[str, dict[str, set[bytes]]] = defaultdict(lambda: defaultdict(set))
    for topic in sorted({kind.topic for kind in TOLD}):
        for record in habeas.event_log.read(topic):
            event = cloudevents.decode(record)
            if isinstance(event, TOLD):
                of_system = [event.system] if isinstance(event, TaskCompleted | TaskFailed) else []
                name = " ".join([event.type, *of_system])
                seen[str(event.request_id)][name].add(record.value or b"")
    return {id_: {name: len(values) for name, values in sorted(names.items())} for id_, names in seen.items()}


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0)
