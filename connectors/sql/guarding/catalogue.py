"""What PostgreSQL's catalogue says of tables, of the roles that reach them, and of the views over them."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

NAME = "habeas_guard"
"""The schema of our functions, our policy, our trigger."""
OTHERS = "habeas_guard_others"
"""The policy that lets everybody else through, where nothing else does."""

_RELATIONS = sa.text(
    "WITH RECURSIVE tree AS (SELECT to_regclass(:name)::oid AS oid"
    " UNION SELECT i.inhrelid FROM pg_inherits AS i JOIN tree ON i.inhparent = tree.oid)"
    " SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name, c.relkind IN ('r', 'p') AS is_table,"
    " c.relispartition AS is_partition, pg_get_userbyid(c.relowner) AS owner,"
    " c.relrowsecurity AS has_policies, c.relforcerowsecurity AS forced,"
    " ARRAY(SELECT polname::text FROM pg_policy WHERE polrelid = c.oid AND polname NOT IN (:ours, :others) ORDER BY 1)"
    " AS policies,"
    " EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = c.oid AND polname = :others) AS opened,"
    " (SELECT obj_description(p.oid, 'pg_policy') FROM pg_policy AS p WHERE polrelid = c.oid AND polname = :ours)"
    " AS made,"
    " ARRAY(SELECT tgname::text FROM pg_trigger WHERE tgrelid = c.oid AND tgname LIKE 'habeas\\_guard%' AND"
    " tgenabled IN ('O', 'A')) AS triggers"
    " FROM tree JOIN pg_class AS c ON c.oid = tree.oid JOIN pg_namespace AS n ON n.oid = c.relnamespace ORDER BY c.oid"
)
_WHO = (
    "SELECT r.rolname::text FROM pg_roles AS r"
    " WHERE NOT r.rolsuper AND r.rolname NOT LIKE 'pg\\_%' AND r.rolname NOT IN (session_user, current_user)"
    " AND EXISTS (SELECT 1 FROM pg_roles AS l WHERE l.rolcanlogin AND NOT l.rolsuper"
    " AND l.rolname NOT IN (session_user, current_user) AND pg_has_role(l.oid, r.oid, 'MEMBER'))"
)
_REACHING = sa.text(
    f"{_WHO} AND (has_table_privilege(r.oid, :oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')"
    " OR has_any_column_privilege(r.oid, :oid, 'SELECT, INSERT, UPDATE')) ORDER BY 1"
)
_BOUND = sa.text(
    "SELECT r.rolname FROM pg_roles AS r, pg_class AS c WHERE c.oid = :oid AND r.rolname = ANY (:roles)"
    " AND c.relrowsecurity AND NOT r.rolbypassrls"
    " AND (c.relforcerowsecurity OR NOT pg_has_role(r.oid, c.relowner, 'USAGE'))"
    " AND EXISTS (SELECT 1 FROM pg_policy AS p, unnest(p.polroles) AS bound (oid) WHERE p.polrelid = c.oid"
    " AND p.polname = :ours AND NOT p.polpermissive AND (bound.oid = 0 OR pg_has_role(r.oid, bound.oid, 'USAGE')))"
)
_VIEWS = sa.text(
    "SELECT format('%I.%I', n.nspname, v.relname) AS name,"  # noqa: S608 - all of it is ours
    " pg_get_userbyid(v.relowner) AS owner,"
    " v.relkind = 'm' AS is_copy,"
    " EXISTS (SELECT 1 FROM pg_depend AS d JOIN pg_rewrite AS w ON w.oid = d.objid"
    " WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid = v.oid AND w.ev_class <> v.oid) AS is_read_by_views,"
    f" ARRAY({_WHO} AND has_any_column_privilege(r.oid, v.oid, 'SELECT') ORDER BY 1) AS readers,"
    f" ARRAY({_WHO} AND has_any_column_privilege(r.oid, v.oid, 'SELECT') AND EXISTS (SELECT 1 FROM pg_depend AS d"
    " JOIN pg_rewrite AS w ON w.oid = d.objid WHERE w.ev_class = v.oid AND d.classid = 'pg_rewrite'::regclass"
    " AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid"
    " AND NOT has_any_column_privilege(r.oid, d.refobjid, 'SELECT')) ORDER BY 1) AS lacking"
    " FROM pg_class AS v JOIN pg_namespace AS n ON n.oid = v.relnamespace WHERE v.relkind IN ('v', 'm')"
    " AND EXISTS (SELECT 1 FROM pg_depend AS d JOIN pg_rewrite AS w ON w.oid = d.objid WHERE w.ev_class = v.oid"
    " AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = :oid)"
    " AND NOT EXISTS (SELECT 1 FROM pg_options_to_table(v.reloptions)"
    " WHERE option_name = 'security_invoker' AND option_value::boolean) ORDER BY 1"
)
_ROLE = sa.text(
    "SELECT r.rolsuper OR r.rolbypassrls AS unbound, r.rolname IN (session_user, current_user) AS is_ours,"
    " NOT (SELECT me.rolsuper OR me.rolbypassrls FROM pg_roles AS me WHERE me.rolname = current_user)"
    " AND pg_has_role(current_user, r.oid, 'USAGE') AS binds_us FROM pg_roles AS r WHERE r.rolname = :role"
)
_INHERITS = sa.text("SELECT pg_has_role(:role, :owner, 'USAGE')")


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, or one that inherits from it; `made` is what our policy over it says of itself, None without one."""

    oid: int
    name: str
    is_table: bool
    is_partition: bool
    owner: str
    has_policies: bool
    forced: bool
    policies: Sequence[str]
    opened: bool
    made: str | None
    triggers: Sequence[str]


