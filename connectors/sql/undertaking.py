"""One task in the target: taken on in the packet of its first changes, and noted with what it did."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from connectors.sql.batches import execute_all
from connectors.sql.inbox import Inbox, is_taken
from connectors.sql.ready import Ready
from habeas.ports import Effects


class Undertaking:
    """The transaction of one task.

    Where the target notes tasks, the note comes before the first change and is of what the changes are to do; so it
    needs no second statement where they do just that. A second application changes nothing.
    """

    def __init__(self, connection: sa.Connection, inbox: Inbox, task_id: str) -> None:
        """Raises sqlalchemy.exc.SQLAlchemyError."""
        self.connection = connection
        self._inbox = inbox
        self._task_id = task_id
        self._notes = inbox.is_there(connection)
        self._noted: Effects | None = None
        self._earlier: Effects | None = None

    @property
    def earlier(self) -> Effects | None:
        """What an earlier application did, None if this is the first; takes the task on.

        Waits while another transaction applies it.
        """
        self.execute([], Effects())
        return self._earlier

    def execute(self, statements: Sequence[Ready], expected: Effects) -> list[int] | None:
        """How many rows each statement changed; None if the task has been applied before, and nothing was executed.

        `expected` is what they do if no row has changed since it was read.
        """
        if self._earlier is not None:
            return None
        take = self._take(expected)
        if not take and not statements:
            return []
        return self._executed(take, statements, commit=False)

    def complete(self, effects: Effects) -> None:
        """Note what was really done, and commit."""
        first = self._notes and self._earlier is None
        if first and (take := self._take(effects)):
            self._executed(take, [], commit=True)
        elif first and effects != self._noted:
            execute_all(self.connection, [self._inbox.noting(self.connection, self._task_id, effects)], commit=True)
        else:
            self.connection.commit()

    def _take(self, expected: Effects) -> list[Ready]:
        if not self._notes or self._noted is not None:
            return []
        self._noted = expected
        return [self._inbox.taking(self.connection, self._task_id, expected)]

    def _executed(self, take: list[Ready], statements: Sequence[Ready], *, commit: bool) -> list[int] | None:
        try:
            return execute_all(self.connection, [*take, *statements], commit=commit)[len(take) :]
        except IntegrityError as error:
            if not take or not is_taken(error):
                raise
        self.connection.rollback()
        self._earlier = self._inbox.effects_of(self.connection, self._task_id)
        return None
