"""The roles, each as the loops that make it up: read the log, work the ledger, publish the outbox."""

from collections.abc import Sequence

from consumers.aggregator.projection import GROUP as AGGREGATOR
from consumers.delivery.intake import GROUP as DELIVERER
from habeas.bootstrap import Habeas
from habeas.errors import ConfigurationError, NotFoundError
from habeas.loops import Loop
from habeas.roles.aggregator import AGGREGATOR_TOPICS, aggregator_loops
from habeas.roles.connector import CONNECTOR_TOPICS, connector_loops
from habeas.roles.delivery import DELIVERY_TOPICS, delivery_loops
from habeas.roles.opt_out import opt_out_loops
from habeas.roles.parts import publisher
from habeas.roles.timekeeper import timekeeper_loops
from producers.intake import LANE as INTAKE
from producers.timekeeper import LANE as TIMEKEEPER

ROLES = ("intake", "connector", "aggregator", "delivery", "timekeeper", "opt-out")


def loops_of(role: str, habeas: Habeas, *, system: str | None = None) -> list[Loop]:
    """The loops of one role. Raises NotFoundError for a role or system that there is not."""
    match role:
        case "intake":
            return [publisher(habeas, [INTAKE])]
        case "connector":
            if system is None:
                raise NotFoundError(f"name the system: {', '.join(habeas.systems)}")
            return [*connector_loops(habeas, system), publisher(habeas, [f"connector.{system}"])]
        case "aggregator":
            return [*aggregator_loops(habeas), publisher(habeas, [AGGREGATOR])]
        case "delivery":
            return [*delivery_loops(habeas), publisher(habeas, [DELIVERER])]
        case "timekeeper":
            return [*timekeeper_loops(habeas), publisher(habeas, [TIMEKEEPER])]
        case "opt-out":
            if loops := opt_out_loops(habeas):
                return loops
            raise ConfigurationError("set opt_out.url and opt_out.port: where do links lead, and where is it answered?")
    raise NotFoundError(f"there is no role '{role}'; there are: {', '.join(ROLES)}")


def all_loops(habeas: Habeas) -> list[Loop]:
    """Every role in one process, with one publisher for all of them."""
    lanes = [INTAKE, TIMEKEEPER, AGGREGATOR, DELIVERER, *(f"connector.{system}" for system in habeas.systems)]
    connectors = [loop for system in habeas.systems for loop in connector_loops(habeas, system)]
    return [
        *connectors,
        *aggregator_loops(habeas),
        *delivery_loops(habeas),
        *timekeeper_loops(habeas),
        *opt_out_loops(habeas),
        publisher(habeas, lanes),
    ]


def groups(systems: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Each consumer group and the topics that it reads."""
    connectors = {f"connector.{system}": CONNECTOR_TOPICS for system in systems}
    return connectors | {AGGREGATOR: AGGREGATOR_TOPICS, DELIVERER: DELIVERY_TOPICS}
