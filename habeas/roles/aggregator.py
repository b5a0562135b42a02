"""The aggregator: derives the cases, writes answers and letters, and shreds what has had its time."""

from consumers.aggregator.expiry import Expiry
from consumers.aggregator.projection import GROUP as AGGREGATOR
from consumers.aggregator.projection import projection
from consumers.aggregator.shredding import Shredding
from consumers.task_ids import ANSWER, LETTERS, RECIPIENTS
from habeas.bootstrap import Habeas
from habeas.loops import Loop
from habeas.roles.parts import PACKAGES_MAX, consumer, once_in_a_while, worker
from habeas.vault.fingerprints import SUPPRESSIONS, Fingerprints
from schemas.topics import COMPLETIONS, REQUESTS, RESPONSES

EXPIRY_S = 60.0
SHREDDING_S = 600.0
AGGREGATOR_TOPICS = (REQUESTS.name, COMPLETIONS.name, RESPONSES.name)


def aggregator_loops(habeas: Habeas) -> list[Loop]:
    """All of them, but for the publisher."""
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
        Loop("expiry", once_in_a_while(expiry.step), wake="expiry", idle_s=EXPIRY_S),
        Loop("shredding", shredding_of(habeas).step, wake="shredding", idle_s=SHREDDING_S),
        consumer(habeas, AGGREGATOR, AGGREGATOR_TOPICS, projection(lane=AGGREGATOR, clock=habeas.clock)),
        worker(habeas, LETTERS, writing, lane=AGGREGATOR, tasks_max=PACKAGES_MAX),
        worker(habeas, ANSWER, assembly, lane=AGGREGATOR, tasks_max=PACKAGES_MAX),
        worker(habeas, RECIPIENTS, naming, lane=AGGREGATOR, tasks_max=PACKAGES_MAX),
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
