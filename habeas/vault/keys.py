"""The keys of requests: made, unwrapped, destroyed, and wrapped anew under another master key."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection, Table, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL

from habeas.errors import UserError
from habeas.vault.chunks import KEY_BYTES
from habeas.vault.errors import KeyDestroyedError, MasterKeyMissingError
from habeas.vault.key_database import KeyDatabase, active_master, request_keys
from habeas.vault.master import MasterKeys
from habeas.vault.wrapping import WRAPPED_BYTES, MasterKey

_IDS_IN_ONE_QUERY_MAX = 10_000
_NOTHING = bytes(WRAPPED_BYTES)
T = TypeVar("T")


class KeyStore:
    """One key for each request, wrapped, in a database that holds nothing else.

    Every call asks the database: once `destroy` has returned, no process opens anything of that request any more.
    Which master key wraps new keys is noted there too, so that a process that knows nothing yet of a rotation can't
    wrap a key under a master key that is about to go.
    """

    def __init__(self, url: str | URL, *, master: MasterKeys) -> None:
        """Raises ConfigurationError if it can't be opened, or these are not the master keys it was made with."""
        self._master = master
        self._database = KeyDatabase(url)
        try:
            _again_after_rotation(self._know_active)
        except BaseException:
            self.close()
            raise

    def create(self, request_ids: Sequence[str]) -> None:
        """Make the keys that are not there yet. A destroyed one is not made again."""
        if not request_ids:
            return
        with self._database.writing() as connection:
            master = self._master.get(_lock_active(connection, shared=True))
            rows = [
                {"request_id": each, "master_id": master.id, "wrapped": _new_key(master, each), "destroyed": False}
                for each in sorted(set(request_ids))  # in one order everywhere, so that nobody waits in a circle
            ]
            self._insert_missing(connection, request_keys, rows)

    def unwrap(self, request_ids: Sequence[str]) -> Mapping[str, bytes]:
        """The keys of all of these. Raises KeyDestroyedError if one has none."""
        return _again_after_rotation(lambda: self._unwrap(request_ids))

    def destroy(self, request_id: str) -> None:
        """Make unreadable what was sealed for this request; safe to repeat, and lasting.

        The row stays, without the key, and keeps a late `create` from making another. Raises RetriableError if a copy
        may be left in SQLite's write-ahead log.
        """
        gone = {"wrapped": _NOTHING, "destroyed": True}
        with self._database.writing() as connection:
            row = {"request_id": request_id, "master_id": _lock_active(connection, shared=True), **gone}
            self._insert_missing(connection, request_keys, [row])
            connection.execute(update(request_keys).where(request_keys.c.request_id == request_id).values(gone))
        self._database.scrub()

    def begin_rotation(self) -> MasterKey:
        """Have a new master key wrap whatever is created from now on."""
        with self._database.writing() as connection:
            _lock_active(connection)
            new = self._master.renew()
            connection.execute(update(active_master).values(master_id=new.id))
        return new

    def rewrap(self, new: MasterKey, *, batch_keys: int) -> Iterator[int]:
        """Wrap under `new` what is not; each batch is a transaction. Yields how many each batch had."""
        after: int | None = 0
        while after is not None:
            with self._database.writing() as connection:
                after, count = self._rewrap_batch(connection, new, after=after, limit=batch_keys)
            yield count

    def end_rotation(self, new: MasterKey) -> None:
        """Forget every other master key, once nothing needs them. Raises UserError if another rotation came after."""
        self._database.scrub()
        with self._database.writing() as connection:
            if _lock_active(connection) != new.id:
                raise UserError("another rotation has begun meanwhile; that one will finish the work")
            elsewhere = select(func.count()).where(request_keys.c.master_id != new.id, ~request_keys.c.destroyed)
            if connection.scalar(elsewhere):
                raise UserError("keys are left under another master key; rotate again")
            self._master.keep_only(new.id)

    def close(self) -> None:
        """Give back the connections."""
        self._database.close()

    def _know_active(self) -> None:
        with self._database.reading() as connection:
            active = connection.scalar(select(active_master.c.master_id))
        if active is None:
            with self._database.writing() as connection:
                self._insert_missing(connection, active_master, [{"only": 1, "master_id": self._master.newest().id}])
                active = _lock_active(connection, shared=True)
        self._master.get(active)

    def _unwrap(self, request_ids: Sequence[str]) -> dict[str, bytes]:
        wanted = list(dict.fromkeys(request_ids))
        keys: dict[str, bytes] = {}
        columns = (request_keys.c.request_id, request_keys.c.master_id, request_keys.c.wrapped)
        for start in range(0, len(wanted), _IDS_IN_ONE_QUERY_MAX):
            some = wanted[start : start + _IDS_IN_ONE_QUERY_MAX]
            query = select(*columns).where(request_keys.c.request_id.in_(some), ~request_keys.c.destroyed)
            with self._database.reading() as connection:
                rows = connection.execute(query).all()
            for request_id, master_id, wrapped in rows:
                keys[request_id] = self._master.get(master_id).unwrap(wrapped, request_id=request_id)
        for request_id in wanted:
            if request_id not in keys:
                raise KeyDestroyedError(f"request {request_id} has no key (any more): what was sealed for it is gone")
        return keys

    def _rewrap_batch(
        self, connection: Connection, new: MasterKey, *, after: int, limit: int
    ) -> tuple[int | None, int]:
        query = (
            select(request_keys)
            .where(request_keys.c.number > after, request_keys.c.master_id != new.id, ~request_keys.c.destroyed)
            .order_by(request_keys.c.number)
            .limit(limit)
            .with_for_update()  # so that a key that is destroyed meanwhile does not come back
        )
        rows = connection.execute(query).all()
        rewrapped = []
        for row in rows:
            key = self._master.get(row.master_id).unwrap(row.wrapped, request_id=row.request_id)
            rewrapped.append({"at": row.number, "wrapped": new.wrap(key, request_id=row.request_id)})
        if rewrapped:
            this = request_keys.c.number == bindparam("at")
            connection.execute(update(request_keys).where(this).values(master_id=new.id), rewrapped)
        return (rows[-1].number if len(rows) == limit else None), len(rows)

    def _insert_missing(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
        insert = (sqlite if self._database.is_sqlite else postgresql).insert(table)
        connection.execute(insert.on_conflict_do_nothing(), rows)


def _lock_active(connection: Connection, *, shared: bool = False) -> str:
    """The id of the master key in use, which no rotation changes before this transaction ends."""
    active: str = connection.execute(select(active_master.c.master_id).with_for_update(read=shared)).scalar_one()
    return active


def _new_key(master: MasterKey, request_id: str) -> bytes:
    return master.wrap(secrets.token_bytes(KEY_BYTES), request_id=request_id)


def _again_after_rotation(attempt: Callable[[], T]) -> T:
    """A rotation may have ended between the query and the look at the master keys; a second query tells."""
    try:
        return attempt()
    except MasterKeyMissingError:
        return attempt()
