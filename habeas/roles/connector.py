"""A connector: carries out in one system what is asked."""

from consumers.connector.fulfilment import Fulfilment
from consumers.connector.intake import intake_of
from consumers.connector.keeping_away import KeepingAway
from consumers.connector.leavers import NoticingLeavers
from consumers.connector.lifting import Lifting
from consumers.connector.originals import OriginalStore
from consumers.connector.plans import PlanStore
from consumers.connector.undoing import Undoing, by_kind
from habeas.bootstrap import Habeas
from habeas.loops import Loop
from habeas.ports import KeepsAway, TellsLeavers
from habeas.roles.parts import consumer, once_in_a_while, worker
from habeas.vault.fingerprints import SUPPRESSIONS, Fingerprints
from habeas.vault.record_marks import RecordMarks
from schemas.topics import REQUESTS

KEEPING_AWAY_S = 900.0
CONNECTOR_TOPICS = (REQUESTS.name,)


def connector_loops(habeas: Habeas, system: str) -> list[Loop]:
    """All of them, but for the publisher."""
    lane = f"connector.{system}"
    connector = habeas.connector(system)
    store = PlanStore(
        system,
        connector,
        database=habeas.database,
        vault=habeas.vault,
        register=habeas.register,
        clock=habeas.clock,
        marks=RecordMarks(habeas.keys),
    )
    grace = habeas.settings.time.erasure_grace
    originals = OriginalStore(system, database=habeas.database, vault=habeas.vault, clock=habeas.clock, grace=grace)
    undoing = Undoing(
        system,
        connector,
        plan_store=store,
        original_store=originals,
        lane=lane,
        database=habeas.database,
        vault=habeas.vault,
        clock=habeas.clock,
    )
    fulfilment = Fulfilment(
        system,
        connector,
        plan_store=store,
        originals=originals if grace else None,
        lane=lane,
        database=habeas.database,
        vault=habeas.vault,
        clock=habeas.clock,
        tries_max=habeas.settings.work.tries_max,
    )
    lifting = Lifting(
        system,
        connector,
        plan_store=store,
        lane=lane,
        database=habeas.database,
        vault=habeas.vault,
        clock=habeas.clock,
    )
    loops = [
        consumer(habeas, lane, CONNECTOR_TOPICS, intake_of(system, clock=habeas.clock)),
        worker(habeas, system, by_kind(fulfilment, undoing, lifting), lane=lane),
    ]
    if isinstance(connector, KeepsAway):
        keeping = KeepingAway(system, connector, database=habeas.database, clock=habeas.clock)
        name = f"{system}.keeping_away"
        loops.append(Loop(name, once_in_a_while(keeping.step), wake=name, idle_s=KEEPING_AWAY_S))
    if isinstance(connector, TellsLeavers):
        noticing = NoticingLeavers(
            system,
            connector,
            database=habeas.database,
            fingerprints=Fingerprints(habeas.keys, SUPPRESSIONS),
            clock=habeas.clock,
        )
        name = f"{system}.leavers"
        loops.append(Loop(name, once_in_a_while(noticing.step), wake=name, idle_s=KEEPING_AWAY_S))
    return loops
