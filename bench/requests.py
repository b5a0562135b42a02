"""Access requests, from submission to the assembled answer: how many a second, and how long each waits."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

import sqlalchemy as sa

from bench.installation import Installation
from habeas.bootstrap import Habeas
from habeas.domain.requests import IdentityCheck, Right
from habeas.storage.tables import case_events
from producers.intake import Submission
from schemas.events import RequestReceived, ResponseAssembled

PATIENCE_S = 900


@dataclass(frozen=True, slots=True)
class Burst:
    """How a burst of requests went; times in seconds from submission to the assembled answer."""

    requests: int
    per_second: float
    p50_s: float
    p95_s: float


class Bench:
    """Submits bursts to a running installation, each of people not asked about before."""

    def __init__(self, installation: Installation, habeas: Habeas) -> None:
        self._people = iter(installation.people)
        self._habeas = habeas

    def burst(self, requests: int) -> Burst:
        """Submit so many at once and wait until each is answered."""
        return self.answer([Submission(Right.ACCESS, next(self._people), IdentityCheck.LOGIN) for _ in range(requests)])

    def answer(self, submissions: Sequence[Submission]) -> Burst:
        """Submit these at once and wait until each is answered."""
        begun = time.perf_counter()
        ids = self.submit(submissions)
        self.wait(ids)
        took_s = time.perf_counter() - begun
        waits = sorted(self._waits(ids))
        cuts = quantiles(waits, n=100, method="inclusive") if len(waits) > 1 else waits * 99
        return Burst(len(ids), len(ids) / took_s, cuts[49], cuts[94])

    def submit(self, submissions: Sequence[Submission]) -> set[str]:
        """Submit these; their request ids."""
        return {receipt.request_id for receipt in self._habeas.intake.submit(submissions, actor="bench")}

    def wait(self, ids: set[str]) -> None:
        """Until each is answered."""
        give_up_at = time.monotonic() + PATIENCE_S
        count = sa.select(sa.func.count()).where(
            case_events.c.type == ResponseAssembled.type, case_events.c.request_id.in_(ids)
        )
        while True:
            with self._habeas.database.reading() as connection:
                if connection.scalar(count) == len(ids):
                    return
            if time.monotonic() > give_up_at:
                raise TimeoutError("the burst was not answered in time")
            time.sleep(0.02)  # another process does the work

    def _waits(self, ids: set[str]) -> list[float]:
        wanted = sa.select(case_events).where(
            case_events.c.request_id.in_(ids),
            case_events.c.type.in_([RequestReceived.type, ResponseAssembled.type]),
        )
        begun: dict[str, float] = {}
        ended: dict[str, float] = {}
        with self._habeas.database.reading() as connection:
            for row in connection.execute(wanted):
                times = begun if row.type == RequestReceived.type else ended
                times[row.request_id] = row.at.timestamp()
        return [ended[id_] - begun[id_] for id_ in begun]
