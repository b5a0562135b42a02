"""Set-up, transactions, faults and volume."""

import sqlite3
import threading
import tracemalloc
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from connectors.sql import SqlConnector, load_map
from connectors.sql.connect import connect
from habeas.domain.records import Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import ConfigurationError, PermanentError, RetriableError, SystemDownError

ANNA = Subject("anna", (identifier(IdentifierKind.EMAIL, "anna@example.org"),))

CLUB = """
CREATE TABLE members (id INTEGER PRIMARY KEY, email VARCHAR(99) UNIQUE, name VARCHAR(99), restricted_at TIMESTAMP);
CREATE TABLE visits (id INTEGER PRIMARY KEY, member_id INTEGER REFERENCES members (id), door VARCHAR(20));
CREATE INDEX visits_member ON visits (member_id);
INSERT INTO members (id, email, name) VALUES (1, 'anna@example.org', 'Anna'), (2, 'bo@example.org', 'Bo');
INSERT INTO visits VALUES (1, 1, 'north'), (2, 1, 'south'), (3, 2, 'north');
"""
CLUB_MAP = """
tables:
  members:
    title: Members
    key: [id]
    identifiers: {email: email, name: name}
    categories: {contact: [email, name]}
    ignored: [restricted_at]
    restrict: {flag: restricted_at}
  visits:
    title: Visits
    key: [id]
    through: {table: members, columns: {member_id: id}}
    categories: {usage: [door]}
"""


def records(connector: SqlConnector, subject: Subject = ANNA) -> list[Record]:
    return [each.what for each in connector.find([subject]) if isinstance(each.what, Record)]


def test_check_names_each_mismatch(target) -> None:
    """Tables, columns, keys and replacements that don't fit the live schema, each by table and column."""
    target.run("CREATE TABLE members (id INTEGER, email VARCHAR(99) NOT NULL UNIQUE, nickname VARCHAR(9))")
    target.run("CREATE TABLE visits (id INTEGER PRIMARY KEY, member_id INTEGER, door VARCHAR(20) NOT NULL)")
    connector = target.connect(
        CLUB_MAP.replace(
            "categories: {contact: [email, name]}",
            "categories: {contact: [email, name]}\n    replacements: {email: none}",
        )
        + "  gifts: {title: G, key: [id], identifiers: {email: email}, categories: {contact: [email]}}\n"
    )
    assert sorted(problem.what for problem in connector.check()) == [
        "gifts does not exist",
        "members.email is unique, its replacement the same for all",
        "members.id does not name one row",
        "members.name does not exist",
        "members.nickname is not in the map",
        "members.restricted_at does not exist",
        "visits.door may not be empty",
    ]
    assert all(problem.remedy for problem in connector.check())


def test_a_search_that_the_schema_forbids_says_what_is_missing(target) -> None:
    """Nothing is searched by a map that doesn't fit; once it does, the same connector works."""
    connector = target.connect(CLUB_MAP)
    with pytest.raises(PermanentError, match="members does not exist"):
        records(connector)
    target.run(CLUB)
    assert len(records(connector)) == 3


def test_two_workers_with_one_task_do_it_once(target) -> None:
    """The second waits for the first and is then told what that did."""
    target.run(CLUB)
    first, second = target.connect(CLUB_MAP), target.connect(CLUB_MAP)
    plan = records(first)
    told = []

    def apply_too() -> None:
        with second.applying(ANNA, "task") as application:
            told.append(application.earlier)

    with first.applying(ANNA, "task") as application:
        assert application.earlier is None  # asking takes the task on, before its first change
        late = threading.Thread(target=apply_too)
        late.start()
        for record in plan:
            application.erase(record, ())
    late.join(timeout=30)
    assert [each and each.as_json() for each in told] == [application.effects.as_json()]
    assert application.effects.as_json() == {"visits": {"erased": 2}, "members": {"erased": 1}}


def test_a_locked_database_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's long transaction is a passing fault."""
    monkeypatch.setattr("connectors.sql.database._WAIT_S", 0.05)
    path, map_path = tmp_path / "club.db", tmp_path / "map.yaml"
    map_path.write_text(CLUB_MAP)
    with closing(sqlite3.connect(path)) as other, closing(connector_for(f"sqlite:///{path}", map_path)) as connector:
        other.executescript(CLUB)
        plan = records(connector)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RetriableError, match="SQLITE_BUSY"), connector.applying(ANNA, "task") as application:
            application.erase(plan[0], ())


def connector_for(url: str, map_path: Path) -> SqlConnector:
    return SqlConnector(url, load_map(map_path), system="club")


@pytest.mark.postgres
def test_a_lost_connection_is_the_whole_system_down(target_postgres) -> None:
    """A server that ends our connection half way is nobody's fault in particular."""
    target_postgres.run(CLUB)
    connector = target_postgres.connect(CLUB_MAP)
    plan = records(connector)
    application = connector.applying(ANNA, "task")
    application.__enter__().erase(plan[0], ())
    target_postgres.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with pytest.raises(SystemDownError):
        application.__exit__(None, None, None)
    assert names(records(connector)) == names(plan)


def names(found: list[Record]) -> list[tuple[str, str]]:
    return [(each.collection, each.key) for each in found]


