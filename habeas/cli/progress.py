"""The progress of some requests, system by system, while they are being fulfilled."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from habeas.cli.output import styled, table
from habeas.domain.cases import CaseState, SystemState
from habeas.storage import cases

if TYPE_CHECKING:
    from habeas.bootstrap import Habeas


class Progress:
    """A table that is drawn anew for every look."""

    def __init__(self, habeas: "Habeas", request_ids: Sequence[str]) -> None:
        self._habeas = habeas
        self._request_ids = request_ids
        self.finished = False

    def table(self) -> Table:
        """As things stand now."""
        with self._habeas.database.reading() as connection:
            found = [cases.fetch(connection, id_) for id_ in self._request_ids]
        known = [case for case in found if case is not None]
        self.finished = len(known) == len(found) and all(case.state is CaseState.DELIVERED for case in known)
        rows = [
            [case.right, case.request_id[:8], *(_short(state) for state in case.systems.values()), styled(case.state)]
            for case in known
        ]
        titles = self._habeas.settings.titles.values()
        return table(None, ["request", "id", *titles, "answer"], rows)


def _short(state: SystemState) -> str:
    match state:
        case SystemState.COMPLETED:
            return "[green]✓ done[/]"
        case SystemState.PENDING:
            return "[cyan]… at work[/]"
        case _:
            return styled(state)
