"""The timekeeper: tells of whatever the time brings."""

from datetime import timedelta

from habeas.bootstrap import Habeas
from habeas.loops import Loop
from habeas.roles.parts import once_in_a_while
from producers.deadlines import Deadlines
from producers.informing import Informing
from producers.retention import Retention
from producers.revisits import Revisits
from producers.timekeeper import Timekeeper
from schemas.topics import TOPICS

TIMEKEEPER_S = 1.0
RETENTION_S = 3_600.0
DEADLINES_S = 60.0
INFORMING_S = 60.0
REVISITS_S = 60.0


def timekeeper_loops(habeas: Habeas) -> list[Loop]:
    """All of them, but for the publisher."""
    time = habeas.settings.time
    keeper = Timekeeper(
        silent_after=time.silent_after,
        give_up_before_due=time.give_up_before_due,
        database=habeas.database,
        clock=habeas.clock,
    )
    deadlines = Deadlines(soon=timedelta(days=time.due_soon_days), database=habeas.database, clock=habeas.clock)
    letters = habeas.settings.letters
    informing = Informing(
        receipt_after=letters.receipt_after,
        inform_every=letters.inform_every,
        database=habeas.database,
        clock=habeas.clock,
    )
    revisits = Revisits(rescan_after=time.rescan_after, database=habeas.database, clock=habeas.clock)
    loops = [
        Loop("revisits", once_in_a_while(revisits.step), wake="revisits", idle_s=REVISITS_S),
        Loop("informing", once_in_a_while(informing.step), wake="informing", idle_s=INFORMING_S),
        Loop("timekeeper", once_in_a_while(keeper.step), wake="timekeeper", idle_s=TIMEKEEPER_S),
        Loop("deadlines", once_in_a_while(deadlines.step), wake="deadlines", idle_s=DEADLINES_S),
    ]
    if habeas.settings.log.engine == "embedded":
        retention = Retention(TOPICS, event_log=habeas.event_log, clock=habeas.clock)
        loops.append(Loop("retention", once_in_a_while(retention.step), wake="retention", idle_s=RETENTION_S))
    return loops