@pytest.mark.postgres
def test_where_no_table_may_be_made_the_work_is_done_without(target_postgres, tmp_path: Path) -> None:
    """With 'inbox: auto' a user without the right to create tables erases all the same; with 'true' check() says so."""
    role = "club_user"
    url = target_postgres.url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'x'").format(sql.Identifier(role)))
        admin.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        admin.execute(CLUB)
        admin.execute(
            sql.SQL("GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(sql.Identifier(role))
        )
        try:
            before, _, after = target_postgres.url.partition("@")
            weak = f"postgresql://{role}:x@{after}"
            assert before
            for inbox, problems in (("auto", 0), ("true", 1)):
                path = tmp_path / f"{inbox}.yaml"
                path.write_text(f"inbox: {inbox}\n{CLUB_MAP}")
                with closing(connector_for(weak, path)) as connector:
                    assert len(connector.check()) == problems
                    if problems:
                        with (
                            pytest.raises(PermanentError, match="InsufficientPrivilege"),
                            connector.applying(ANNA, "t"),
                        ):
                            pass
                    else:
                        plan = records(connector)
                        with connector.applying(ANNA, "task") as application:
                            for record in plan:
                                application.erase(record, ())
                        assert sum(application.effects.counts["visits"].values()) == 2
        finally:
            admin.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(role)))
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def test_a_mistyped_path_makes_no_new_database(tmp_path: Path) -> None:
    """An absent file is a system that is down, and stays absent."""
    (tmp_path / "map.yaml").write_text(CLUB_MAP)
    options = {"url": "sqlite:///clubb.db", "map": "map.yaml"}
    with closing(connect(options, system="club", folder=tmp_path)) as connector, pytest.raises(SystemDownError):
        records(connector)
    assert not (tmp_path / "clubb.db").exists()


@pytest.mark.parametrize("url", ["not an address: secret", "mysql://user:secret@host/db"])
def test_a_wrong_address_is_told_without_its_password(tmp_path: Path, url: str) -> None:
    """The message says what an address looks like."""
    (tmp_path / "map.yaml").write_text(CLUB_MAP)
    with pytest.raises(ConfigurationError) as raised:
        connect({"url": url, "map": "map.yaml"}, system="club", folder=tmp_path)
    assert "postgresql://" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_person_with_very_many_rows_takes_no_more_memory(target) -> None:
    """Rows are streamed when found and batched when erased: 30,000 of them would be 60 MB as records."""
    target.run(CLUB)
    target.run(
        "INSERT INTO visits WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 30009)"
        " SELECT i, 1, 'north' FROM n"
    )
    connector = target.connect(CLUB_MAP)
    records(connector, Subject("bo", (identifier(IdentifierKind.EMAIL, "bo@example.org"),)))
    tracemalloc.start()
    try:
        assert sum(1 for _ in connector.find([ANNA])) == 30_003
        search_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert search_bytes < 10_000_000
    plan = [each for each in records(connector) if each.collection == "visits"]
    with connector.applying(ANNA, "erase") as application:
        for record in plan:
            application.erase(record, ())
    assert application.effects.as_json() == {"visits": {"erased": 30_002}}
    assert target.rows("SELECT id FROM visits") == [(3,)]


def test_a_plan_in_the_wrong_order_still_deletes_parents_last(target, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parents that come first wait for their children, even when much is sent on the way."""
    monkeypatch.setattr("connectors.sql.applying._ROWS_WAITING_MAX", 1)
    target.run(CLUB)
    connector = target.connect(CLUB_MAP)
    plan = sorted(records(connector), key=lambda each: each.collection)
    with connector.applying(ANNA, "task") as application:
        for record in plan:
            application.erase(record, ())
    assert application.effects.as_json() == {"visits": {"erased": 2}, "members": {"erased": 1}}


def test_indexes_serve_the_search(target) -> None:
    """Each statement of indexes() makes an index, and the search then looks e-mail addresses up by it."""
    target.run(CLUB)
    connector = target.connect(CLUB_MAP)
    for statement in connector.indexes():
        target.run(statement)
    lookup = "SELECT id FROM members AS r WHERE lower(trim(r.email)) IN ('anna@example.org')"
    if "sqlite" in target.url:
        plan = target.rows(f"EXPLAIN QUERY PLAN {lookup}")
    else:
        target.run(
            "INSERT INTO members (id, email) SELECT i, i || '@example.org' FROM generate_series(10, 5000) AS i; ANALYZE"
        )
        plan = target.rows(f"EXPLAIN {lookup}")
    assert "habeas_members_email_0" in str(plan)
    assert len(records(connector)) == 3


def test_joins_without_an_index_are_named(target) -> None:
    """Also of a table that the map does not know and whose foreign key is asked with each deletion; not once made."""
    target.run(CLUB + "DROP INDEX visits_member; CREATE TABLE cards (member INTEGER REFERENCES members (id))")
    connector = target.connect(CLUB_MAP)
    joins = [each for each in connector.indexes() if "_join_" in each]
    assert [each.rpartition(" ON ")[2] for each in joins] == ["cards (member)", "visits (member_id)"]
    for statement in joins:
        target.run(statement)
    assert [each for each in connector.indexes() if "_join_" in each] == []