@dataclass(frozen=True, slots=True)
class View:
    """One that reads as its owner, or, if `is_copy`, holds rows of its own."""

    name: str
    owner: str
    is_copy: bool
    is_read_by_views: bool
    readers: Sequence[str]
    lacking: Sequence[str]
    """Those of its readers who have no right of their own to what it reads."""


@dataclass(frozen=True, slots=True)
class Role:
    """`unbound` by any policy; `is_ours` if Habeas signs in as it; `binds_us` if what binds it binds Habeas too."""

    unbound: bool
    is_ours: bool
    binds_us: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    """As one connection sees it; tables are given as SQL names them."""

    connection: sa.Connection

    def ours(self) -> tuple[str, str]:
        """As whom Habeas signs in, and as whom it then works."""
        return tuple(self.connection.execute(sa.text("SELECT session_user::text, current_user::text")).one())

    def relations(self, name: str) -> list[Relation]:
        """The table itself, its partitions and whatever else inherits from it."""
        rows = self.connection.execute(_RELATIONS, {"name": name, "ours": NAME, "others": OTHERS})
        return [Relation(**row._mapping) for row in rows]  # noqa: SLF001 - how SQLAlchemy names a public thing

    def reaching(self, oid: int) -> list[str]:
        """The roles that programs sign in as, or become, and that may read or write it; superusers may anything."""
        return list(self.connection.scalars(_REACHING, {"oid": oid}))

    def bound(self, oid: int, roles: Sequence[str]) -> set[str]:
        """Those of the roles for whom our policy holds."""
        return set(self.connection.scalars(_BOUND, {"oid": oid, "roles": list(roles), "ours": NAME}))

    def views(self, oid: int) -> list[View]:
        """The views that show it to their readers as their owners see it."""
        return [View(**row._mapping) for row in self.connection.execute(_VIEWS, {"oid": oid})]  # noqa: SLF001

    def role(self, role: str) -> Role | None:
        """None if there is none of that name."""
        row = self.connection.execute(_ROLE, {"role": role}).one_or_none()
        return None if row is None else Role(**row._mapping)  # noqa: SLF001

    def has_rights_of(self, role: str, owner: str) -> bool:
        """True if the role is the owner, or inherits from it: then no policy holds for it that isn't forced."""
        return bool(self.connection.scalar(_INHERITS, {"role": role, "owner": owner}))

    @property
    def invoker_views(self) -> bool:
        """True if a view can be made to read as its reader."""
        return (self.connection.dialect.server_version_info or (0,)) >= (15,)
