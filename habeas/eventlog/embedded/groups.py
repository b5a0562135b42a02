"""Consumer groups: who is in, who owns what, how far each group is. Every function runs inside a transaction.

A partition changes hands in two steps, so that no record is handled twice for it: `heir` names who shall have it, and
the owner gives it up the next time it polls, when it has committed its last batch. A member whose lease has run out,
or whose process is gone, is put out by the others, and what it owned goes to the heirs at once. Its number is never
given again: commits under it are refused from then on.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from habeas.errors import FencedError
from habeas.eventlog.embedded import liveness
from habeas.eventlog.embedded.assignment import share_out
from habeas.eventlog.embedded.records import places_of


@dataclass(frozen=True, slots=True)
class Membership:
    """One life of a member; it joins again under another number."""

    group: int
    number: int


@dataclass(frozen=True, slots=True)
class Holding:
    """What a member owns as of a generation of its group; `leaving` is what it is asked to give up."""

    generation: int
    kept: frozenset[int]
    leaving: frozenset[int]


def join(
    db: sqlite3.Connection, group: str, name: str, topics: Sequence[str], *, now_ms: int, lease_ms: int
) -> Membership:
    """Enter a group. Another member of the same name is its earlier life, and out from now on."""
    db.execute("INSERT INTO groups (name) VALUES (?) ON CONFLICT DO NOTHING", (group,))
    group_id = int(db.execute("SELECT id FROM groups WHERE name = ?", (group,)).fetchone()[0])
    db.execute("DELETE FROM members WHERE group_id = ? AND name = ?", (group_id, name))
    _put_out(db, silent(db, group_id, now_ms=now_ms))
    row = db.execute(
        "INSERT INTO members (group_id, name, topics, process, lease_until_ms) VALUES (?, ?, ?, ?, ?) RETURNING id",
        (group_id, name, orjson.dumps(sorted(set(topics))).decode(), liveness.own_identity(), now_ms + lease_ms),
    ).fetchone()
    _rebalance(db, group_id)
    return Membership(group_id, int(row[0]))


def leave(db: sqlite3.Connection, member: Membership) -> None:
    """What it owned goes to the others at once."""
    db.execute("DELETE FROM members WHERE id = ?", (member.number,))
    _rebalance(db, member.group)


def renew(db: sqlite3.Connection, member: Membership, *, now_ms: int, lease_ms: int) -> bool:
    """Prolong the lease and put out silent members; whether there were any.

    Raises FencedError if the member itself was put out.
    """
    _prolong(db, member, now_ms + lease_ms)
    others = silent(db, member.group, now_ms=now_ms)
    if others:
        _put_out(db, others)
        _rebalance(db, member.group)
    return bool(others)


def silent(db: sqlite3.Connection, group: int, *, now_ms: int) -> list[int]:
    """The members whose lease has run out or whose process is gone."""
    rows = db.execute("SELECT id, process, lease_until_ms FROM members WHERE group_id = ?", (group,)).fetchall()
    return [number for number, process, until_ms in rows if until_ms < now_ms or liveness.is_dead(process)]


def _put_out(db: sqlite3.Connection, members: Sequence[int]) -> None:
    db.executemany("DELETE FROM members WHERE id = ?", [(number,) for number in members])


def _put_out_error() -> FencedError:
    return FencedError("This member was put out of its consumer group: it was silent for too long, or replaced.")


def _prolong(db: sqlite3.Connection, member: Membership, lease_until_ms: int) -> None:
    query = "UPDATE members SET lease_until_ms = ? WHERE id = ?"
    if db.execute(query, (lease_until_ms, member.number)).rowcount == 0:
        raise _put_out_error()


def generation(db: sqlite3.Connection, member: Membership) -> int:
    """Counts the changes of who owns what in the group."""
    return int(db.execute("SELECT generation FROM groups WHERE id = ?", (member.group,)).fetchone()[0])


def holding(db: sqlite3.Connection, member: Membership) -> Holding:
    """What the member owns. Raises FencedError if it was put out."""
    if db.execute("SELECT 1 FROM members WHERE id = ?", (member.number,)).fetchone() is None:
        raise _put_out_error()
    rows = db.execute(
        "SELECT place, heir FROM owners WHERE group_id = ? AND owner = ?", (member.group, member.number)
    ).fetchall()
    return Holding(
        generation(db, member),
        kept=frozenset(place for place, heir in rows if heir == member.number),
        leaving=frozenset(place for place, heir in rows if heir != member.number),
    )


def give_up(db: sqlite3.Connection, member: Membership) -> None:
    """Hand over what the heirs wait for."""
    handed = db.execute(
        "UPDATE owners SET owner = heir WHERE group_id = ? AND owner = ? AND heir <> owner",
        (member.group, member.number),
    ).rowcount
    if handed:
        _next_generation(db, member.group)


def commit(
    db: sqlite3.Connection, member: Membership, positions: Mapping[int, int], *, now_ms: int, lease_ms: int
) -> None:
    """Note how far the group is, by place; the lease is prolonged too. Raises FencedError if one has another owner."""
    _prolong(db, member, now_ms + lease_ms)
    for place in positions:
        owner = db.execute(
            "SELECT owner FROM owners WHERE group_id = ? AND place = ?", (member.group, place)
        ).fetchone()
        if owner is None or owner[0] != member.number:
            raise FencedError("A partition that was to be committed has another owner by now.")
    db.executemany(
        "INSERT INTO commits (group_id, place, next) VALUES (?, ?, ?)"
        " ON CONFLICT (group_id, place) DO UPDATE SET next = excluded.next",
        [(member.group, place, position) for place, position in positions.items()],
    )


def commits(db: sqlite3.Connection, group: str) -> dict[int, int]:
    """The next offset to read of each place that the group has committed."""
    query = "SELECT place, commits.next FROM commits JOIN groups ON groups.id = group_id WHERE name = ?"
    return dict(db.execute(query, (group,)).fetchall())


def _rebalance(db: sqlite3.Connection, group: int) -> None:
    rows = db.execute("SELECT id, topics FROM members WHERE group_id = ?", (group,)).fetchall()
    members = {number: frozenset(orjson.loads(topics)) for number, topics in rows}
    wanted = sorted({topic for topics in members.values() for topic in topics})
    places = {place.id: place.partition.topic for place in places_of(db, wanted)}
    owned = db.execute("SELECT place, owner FROM owners WHERE group_id = ?", (group,)).fetchall()
    owners = {place: owner for place, owner in owned if owner in members and places.get(place) in members[owner]}
    heirs = share_out(members, places, owners)
    db.execute("DELETE FROM owners WHERE group_id = ?", (group,))
    db.executemany(
        "INSERT INTO owners (group_id, place, owner, heir) VALUES (?, ?, ?, ?)",
        [(group, place, owners.get(place, heir), heir) for place, heir in heirs.items()],
    )
    _next_generation(db, group)


def _next_generation(db: sqlite3.Connection, group: int) -> None:
    db.execute("UPDATE groups SET generation = generation + 1 WHERE id = ?", (group,))
