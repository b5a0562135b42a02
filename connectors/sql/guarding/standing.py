"""Whether a PostgreSQL database is guarded, as it is now: by its policies, its triggers and everybody's rights."""

from collections.abc import Iterator, Sequence

from connectors.sql.guarding.catalogue import NAME, Relation
from connectors.sql.guarding.marks import Mark
from connectors.sql.guarding.postgresql import PostgresqlGuard
from connectors.sql.guarding.words import GUARDED, MOVED_AWAY, again, first, marked_only
from habeas.ports import Guard, Problem

_TRIGGERS = {NAME, f"{NAME}_whole"}


def guards_of(guard: PostgresqlGuard, heeded_by: frozenset[str]) -> Iterator[Guard]:
    """Each table of the map; the roles in `heeded_by` may see what is restricted."""
    for place, marks in guard.marks.by_place().items():
        gaps = (
            gap
            for relation in guard.catalogue.relations(guard.named(place))
            for gap in _gaps(guard, relation, marks, heeded_by)
        )
        yield first(place, GUARDED, gaps)
    for place in guard.marks.side_tables():
        relations = guard.catalogue.relations(guard.named(place))
        unguarded = (marked_only(guard.system) for each in relations if not set(each.triggers) >= _TRIGGERS)
        yield first(place, GUARDED, unguarded)
    for place, target in guard.marks.moved().items():
        relations = guard.catalogue.relations(guard.named(target))
        reaching = (set(guard.catalogue.reaching(each.oid)) - heeded_by for each in relations)
        yield first(place, MOVED_AWAY, (_within_reach(guard, target, sorted(each)) for each in reaching if each))


def _gaps(
    guard: PostgresqlGuard, relation: Relation, marks: Sequence[Mark], heeded_by: frozenset[str]
) -> Iterator[Problem]:
    if not relation.is_table:
        yield Problem("no table, and so not guarded", "guard what it reads, or name who heeds it under 'heeded_by'")
    elif relation.made is None:
        yield marked_only(guard.system)
    elif relation.made != guard.fingerprint(marks):
        yield Problem("guarded by another map than the one in use", again(guard.system))
    elif not relation.has_policies or not set(relation.triggers) >= _TRIGGERS:
        yield Problem("its policies or triggers have been switched off", again(guard.system))
    else:
        yield from _open_to(guard, relation, heeded_by)


def _open_to(guard: PostgresqlGuard, relation: Relation, heeded_by: frozenset[str]) -> Iterator[Problem]:
    reaching = set(guard.catalogue.reaching(relation.oid)) - heeded_by
    if passing := sorted(reaching - guard.catalogue.bound(relation.oid, sorted(reaching))):
        roles = "".join(f" --role {each}" for each in passing)
        yield Problem(
            f"not guarded against {', '.join(passing)}",
            f"take away their rights, or {again(guard.system)}, with{roles} too; 'heeded_by' names who heeds the mark",
        )
    for view in guard.catalogue.views(relation.oid):
        readers = sorted(set(view.readers) - heeded_by)
        inside = {view.owner} <= guard.catalogue.bound(relation.oid, [view.owner])
        if not inside and (readers or view.is_read_by_views):
            yield Problem(
                f"{view.name} shows it to {', '.join(readers) or 'other views'}",
                f"leave restricted rows out of it, or {again(guard.system)}, which says how",
            )


def _within_reach(guard: PostgresqlGuard, target: str, roles: Sequence[str]) -> Problem:
    return Problem(f"moved to {target}, which {', '.join(roles)} can reach", again(guard.system))
