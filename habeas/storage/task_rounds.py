"""The rounds of the tasks: what each set out to do, as a sealed plan, and what it really did."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, select, update

from habeas.storage import ledger
from habeas.storage.ledger import Task
from habeas.storage.tables import task_plans


def remember(connection: Connection, rounds: Sequence[tuple[Task, int, str]]) -> None:
    """Note sealed plans, as (task, round, artefact id), before anything is changed."""
    rows = [{"task_id": task.id, "round": number, "artefact_id": id_} for task, number, id_ in rounds]
    connection.execute(insert(task_plans), rows)


def of_tasks(connection: Connection, task_ids: Iterable[str]) -> Mapping[str, list[Row[Any]]]:
    """The rounds of each task that has any, in order: rows of (task_id, round, artefact_id, effects)."""
    statement = select(task_plans).where(task_plans.c.task_id.in_(list(task_ids))).order_by(task_plans.c.round)
    rounds: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(statement):
        rounds.setdefault(row.task_id, []).append(row)
    return rounds


def note_effects(connection: Connection, task: Task, number: int, effects: Mapping[str, object]) -> None:
    """Note what a round really did. Raises FencedError."""
    ledger.ensure_held(connection, [task])
    where = and_(task_plans.c.task_id == task.id, task_plans.c.round == number)
    connection.execute(update(task_plans).where(where).values(effects=effects))
