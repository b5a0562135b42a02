"""law C18: what is restricted in PostgreSQL is neither written nor exported by the company's own programs."""

import psycopg
import pytest

pytestmark = pytest.mark.postgres
REFUSED = psycopg.errors.InsufficientPrivilege

UNTOUCHED = {each: [(1,), (2,)] for each in ("people", "notes", "orders", "lines", "parcels", "labels")}


def seen(firm, role="web"):
    return {table: firm.rows(f"SELECT id FROM {table} ORDER BY id", role=role) for table in UNTOUCHED}


def as_owner(firm):
    """The programs sign in as the owner of all tables, as many do."""
    tables = [*UNTOUCHED, "orders_aside", "parcels_kept"]
    firm.run("GRANT CREATE ON SCHEMA public TO @web;" + "".join(f"ALTER TABLE {t} OWNER TO @web;" for t in tables))


@pytest.mark.parametrize("owner", [False, True], ids=["a role", "the owner"])
def test_programs_neither_see_nor_export_nor_change_what_is_restricted(firm, act, found, owner):
    """law C18d, in each way of restricting, and what hangs on it; lifted, all is as it was."""
    if owner:
        as_owner(firm)
    firm.guard("web")
    habeas = firm.connect()
    assert {each.gap for each in habeas.guards()} == {None}
    assert seen(firm) == UNTOUCHED
    act(habeas, "restrict")
    assert seen(firm) == {table: [(2,)] for table in UNTOUCHED}
    for table in UNTOUCHED:
        assert firm.exported(table, role="web").split("\t")[0] == "2"
        assert firm.changed(f"UPDATE {table} SET id = id + 10 WHERE id = 1", role="web") == 0
        assert firm.changed(f"DELETE FROM {table} WHERE id = 1", role="web") == 0
    for statement in ("TRUNCATE people CASCADE", "TRUNCATE lines", "SELECT * FROM parcels_kept"):
        with pytest.raises(REFUSED):
            firm.run(statement, role="web")
    assert found(habeas) == dict.fromkeys(UNTOUCHED, True)
    act(habeas, "lift")
    assert found(habeas) == dict.fromkeys(UNTOUCHED, False)
    assert seen(firm) == UNTOUCHED
    for table in UNTOUCHED:
        assert firm.changed(f"UPDATE {table} SET id = id WHERE id = 1", role="web") == 1


REFUSED_ALOUD = (
    "INSERT INTO notes VALUES (9, 1, 'new')",
    "UPDATE notes SET person = 1 WHERE id = 2",
    "UPDATE people SET blocked_at = now() WHERE id = 2",
    "INSERT INTO people VALUES (1, 'anna@example.org') ON CONFLICT (id) DO UPDATE SET email = 'x'",
    "DELETE FROM orders_aside",
    "TRUNCATE orders_aside",
    "DELETE FROM parcels_kept",
)


def test_nothing_is_added_to_what_is_restricted_and_no_mark_is_set_or_lifted_by_a_program(firm, act):
    """law C18d: refused aloud, with PostgreSQL's own state for it."""
    firm.guard("web")
    act(firm.connect(), "restrict")
    for statement in REFUSED_ALOUD:
        with pytest.raises(REFUSED):
            firm.run(statement, role="web")


@pytest.mark.parametrize("role", ["web", None], ids=["a program", "a superuser's job"])
@pytest.mark.parametrize("way", ["orders", "people"])
def test_a_deletion_after_a_retention_period_leaves_what_is_restricted(firm, act, way, role):
    """law C18d: neither by a cascade from a row that is in use, nor by whom no policy binds."""
    firm.guard("web")
    act(firm.connect(), "restrict", [way])
    if way == "people" and role == "web":
        assert firm.changed("DELETE FROM people WHERE id = 1", role="web") == 0
    else:
        with pytest.raises(REFUSED, match="restricted is stored only"):
            firm.run("DELETE FROM people WHERE id = 1", role=role)
    assert firm.rows("SELECT id FROM people ORDER BY id") == [(1,), (2,)]
    assert firm.rows("SELECT id FROM lines ORDER BY id") == [(1,), (2,)]
    assert firm.changed("DELETE FROM people WHERE id = 2", role="web") == 1


def test_habeas_erases_what_is_restricted_when_its_time_has_come(firm, act):
    """The guard holds for everybody else: a restricted row is still corrected, emptied and deleted by us."""
    firm.guard("web")
    habeas = firm.connect()
    act(habeas, "restrict")
    assert sum(act(habeas, "erase").counts["people"].values()) == 1
    assert firm.rows("SELECT id FROM people") == firm.rows("SELECT id FROM labels") == [(2,)]
    assert firm.rows("SELECT id FROM parcels_kept") == []


def test_guarding_twice_is_guarding_once(firm, act):
    """The second script replaces what the first has made, also with another role more."""
    firm.make_role("reports")
    firm.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO @reports")
    firm.guard("web")
    firm.guard("web", "reports")
    act(firm.connect(), "restrict")
    assert seen(firm) == seen(firm, "reports") == {table: [(2,)] for table in UNTOUCHED}


def test_policies_that_were_there_stay_in_force(firm, act):
    """A table whose rows only some may see is not opened to all, and what is restricted is hidden from those too."""
    firm.run(
        "INSERT INTO people VALUES (3, 'cy@example.org'); ALTER TABLE people ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY theirs ON people TO @web USING (id < 3); CREATE POLICY ours ON people TO @habeas USING (TRUE)"
    )
    firm.guard("web")
    assert firm.rows("SELECT id FROM people ORDER BY id", role="web") == [(1,), (2,)]
    act(firm.connect(), "restrict")
    assert firm.rows("SELECT id FROM people", role="web") == [(2,)]


def test_partitions_are_guarded_when_they_are_read_by_their_own_names(firm, act):
    """law C18d: a policy of the whole doesn't hold for a part, and a part that is added later is told of."""
    firm.run(
        "DROP TABLE notes; CREATE TABLE notes (id INTEGER PRIMARY KEY, person INTEGER, text VARCHAR(99))"
        " PARTITION BY RANGE (id); CREATE TABLE notes_low PARTITION OF notes FOR VALUES FROM (0) TO (9);"
        "INSERT INTO notes VALUES (1, 1, 'of Anna'), (2, 2, 'of Bo');"
        "GRANT ALL ON notes, notes_low TO @habeas, @web"
    )
    firm.guard("web")
    habeas = firm.connect()
    assert {each.gap for each in habeas.guards()} == {None}
    act(habeas, "restrict", ["notes"])
    assert firm.rows("SELECT id FROM notes_low", role="web") == [(2,)]
    with pytest.raises(REFUSED):
        firm.run("UPDATE notes_low SET text = '' WHERE id = 1")
    firm.run("CREATE TABLE notes_high PARTITION OF notes FOR VALUES FROM (9) TO (99); GRANT ALL ON notes_high TO @web")
    assert [each.place for each in habeas.guards() if each.gap] == ["notes"]
