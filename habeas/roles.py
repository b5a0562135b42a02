"""The roles, each as the loops that make it up: read the log, work the ledger, publish the outbox."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from consumers.aggregator.expiry import Expiry
from consumers.aggregator.projection import GROUP as AGGREGATOR
from consumers.aggregator.projection import projection
from consumers.aggregator.shredding import Shredding
from consumers.connector.fulfilment import Fulfilment
from consumers.connector.intake import intake_of
from consumers.connector.keeping_away import KeepingAway
from consumers.connector.lifting import Lifting
from consumers.connector.originals import OriginalStore
from consumers.connector.plans import PlanStore
from consumers.connector.undoing import Undoing, by_kind
from consumers.delivery.clearing import Clearing
from consumers.delivery.folder import FolderDelivery
from consumers.delivery.intake import GROUP as DELIVERER
from consumers.delivery.intake import intake as delivery_intake
from consumers.delivery.recipients import Telling
from consumers.delivery.senders import Senders
from consumers.task_ids import ANSWER, DELIVERY, LETTERS, RECIPIENTS, line_of
from consumers.worker import Handler, Patience, Worker
from habeas.bootstrap import Habeas
from habeas.errors import NotFoundError
from habeas.eventlog import runner
from habeas.eventlog.publisher import Publisher
from habeas.eventlog.runner import Runner
from habeas.loops import Loop
from habeas.ports import KeepsAway
from habeas.storage import ledger, outbox
from habeas.vault.fingerprints import SUPPRESSIONS, Fingerprints
from habeas.vault.record_marks import RecordMarks
from producers.deadlines import Deadlines
from producers.informing import Informing
from producers.intake import LANE as INTAKE
from producers.retention import Retention
from producers.revisits import Revisits
from producers.timekeeper import LANE as TIMEKEEPER
from producers.timekeeper import Timekeeper
from schemas.topics import COMPLETIONS, REQUESTS, RESPONSES, TOPICS

POLL_S = 0.5
TIMEKEEPER_S = 1.0
RETENTION_S = 3_600.0
EXPIRY_S = 60.0
SHREDDING_S = 600.0
CLEARING_S = 600.0
DEADLINES_S = 60.0
INFORMING_S = 60.0
REVISITS_S = 60.0
KEEPING_AWAY_S = 900.0
ANSWERS_MAX = 16
"""At once: small packages lie in memory until their batch is committed."""
TOLD_MAX = 1
"""At once: what has left can't be taken back, so that each notice is settled by itself."""
CONNECTOR_TOPICS = (REQUESTS.name,)
AGGREGATOR_TOPICS = (REQUESTS.name, COMPLETIONS.name, RESPONSES.name)
DELIVERY_TOPICS = (RESPONSES.name, REQUESTS.name)
ROLES = ("intake", "connector", "aggregator", "delivery", "timekeeper")


def loops_of(role: str, habeas: Habeas, *, system: str | None = None) -> list[Loop]:
    """The loops of one role. Raises NotFoundError for a role or system that there is not."""
    match role:
        case "intake":
            return [_publisher(habeas, [INTAKE])]
        case "connector":
            if system is None:
                raise NotFoundError(f"name the system: {', '.join(habeas.systems)}")
            return [*_connector(habeas, system), _publisher(habeas, [f"connector.{system}"])]
        case "aggregator":
            return [*_aggregator(habeas), _publisher(habeas, [AGGREGATOR])]
        case "delivery":
            return [*_delivery(habeas), _publisher(habeas, [DELIVERER])]
        case "timekeeper":
            return [*_timekeeper(habeas), _publisher(habeas, [TIMEKEEPER])]
    raise NotFoundError(f"there is no role '{role}'; there are: {', '.join(ROLES)}")


