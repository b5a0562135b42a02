"""A connector: carries out in one system what is asked."""

from consumers.connector.fulfilment import Fulfilment
from consumers.connector.intake import intake_of
from consumers.connector.keeping_away import KeepingAway
from consumers.connector.leavers import NoticingLeavers
from consumers.connector.lifting import Lifting
from consumers.connector.originals import OriginalStore
from consumers.connector.plans import PlanStore
from consumers.connector.undoing import Undoing, by_kind
from consumers.worker import Handler
from habeas.bootstrap import Habeas
from habeas.loops import Loop
from habeas.ports import Connector, KeepsAway, TellsLeavers
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
    loops = [
        consumer(habeas, lane, CONNECTOR_TOPICS, intake_of(system, clock=habeas.clock)),
        worker(habeas, system, _handler(habeas, system, connector, lane), lane=lane),
    ]
    if isinstance(connector, KeepsAway):
        loops.append(_keeping_away(habeas, system, connector))
    if isinstance(connector, TellsLeavers):
        loops.append(_noticing_leavers(habeas, system, connector))
    return loops


def _handler(habeas: Habeas, system: str, connector: Connector, lane: str) -> Handler:
    """Of each kind of task."""
    database, vault, clock = habeas.database, habeas.vault, habeas.clock
    grace = habeas.settings.time.erasure_grace
    marks = RecordMarks(habeas.keys)
    plans = PlanStore(
        system, connector, database=database, vault=vault, register=habeas.register, clock=clock, marks=marks
    )
    originals = OriginalStore(system, database=database, vault=vault, clock=clock, grace=grace)
    fulfilment = Fulfilment(
        system,
        connector,
        plan_store=plans,
        originals=originals if grace else None,
        lane=lane,
        database=database,
        vault=vault,
        clock=clock,
        tries_max=habeas.settings.work.tries_max,
    )
    undoing = Undoing(
        system,
        connector,
        plan_store=plans,
        original_store=originals,
        lane=lane,
        database=database,
        vault=vault,
        clock=clock,
    )
    lifting = Lifting(system, connector, plan_store=plans, lane=lane, database=database, vault=vault, clock=clock)
    return by_kind(fulfilment, undoing, lifting)


def _keeping_away(habeas: Habeas, system: str, connector: KeepsAway) -> Loop:
    keeping = KeepingAway(system, connector, database=habeas.database, clock=habeas.clock)
    name = f"{system}.keeping_away"
    return Loop(name, once_in_a_while(keeping.step), wake=name, idle_s=KEEPING_AWAY_S)


def _noticing_leavers(habeas: Habeas, system: str, connector: TellsLeavers) -> Loop:
    fingerprints = Fingerprints(habeas.keys, SUPPRESSIONS)
    noticing = NoticingLeavers(
        system, connector, database=habeas.database, fingerprints=fingerprints, clock=habeas.clock
    )
    name = f"{system}.leavers"
    return Loop(name, once_in_a_while(noticing.step), wake=name, idle_s=KEEPING_AWAY_S)
