"""The progress of some requests, system by system, while they are being fulfilled."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from consumers.task_ids import ANSWER
from habeas.cli.output import styled, table
from habeas.cli.progress_words import shortly
from habeas.domain.cases import Case, CaseState, SystemState
from habeas.storage import cases, work
from habeas.storage.work import UnderWay

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
            under_way = work.under_way(connection, self._request_ids)
        known = [case for case in found if case is not None]
        self.finished = len(known) == len(found) and all(case.state is CaseState.DELIVERED for case in known)
        rows = [_row(case, under_way.get(case.request_id, {})) for case in known]
        titles = self._habeas.settings.titles.values()
        return table(None, ["request", "id", *titles, "answer"], rows)


def _row(case: Case, under_way: Mapping[str, UnderWay]) -> list[str]:
    systems = (_short(state, under_way.get(system)) for system, state in case.systems.items())
    answer = under_way.get(ANSWER)
    return [case.right, case.request_id[:8], *systems, shortly(answer.progress) if answer else styled(case.state)]


def _short(state: SystemState, work: UnderWay | None) -> str:
    match state:
        case SystemState.COMPLETED:
            return "[green]✓ done[/]"
        case SystemState.PENDING:
            return f"[cyan]… {shortly(work.progress) if work else 'at work'}[/]"
        case _:
            return styled(state)
