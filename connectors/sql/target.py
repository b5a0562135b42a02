"""A database that is being changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.sql.changes import Step, Steps
from connectors.sql.choosing import Chosen
from connectors.sql.live import LiveSchema
from connectors.sql.map import SqlMap
from connectors.sql.prepared import PreparedStatements
from habeas.errors import PermanentError


@dataclass(frozen=True, slots=True)
class Target:
    """How it is to be read, and its statements."""

    sql_map: SqlMap
    live: LiveSchema
    prepared: PreparedStatements
    steps: Steps
    order: Mapping[str, int]
    """The tables by their turn in deleting."""
    plain: dict[Step, bool] = field(default_factory=dict)
    """Whether one statement is all that a step takes, of steps that have come up."""

    def parameters(self, step: Step, chosen: Chosen) -> dict[str, object]:
        """What the conditions that choose rows are executed with."""
        return chosen.parameters(self.prepared.dialect.name, len(self.sql_map.tables[step.collection].key))

    def restricted_by(self, collection: str) -> str:
        """The collection whose rows are marked for it: its own or one above. Raises PermanentError if none is."""
        for each in self.sql_map.chain(collection):
            if self.sql_map.tables[each].own_restriction:
                return each
        raise PermanentError(f"the map says of no table above {collection} how it is restricted")
