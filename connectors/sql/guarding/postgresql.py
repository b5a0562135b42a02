"""The SQL that guards a PostgreSQL database: row-level security for its programs' roles, triggers for everybody.

https://www.postgresql.org/docs/current/ddl-rowsecurity.html
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connectors.sql.guarding.catalogue import NAME, OTHERS, Catalogue, Relation
from connectors.sql.guarding.marks import Mark, Marks
from connectors.sql.guarding.words import remark
from connectors.sql.live import LiveSchema
from connectors.sql.map import SqlMap
from habeas.errors import ConfigurationError, NotFoundError

_REFUSE = f"""CREATE SCHEMA IF NOT EXISTS {NAME};
GRANT USAGE ON SCHEMA {NAME} TO PUBLIC;
CREATE OR REPLACE FUNCTION {NAME}.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF session_user <> TG_ARGV[0] THEN
    RAISE insufficient_privilege USING MESSAGE =
      format('%I: what is restricted is stored only (GDPR, Article 18)', TG_TABLE_NAME);
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;"""
_BODY = "$habeas$"
_NAME_BYTES_MAX = 60


@dataclass(frozen=True, slots=True)
class PostgresqlGuard:
    """The statements for one map, as the database is now."""

    sql_map: SqlMap
    live: LiveSchema
    catalogue: Catalogue
    system: str

    @property
    def marks(self) -> Marks:
        return Marks(self.sql_map, self.live, self.named, self.quoted)

    def quoted(self, name: str) -> str:
        return self.catalogue.connection.dialect.identifier_preparer.quote(name)

    def named(self, table: str) -> str:
        """With its schema: our functions trust no search path."""
        schema, _, bare = table.rpartition(".")
        where = schema or sa.inspect(self.catalogue.connection).default_schema_name or "public"
        return f"{self.quoted(where)}.{self.quoted(bare)}"

    def condition(self, marks: Sequence[Mark], row: str = "") -> str:
        """True of a restricted row; `row` is NEW or OLD with its dot, where a trigger asks."""
        return " OR ".join(self._asked(each, row) for each in marks)

    def fingerprint(self, marks: Sequence[Mark]) -> str:
        """What our policy says of itself, so that one made for another map is noticed."""
        said = (*self.catalogue.ours(), self.condition(marks), *(self._function(each) for each in marks))
        return f"Habeas {hashlib.sha256(repr(said).encode()).hexdigest()[:16]}"

    def script(self, roles: Sequence[str]) -> str:
        """All of it, in one transaction. Raises ConfigurationError or NotFoundError if a role can't be bound."""
        self._check(roles)
        return "\n".join([*self._head(roles), "BEGIN;", _REFUSE, *self._statements(roles), "COMMIT;", ""])

    def _check(self, roles: Sequence[str]) -> None:
        if not roles:
            raise ConfigurationError(f"name with --role as whom your programs sign in, one or more{self._candidates()}")
        for name in roles:
            role = self.catalogue.role(name)
            if role is None:
                raise NotFoundError(f"the database has no role {name}")
            if role.is_ours:
                raise ConfigurationError(f"Habeas itself signs in as {name}: give it a role of its own")
            if role.unbound:
                raise ConfigurationError(
                    f"no policy holds for {name}, a superuser or one with BYPASSRLS: let programs sign in as another"
                )
            if role.binds_us:
                raise ConfigurationError(
                    f"Habeas signs in as a member of {name} and would no longer see what it restricted: take it out of"
                    " that role and grant it rights of its own"
                )

    def _candidates(self) -> str:
        places = [self.named(each) for each in (*self.marks.by_place(), *self.marks.moved().values())]
        relations = [each for place in places for each in self.catalogue.relations(place)]
        reaching = sorted({role for each in relations for role in self.catalogue.reaching(each.oid)})
        return f"; these reach its tables: {', '.join(reaching)}" if reaching else ""

    def _head(self, roles: Sequence[str]) -> list[str]:
        return [
            remark(
                f"Keeps what Habeas has restricted in {self.system} from programs that sign in as {', '.join(roles)}"
            ),
            "-- (GDPR, Article 18(2)). For a superuser, once, and again when the map, the roles or the views change:",
            "-- psql -v ON_ERROR_STOP=1 -f THIS_FILE THE_DATABASE",
        ]

    def _statements(self, roles: Sequence[str]) -> Iterator[str]:
        for place, marks in self.marks.by_place().items():
            yield f"\n{remark(place)}"
            for mark in marks:
                if mark.elsewhere:
                    yield self._function(mark)
                    yield f"ALTER FUNCTION {self._signature(mark)} OWNER TO {self.quoted(self.catalogue.ours()[1])};"
                    yield f"GRANT EXECUTE ON FUNCTION {self._signature(mark)} TO PUBLIC;"
            for relation in self.catalogue.relations(self.named(place)):
                yield from self._guarded(relation, marks, roles)
        for place in self.marks.side_tables():
            yield "\n" + remark(f"{place}, whose rows are marks: who lifts one is Habeas")
            yield from self._triggers(self.named(place), "")
        for place in dict.fromkeys(self.marks.moved().values()):
            yield "\n" + remark(f"{place}, to which restricted rows are moved")
            yield from self._out_of_reach(place, roles)

    def _guarded(self, relation: Relation, marks: Sequence[Mark], roles: Sequence[str]) -> Iterator[str]:
        table = relation.name
        if not relation.is_table:
            yield remark(f"{table} is no table: guard what it reads.")
            return
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        as_owner = any(self.catalogue.has_rights_of(each, relation.owner) for each in roles)
        if as_owner:
            yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
        if relation.policies and (not relation.has_policies or (as_owner and not relation.forced)):
            yield remark(f"These policies hold from now on, for its owner too: {', '.join(relation.policies)}.")
        yield f"DROP POLICY IF EXISTS {OTHERS} ON {table};"
        if relation.opened or not relation.has_policies:
            yield f"CREATE POLICY {OTHERS} ON {table} FOR ALL TO PUBLIC USING (TRUE) WITH CHECK (TRUE);"
        in_use, to = f"(NOT ({self.condition(marks)}))", ", ".join(map(self.quoted, roles))
        yield f"DROP POLICY IF EXISTS {NAME} ON {table};"
        yield f"CREATE POLICY {NAME} ON {table} AS RESTRICTIVE FOR ALL TO {to} USING {in_use} WITH CHECK {in_use};"
        yield f"COMMENT ON POLICY {NAME} ON {table} IS '{self.fingerprint(marks)}';"
        yield from self._triggers(table, f" WHEN ({self.condition(marks, 'OLD.')})", cloned=relation.is_partition)
        yield from self._views(relation, roles)

    def _triggers(self, table: str, when: str, *, cloned: bool = False) -> Iterator[str]:
        """Against deletions that cascade, owners' programs and TRUNCATE, which ask no policy."""
        ours = self.catalogue.ours()[0].replace("'", "''")
        kinds = [(f"{NAME}_whole", "BEFORE TRUNCATE", "FOR EACH STATEMENT")]
        if not cloned:  # a partition has the row triggers of what it is a part of
            kinds.append((NAME, "BEFORE UPDATE OR DELETE", f"FOR EACH ROW{when}"))
        for name, moment, each in kinds:
            yield f"DROP TRIGGER IF EXISTS {name} ON {table};"
            yield f"CREATE TRIGGER {name} {moment} ON {table} {each} EXECUTE FUNCTION {NAME}.refuse('{ours}');"

    def _views(self, relation: Relation, roles: Sequence[str]) -> Iterator[str]:
        for view in self.catalogue.views(relation.oid):
            alter = f"ALTER VIEW {view.name} SET (security_invoker = true);"
            if view.owner in roles:
                continue
            if view.is_copy or not self.catalogue.invoker_views:
                yield remark(f"{view.name} shows restricted rows of {relation.name}: leave them out of it by hand.")
            elif view.lacking:
                yield remark(
                    f"{view.name} shows restricted rows to {', '.join(view.readers)}: leave them out by hand, or"
                )
                yield remark(f"grant {', '.join(view.lacking)} what it reads, and: {alter}")
            else:
                yield alter

    def _out_of_reach(self, place: str, roles: Sequence[str]) -> Iterator[str]:
        ours = self.catalogue.ours()[1]
        for relation in self.catalogue.relations(self.named(place)):
            if any(self.catalogue.has_rights_of(each, relation.owner) for each in roles):
                yield f"ALTER TABLE {relation.name} OWNER TO {self.quoted(ours)};"
            yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {relation.name} TO {self.quoted(ours)};"
            for each in ("PUBLIC", *map(self.quoted, roles)):
                yield f"REVOKE ALL ON {relation.name} FROM {each};"
            yield from self._triggers(relation.name, "", cloned=relation.is_partition)

    def _asked(self, mark: Mark, row: str) -> str:
        if not mark.elsewhere:
            return mark.condition(lambda column: f"{row}{self.quoted(column)}")
        columns = ", ".join(f"{row}{self.quoted(each)}" for each in mark.columns)
        return f"{self._called(mark)}({columns})"

    def _called(self, mark: Mark) -> str:
        name = f"{self.system}.{mark.collection}"
        if len(name.encode()) > _NAME_BYTES_MAX:
            name = hashlib.sha256(name.encode()).hexdigest()[:_NAME_BYTES_MAX]
        return f"{NAME}.{self.quoted(name)}"

    def _signature(self, mark: Mark) -> str:
        columns = self.live.tables[mark.collection].columns
        return f"{self._called(mark)}({', '.join(columns[each].declared for each in mark.columns)})"

    def _function(self, mark: Mark) -> str:
        """Asked with Habeas's own rights: those of the programs don't reach what it looks at."""
        if not mark.elsewhere:
            return ""
        numbers = {column: f"${number}" for number, column in enumerate(mark.columns, start=1)}
        return (
            f"CREATE OR REPLACE FUNCTION {self._signature(mark)} RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER"
            f" SET search_path = pg_catalog, pg_temp AS\n{_BODY} SELECT {mark.condition(numbers.__getitem__)} {_BODY};"
        )
