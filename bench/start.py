"""From the start of a process to its first fulfilled request, on the embedded engine."""

import time
from pathlib import Path

from bench.installation import make_embedded, running
from bench.requests import Bench
from habeas.domain.requests import IdentityCheck, Right
from producers.intake import Submission


def start_to_answer_s(folder: Path) -> float:
    """Seconds from starting `habeas up` until a request that waits for it is answered."""
    installation = make_embedded(folder, people=2_000)
    with installation.opened() as habeas:
        bench = Bench(installation, habeas)
        ids = bench.submit([Submission(Right.ACCESS, installation.people[0], IdentityCheck.LOGIN)])
        begun = time.perf_counter()
        with running(installation, (("up",),)):
            bench.wait(ids)
            return time.perf_counter() - begun