def all_loops(habeas: Habeas) -> list[Loop]:
    """Every role in one process, with one publisher for all of them."""
    lanes = [INTAKE, TIMEKEEPER, AGGREGATOR, DELIVERER, *(f"connector.{system}" for system in habeas.systems)]
    connectors = [loop for system in habeas.systems for loop in _connector(habeas, system)]
    return [*connectors, *_aggregator(habeas), *_delivery(habeas), *_timekeeper(habeas), _publisher(habeas, lanes)]


def groups(systems: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Each consumer group and the topics that it reads."""
    connectors = {f"connector.{system}": CONNECTOR_TOPICS for system in systems}
    return connectors | {AGGREGATOR: AGGREGATOR_TOPICS, DELIVERER: DELIVERY_TOPICS}


def _connector(habeas: Habeas, system: str) -> list[Loop]:
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
        _consumer(habeas, lane, CONNECTOR_TOPICS, intake_of(system, clock=habeas.clock)),
        _worker(habeas, system, by_kind(fulfilment, undoing, lifting), lane=lane),
    ]
    if isinstance(connector, KeepsAway):
        keeping = KeepingAway(system, connector, database=habeas.database, clock=habeas.clock)
        name = f"{system}.keeping_away"
        loops.append(Loop(name, _once_in_a_while(keeping.step), wake=name, idle_s=KEEPING_AWAY_S))
    return loops


def _aggregator(habeas: Habeas) -> list[Loop]:
    from consumers.aggregator.assembly import Assembly  # noqa: PLC0415 - only this role pays for the typesetter
    from consumers.aggregator.letters import Press, Writing  # noqa: PLC0415 - as above
    from consumers.aggregator.recipients import Naming  # noqa: PLC0415 - as above
    from habeas.letters.package import Assembler  # noqa: PLC0415 - as above

    templates = habeas.settings.delivery.templates
    assembler = Assembler(templates=habeas.settings.path(templates) if templates else None)
    assembly = Assembly(
        titles=habeas.settings.titles,
        lane=AGGREGATOR,
        database=habeas.database,
        vault=habeas.vault,
        fingerprints=Fingerprints(habeas.keys, SUPPRESSIONS),
        register=habeas.register,
        assembler=assembler,
        clock=habeas.clock,
    )
    writing = Writing(
        lane=AGGREGATOR,
        database=habeas.database,
        vault=habeas.vault,
        register=habeas.register,
        press=Press(assembler.stationery, habeas.clock),
        clock=habeas.clock,
    )
    naming = Naming(
        lane=AGGREGATOR,
        database=habeas.database,
        vault=habeas.vault,
        register=habeas.register,
        stationery=assembler.stationery,
        clock=habeas.clock,
    )
    expiry = Expiry(database=habeas.database, vault=habeas.vault, clock=habeas.clock)
    return [
        Loop("expiry", _once_in_a_while(expiry.step), wake="expiry", idle_s=EXPIRY_S),
        Loop("shredding", shredding_of(habeas).step, wake="shredding", idle_s=SHREDDING_S),
        _consumer(habeas, AGGREGATOR, AGGREGATOR_TOPICS, projection(lane=AGGREGATOR, clock=habeas.clock)),
        _worker(habeas, LETTERS, writing, lane=AGGREGATOR, tasks_max=ANSWERS_MAX),
        _worker(habeas, ANSWER, assembly, lane=AGGREGATOR, tasks_max=ANSWERS_MAX),
        _worker(habeas, RECIPIENTS, naming, lane=AGGREGATOR, tasks_max=ANSWERS_MAX),
    ]


def shredding_of(habeas: Habeas) -> Shredding:
    """Who minds the times of what is sealed."""
    retention = habeas.settings.retention
    return Shredding(
        answers=retention.answers,
        identities=retention.identities,
        rescan_after=habeas.settings.time.rescan_after,
        database=habeas.database,
        vault=habeas.vault,
        clock=habeas.clock,
    )


def _delivery(habeas: Habeas) -> list[Loop]:
    root = habeas.settings.path(habeas.settings.delivery.folder)
    clearing = Clearing(root, after=habeas.settings.retention.folder, database=habeas.database, clock=habeas.clock)
    folder = FolderDelivery(
        root,
        lane=DELIVERER,
        database=habeas.database,
        vault=habeas.vault,
        clock=habeas.clock,
    )
    return [
        Loop("clearing", clearing.step, wake="clearing", idle_s=CLEARING_S),
        _consumer(habeas, DELIVERER, DELIVERY_TOPICS, delivery_intake(clock=habeas.clock)),
        _worker(habeas, DELIVERY, folder, lane=DELIVERER, tasks_max=ANSWERS_MAX),
        *_telling(habeas, root),
    ]


def _telling(habeas: Habeas, root: Path) -> list[Loop]:
    """A worker for each recipient with an address: each is up or down by itself."""
    senders = Senders(habeas.settings, clock=habeas.clock)
    workers = []
    for recipient in habeas.register.recipients:
        if recipient.notify is not None:
            telling = Telling(
                recipient,
                register=habeas.register,
                senders=senders,
                root=root,
                lane=DELIVERER,
                database=habeas.database,
                vault=habeas.vault,
                clock=habeas.clock,
            )
            workers.append(_worker(habeas, line_of(recipient.key), telling, lane=DELIVERER, tasks_max=TOLD_MAX))
    return workers


def _timekeeper(habeas: Habeas) -> list[Loop]:
    time = habeas.settings.time
    keeper = Timekeeper(
        silent_after=time.silent_after, give_up_after=time.give_up_after, database=habeas.database, clock=habeas.clock
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
        Loop("revisits", _once_in_a_while(revisits.step), wake="revisits", idle_s=REVISITS_S),
        Loop("informing", _once_in_a_while(informing.step), wake="informing", idle_s=INFORMING_S),
        Loop("timekeeper", _once_in_a_while(keeper.step), wake="timekeeper", idle_s=TIMEKEEPER_S),
        Loop("deadlines", _once_in_a_while(deadlines.step), wake="deadlines", idle_s=DEADLINES_S),
    ]
    if habeas.settings.log.engine == "embedded":
        retention = Retention(TOPICS, event_log=habeas.event_log, clock=habeas.clock)
        loops.append(Loop("retention", _once_in_a_while(retention.step), wake="retention", idle_s=RETENTION_S))
    return loops


def _once_in_a_while(step: Callable[[], int]) -> Callable[[], int]:
    """However much there was to do, the next look is after the loop's pause."""

    def look() -> int:
        step()
        return 0

    return look


def _consumer(habeas: Habeas, group: str, topics: Sequence[str], handler: runner.Handler) -> Loop:
    consumer = Runner(
        group,
        topics,
        handler,
        lane=group,
        event_log=habeas.event_log,
        database=habeas.database,
        clock=habeas.clock,
    )
    # poll waits by itself, so the loop need not
    return Loop(
        f"{group}.consumer", lambda: consumer.step(timeout_s=POLL_S), wake=group, close=consumer.close, idle_s=0
    )


def _worker(habeas: Habeas, system: str, handler: Handler, *, lane: str, tasks_max: int | None = None) -> Loop:
    work = habeas.settings.work
    worker = Worker(
        system,
        handler,
        lane=lane,
        database=habeas.database,
        clock=habeas.clock,
        patience=Patience(attempts_max=work.attempts_max, pause_s_min=work.pause_s_min, pause_s_max=work.pause_s_max),
        batch_tasks_max=min(work.batch_tasks_max, tasks_max or work.batch_tasks_max),
        lease_s=work.lease_s,
    )
    return Loop(f"{system}.worker", worker.step, wake=ledger.waiting_for(system))


def _publisher(habeas: Habeas, lanes: Sequence[str]) -> Loop:
    publisher = Publisher(
        lanes,
        log=habeas.event_log,
        database=habeas.database,
        clock=habeas.clock,
        lease_s=habeas.settings.work.lease_s,
    )
    return Loop("publisher", publisher.step, wake=outbox.WAKE, close=publisher.release)
